//! The web UI as the server renders it.

use regex::Regex;

use crate::answer::Answer;
use crate::app::TestApp;
use crate::forge::{self, claims_of};

const PAGES: [(&str, &str); 7] = [
    ("/", "Signet"),
    ("/login", "Log in"),
    ("/register", "Register"),
    ("/session", "session"),
    ("/sessions", "Your sessions"),
    ("/account", "Your account"),
    ("/logout", "Log out"),
];

/// The nonce of an answer's Content-Security-Policy.
fn nonce(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy");
    let (_, rest) = policy.split_once("'nonce-").expect("a nonce in the policy");
    rest.split_once('\'').unwrap().0.to_owned()
}

/// The opening tags of every script.
fn scripts(html: &str) -> Vec<&str> {
    let tags = html.split("<script").skip(1);
    tags.map(|rest| rest.split_once('>').unwrap().0).collect()
}

fn assert_is_page(answer: &Answer) {
    let media_type = answer.header("content-type");
    assert!(media_type.starts_with("text/html"), "{media_type}");
    assert!(answer.text().starts_with("<!DOCTYPE html>"));
    assert!(answer.text().contains("</html>"), "rendered to its end");
    for (name, value) in [
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    assert!(answer.vary().contains(&"cookie".to_owned()));

    let policy = answer.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "'wasm-unsafe-eval'",
    ] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    for hole in [
        "'unsafe-inline'",
        "'unsafe-eval'",
        "http:",
        "https:",
        "data:",
        "*",
    ] {
        assert!(!policy.contains(hole), "{hole} in {policy}");
    }
    let carries = format!("nonce=\"{}\"", nonce(answer));
    let scripts = scripts(answer.text());
    assert!(!scripts.is_empty());
    for script in scripts {
        assert!(
            script.contains(&carries),
            "<script{script}> without {carries}"
        );
    }
    assert_nothing_inline(answer.text());
}

