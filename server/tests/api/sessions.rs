//! `sessions/`: seeing one's own sessions, and ending them.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use signet::auth::Flushing;
use signet::clock::Timestamp;
use signet::http::Peer;
use signet::model::Write;

use crate::answer::Answer;
use crate::app::{NOW, PASSWORD, Pair, ROTATING, TestApp};
use crate::forge;

async fn app() -> TestApp {
    let app = TestApp::with(&ROTATING).await;
    app.user("ada").await;
    app.user("bob").await;
    app
}

/// A request to an endpoint below a mount, by the holder of an access token.
async fn ask(app: &TestApp, pair: &Pair, method: &str, path: &str, body: &Value) -> Answer {
    let header = format!("Bearer {}", pair.access);
    let headers = [
        ("authorization", header.as_str()),
        ("content-type", "application/json"),
    ];
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    app.post_raw_as(method, path, &headers, &body).await
}

async fn list(app: &TestApp, pair: &Pair) -> Vec<Value> {
    let body = json!({ "refresh": pair.refresh });
    let answer = ask(app, pair, "GET", "/auth/sessions/", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json().as_array().unwrap().clone()
}

/// The id of the session of this pair, as its own list names it.
async fn id_of(app: &TestApp, pair: &Pair) -> String {
    let sessions = list(app, pair).await;
    let current = sessions.iter().find(|row| row["is_current"] == true);
    current.unwrap()["id"].as_str().unwrap().to_owned()
}

fn path_of(id: &str) -> String {
    format!("/auth/sessions/{id}/")
}

#[tokio::test]
async fn a_login_is_a_session_with_its_time_address_and_user_agent() {
    let app = app().await;
    let request = Request::post("/auth/token/")
        .header("content-type", "application/json")
        .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64)\t\u{e9}")
        .extension(Peer("2001:db8::7".parse().unwrap()));
    let body = json!({ "username": "ada", "password": PASSWORD }).to_string();
    let answer = app.send(request.body(Body::from(body)).unwrap()).await;
    let pair = Pair {
        refresh: answer.field("refresh"),
        access: answer.field("access"),
    };
    let answer = ask(&app, &pair, "GET", "/accounts/sessions", &json!(null)).await;
    let id = answer.json()[0]["id"].as_str().unwrap().to_owned();
    assert!(id.len() == 32 && id.chars().all(|c| c.is_ascii_alphanumeric()));
    let began = "2027-01-15T08:00:00Z";
    let row = format!(
        r#"[{{"id":"{id}","created_at":"{began}","last_used_at":"{began}","address":"2001:db8::7","user_agent":"Mozilla/5.0 (X11; Linux x86_64)é","is_current":false}}]"#
    );
    answer.is(200, &row);
    assert_eq!(answer.header("allow"), "GET, DELETE, HEAD, OPTIONS");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_user_agent_is_cut_and_may_be_missing() {
    let app = app().await;
    let longest = "x".repeat(300);
    let body = json!({ "username": "ada", "password": PASSWORD }).to_string();
    let headers = [("user-agent", longest.as_str())];
    app.post_raw("/auth/token/", &headers, &body).await;
    app.pass(1);
    let pair = app.log_in("ada").await;
    let sessions = list(&app, &pair).await;
    assert_eq!(sessions[0]["user_agent"], "");
    assert_eq!(sessions[0]["address"], "127.0.0.1");
    assert_eq!(sessions[1]["user_agent"], "x".repeat(255));
}

#[tokio::test]
async fn a_user_sees_the_live_ones_of_their_own_and_which_is_the_current() {
    let app = app().await;
    let first = app.log_in("ada").await;
    app.pass(1);
    let second = app.log_in("ada").await;
    app.log_in("bob").await;
    let current = |rows: Vec<Value>| -> Vec<Value> {
        rows.iter().map(|row| row["is_current"].clone()).collect()
    };
    assert_eq!(current(list(&app, &first).await), [false, true]);
    assert_eq!(current(list(&app, &second).await), [true, false]);
    // Without a refresh token nobody knows.
    let answer = ask(&app, &first, "GET", "/auth/sessions/", &json!(null)).await;
    let rows = answer.json().as_array().unwrap().clone();
    assert_eq!(current(rows), [false, false]);

    // A token that has just been spent, its successor under way, names it too.
    let successor = app.refresh(&second.refresh).await.field("refresh");
    assert_eq!(current(list(&app, &second).await), [true, false]);
    app.blacklist(&successor).await.is(200, "{}");
    assert_eq!(current(list(&app, &first).await), [true], "it logged out");
    app.pass(30);
    let later = app.log_in("ada").await;
    assert_eq!(current(list(&app, &later).await), [true], "it has ended");
}

#[tokio::test]
async fn the_cookie_says_which_session_is_the_current_one() {
    let app = app().await;
    let pair = app.log_in("ada").await;
    let header = format!("Bearer {}", pair.access);
    let cookie = format!("signet-refresh={}", pair.refresh);
    let headers = [
        ("authorization", header.as_str()),
        ("x-auth-transport", "cookie"),
        ("sec-fetch-site", "same-origin"),
        ("cookie", cookie.as_str()),
    ];
    let answer = app.call("GET", "/auth/sessions/", &headers).await;
    assert_eq!(answer.json()[0]["is_current"], true);
    let without = app.call("GET", "/auth/sessions/", &headers[..3]).await;
    assert_eq!(without.json()[0]["is_current"], false);
    let without = app.call("DELETE", "/auth/sessions/", &headers[..3]).await;
    without.is_field_error("refresh", "This field is required.");
    let elsewhere = app.call("GET", "/auth/sessions/", &headers[..2]).await;
    assert_eq!(elsewhere.status, 403);

    app.log_in("ada").await;
    let ended = app.call("DELETE", "/auth/sessions/", &headers).await;
    ended.is(204, "");
    assert_eq!(list(&app, &pair).await.len(), 1);
    assert_eq!(app.refresh(&pair.refresh).await.status, 200);
}

#[tokio::test]
async fn nobody_sees_or_ends_sessions_without_an_access_token() {
    let app = app().await;
    let pair = app.log_in("ada").await;
    let id = id_of(&app, &pair).await;
    let anonymous = "Authentication credentials were not provided.";
    for (method, path) in [
        ("GET", "/auth/sessions/"),
        ("DELETE", "/auth/sessions/"),
        ("DELETE", "/auth/sessions/?all=true"),
        ("DELETE", &path_of(&id)),
        ("POST", "/accounts/sessions/"),
        ("POST", "/auth/password/change/"),
    ] {
        let answer = app.call(method, path, &[]).await;
        answer.is_unauthorized(anonymous);
    }
    assert_eq!(app.refresh(&pair.refresh).await.status, 200);
    let answer = ask(&app, &pair, "PUT", "/auth/sessions/", &json!(null)).await;
    answer.is(405, r#"{"detail":"Method \"PUT\" not allowed."}"#);
}

#[tokio::test]
async fn a_session_that_is_ended_refreshes_no_more_and_the_others_do() {
    let app = app().await;
    let (kept, lost) = (app.log_in("ada").await, app.log_in("ada").await);
    let successor = app.refresh(&lost.refresh).await.field("refresh");
    let id = id_of(&app, &lost).await;
    let path = path_of(&id);
    let ended = ask(&app, &kept, "DELETE", &path, &json!(null)).await;
    ended.is(204, "");
    assert_eq!(ended.header("allow"), "DELETE, OPTIONS");
    for token in [&lost.refresh, &successor] {
        let refused = app.refresh(token).await;
        refused.is_bad_token("Token is blacklisted");
    }
    assert_eq!(app.me(&lost.access).await.status, 200, "its seconds");
    assert_eq!(list(&app, &kept).await.len(), 1);
    assert_eq!(app.refresh(&kept.refresh).await.status, 200);
    let again = ask(&app, &kept, "DELETE", &path, &json!(null)).await;
    again.is(404, r#"{"detail":"Not found."}"#);
    let how = "SELECT ended_by FROM signet_session WHERE ended_at IS NOT NULL";
    assert_eq!(app.value::<String>(how).await, "user");
}

#[tokio::test]
async fn nobody_ends_a_session_of_somebody_else() {
    let app = app().await;
    let (ada, bob) = (app.log_in("ada").await, app.log_in("bob").await);
    let id = id_of(&app, &ada).await;
    for unknown in [id.as_str(), "0", "%00", "%ff", "..", "x' OR '1'='1"] {
        let path = path_of(&unknown.replace(' ', "%20"));
        let answer = ask(&app, &bob, "DELETE", &path, &json!(null)).await;
        answer.is(404, r#"{"detail":"Not found."}"#);
    }
    let all = ask(
        &app,
        &bob,
        "DELETE",
        "/auth/sessions/?all=true",
        &json!(null),
    )
    .await;
    all.is(204, "");
    assert_eq!(app.refresh(&ada.refresh).await.status, 200);
    assert_eq!(app.refresh(&bob.refresh).await.status, 401);
}

#[tokio::test]
async fn all_others_end_and_the_current_one_goes_on() {
    let app = app().await;
    let (kept, lost) = (app.log_in("ada").await, app.log_in("ada").await);
    // A login at a Django on the same database belongs to no session.
    let id: i64 = app
        .value("SELECT CAST(id AS bigint) FROM auth_user WHERE username = 'ada'")
        .await;
    let djangos = forge::unique_refresh_token(id);
    let other = forge::unique_refresh_token(id);
    for token in [&djangos, &other] {
        app.put_on_record(token, id).await;
    }

    let nothing = ask(&app, &kept, "DELETE", "/auth/sessions/", &json!(null)).await;
    nothing.is_field_error("refresh", "This field is required.");
    let current = json!({ "refresh": kept.refresh });
    let ended = ask(&app, &kept, "DELETE", "/accounts/sessions", &current).await;
    ended.is(204, "");
    for token in [&lost.refresh, &djangos, &other] {
        let refused = app.refresh(token).await;
        refused.is_bad_token("Token is blacklisted");
    }
    assert_eq!(list(&app, &kept).await.len(), 1);
    assert_eq!(app.refresh(&kept.refresh).await.status, 200);

    // Such a login can be the current one, too.
    let third = forge::unique_refresh_token(id);
    app.put_on_record(&third, id).await;
    let current = json!({ "refresh": third });
    let ended = ask(&app, &kept, "DELETE", "/auth/sessions/", &current).await;
    ended.is(204, "");
    assert_eq!(list(&app, &kept).await.len(), 0);
    assert_eq!(app.refresh(&third).await.status, 200);
}

#[tokio::test]
async fn every_session_ends_when_all_are_asked_for() {
    let app = app().await;
    let pairs = [app.log_in("ada").await, app.log_in("ada").await];
    for wrong in ["perhaps", "", "true&all=perhaps"] {
        let path = format!("/auth/sessions/?all={wrong}");
        let answer = ask(&app, &pairs[0], "DELETE", &path, &json!(null)).await;
        answer.is_field_error("all", "Must be a valid boolean.");
    }
    let path = "/auth/sessions/?all=False";
    let answer = ask(&app, &pairs[0], "DELETE", path, &json!(null)).await;
    answer.is_field_error("refresh", "This field is required.");
    let path = "/auth/sessions/?all=true";
    let answer = ask(&app, &pairs[0], "DELETE", path, &json!(null)).await;
    answer.is(204, "");
    for pair in &pairs {
        let refused = app.refresh(&pair.refresh).await;
        refused.is_bad_token("Token is blacklisted");
    }
    assert_eq!(list(&app, &pairs[1]).await.len(), 0);
}

#[tokio::test]
async fn a_refresh_token_that_is_none_of_the_callers_is_an_error_of_its_field() {
    let app = app().await;
    let (ada, bob) = (app.log_in("ada").await, app.log_in("bob").await);
    let cases = [
        (bob.refresh.as_str(), "Token is invalid"),
        ("nonsense", "Token is invalid"),
        (&ada.access, "Token has wrong type"),
    ];
    for (token, message) in cases {
        let body = json!({ "refresh": token });
        for method in ["GET", "DELETE"] {
            let answer = ask(&app, &ada, method, "/auth/sessions/", &body).await;
            answer.is_field_error("refresh", message);
        }
    }
    app.pass(9);
    let late = TestApp::log_in(&app, "ada").await;
    app.pass(21);
    let body = json!({ "refresh": ada.refresh });
    let fresh = app.log_in("ada").await;
    let answer = ask(&app, &fresh, "DELETE", "/auth/sessions/", &body).await;
    answer.is_field_error("refresh", "Token is expired");
    assert_eq!(app.refresh(&late.refresh).await.status, 200);
}

#[tokio::test]
async fn the_last_use_is_written_down_once_a_minute() {
    let app = TestApp::with(&[("REFRESH_TOKEN_LIFETIME", "1d")]).await;
    app.user("ada").await;
    let first = app.log_in("ada").await;
    app.pass(1);
    app.log_in("ada").await;
    let used = async || {
        app.settle().await;
        let pair = app.log_in("ada").await;
        let rows = list(&app, &pair).await;
        let ended = app.blacklist(&pair.refresh).await;
        ended.is(200, "{}");
        let used = |row: &Value| row["last_used_at"].as_str().unwrap()[11..].to_owned();
        rows[1..].iter().map(used).collect::<Vec<_>>()
    };
    assert_eq!(used().await, ["08:00:01Z", "08:00:00Z"]);
    app.pass(58);
    app.refresh(&first.refresh).await;
    assert_eq!(used().await, ["08:00:01Z", "08:00:00Z"]);
    app.pass(1);
    app.refresh(&first.refresh).await;
    assert_eq!(used().await, ["08:01:00Z", "08:00:01Z"]);
    app.pass(59);
    app.refresh(&first.refresh).await;
    assert_eq!(used().await, ["08:01:00Z", "08:00:01Z"]);
}

#[tokio::test]
async fn a_sliding_token_is_a_session_that_can_be_ended() {
    let app = TestApp::with(&[("AUTH_TOKEN_CLASSES", "access,sliding")]).await;
    app.user("ada").await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    let sliding = app.post_json("/auth/token/sliding/", &body).await;
    let pair = app.log_in("ada").await;
    app.pass(6);
    let token = json!({ "token": sliding.field("token") });
    let path = "/auth/token/sliding/refresh/";
    let slid = app.post_json(path, &token).await.field("token");
    let rows = list(&app, &pair).await;
    let other = rows.iter().find(|row| row["is_current"] == false).unwrap();
    let path = path_of(other["id"].as_str().unwrap());
    ask(&app, &pair, "DELETE", &path, &json!(null))
        .await
        .is(204, "");
    assert_eq!(app.me(&slid).await.status, 401);
}

#[tokio::test]
async fn a_sliding_session_is_used_and_grows_no_older_than_it_may() {
    let app = TestApp::with(&[
        ("SESSION_MAX_AGE", "70s"),
        ("SLIDING_TOKEN_REFRESH_LIFETIME", "1h"),
    ])
    .await;
    app.user("ada").await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    let sliding = app.post_json("/auth/token/sliding/", &body).await;
    let mut token = sliding.field("token");
    let slide = async |token: &str| {
        let body = json!({ "token": token });
        app.post_json("/auth/token/sliding/refresh/", &body).await
    };
    for _ in 0..7 {
        app.pass(9);
        token = slide(&token).await.field("token");
    }
    assert_eq!(forge::claims_of(&token)["exp"], NOW + 70);
    app.settle().await;
    let pair = app.log_in("ada").await;
    let sessions = list(&app, &pair).await;
    assert_eq!(sessions[1]["last_used_at"], "2027-01-15T08:01:03Z");
    app.pass(7);
    slide(&token).await.is_bad_token("Token is expired");
}

#[tokio::test]
async fn where_rotation_blacklists_nothing_every_token_of_a_session_ends_with_it() {
    let app = TestApp::with(&[("ROTATE_REFRESH_TOKENS", "true")]).await;
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    let second = app.refresh(&pair.refresh).await.field("refresh");
    let third = app.refresh(&second).await.field("refresh");
    // As in SimpleJWT one token is blacklisted alone, and the session goes on.
    app.blacklist(&second).await.is(200, "{}");
    app.refresh(&second)
        .await
        .is_bad_token("Token is blacklisted");
    assert_eq!(app.refresh(&pair.refresh).await.status, 200);
    assert_eq!(app.refresh(&third).await.status, 200);
    let path = path_of(&id_of(&app, &pair).await);
    ask(&app, &pair, "DELETE", &path, &json!(null))
        .await
        .is(204, "");
    for token in [&pair.refresh, &third] {
        app.refresh(token)
            .await
            .is_bad_token("Token is blacklisted");
    }
}

#[tokio::test]
async fn a_login_at_django_becomes_a_session_when_it_rotates_here() {
    let app = app().await;
    let id = app.user("eve").await;
    let djangos = forge::unique_refresh_token(id);
    let answer = app.refresh(&djangos).await;
    let pair = Pair {
        refresh: answer.field("refresh"),
        access: answer.field("access"),
    };
    let sessions = list(&app, &pair).await;
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0]["is_current"], true);
    app.pass(2);
    let reused = app.refresh(&djangos).await;
    reused.is_bad_token("Token is blacklisted");
    let refused = app.refresh(&pair.refresh).await;
    refused.is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn sessions_are_forgotten_with_their_last_tokens() {
    let app = app().await;
    let pair = app.log_in("ada").await;
    app.pass(20);
    app.refresh(&pair.refresh).await;
    let flushing = Flushing::new(app.store.clone(), &app.settings.token_config());
    for (second, sessions, tokens) in [(29, 1, 2), (30, 1, 1), (49, 1, 1), (50, 0, 0)] {
        let now = Timestamp::from_second(NOW + second).unwrap();
        flushing.pass(now).await.unwrap();
        let count = "SELECT count(*) FROM signet_session";
        assert_eq!(app.value::<i64>(count).await, sessions, "{second}");
        let count = "SELECT count(*) FROM signet_session_token";
        assert_eq!(app.value::<i64>(count).await, tokens, "{second}");
    }
}

#[tokio::test]
async fn a_deleted_user_leaves_no_sessions() {
    let app = app().await;
    let bob = app.log_in("bob").await;
    app.log_in("ada").await;
    assert_eq!(app.store.delete_user("ada").await.unwrap(), Write::Done);
    for table in ["signet_session", "signet_session_token"] {
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(app.value::<i64>(&count).await, 1);
    }
    assert_eq!(list(&app, &bob).await.len(), 1);
}

#[tokio::test]
async fn no_table_of_ours_holds_a_token() {
    let app = app().await;
    let pair = app.log_in("ada").await;
    app.refresh(&pair.refresh).await;
    for query in [
        "SELECT count(*) FROM signet_session_token WHERE jti LIKE '%.%'",
        "SELECT count(*) FROM signet_session WHERE id LIKE '%.%'",
        "SELECT count(*) FROM token_blacklist_outstandingtoken WHERE token <> ''",
    ] {
        assert_eq!(app.value::<i64>(query).await, 0, "{query}");
    }
}
