//! What a spent refresh token does when it is used once more: nothing for whoever lost an answer,
//! the end for a thief.

use crate::app::TestApp;
use crate::forge;

const ROTATING: [(&str, &str); 3] = [
    ("ROTATE_REFRESH_TOKENS", "true"),
    ("BLACKLIST_AFTER_ROTATION", "true"),
    ("ROTATION_GRACE", "2s"),
];

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
async fn verifying_a_spent_token_ends_nothing() {
    let app = app().await;
    let pair = app.log_in("ada").await;
    let second = app.refresh(&pair.refresh).await.field("refresh");
    app.pass(2);
    assert_eq!(app.verify(&pair.refresh).await.status, 400);
    assert_eq!(app.refresh(&second).await.status, 200);
}