/// No style and no handler in an attribute, which the policy would forbid.
fn assert_nothing_inline(html: &str) {
    let inline = Regex::new(r#"(?i)<style|<[^>]*\s(style|on[a-z]+)\s*=|javascript:"#).unwrap();
    let found = inline.find(html).map(|found| found.as_str());
    assert_eq!(found, None);
}

#[tokio::test]
async fn every_page_is_rendered_under_its_own_policy() {
    let app = TestApp::start().await;
    let mut nonces = std::collections::HashSet::new();
    for (path, words) in PAGES {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_is_page(&answer);
        assert!(answer.text().contains(words), "{words} on {path}");
        assert!(answer.cookies().is_empty(), "{path}");
        let nonce = nonce(&answer);
        assert!(nonce.len() >= 16, "{nonce}");
        assert!(nonces.insert(nonce), "a nonce is used once");
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_page_that_says_so() {
    let app = TestApp::start().await;
    for path in [
        "/nope",
        "/login/x",
        "/pkg/nope.js",
        "/nope.css",
        "/manifest.json",
        "/pkg/",
        "/auth",
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_is_page(&answer);
        assert!(answer.text().contains("no page at this address"), "{path}");
    }
    let posted = app.call("POST", "/nope", &[]).await;
    assert_eq!(posted.status, 404);
}

#[tokio::test]
async fn no_path_leads_out_of_the_bundle() {
    let app = TestApp::start().await;
    for path in [
        "/../Cargo.toml",
        "/pkg/../../Cargo.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/pkg/%2e%2e%2fmanifest.json",
        "//etc/passwd",
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text().contains("root:"), "{path}");
    }
}

#[tokio::test]
async fn a_path_is_not_repeated_on_the_page_as_html() {
    let app = TestApp::start().await;
    for path in [
        "/%3Cscript%3Ecanary()%3C/script%3E",
        "/login?next=%22%3E%3Cscript%3Ecanary()%3C/script%3E",
        "/login?registered=%3Cscript%3Ecanary()",
        "/session?%3Cscript%3Ecanary()%3C/script%3E",
    ] {
        let answer = app.get(path).await;
        assert!(!answer.text().contains("<script>canary"), "{path}");
        assert!(!answer.text().contains("\"><script"), "{path}");
    }
}

#[tokio::test]
async fn the_login_form_carries_a_local_next_and_no_other() {
    let app = TestApp::start().await;
    for (query, next) in [
        ("", "/session"),
        ("?next=/register", "/register"),
        ("?next=https://evil.example", "/session"),
        ("?next=//evil.example", "/session"),
        ("?next=/%5Cevil.example", "/session"),
        ("?next=/%09/evil.example", "/session"),
    ] {
        let answer = app.get(&format!("/login{query}")).await;
        let field = format!("name=\"next\" value=\"{next}\"");
        assert!(answer.text().contains(&field), "{field} for {query}");
    }
}

#[tokio::test]
async fn a_page_greets_the_holder_of_a_good_cookie_and_is_not_kept() {
    let app = TestApp::with_ada().await;
    let token = app.log_in("ada").await.refresh;
    let jti = claims_of(&token)["jti"].as_str().unwrap().to_owned();
    let cookie = format!("signet-refresh={token}; session-hint=1");
    for (path, _) in PAGES.iter().chain(&[("/nope", "")]) {
        let answer = app.call("GET", path, &[("cookie", &cookie)]).await;
        assert_is_page(&answer);
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(answer.text().contains("ada"), "{path}");
        assert!(answer.cookies().is_empty(), "rendering spends no token");
        for secret in [&token, &jti, crate::app::KEY, crate::app::PASSWORD] {
            assert!(!answer.text().contains(secret), "{path}");
        }
        let signature = token.rsplit_once('.').unwrap().1;
        assert!(!answer.text().contains(signature), "{path}");
    }
    assert_eq!(app.refresh(&token).await.status, 200);
}

#[tokio::test]
async fn a_cookie_that_is_no_good_greets_nobody() {
    let app = TestApp::start().await;
    let id = app.user("canary-name").await;
    let pair = app.log_in("canary-name").await;
    let other_key = forge::sign_with(
        jsonwebtoken::Algorithm::HS256,
        "another-key-another-key-another-key",
        forge::HEADER,
        &forge::claims("refresh", id).to_string(),
    );
    let ended = app.log_in("canary-name").await.refresh;
    app.blacklist(&ended).await;
    let greets = async |token: &str| {
        let cookie = format!("signet-refresh={token}");
        let answer = app.call("GET", "/session", &[("cookie", &cookie)]).await;
        assert_eq!(answer.status, 200);
        answer.text().contains("canary-name")
    };
    for token in [&pair.access, &other_key, &ended, "nonsense", ""] {
        assert!(!greets(token).await, "{token}");
    }
    assert!(greets(&pair.refresh).await);
    app.store.set_active("canary-name", false).await.unwrap();
    assert!(!greets(&pair.refresh).await, "an inactive user");
    app.store.set_active("canary-name", true).await.unwrap();
    app.pass(30);
    assert!(!greets(&pair.refresh).await, "an expired token");
}

#[tokio::test]
async fn anonymous_pages_may_be_kept_but_are_checked_again() {
    let app = TestApp::start().await;
    for (path, _) in PAGES {
        let answer = app.get(path).await;
        assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
    }
}

#[tokio::test]
async fn pages_work_while_the_database_is_away() {
    let app = TestApp::with_ada().await;
    let token = app.log_in("ada").await.refresh;
    app.store.close().await;
    let cookie = format!("signet-refresh={token}");
    let answer = app.call("GET", "/session", &[("cookie", &cookie)]).await;
    assert_eq!(answer.status, 200);
    assert_is_page(&answer);
}

#[tokio::test]
async fn the_files_that_a_page_names_are_served() {
    let app = TestApp::start().await;
    let page = app.get("/").await;
    let names: Vec<&str> = page
        .text()
        .split('"')
        .filter(|text| text.starts_with("/pkg/"))
        .collect();
    // A server that was built without the bundle names none.
    for name in names {
        let plain = app.call("GET", name, &[]).await;
        assert_eq!(plain.status, 200, "{name}");
        assert!(
            plain.header("cache-control").contains("immutable"),
            "{name}"
        );
        assert_eq!(plain.header("x-content-type-options"), "nosniff");
        assert!(!plain.has("content-encoding"));
        for (accepted, encoding) in [("gzip, br", "br"), ("gzip", "gzip"), ("identity", "")] {
            let headers = [("accept-encoding", accepted)];
            let answer = app.call("HEAD", name, &headers).await;
            assert_eq!(answer.status, 200, "{name}");
            assert_eq!(answer.header("content-encoding"), encoding, "{name}");
            assert!(answer.vary().contains(&"accept-encoding".to_owned()));
        }
    }
}
