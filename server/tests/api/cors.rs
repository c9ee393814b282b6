//! Cross-origin requests, answered as django-cors-headers answers them.

use serde_json::json;

use crate::answer::Answer;
use crate::app::{PASSWORD, TestApp};

const LOCAL: &str = "http://localhost:8001";
const REMOTE: &str = "https://your-frontend-domain.com";
const METHODS: &str = "DELETE, GET, OPTIONS, PATCH, POST, PUT";
const HEADERS: &str =
    "accept, authorization, content-type, user-agent, x-csrftoken, x-requested-with";

async fn app(more: &[(&str, &str)]) -> TestApp {
    let origins = format!("{LOCAL}, {REMOTE}");
    let mut settings = vec![("CORS_ALLOWED_ORIGINS", origins.as_str())];
    settings.extend(more);
    TestApp::with(&settings).await
}

async fn preflight(app: &TestApp, path: &str, origin: Option<&str>) -> Answer {
    let mut headers = vec![("access-control-request-method", "POST")];
    headers.extend(origin.map(|origin| ("origin", origin)));
    app.call("OPTIONS", path, &headers).await
}

/// The access-control headers of an answer, sorted.
fn granted(answer: &Answer) -> Vec<(&str, &str)> {
    let names = answer.headers.keys().map(http::HeaderName::as_str);
    let mut granted: Vec<_> = names
        .filter_map(|name| Some((name.strip_prefix("access-control-")?, answer.header(name))))
        .collect();
    granted.sort_unstable();
    granted
}

#[tokio::test]
async fn a_preflight_of_an_allowed_origin_is_granted_on_any_path() {
    let app = app(&[]).await;
    for path in [
        "/auth/token/",
        "/accounts/token",
        "/auth/me/",
        "/nope/",
        "/auth/nope",
        "/",
        "/login",
    ] {
        for origin in [LOCAL, REMOTE] {
            let answer = preflight(&app, path, Some(origin)).await;
            answer.is(200, "");
            let expected = [
                ("allow-headers", HEADERS),
                ("allow-methods", METHODS),
                ("allow-origin", origin),
                ("max-age", "86400"),
            ];
            assert_eq!(granted(&answer), expected, "{path}");
            assert_eq!(answer.vary(), ["origin"], "{path}");
        }
    }
}

#[tokio::test]
async fn what_a_preflight_asks_for_is_never_examined() {
    let app = app(&[]).await;
    for (method, headers) in [("", ""), ("BREW", "x-secret, authorization"), ("post", "*")] {
        let asked = [
            ("origin", LOCAL),
            ("access-control-request-method", method),
            ("access-control-request-headers", headers),
            ("access-control-request-private-network", "true"),
        ];
        let answer = app.call("OPTIONS", "/auth/token/", &asked).await;
        answer.is(200, "");
        assert_eq!(answer.header("access-control-allow-methods"), METHODS);
        assert_eq!(answer.header("access-control-allow-headers"), HEADERS);
        assert!(!answer.has("access-control-allow-private-network"));
    }
}

#[tokio::test]
async fn options_without_a_preflight_header_describes_the_endpoint() {
    let app = app(&[]).await;
    let headers = [("origin", LOCAL), ("access-control-request-headers", "x")];
    let answer = app.call("OPTIONS", "/auth/token/", &headers).await;
    assert_eq!(answer.field("name"), "Token Obtain Pair");
    assert_eq!(answer.header("access-control-allow-origin"), LOCAL);
}

#[tokio::test]
async fn an_actual_request_is_marked_whatever_its_status() {
    let app = app(&[]).await;
    app.user("ada").await;
    let good = json!({ "username": "ada", "password": PASSWORD }).to_string();
    let origin = [("origin", LOCAL)];
    for (status, answer) in [
        (200, app.post_raw("/auth/token/", &origin, &good).await),
        (400, app.post_raw("/auth/token/", &origin, "{}").await),
        (401, app.call("GET", "/auth/me/", &origin).await),
        (404, app.call("GET", "/auth/nope/", &origin).await),
        (404, app.call("GET", "/nope/", &origin).await),
        (405, app.call("GET", "/auth/token/", &origin).await),
        (405, app.call("HEAD", "/auth/token/", &origin).await),
        (
            415,
            app.post_raw_as("POST", "/auth/token/", &origin, "x").await,
        ),
    ] {
        assert_eq!(answer.status, status);
        assert_eq!(granted(&answer), [("allow-origin", LOCAL)], "{status}");
        assert!(answer.vary().contains(&"origin".to_owned()), "{status}");
    }
}

