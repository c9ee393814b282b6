//! Where browsers find the server: which pages get the cookie, and what it is called there.

use serde_json::json;

use crate::answer::Answer;
use crate::app::{PASSWORD, TestApp};
use crate::forge::is_signed;

const ASKED: (&str, &str) = ("x-auth-transport", "cookie");
const SAME_ORIGIN: (&str, &str) = ("sec-fetch-site", "same-origin");

async fn log_in(app: &TestApp, headers: &[(&str, &str)]) -> Answer {
    let body = json!({ "username": "ada", "password": PASSWORD }).to_string();
    app.post_raw("/auth/token/", headers, &body).await
}

#[tokio::test]
async fn only_a_page_of_this_server_gets_the_cookie() {
    let app = TestApp::with(&[("PUBLIC_URL", "https://id.example")]).await;
    app.user("ada").await;
    let allowed: [&[(&str, &str)]; 5] = [
        &[SAME_ORIGIN],
        &[SAME_ORIGIN, ("origin", "https://evil.example")],
        &[("origin", "https://id.example"), ("host", "10.0.0.1:8000")],
        &[
            ("origin", "http://10.0.0.1:8000"),
            ("host", "10.0.0.1:8000"),
        ],
        &[("origin", "http://localhost"), ("host", "localhost")],
    ];
    for headers in allowed {
        let answer = log_in(&app, &[headers, &[ASKED]].concat()).await;
        assert_eq!(answer.status, 200, "{headers:?}");
    }
    let host = ("host", "id.example");
    let refused: [&[(&str, &str)]; 13] = [
        &[],
        &[host],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://id.example"),
        ],
        &[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://id.example"),
            host,
        ],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "Same-Origin")],
        &[("sec-fetch-site", "")],
        &[("origin", "null"), host],
        &[("origin", ""), ("host", "")],
        &[("origin", "id.example"), host],
        &[("origin", "https://id.example:8001"), host],
        &[("origin", "https://id.example.evil.example"), host],
        &[
            ("origin", "http://localhost:8001"),
            ("host", "localhost:8000"),
        ],
    ];
    for headers in refused {
        let headers = [headers, &[ASKED]].concat();
        let answers = [
            log_in(&app, &headers).await,
            app.call("POST", "/auth/token/refresh/", &headers).await,
            app.call("POST", "/auth/token/blacklist/", &headers).await,
        ];
        for answer in answers {
            assert_eq!(answer.status, 403, "{headers:?}");
            assert_eq!(answer.field("code"), "cross_site");
            let detail = answer.field("detail");
            let words = "The cookie transport serves pages of this server's own origin only. ";
            assert!(detail.starts_with(words), "{detail}");
            assert_eq!(answer.cookies(), [""; 0], "{headers:?}");
        }
    }
}

#[tokio::test]
async fn a_page_that_is_refused_is_told_what_was_seen_and_what_to_set() {
    let app = TestApp::with(&[("PUBLIC_URL", "http://localhost:8000")]).await;
    let proxied = [
        ASKED,
        ("origin", "https://id.example"),
        ("host", "10.0.0.1:8000"),
    ];
    let detail = log_in(&app, &proxied).await.field("detail");
    for words in [
        "Origin: https://id.example",
        "Host: 10.0.0.1:8000",
        "PUBLIC_URL is http://localhost:8000",
        "set PUBLIC_URL to",
        "let the reverse proxy pass the Host header on",
    ] {
        assert!(detail.contains(words), "{words} in {detail}");
    }
    let foreign = [ASKED, ("sec-fetch-site", "cross-site")];
    let detail = log_in(&app, &foreign).await.field("detail");
    assert!(detail.contains("Sec-Fetch-Site: cross-site"), "{detail}");
    let long = format!("https://{}", "x".repeat(10_000));
    let detail = log_in(&app, &[ASKED, ("origin", &long)]).await;
    assert!(detail.text().len() < 1_000);
}

#[tokio::test]
async fn the_cookie_is_named_and_guarded_as_the_public_url_demands() {
    let secure = "; Secure";
    for (url, name, hint, secure) in [
        (
            "http://localhost:8000",
            "signet-refresh",
            "session-hint",
            "",
        ),
        (
            "http://localhost:8000/",
            "signet-refresh",
            "session-hint",
            "",
        ),
        (
            "http://localhost:9123",
            "signet-refresh-9123",
            "session-hint-9123",
            "",
        ),
        (
            "https://id.example",
            "__Host-signet-refresh",
            "session-hint",
            secure,
        ),
        (
            "https://id.example:8443",
            "__Host-signet-refresh-8443",
            "session-hint-8443",
            secure,
        ),
        (
            "https://id.example:8000",
            "__Host-signet-refresh-8000",
            "session-hint-8000",
            secure,
        ),
        (
            "http://id.example:443",
            "signet-refresh-443",
            "session-hint-443",
            "",
        ),
    ] {
        let app = TestApp::with(&[("PUBLIC_URL", url)]).await;
        app.user("ada").await;
        let answer = log_in(&app, &[ASKED, SAME_ORIGIN]).await;
        let token = answer.cookie(name);
        let expected = [
            format!("{name}={token}; HttpOnly; Path=/; SameSite=Strict; Max-Age=30{secure}"),
            format!("{hint}=1; Path=/; SameSite=Strict; Max-Age=30{secure}"),
        ];
        assert_eq!(answer.cookies(), expected, "{url}");
        let cookie = format!("{name}={token}");
        let headers = [ASKED, SAME_ORIGIN, ("cookie", cookie.as_str())];
        let refreshed = app.call("POST", "/auth/token/refresh/", &headers).await;
        assert_eq!(refreshed.status, 200, "{url}");
        let page = app.get("/").await;
        let told = format!("\\\"hint_cookie\\\":\\\"{hint}\\\"");
        assert!(page.text().contains(&told), "{told}");
    }
}

#[tokio::test]
async fn two_servers_on_one_https_host_leave_each_other_s_cookies_alone() {
    let one = TestApp::with(&[("PUBLIC_URL", "https://localhost:8141")]).await;
    let two = TestApp::with(&[("PUBLIC_URL", "https://localhost:8142")]).await;
    let mut browser = String::new();
    for app in [&one, &two] {
        app.user("ada").await;
        let answer = log_in(app, &[ASKED, SAME_ORIGIN]).await;
        for cookie in answer.cookies() {
            browser += cookie.split(';').next().unwrap();
            browser += "; ";
        }
    }
    let headers = [ASKED, SAME_ORIGIN, ("cookie", browser.as_str())];
    for app in [&one, &two] {
        let answer = app.call("POST", "/auth/token/refresh/", &headers).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.cookies(), [""; 0]);
    }
}

#[tokio::test]
async fn a_server_on_port_80_does_not_share_its_cookie_with_one_on_port_8000() {
    let app = TestApp::with(&[("PUBLIC_URL", "http://localhost")]).await;
    app.user("ada").await;
    let answer = log_in(&app, &[ASKED, SAME_ORIGIN]).await;
    assert!(is_signed(&answer.cookie("signet-refresh-80")));
}
