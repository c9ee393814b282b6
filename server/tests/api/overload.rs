//! More logins than the hashing threads can take.

use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;

use crate::app::TestApp;

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
