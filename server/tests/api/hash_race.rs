//! A hash that others replace by another one of the same password, while it is being checked, is in
//! the way of nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::app::{PASSWORD, TestApp};

/// Two hashes of [`PASSWORD`] take turns in the database until it is over.
async fn take_turns(app: Arc<TestApp>, is_over: Arc<AtomicBool>) {
    let hash = "SELECT password FROM auth_user WHERE username = 'bob'";
    let other: String = app.value(hash).await;
    let first: String = app.value(&hash.replace("bob", "ada")).await;
    while !is_over.load(Ordering::SeqCst) {
        for hash in [&other, &first] {
            let replace =
                format!("UPDATE auth_user SET password = '{hash}' WHERE username = 'ada'");
            app.rows.execute(&replace).await;
            tokio::time::sleep(std::time::Duration::from_millis(15)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_password_is_right_while_its_hash_is_replaced() {
    let app = Arc::new(TestApp::with_ada().await);
    app.user("bob").await;
    let is_over = Arc::new(AtomicBool::new(false));
    let turns = tokio::spawn(take_turns(app.clone(), is_over.clone()));
    for path in ["/auth/token/", "/auth/token/sliding/"] {
        for _ in 0..60 {
            let body = json!({ "username": "ada", "password": PASSWORD });
            let answer = app.post_json(path, &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }
    is_over.store(true, Ordering::SeqCst);
    turns.await.unwrap();
    let body = json!({ "username": "ada", "password": "Wr0ng-pass-1" });
    assert_eq!(app.post_json("/auth/token/", &body).await.status, 401);
}
