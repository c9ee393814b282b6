//! The registration as the web UI asks for it.

use serde_json::json;

use crate::answer::Answer;
use crate::app::{PASSWORD, TestApp};

#[tokio::test]
async fn a_page_of_the_web_ui_gets_the_errors_of_all_fields_at_once() {
    let app = TestApp::with_ada().await;
    let keys = |answer: &Answer| -> Vec<String> {
        answer.json().as_object().unwrap().keys().cloned().collect()
    };
    let strings =
        |texts: &[&str]| -> Vec<String> { texts.iter().map(|text| (*text).to_owned()).collect() };
    let of_web_ui = [
        ("x-auth-transport", "cookie"),
        ("sec-fetch-site", "same-origin"),
    ];
    for (username, email, all, first) in [
        (
            "a b",
            "bad",
            &["username", "email", "password"][..],
            &["username", "email"][..],
        ),
        ("ada", "", &["username", "password"], &["username"]),
        ("eve", "", &["password"], &["password"]),
        ("", "", &["username", "password"], &["username"]),
    ] {
        let body = json!({ "username": username, "email": email, "password": "password" });
        let body = body.to_string();
        let answer = app.post_raw("/auth/register/", &of_web_ui, &body).await;
        assert_eq!(
            (answer.status.as_u16(), &*keys(&answer)),
            (400, &*strings(all))
        );
        let answer = app.post_raw("/auth/register/", &[], &body).await;
        assert_eq!(
            (answer.status.as_u16(), &*keys(&answer)),
            (400, &*strings(first))
        );
    }
    let elsewhere = [
        ("x-auth-transport", "cookie"),
        ("sec-fetch-site", "cross-site"),
    ];
    let body = json!({ "username": "eve", "password": PASSWORD }).to_string();
    let refused = app.post_raw("/auth/register/", &elsewhere, &body).await;
    assert_eq!(refused.status, 403);
    let made = app.post_raw("/auth/register/", &of_web_ui, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
}
