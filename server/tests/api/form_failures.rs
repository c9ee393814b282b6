//! Forms that fail for a reason other than what was typed: the answer is a page, in words.

use axum::body::Body;
use futures_util::stream;
use http::Request;

use crate::answer::Answer;
use crate::app::{PASSWORD, TestApp};

const SAME_ORIGIN: (&str, &str) = ("sec-fetch-site", "same-origin");
const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const FORMS: [(&str, &str); 3] = [
    ("/login", "Log in"),
    ("/register", "Register"),
    ("/account", "Your account"),
];

#[track_caller]
fn assert_is_page_in_words(answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    let media_type = answer.header("content-type");
    assert!(media_type.starts_with("text/html"), "{media_type}");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.has("content-security-policy"));
    let html = answer.text();
    assert!(html.contains("<title>Error: "));
    assert!(html.contains("There is a problem"));
    assert!(html.contains(words), "{words}");
    assert!(!html.contains("&quot;detail&quot;:&quot;"));
    assert!(answer.cookies().is_empty());
}

#[tokio::test]
async fn a_form_that_cannot_be_read_comes_back_as_a_page() {
    let app = TestApp::start().await;
    let huge = "x".repeat(300_000);
    for (path, heading) in FORMS {
        for (media_type, body, status, words) in [
            ("text/plain", "x", 415, "the form could not be read"),
            ("application/json", "{", 400, "the form could not be read"),
            ("application/json", "[]", 400, "Expected a dictionary"),
            ("multipart/form-data", "x", 400, "could not be read"),
            (
                "application/x-www-form-urlencoded",
                &huge,
                413,
                "the form holds more than 262144 bytes",
            ),
        ] {
            let headers = [SAME_ORIGIN, HTML, ("content-type", media_type)];
            let answer = app.post_raw_as("POST", path, &headers, body).await;
            assert_is_page_in_words(&answer, status, words);
            assert!(answer.text().contains(heading));
        }
    }
}

#[tokio::test]
async fn a_form_that_never_arrives_comes_back_as_a_page() {
    let app = TestApp::start().await;
    // From here on time passes as soon as nothing but time is waited for.
    tokio::time::pause();
    for (path, _) in FORMS {
        let never = stream::pending::<Result<Vec<u8>, std::io::Error>>();
        let request = Request::post(path)
            .header(SAME_ORIGIN.0, SAME_ORIGIN.1)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from_stream(never))
            .unwrap();
        let answer = app.send(request).await;
        assert_is_page_in_words(&answer, 408, "the form took too long to arrive");
    }
}

#[tokio::test]
async fn a_form_of_another_site_comes_back_as_a_page_that_names_the_setting() {
    let app = TestApp::with(&[("PUBLIC_URL", "https://id.example")]).await;
    let fields = [("username", "ada"), ("password", PASSWORD)];
    for (path, _) in FORMS.into_iter().chain([("/logout", "")]) {
        let headers = [
            HTML,
            ("origin", "https://proxied.example"),
            ("host", "10.0.0.1:8000"),
        ];
        let answer = app.post_form(path, &headers, &fields).await;
        assert_is_page_in_words(&answer, 403, "Origin: https://proxied.example");
        assert!(answer.text().contains("Host: 10.0.0.1:8000"));
        assert!(answer.text().contains("PUBLIC_URL is https://id.example"));
        assert!(!answer.text().contains(PASSWORD));
    }
}

#[tokio::test]
async fn a_form_while_the_database_is_away_comes_back_as_a_page() {
    let app = TestApp::with_ada().await;
    let token = app.log_in("ada").await.refresh;
    let cookie = format!("signet-refresh={token}");
    app.store.close().await;
    let headers = [SAME_ORIGIN, HTML, ("cookie", cookie.as_str())];
    let fields = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("current_password", PASSWORD),
        ("new_password", "An0ther-pass-2"),
    ];
    for (path, _) in FORMS {
        let answer = app.post_form(path, &headers, &fields).await;
        assert_is_page_in_words(&answer, 503, "The database is unavailable.");
        assert!(!answer.text().contains("You are not signed in."), "{path}");
        assert_eq!(answer.header("retry-after"), "1");
    }
}

#[tokio::test]
async fn a_form_too_many_comes_back_as_a_page() {
    let settings = [("THROTTLE_LOGIN", "1/min"), ("THROTTLE_REGISTER", "1/min")];
    let app = TestApp::with(&settings).await;
    app.user("ada").await;
    let token = app.log_in("ada").await.refresh;
    let cookie = format!("signet-refresh={token}");
    let headers = [SAME_ORIGIN, HTML, ("cookie", cookie.as_str())];
    let fields = [
        ("username", "ada"),
        ("password", "wrong"),
        ("current_password", "wrong"),
        ("new_password", "An0ther-pass-2"),
    ];
    for (path, _) in FORMS {
        app.post_form(path, &headers, &fields).await;
        let answer = app.post_form(path, &headers, &fields).await;
        assert_is_page_in_words(&answer, 429, "Too many tries. Try again in ");
    }
}
