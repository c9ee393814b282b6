//! Throttling: how many registrations there may be.

use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp};

const HERE: &str = "192.0.2.1";
const ELSEWHERE: &str = "198.51.100.9";

fn ada() -> Value {
    json!({ "username": "ada", "password": PASSWORD })
}

#[tokio::test]
async fn registrations_count_unless_they_are_malformed() {
    let app = TestApp::with(&[("THROTTLE_REGISTER", "3/hour")]).await;
    let register = async |from: &str, name: &str, password: &str| {
        let body = json!({ "username": name, "password": password });
        app.post_from(from, "/auth/register/", &body).await
    };
    for _ in 0..5 {
        assert_eq!(register(HERE, "a b", PASSWORD).await.status, 400);
        assert_eq!(register(HERE, "ada", "").await.status, 400);
    }
    assert_eq!(register(HERE, "ada", PASSWORD).await.status, 201);
    assert_eq!(register(HERE, "ada", PASSWORD).await.status, 400, "taken");
    assert_eq!(register(HERE, "eve", "password").await.status, 400, "weak");
    register(HERE, "eve", PASSWORD).await.is_throttled(3_600);
    assert_eq!(register(ELSEWHERE, "eve", PASSWORD).await.status, 201);

    let fields = [("username", "bob"), ("password", PASSWORD), ("email", "")];
    let site = [("sec-fetch-site", "same-origin")];
    for status in [303, 400, 400, 429] {
        let page = app.post_form("/register", &site, &fields).await;
        assert_eq!(page.status, status);
        if status == 429 {
            assert!(
                page.text()
                    .contains("Too many tries. Try again in 3600 seconds.")
            );
        }
    }
    app.pass(3_600);
    assert_eq!(register(HERE, "eve2", PASSWORD).await.status, 201);
}

#[tokio::test]
async fn a_registration_that_the_server_could_not_finish_does_not_count() {
    let app = TestApp::with(&[("THROTTLE_REGISTER", "1/hour")]).await;
    app.store.close().await;
    for _ in 0..3 {
        let answer = app.post_from(HERE, "/auth/register/", &ada()).await;
        assert_eq!(answer.status, 503);
    }
}

#[tokio::test]
async fn who_has_registered_somewhere_is_known_there() {
    let app = TestApp::with(&[("THROTTLE_LOGIN", "1/min")]).await;
    let made = app.post_from(HERE, "/auth/register/", &ada()).await;
    assert_eq!(made.status, 201);
    let wrong = json!({ "username": "ada", "password": "wrong" });
    for attacker in 0..20 {
        let from = format!("203.0.113.{attacker}");
        app.post_from(&from, "/auth/token/", &wrong).await;
    }
    app.post_from(ELSEWHERE, "/auth/token/", &ada())
        .await
        .is_throttled(60);
    assert_eq!(
        app.post_from(HERE, "/auth/token/", &ada()).await.status,
        200
    );
}
