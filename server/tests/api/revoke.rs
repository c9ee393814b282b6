//! CHECK_REVOKE_TOKEN: tokens that are older than the password, at every endpoint that takes one.

use serde_json::json;
use signet::model::Write;
use signet::password::Encoded;

use crate::app::{NOW, PASSWORD, ROTATING, TestApp};
use crate::forge::{self, claims_of};

const CHANGED: &str = "The user's password has been changed.";

/// A server that checks, with these settings too, and `ada`; her primary key.
async fn app(more: &[(&str, &str)]) -> (TestApp, i64) {
    let settings = [&[("CHECK_REVOKE_TOKEN", "true")], more].concat();
    let app = TestApp::with(&settings).await;
    let id = app.user("ada").await;
    (app, id)
}

/// Another hash, as a Django on the same database stores one.
async fn change_password(app: &TestApp, username: &str) {
    let hash = Encoded("argon2$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA".to_owned());
    assert_eq!(
        app.store.set_password(username, hash).await.unwrap(),
        Write::Done
    );
}

async fn log_in_sliding(app: &TestApp) -> String {
    let body = json!({ "username": "ada", "password": PASSWORD });
    let answer = app.post_json("/auth/token/sliding/", &body).await;
    answer.field("token")
}

async fn slide(app: &TestApp, token: &str) -> crate::answer::Answer {
    let body = json!({ "token": token });
    app.post_json("/auth/token/sliding/refresh/", &body).await
}

#[tokio::test]
async fn a_refresh_token_of_before_is_refused_and_blacklisted() {
    for settings in [&[][..], &ROTATING[..], &ROTATING[..1]] {
        let (app, _) = app(settings).await;
        let pair = app.log_in("ada").await;
        assert_eq!(app.refresh(&pair.refresh).await.status, 200);
        let pair = app.log_in("ada").await;
        change_password(&app, "ada").await;
        app.refresh(&pair.refresh).await.is_unauthorized(CHANGED);
        let again = app.refresh(&pair.refresh).await;
        again.is_bad_token("Token is blacklisted");
    }
}

#[tokio::test]
async fn a_sliding_token_of_before_is_refused_and_blacklisted() {
    let (app, _) = app(&[]).await;
    let token = log_in_sliding(&app).await;
    let token = slide(&app, &token).await.field("token");
    change_password(&app, "ada").await;
    slide(&app, &token).await.is_unauthorized(CHANGED);
    let again = slide(&app, &token).await;
    again.is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn the_password_is_judged_before_the_end_of_the_exchange() {
    let (app, id) = app(&[]).await;
    let digest = claims_of(&log_in_sliding(&app).await)["hash_password"].clone();
    let of = |digest: &serde_json::Value| {
        let ended = json!({ "refresh_exp": NOW - 1, "hash_password": digest });
        forge::token(&forge::with(forge::claims("sliding", id), &ended))
    };
    let ended = slide(&app, &of(&digest)).await;
    ended.is_bad_token("Token 'refresh_exp' claim has expired");
    slide(&app, &of(&json!("0"))).await.is_unauthorized(CHANGED);
}

#[tokio::test]
async fn a_token_of_a_django_is_refused_too_with_a_former_digest_or_without_one() {
    let (app, id) = app(&[]).await;
    let digest = claims_of(&app.log_in("ada").await.refresh)["hash_password"].clone();
    let lower = digest.as_str().unwrap().to_lowercase();
    for (count, change) in [
        json!({}),
        json!({ "hash_password": "0".repeat(32) }),
        json!({ "hash_password": lower }),
        json!({ "hash_password": true }),
        json!({ "hash_password": [digest] }),
    ]
    .iter()
    .enumerate()
    {
        for is_on_record in [true, false] {
            let own = json!({ "jti": format!("{count}-{is_on_record}") });
            let claims = forge::with(forge::claims("refresh", id), change);
            let token = forge::token(&forge::with(claims, &own));
            if is_on_record {
                app.put_on_record(&token, id).await;
            }
            app.refresh(&token).await.is_unauthorized(CHANGED);
            let again = app.refresh(&token).await;
            again.is_bad_token("Token is blacklisted");
        }
    }
    let own = json!({ "jti": "right", "hash_password": digest });
    let right = forge::token(&forge::with(forge::claims("refresh", id), &own));
    assert_eq!(app.refresh(&right).await.status, 200);
}

#[tokio::test]
async fn an_inactive_user_is_told_that_first() {
    let (app, _) = app(&[]).await;
    let pair = app.log_in("ada").await;
    change_password(&app, "ada").await;
    app.store.set_active("ada", false).await.unwrap();
    let refused = app.refresh(&pair.refresh).await;
    refused.is_unauthorized("No active account found for the given token.");
    app.store.set_active("ada", true).await.unwrap();
    app.refresh(&pair.refresh).await.is_unauthorized(CHANGED);
}

#[tokio::test]
async fn verify_and_blacklist_look_at_no_password() {
    let (app, _) = app(&[]).await;
    let pair = app.log_in("ada").await;
    change_password(&app, "ada").await;
    for token in [&pair.access, &pair.refresh] {
        app.verify(token).await.is(200, "{}");
    }
    app.blacklist(&pair.refresh).await.is(200, "{}");
    let refused = app.refresh(&pair.refresh).await;
    refused.is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn a_token_that_was_just_spent_is_refused_with_its_successor() {
    let (app, _) = app(&ROTATING).await;
    let pair = app.log_in("ada").await;
    let successor = app.refresh(&pair.refresh).await.field("refresh");
    change_password(&app, "ada").await;
    app.refresh(&pair.refresh).await.is_unauthorized(CHANGED);
    let after = app.refresh(&successor).await;
    after.is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn its_session_has_ended_for_the_password() {
    let (app, _) = app(&[]).await;
    let pair = app.log_in("ada").await;
    change_password(&app, "ada").await;
    app.refresh(&pair.refresh).await.is_unauthorized(CHANGED);
    let ended: String = app.value("SELECT ended_by FROM signet_session").await;
    assert_eq!(ended, "password_change");
}

#[tokio::test]
async fn the_cookie_is_taken_back_and_its_page_greets_nobody() {
    let (app, _) = app(&[]).await;
    app.user("canary-name").await;
    let refresh = app.log_in("canary-name").await.refresh;
    let cookie = format!("signet-refresh={refresh}");
    let page = async || app.call("GET", "/session", &[("cookie", &cookie)]).await;
    assert!(page().await.text().contains("canary-name"));
    change_password(&app, "canary-name").await;
    assert!(!page().await.text().contains("canary-name"));
    let headers = [
        ("cookie", cookie.as_str()),
        ("x-auth-transport", "cookie"),
        ("origin", "http://localhost:8000"),
    ];
    let refused = app.post_raw("/auth/token/refresh/", &headers, "").await;
    refused.is_unauthorized(CHANGED);
    assert!(refused.cookies()[0].contains("Max-Age=0"));
}

#[tokio::test]
async fn without_the_setting_a_changed_password_ends_no_session() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    change_password(&app, "ada").await;
    assert_eq!(app.refresh(&pair.refresh).await.status, 200);
}
