//! A PostgreSQL database in another encoding than UTF-8, as a Django project may have.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use signet::model::{Blacklist, Write};

use crate::answer::Answer;
use crate::app::{PASSWORD, TestApp};
use crate::engine::{Database, server};
use crate::forge;

/// Beyond LATIN1, and 255 characters of it.
const BEYOND: &str = "日本語";

async fn app(encoding: &str) -> TestApp {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::encoded(folder.path(), encoding).await;
    TestApp::on(folder, database, &[("ROTATE_REFRESH_TOKENS", "true")]).await
}

/// Posts JSON with this `User-Agent`, in UTF-8.
async fn post(app: &TestApp, path: &str, user_agent: &str, body: &Value) -> Answer {
    let request = Request::post(path)
        .header("content-type", "application/json")
        .header("user-agent", user_agent.as_bytes());
    app.send(request.body(Body::from(body.to_string())).unwrap())
        .await
}

async fn log_in(app: &TestApp, username: &str, user_agent: &str) -> Answer {
    let body = json!({ "username": username, "password": PASSWORD });
    post(app, "/auth/token/", user_agent, &body).await
}

async fn register(app: &TestApp, username: &str, email: &str) -> Answer {
    let body = json!({ "username": username, "password": PASSWORD, "email": email });
    app.post_json("/auth/register/", &body).await
}

#[tokio::test]
async fn what_a_client_says_of_itself_is_in_the_way_of_no_login() {
    if server().is_none() {
        return;
    }
    for encoding in ["LATIN1", "SQL_ASCII", "EUC_JP", "UTF8"] {
        let app = app(encoding).await;
        app.user("ada").await;
        for agent in [BEYOND, "Браузер/1", "é", "\u{1f600}", &"語".repeat(300)] {
            let answer = log_in(&app, "ada", agent).await;
            assert_eq!(answer.status, 200, "{encoding} {agent}: {}", answer.text());
            // A session that began at a Django is put on record with its first rotation.
            let token = crate::forge::unique_refresh_token(1);
            let body = json!({ "refresh": token });
            let answer = post(&app, "/auth/token/refresh/", agent, &body).await;
            assert_eq!(answer.status, 200, "{encoding} {agent}: {}", answer.text());
        }
        let agents = app
            .rows
            .all::<(String,)>("SELECT user_agent FROM signet_session");
        let is_kept = agents.await.iter().any(|(agent,)| agent == BEYOND);
        assert_eq!(is_kept, encoding == "UTF8", "{encoding}");
    }
}

#[tokio::test]
async fn a_name_beyond_the_encoding_is_nobodys_and_cannot_be_registered() {
    if server().is_none() {
        return;
    }
    let app = app("LATIN1").await;
    app.user("ada").await;
    let refused = log_in(&app, BEYOND, "").await;
    assert_eq!(refused.status, 401, "{}", refused.text());
    let words = "The database cannot store this text: its encoding is LATIN1.";
    register(&app, BEYOND, "")
        .await
        .is_field_error("username", words);
    let email = format!("a@{BEYOND}.example");
    register(&app, "eve", &email)
        .await
        .is_field_error("email", words);
    let made = register(&app, "žofie", "").await;
    assert_eq!(made.status, 400, "{}", made.text());
    let made = register(&app, "ünal", "a@exämple.com").await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(log_in(&app, "ünal", "").await.status, 200);
    assert!(
        app.store
            .users_after(None, Some(BEYOND), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        app.store.set_active(BEYOND, false).await.unwrap(),
        Write::Refused
    );
    assert_eq!(app.store.delete_user(BEYOND).await.unwrap(), Write::Refused);
    assert_eq!(
        app.store.blacklist_entry(BEYOND).await.unwrap(),
        Blacklist::NotListed
    );
}

#[tokio::test]
async fn a_token_whose_jti_is_beyond_the_encoding_rotates_and_is_blacklisted_once() {
    if server().is_none() {
        return;
    }
    for encoding in ["LATIN1", "UTF8"] {
        let app = app(encoding).await;
        let id = app.user("ada").await;
        let claims = |jti: &str| forge::with(forge::claims("refresh", id), &json!({ "jti": jti }));
        let token = forge::token(&claims(BEYOND));
        assert_eq!(app.refresh(&token).await.status, 200, "{encoding}");
        app.blacklist(&token).await.is(200, "{}");
        app.blacklist(&token)
            .await
            .is_bad_token("Token is blacklisted");
        app.refresh(&token)
            .await
            .is_bad_token("Token is blacklisted");
        let other = forge::token(&claims(&format!("{BEYOND}2")));
        assert_eq!(app.refresh(&other).await.status, 200, "{encoding}");
    }
}

#[tokio::test]
async fn a_database_without_an_encoding_counts_bytes() {
    if server().is_none() {
        return;
    }
    let app = app("SQL_ASCII").await;
    let words = "The database cannot store this text: its encoding is SQL_ASCII.";
    let long = "é".repeat(100);
    register(&app, &long, "")
        .await
        .is_field_error("username", words);
    assert_eq!(register(&app, BEYOND, "").await.status, 201);
    assert_eq!(log_in(&app, BEYOND, BEYOND).await.status, 200);
    // As a program that writes Latin 1 leaves it.
    let foreign = "UPDATE auth_user SET first_name = E'\\\\xe9', email = E'\\xe9@example.com'";
    app.rows.execute(foreign).await;
    assert_eq!(log_in(&app, BEYOND, "").await.status, 200);
    let users = app.store.users_after(None, None, 9).await.unwrap();
    assert_eq!(users[0].email, "\u{fffd}@example.com");
}
