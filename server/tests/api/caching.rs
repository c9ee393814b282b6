//! No cache keeps an answer that sets a cookie, holds or judges a token, or shows who is signed in.

use serde_json::json;

use crate::answer::Answer;
use crate::app::{PASSWORD, TestApp};

const ASKED: (&str, &str) = ("x-auth-transport", "cookie");
const SAME_ORIGIN: (&str, &str) = ("sec-fetch-site", "same-origin");

#[tokio::test]
async fn nothing_of_a_session_is_kept_by_a_cache() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    let other = app.log_in("ada").await.refresh;
    let bearer = format!("Bearer {}", pair.access);
    let cookie = format!("signet-refresh={}", pair.refresh);
    let good = [
        SAME_ORIGIN,
        ("cookie", cookie.as_str()),
        ("authorization", bearer.as_str()),
    ];
    let bad = [
        SAME_ORIGIN,
        ("cookie", "signet-refresh=nonsense"),
        ("authorization", "Bearer nonsense"),
    ];
    let foreign = [("sec-fetch-site", "cross-site")];
    let by_cookie = [&good[..], &[ASKED]].concat();
    let mut answers: Vec<(String, Answer)> = Vec::new();
    for headers in [&good[..], &bad, &foreign, &by_cookie] {
        for method in ["GET", "POST", "OPTIONS", "PUT"] {
            for path in [
                "me/",
                "sessions/",
                "password/change/",
                "token/",
                "token/refresh/",
                "token/verify/",
                "token/sliding/",
                "token/sliding/refresh/",
                "register/",
            ] {
                let path = format!("/auth/{path}");
                let answer = app.call(method, &path, headers).await;
                answers.push((format!("{method} {path}"), answer));
            }
        }
    }
    let form = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("refresh", other.as_str()),
        ("token", pair.access.as_str()),
        ("current_password", PASSWORD),
        ("new_password", PASSWORD),
    ];
    for headers in [&good[..], &bad, &foreign, &by_cookie] {
        for path in [
            "/auth/token/",
            "/auth/token/refresh/",
            "/auth/token/verify/",
            "/auth/register/",
            "/login",
            "/register",
            "/account",
        ] {
            let answer = app.post_form(path, headers, &form).await;
            answers.push((format!("POST {path} with fields"), answer));
        }
    }
    for path in [
        "/",
        "/login",
        "/register",
        "/session",
        "/sessions",
        "/account",
        "/logout",
        "/nope",
    ] {
        for headers in [&good, &bad] {
            let answer = app.call("GET", path, headers).await;
            answers.push((format!("GET {path} with a cookie"), answer));
        }
    }
    for headers in [&good[..], &bad, &by_cookie] {
        for path in ["/auth/token/blacklist/", "/logout", "/account"] {
            let answer = app.call("POST", path, headers).await;
            answers.push((format!("POST {path}"), answer));
        }
    }
    for (request, answer) in answers {
        let caching = answer.header("cache-control");
        assert_eq!(caching, "no-store", "{request}: {}", answer.status);
    }
}

#[tokio::test]
async fn a_registration_by_form_is_kept_by_no_cache() {
    let app = TestApp::start().await;
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let made = app.post_form("/register", &[SAME_ORIGIN], &fields).await;
    made.is(303, "");
    assert_eq!(made.header("cache-control"), "no-store");
    let body = json!({ "username": "ada", "password": PASSWORD });
    let answer = app.post_json("/auth/token/", &body).await;
    assert_eq!(answer.header("cache-control"), "no-store");
}
