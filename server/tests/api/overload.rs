//! More logins than the hashing threads can take.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::task::JoinSet;

use crate::app::{PASSWORD, TestApp};

#[tokio::test]
async fn logins_beyond_the_queue_are_told_to_come_again() {
    // One thread that takes long enough for its queue of 32 to fill.
    let slow = [("HASH_MEMORY_KIB", "65536"), ("HASH_ITERATIONS", "2")];
    let app = Arc::new(TestApp::with(&slow).await);
    let mut logins = JoinSet::new();
    let log_in = || {
        let app = app.clone();
        async move {
            let body = json!({ "username": "nobody", "password": "x" });
            app.post_json("/auth/token/", &body).await
        }
    };
    for _ in 0..60 {
        logins.spawn(log_in());
    }
    // A machine that is busy itself may be slow to read a user, which is another answer, and lets
    // the queue empty meanwhile: whoever is not too many makes room for another one.
    let busy = loop {
        let answer = logins.join_next().await.expect("they go on").unwrap();
        if answer.status != 401 && !answer.text().contains("unavailable") {
            break answer;
        }
        logins.spawn(log_in());
    };
    busy.is(
        503,
        r#"{"detail":"The server is busy. Try again in 1 second.","code":"busy"}"#,
    );
    assert_eq!(busy.header("retry-after"), "1");
    // Meanwhile what needs no hash is answered.
    app.verify("x").await.is_bad_token("Token is invalid");
}

#[tokio::test]
async fn one_client_that_logs_in_without_pause_keeps_no_other_from_logging_in() {
    let slow = [("HASH_MEMORY_KIB", "1024"), ("HASH_ITERATIONS", "4")];
    let app = Arc::new(TestApp::with(&slow).await);
    app.user("eve").await;
    app.user("ada").await;
    let answered = Arc::new(AtomicUsize::new(0));
    let mut attackers = JoinSet::new();
    for _ in 0..60 {
        let (app, answered) = (Arc::clone(&app), Arc::clone(&answered));
        attackers.spawn(async move {
            let body = json!({ "username": "eve", "password": PASSWORD });
            loop {
                app.post_from("203.0.113.1", "/auth/token/", &body).await;
                answered.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        });
    }
    // The queue is full once one of them has been answered.
    while answered.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    let body = json!({ "username": "ada", "password": PASSWORD });
    for client in 1..=20 {
        let from = format!("192.0.2.{client}");
        // A machine that is busy itself may be slow to read the user, which is another answer.
        let answer = loop {
            let answer = app.post_from(&from, "/auth/token/", &body).await;
            if !answer.text().contains("unavailable") {
                break answer;
            }
        };
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    attackers.shutdown().await;
}