#[tokio::test]
async fn no_other_origin_is_granted_anything() {
    let app = app(&[
        ("CORS_ALLOW_CREDENTIALS", "true"),
        ("CORS_EXPOSE_HEADERS", "x-a"),
    ])
    .await;
    let hostile = [
        "",
        "null",
        "*",
        "garbage",
        "file://",
        "http://localhost",
        "http://localhost:80",
        "http://localhost:8000",
        "http://localhost:80011",
        "http://localhost:8001/",
        "http://localhost:8001/x?y#z",
        "https://localhost:8001",
        "http://LOCALHOST:8001",
        "http://127.0.0.1:8001",
        "http://user@localhost:8001",
        "http://localhost:8001.evil.example",
        "http://localhost:8001 https://your-frontend-domain.com",
        "HTTPS://your-frontend-domain.com",
        "https://YOUR-frontend-domain.com",
        "http://your-frontend-domain.com",
        "https://your-frontend-domain.com:443",
        "https://your-frontend-domain.com.",
        "https://your-frontend-domain.com.evil.example",
        "https://evil-your-frontend-domain.com",
        "https://evil.your-frontend-domain.com",
        "https://your-frontend-domainxcom",
        "//your-frontend-domain.com",
        "your-frontend-domain.com",
    ];
    assert!(hostile.len() >= 25);
    for origin in hostile {
        let answer = preflight(&app, "/auth/token/", Some(origin)).await;
        answer.is(200, "");
        assert_eq!(granted(&answer), [], "{origin}");
        assert_eq!(answer.vary(), ["origin"], "{origin}");
        let actual = app
            .post_raw("/auth/token/", &[("origin", origin)], "{}")
            .await;
        assert_eq!(granted(&actual), [], "{origin}");
        assert_eq!(actual.vary(), ["accept", "origin"], "{origin}");
    }
    let answer = preflight(&app, "/auth/token/", None).await;
    answer.is(200, "");
    assert_eq!(granted(&answer), []);
}

#[tokio::test]
async fn by_default_no_origin_is_granted_anything() {
    let app = TestApp::start().await;
    for origin in [LOCAL, REMOTE, "http://localhost:8000", "null"] {
        let answer = preflight(&app, "/auth/token/", Some(origin)).await;
        answer.is(200, "");
        assert_eq!(granted(&answer), [], "{origin}");
    }
}

#[tokio::test]
async fn credentials_and_exposed_headers_follow_the_settings() {
    let settings = [
        ("CORS_ALLOW_CREDENTIALS", "true"),
        ("CORS_EXPOSE_HEADERS", "x-one,X-Two"),
    ];
    let app = app(&settings).await;
    let expected = [
        ("allow-credentials", "true"),
        ("allow-origin", LOCAL),
        ("expose-headers", "x-one, X-Two"),
    ];
    let actual = app.call("GET", "/auth/me/", &[("origin", LOCAL)]).await;
    assert_eq!(granted(&actual), expected);
    let answer = preflight(&app, "/auth/me/", Some(LOCAL)).await;
    assert_eq!(granted(&answer).len(), expected.len() + 3);
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
}

#[tokio::test]
async fn methods_headers_and_age_of_a_preflight_follow_the_settings() {
    let settings = [
        ("CORS_ALLOW_METHODS", "GET,POST"),
        ("CORS_ALLOW_HEADERS", r#"["content-type","x-mine"]"#),
        ("CORS_PREFLIGHT_MAX_AGE", "0"),
    ];
    let app = app(&settings).await;
    let answer = preflight(&app, "/auth/token/", Some(REMOTE)).await;
    let expected = [
        ("allow-headers", "content-type, x-mine"),
        ("allow-methods", "GET, POST"),
        ("allow-origin", REMOTE),
    ];
    assert_eq!(granted(&answer), expected);
}

#[tokio::test]
async fn an_allowed_origin_is_still_no_page_of_this_server() {
    let app = app(&[("CORS_ALLOW_CREDENTIALS", "true")]).await;
    app.user("ada").await;
    let body = json!({ "username": "ada", "password": PASSWORD }).to_string();
    let headers = [
        ("origin", LOCAL),
        ("x-auth-transport", "cookie"),
        ("host", "localhost:8000"),
    ];
    let answer = app.post_raw("/auth/token/", &headers, &body).await;
    assert_eq!(answer.status, 403);
    assert!(!answer.has("set-cookie"));
}

#[tokio::test]
async fn special_origins_that_are_listed_are_answered_as_by_django_cors_headers() {
    for (listed, origin) in [
        ("null", "null"),
        ("file://", "file://"),
        ("null,file://", "null"),
    ] {
        for credentials in ["false", "true"] {
            let settings = [
                ("CORS_ALLOWED_ORIGINS", listed),
                ("CORS_ALLOW_CREDENTIALS", credentials),
            ];
            let app = TestApp::with(&settings).await;
            let mut simple = vec![("allow-origin", origin)];
            let mut full = vec![
                ("allow-headers", HEADERS),
                ("allow-methods", METHODS),
                ("allow-origin", origin),
                ("max-age", "86400"),
            ];
            if credentials == "true" {
                simple.insert(0, ("allow-credentials", "true"));
                full.insert(0, ("allow-credentials", "true"));
            }
            let answer = app.call("GET", "/auth/me/", &[("origin", origin)]).await;
            assert_eq!(granted(&answer), simple, "{listed}");
            assert_eq!(
                granted(&preflight(&app, "/auth/me/", Some(origin)).await),
                full
            );
            for other in ["", "http://evil.example", "file:a", "nullx"] {
                assert_eq!(
                    granted(&preflight(&app, "/", Some(other)).await),
                    [],
                    "{other}"
                );
            }
        }
        let app = TestApp::with(&[("CORS_ALLOWED_ORIGINS", "https://a.example")]).await;
        assert_eq!(
            granted(&preflight(&app, "/", Some(origin)).await),
            [],
            "{origin}"
        );
    }
}
