//! What a spent refresh token does when it is used once more: nothing for whoever lost an answer,
//! the end for a thief.

use serde_json::json;

use crate::app::{PASSWORD, ROTATING, TestApp};
use crate::forge;
use crate::process::{Place, Server};

async fn app() -> TestApp {
    let app = TestApp::with(&ROTATING).await;
    app.user("ada").await;
    app
}

async fn how_it_ended(app: &TestApp) -> String {
    app.value("SELECT COALESCE(max(ended_by), '') FROM signet_session")
        .await
}

#[tokio::test]
async fn a_spent_token_that_is_used_again_after_the_grace_ends_its_session() {
    let app = app().await;
    let other = app.log_in("ada").await;
    let pair = app.log_in("ada").await;
    let second = app.refresh(&pair.refresh).await.field("refresh");
    let third = app.refresh(&second).await.field("refresh");
    app.pass(2);
    app.refresh(&pair.refresh)
        .await
        .is_bad_token("Token is blacklisted");
    for token in [&second, &third] {
        let refused = app.refresh(token).await;
        refused.is_bad_token("Token is blacklisted");
    }
    assert_eq!(how_it_ended(&app).await, "reuse");
    assert_eq!(
        app.refresh(&other.refresh).await.status,
        200,
        "of nobody else"
    );
}

#[tokio::test]
async fn within_the_grace_an_older_token_of_the_chain_is_refused_and_ends_nothing() {
    let app = app().await;
    let pair = app.log_in("ada").await;
    let second = app.refresh(&pair.refresh).await.field("refresh");
    let third = app.refresh(&second).await.field("refresh");
    app.refresh(&pair.refresh)
        .await
        .is_bad_token("Token is blacklisted");
    assert_eq!(how_it_ended(&app).await, "");
    assert_eq!(app.refresh(&third).await.status, 200);
}

#[tokio::test]
async fn without_a_grace_the_first_repeat_is_theft() {
    let strict = [&ROTATING[..2], &[("ROTATION_GRACE", "0s")]].concat();
    let app = TestApp::with(&strict).await;
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    let second = app.refresh(&pair.refresh).await.field("refresh");
    app.refresh(&pair.refresh)
        .await
        .is_bad_token("Token is blacklisted");
    app.refresh(&second)
        .await
        .is_bad_token("Token is blacklisted");
    assert_eq!(how_it_ended(&app).await, "reuse");
}

#[tokio::test]
async fn a_token_that_django_has_spent_is_refused_and_ends_nothing() {
    let app = app().await;
    let pair = app.log_in("ada").await;
    let second = app.refresh(&pair.refresh).await.field("refresh");
    // As a Django does that rotates it: its successor is of no session of ours.
    let spend = format!(
        "INSERT INTO token_blacklist_blacklistedtoken (blacklisted_at, token_id) \
         SELECT created_at, id FROM token_blacklist_outstandingtoken WHERE jti = '{}'",
        forge::claims_of(&second)["jti"].as_str().unwrap()
    );
    app.rows.execute(&spend).await;
    app.pass(5);
    app.refresh(&second)
        .await
        .is_bad_token("Token is blacklisted");
    assert_eq!(how_it_ended(&app).await, "");
}

#[tokio::test]
async fn logging_out_with_a_token_that_was_just_spent_ends_the_session() {
    let app = app().await;
    let pair = app.log_in("ada").await;
    let second = app.refresh(&pair.refresh).await.field("refresh");
    app.blacklist(&pair.refresh).await.is(200, "{}");
    app.refresh(&second)
        .await
        .is_bad_token("Token is blacklisted");
    assert_eq!(how_it_ended(&app).await, "logout");
    // There is nothing left to log out of.
    app.blacklist(&pair.refresh)
        .await
        .is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn logging_out_with_a_token_that_was_spent_long_ago_is_reuse() {
    let app = app().await;
    let pair = app.log_in("ada").await;
    let second = app.refresh(&pair.refresh).await.field("refresh");
    app.pass(2);
    app.blacklist(&pair.refresh)
        .await
        .is_bad_token("Token is blacklisted");
    app.refresh(&second)
        .await
        .is_bad_token("Token is blacklisted");
    assert_eq!(how_it_ended(&app).await, "reuse");
}

#[tokio::test]
async fn logging_out_with_an_older_token_of_the_chain_ends_the_session_within_the_grace() {
    let app = app().await;
    let pair = app.log_in("ada").await;
    let second = app.refresh(&pair.refresh).await.field("refresh");
    let third = app.refresh(&second).await.field("refresh");
    app.blacklist(&pair.refresh).await.is(200, "{}");
    let refused = app.refresh(&third).await;
    refused.is_bad_token("Token is blacklisted");
    assert_eq!(how_it_ended(&app).await, "logout");
}

#[tokio::test]
async fn verifying_a_spent_token_ends_nothing() {
    let app = app().await;
    let pair = app.log_in("ada").await;
    let second = app.refresh(&pair.refresh).await.field("refresh");
    app.pass(2);
    assert_eq!(app.verify(&pair.refresh).await.status, 400);
    assert_eq!(app.refresh(&second).await.status, 200);
}

#[tokio::test]
async fn the_log_names_the_session_that_a_thief_has_ended_and_no_token() {
    let place = Place::with_database().await;
    let strict = [
        ("SIGNET_ROTATE_REFRESH_TOKENS", "true"),
        ("SIGNET_BLACKLIST_AFTER_ROTATION", "true"),
        ("SIGNET_ROTATION_GRACE", "0s"),
        ("SIGNET_REFRESH_TOKEN_LIFETIME", "1h"),
    ];
    let server = Server::start(&place, &strict).await;
    place.run(&["user", "create", "ada"], PASSWORD).await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    let (_, pair) = server.post("/auth/token/", &body).await;
    let rows = place.rows().await;
    let session: String = rows.value("SELECT id FROM signet_session").await;
    for status in [200, 401, 401] {
        let answer = server.post("/auth/token/refresh/", &pair).await;
        assert_eq!(answer.0, status);
    }
    server.wait_for_log("its session has ended").await;
    let log = server.log();
    let told: Vec<&str> = log.lines().filter(|line| line.contains(&session)).collect();
    assert_eq!(told.len(), 1, "once: {log}");
    assert!(told[0].contains("WARN"), "{log}");
    assert!(!log.contains(pair["refresh"].as_str().unwrap()));
    server.stop().await;
}
