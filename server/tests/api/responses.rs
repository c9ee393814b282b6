//! What every answer has in common, and the answers of no endpoint: headers, 404.

use serde_json::json;

use crate::app::{PASSWORD, TestApp};
use crate::requests::POST_PATHS;

#[tokio::test]
async fn every_answer_of_an_endpoint_carries_the_same_headers() {
    let app = TestApp::with_ada().await;
    let good = json!({ "username": "ada", "password": PASSWORD });
    let mut answers = vec![app.post_json("/auth/token/", &good).await];
    for path in POST_PATHS {
        answers.push(app.post_raw(path, &[], "{}").await);
        answers.push(app.post_raw(path, &[], "{").await);
        answers.push(app.post_raw_as("POST", path, &[], "x").await);
        answers.push(app.post_raw(path, &[], &"x".repeat(300_000)).await);
        answers.push(app.call("GET", path, &[]).await);
        answers.push(app.call("OPTIONS", path, &[]).await);
        answers.push(app.call("GET", path, &[("accept", "image/png")]).await);
    }
    answers.push(app.verify("x").await);
    answers.push(app.refresh("x").await);
    answers.push(app.get("/accounts/me/").await);
    for answer in answers {
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("content-type", "application/json"),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {answer:?}");
        }
        assert_eq!(answer.vary(), ["accept", "origin"], "{answer:?}");
        assert!(answer.header("allow").contains("OPTIONS"), "{answer:?}");
        let length = answer.text().len().to_string();
        assert_eq!(answer.header("content-length"), length, "{answer:?}");
        assert_eq!(
            answer.status == 401,
            answer.has("www-authenticate"),
            "{answer:?}"
        );
        assert!(!answer.has("set-cookie"), "{answer:?}");
    }
}

#[tokio::test]
async fn paths_below_the_mounts_that_are_no_endpoint_are_not_found_in_json() {
    let app = TestApp::start().await;
    for path in [
        "/auth/",
        "/accounts/",
        "/auth/nope/",
        "/auth/token/nope",
        "/auth/token//",
        "/auth/me/x",
        "/accounts/TOKEN/",
        "/accounts/token/refresh/x/y",
        "/auth/%74oken/%00",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = app.call(method, path, &[("accept", "text/html")]).await;
            answer.is(404, r#"{"detail":"Not found."}"#);
            assert_eq!(answer.header("content-type"), "application/json", "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
    }
}
