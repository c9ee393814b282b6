//! `password/change/`.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::{PASSWORD, Pair, TestApp};
use crate::forge;

const NEW: &str = "An0ther-pass-2";

async fn change(app: &TestApp, pair: &Pair, body: &Value) -> Answer {
    let header = format!("Bearer {}", pair.access);
    let headers = [("authorization", header.as_str())];
    let path = "/accounts/password/change/";
    app.post_raw(path, &headers, &body.to_string()).await
}

fn passwords(current: &str, new: &str) -> Value {
    json!({ "current_password": current, "new_password": new })
}

async fn can_log_in(app: &TestApp, password: &str) -> bool {
    let body = json!({ "username": "ada", "password": password });
    app.post_json("/auth/token/", &body).await.status == 200
}

#[tokio::test]
async fn the_password_is_changed_and_everything_else_ends() {
    let app = TestApp::start().await;
    let id = app.user("ada").await;
    app.user("bob").await;
    let (kept, lost) = (app.log_in("ada").await, app.log_in("ada").await);
    let bob = app.log_in("bob").await;
    // Of no session: made by a Django on the same database.
    let djangos = forge::unique_refresh_token(id);
    app.put_on_record(&djangos, id).await;

    let mut body = passwords(PASSWORD, NEW);
    body["refresh"] = kept.refresh.clone().into();
    let answer = change(&app, &kept, &body).await;
    answer.is(200, "{}");
    assert_eq!(answer.header("allow"), "POST, OPTIONS");
    assert!(!can_log_in(&app, PASSWORD).await);
    assert!(can_log_in(&app, NEW).await);
    for token in [&lost.refresh, &djangos] {
        let refused = app.refresh(token).await;
        refused.is_bad_token("Token is blacklisted");
    }
    assert_eq!(app.refresh(&kept.refresh).await.status, 200);
    assert_eq!(app.me(&lost.access).await.status, 200, "its seconds");
    assert_eq!(app.refresh(&bob.refresh).await.status, 200);
    let how = "SELECT ended_by FROM signet_session WHERE ended_at IS NOT NULL";
    assert_eq!(app.value::<String>(how).await, "password_change");
}

#[tokio::test]
async fn without_a_refresh_token_every_session_ends() {
    let app = TestApp::with_ada().await;
    let pairs = [app.log_in("ada").await, app.log_in("ada").await];
    let answer = change(&app, &pairs[0], &passwords(PASSWORD, NEW)).await;
    answer.is(200, "{}");
    for pair in &pairs {
        let refused = app.refresh(&pair.refresh).await;
        refused.is_bad_token("Token is blacklisted");
    }
}

#[tokio::test]
async fn the_cookie_says_which_session_goes_on() {
    let app = TestApp::with_ada().await;
    let (kept, lost) = (app.log_in("ada").await, app.log_in("ada").await);
    let header = format!("Bearer {}", kept.access);
    let cookie = format!("signet-refresh={}", kept.refresh);
    let headers = [
        ("authorization", header.as_str()),
        ("x-auth-transport", "cookie"),
        ("sec-fetch-site", "same-origin"),
        ("cookie", cookie.as_str()),
    ];
    let body = passwords(PASSWORD, NEW).to_string();
    let answer = app.post_raw("/auth/password/change", &headers, &body).await;
    answer.is(200, "{}");
    assert_eq!(app.refresh(&kept.refresh).await.status, 200);
    assert_eq!(app.refresh(&lost.refresh).await.status, 401);
}

#[tokio::test]
async fn what_is_wrong_is_said_of_its_field_and_nothing_changes() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    let required = "This field is required.";
    let answer = change(&app, &pair, &json!({})).await;
    answer.is(
        400,
        &json!({ "current_password": [required], "new_password": [required] }).to_string(),
    );
    let answer = change(&app, &pair, &passwords("wrong", NEW)).await;
    answer.is_field_error("current_password", "This is not your current password.");
    let answer = change(&app, &pair, &passwords(PASSWORD, "short")).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.json()["new_password"].is_array(),
        "{}",
        answer.text()
    );
    let answer = change(&app, &pair, &passwords("wrong", "short")).await;
    let fields: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["current_password", "new_password"]);
    let long = "aB3-".repeat(33);
    let answer = change(&app, &pair, &passwords(PASSWORD, &long)).await;
    let message = "Ensure this field has no more than 128 characters.";
    answer.is_field_error("new_password", message);
    assert!(can_log_in(&app, PASSWORD).await);
    assert_eq!(app.refresh(&pair.refresh).await.status, 200);
}

#[tokio::test]
async fn guessing_the_current_password_is_throttled_as_a_login_is() {
    let app = TestApp::with(&[("THROTTLE_LOGIN", "2/min")]).await;
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    for _ in 0..2 {
        let answer = change(&app, &pair, &passwords("wrong", NEW)).await;
        assert_eq!(answer.status, 400);
    }
    let answer = change(&app, &pair, &passwords(PASSWORD, NEW)).await;
    answer.is_throttled(60);
    assert!(app.metrics().await.text().contains("signet_throttled"));
}

#[tokio::test]
async fn where_tokens_carry_a_digest_of_the_hash_the_current_session_ends_too() {
    let app = TestApp::with(&[("CHECK_REVOKE_TOKEN", "true")]).await;
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    let mut body = passwords(PASSWORD, NEW);
    body["refresh"] = pair.refresh.clone().into();
    change(&app, &pair, &body).await.is(200, "{}");
    assert_eq!(app.me(&pair.access).await.status, 401);
    let refused = app.refresh(&pair.refresh).await;
    refused.is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn sliding_tokens_end_with_the_password_too() {
    let app = TestApp::with(&[("AUTH_TOKEN_CLASSES", "access,sliding")]).await;
    app.user("ada").await;
    let login = json!({ "username": "ada", "password": PASSWORD });
    let sliding = app.post_json("/auth/token/sliding/", &login).await;
    let mut token = sliding.field("token");
    for _ in 0..3 {
        app.pass(4);
        let body = json!({ "token": token });
        let slid = app.post_json("/auth/token/sliding/refresh/", &body).await;
        token = slid.field("token");
    }
    let pair = app.log_in("ada").await;
    let answer = change(&app, &pair, &passwords(PASSWORD, NEW)).await;
    answer.is(200, "{}");
    assert_eq!(app.me(&token).await.status, 401);
}
