//! The cookie transport: the refresh token in an `HttpOnly` cookie, for this server's own pages.

use serde_json::json;

use crate::answer::Answer;
use crate::app::{NOW, PASSWORD, TestApp};
use crate::forge::{claims_of, is_signed};

const ASKED: (&str, &str) = ("x-auth-transport", "cookie");
const SAME_ORIGIN: (&str, &str) = ("sec-fetch-site", "same-origin");
const NAME: &str = "signet-refresh";

async fn log_in(app: &TestApp, headers: &[(&str, &str)]) -> Answer {
    let body = json!({ "username": "ada", "password": PASSWORD }).to_string();
    app.post_raw("/auth/token/", headers, &body).await
}

async fn token_of(app: &TestApp) -> String {
    log_in(app, &[ASKED, SAME_ORIGIN]).await.cookie(NAME)
}

/// Posts to an endpoint as the web UI does, with this refresh token in the cookie.
async fn post(app: &TestApp, path: &str, token: &str) -> Answer {
    let cookie = format!("other=1; {NAME}={token}; session-hint=1");
    let headers = [ASKED, SAME_ORIGIN, ("cookie", cookie.as_str())];
    app.call("POST", path, &headers).await
}

fn assert_cleared(answer: &Answer) {
    let cleared = [
        "signet-refresh=; HttpOnly; Path=/; SameSite=Strict; Max-Age=0",
        "session-hint=1; Path=/; SameSite=Strict; Max-Age=0",
    ];
    assert_eq!(answer.cookies(), cleared);
}

#[tokio::test]
async fn a_login_sets_the_cookie_and_leaves_the_refresh_token_out_of_the_body() {
    let app = TestApp::with_ada().await;
    let answer = log_in(&app, &[ASKED, SAME_ORIGIN]).await;
    let access = answer.field("access");
    answer.is(
        200,
        &format!(r#"{{"access":"{access}","refresh_expires_in":30}}"#),
    );
    let token = answer.cookie(NAME);
    assert!(is_signed(&token));
    assert_eq!(claims_of(&token)["token_type"], "refresh");
    let expected = [
        format!("signet-refresh={token}; HttpOnly; Path=/; SameSite=Strict; Max-Age=30"),
        "session-hint=1; Path=/; SameSite=Strict; Max-Age=30".to_owned(),
    ];
    assert_eq!(answer.cookies(), expected);
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn the_cookie_refreshes_and_its_seconds_count_down() {
    let app = TestApp::with_ada().await;
    let token = token_of(&app).await;
    for left in [30, 29, 28] {
        let answer = post(&app, "/auth/token/refresh/", &token).await;
        let access = answer.field("access");
        let body = format!(r#"{{"access":"{access}","refresh_expires_in":{left}}}"#);
        answer.is(200, &body);
        assert_eq!(claims_of(&access)["exp"], NOW + 40 - left);
        assert_eq!(app.me(&access).await.status, 200);
        app.pass(1);
    }
}

#[tokio::test]
async fn the_cookie_counts_and_not_the_body() {
    let app = TestApp::with_ada().await;
    let (token, other) = (token_of(&app).await, app.log_in("ada").await.refresh);
    let cookie = format!("{NAME}={token}");
    let headers = [ASKED, SAME_ORIGIN, ("cookie", cookie.as_str())];
    let body = json!({ "refresh": other }).to_string();
    let answer = app
        .post_raw("/auth/token/blacklist/", &headers, &body)
        .await;
    answer.is(200, "{}");
    assert_eq!(app.refresh(&other).await.status, 200);
    app.refresh(&token)
        .await
        .is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn without_the_header_the_cookie_is_ignored() {
    let app = TestApp::with_ada().await;
    let cookie = format!("{NAME}={}", token_of(&app).await);
    for transport in [
        None,
        Some("body"),
        Some(""),
        Some("Cookie"),
        Some("cookie, cookie"),
    ] {
        let mut headers = vec![SAME_ORIGIN, ("cookie", cookie.as_str())];
        headers.extend(transport.map(|value| (ASKED.0, value)));
        for path in ["/auth/token/refresh/", "/auth/token/blacklist/"] {
            let answer = app.call("POST", path, &headers).await;
            answer.is_field_error("refresh", "This field is required.");
            assert_eq!(answer.cookies(), [""; 0]);
        }
        let plain = log_in(&app, &headers).await;
        assert!(is_signed(&plain.field("refresh")));
        assert_eq!(plain.cookies(), [""; 0]);
    }
}

#[tokio::test]
async fn cookies_of_other_names_are_no_refresh_token() {
    let app = TestApp::with_ada().await;
    let token = token_of(&app).await;
    for name in [
        "refresh",
        "SIGNET-REFRESH",
        "x-signet-refresh",
        "signet-refresh-8000",
        "__Host-signet-refresh",
    ] {
        let cookie = format!("{name}={token}");
        let headers = [ASKED, SAME_ORIGIN, ("cookie", cookie.as_str())];
        let answer = app.call("POST", "/auth/token/refresh/", &headers).await;
        answer.is_bad_token("Token is invalid");
    }
}

#[tokio::test]
async fn a_refused_token_takes_both_cookies_back() {
    let app = TestApp::with_ada().await;
    let token = token_of(&app).await;
    let access = app.log_in("ada").await.access;
    for path in ["/auth/token/refresh/", "/auth/token/blacklist/"] {
        for (sent, verdict) in [
            ("", "Token is invalid"),
            ("nonsense", "Token is invalid"),
            (access.as_str(), "Token has wrong type"),
        ] {
            let answer = post(&app, path, sent).await;
            answer.is_bad_token(verdict);
            assert_cleared(&answer);
        }
    }
    let none = app
        .call("POST", "/auth/token/refresh/", &[ASKED, SAME_ORIGIN])
        .await;
    none.is_bad_token("Token is invalid");
    let hint = "session-hint=1; Path=/; SameSite=Strict; Max-Age=0";
    assert_eq!(none.cookies(), [hint], "no cookie was judged");

    app.store.set_active("ada", false).await.unwrap();
    let inactive = post(&app, "/auth/token/refresh/", &token).await;
    inactive.is_unauthorized("No active account found for the given token.");
    assert_cleared(&inactive);
    app.pass(30);
    let expired = post(&app, "/auth/token/refresh/", &token).await;
    expired.is_bad_token("Token is expired");
    assert_cleared(&expired);
}

#[tokio::test]
async fn a_token_that_could_not_be_judged_keeps_the_cookies() {
    let app = TestApp::with_ada().await;
    let token = token_of(&app).await;
    app.store.close().await;
    let answer = post(&app, "/auth/token/refresh/", &token).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.cookies(), [""; 0]);
}

#[tokio::test]
async fn logging_out_blacklists_the_token_and_takes_both_cookies_back() {
    let app = TestApp::with_ada().await;
    let token = token_of(&app).await;
    let answer = post(&app, "/accounts/token/blacklist/", &token).await;
    answer.is(200, "{}");
    assert_cleared(&answer);
    let after = post(&app, "/auth/token/refresh/", &token).await;
    after.is_bad_token("Token is blacklisted");
    assert_cleared(&after);
}

#[tokio::test]
async fn a_refused_login_sets_no_cookie() {
    let app = TestApp::with_ada().await;
    let body = json!({ "username": "ada", "password": "wrong" }).to_string();
    let headers = [ASKED, SAME_ORIGIN];
    let answer = app.post_raw("/auth/token/", &headers, &body).await;
    answer.is_unauthorized("No active account found with the given credentials");
    assert_eq!(answer.cookies(), [""; 0]);
}

#[tokio::test]
async fn the_cookie_transport_opens_nothing_to_other_origins() {
    let app = TestApp::with_ada().await;
    let origin = ("origin", "http://localhost:8000");
    let headers = [ASKED, SAME_ORIGIN, origin];
    let answer = log_in(&app, &headers).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.has("access-control-allow-origin"));
    assert!(!answer.has("access-control-allow-credentials"));
}

#[tokio::test]
async fn no_body_ever_holds_the_refresh_token() {
    let app = TestApp::with_ada().await;
    let answer = log_in(&app, &[ASKED, SAME_ORIGIN]).await;
    let token = answer.cookie(NAME);
    let refreshed = post(&app, "/auth/token/refresh/", &token).await;
    let ended = post(&app, "/auth/token/blacklist/", &token).await;
    let refused = post(&app, "/auth/token/refresh/", &token).await;
    let jti = claims_of(&token)["jti"].as_str().unwrap().to_owned();
    for answer in [answer, refreshed, ended, refused] {
        assert!(!answer.text().contains(&token));
        assert!(!answer.text().contains(&jti));
    }
}

#[tokio::test]
async fn rotation_hands_the_successor_to_the_cookie_and_a_second_tab_does_not_take_it_back() {
    let app = TestApp::with(&[
        ("ROTATE_REFRESH_TOKENS", "true"),
        ("BLACKLIST_AFTER_ROTATION", "true"),
        ("ROTATION_GRACE", "2s"),
    ])
    .await;
    app.user("ada").await;
    let first = token_of(&app).await;
    let answer = post(&app, "/auth/token/refresh/", &first).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.json().as_object().unwrap().contains_key("refresh"));
    let successor = answer.cookie(NAME);
    assert_ne!(successor, first);
    let next = post(&app, "/auth/token/refresh/", &successor).await;
    assert_eq!(next.status, 200);
    let late = post(&app, "/auth/token/refresh/", &first).await;
    late.is_bad_token("Token is blacklisted");
    assert_eq!(late.cookies(), [""; 0], "the successor stays");
}

#[tokio::test]
async fn the_cookie_of_a_session_that_has_ended_is_taken_back() {
    for rotates in ["true", "false"] {
        let app = TestApp::with(&[
            ("ROTATE_REFRESH_TOKENS", rotates),
            ("BLACKLIST_AFTER_ROTATION", rotates),
        ])
        .await;
        app.user("ada").await;
        let token = token_of(&app).await;
        let pair = app.log_in("ada").await;
        let header = format!("Bearer {}", pair.access);
        let headers = [("authorization", header.as_str())];
        let path = "/auth/sessions/?all=1";
        app.call("DELETE", path, &headers).await.is(204, "");
        let late = post(&app, "/auth/token/refresh/", &token).await;
        late.is_bad_token("Token is blacklisted");
        assert_cleared(&late);
    }
}

#[tokio::test]
async fn a_login_takes_the_mark_of_an_unconfirmed_logout_back() {
    let app = TestApp::with_ada().await;
    let cleared = "session-hint-logout=; Path=/; SameSite=Strict; Max-Age=0";
    let marked = ("cookie", "session-hint=1; session-hint-logout=1");
    let answer = log_in(&app, &[ASKED, SAME_ORIGIN, marked]).await;
    assert_eq!(answer.cookies().last().map(String::as_str), Some(cleared));
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let form = app
        .post_form("/login", &[SAME_ORIGIN, marked], &fields)
        .await;
    assert_eq!(form.status, 303);
    assert_eq!(form.cookies().last().map(String::as_str), Some(cleared));
    // Where there is none, nothing is said of it.
    assert_eq!(log_in(&app, &[ASKED, SAME_ORIGIN]).await.cookies().len(), 2);
}

#[tokio::test]
async fn a_page_is_nobodys_while_a_logout_is_unconfirmed() {
    let app = TestApp::with_ada().await;
    let token = token_of(&app).await;
    for (mark, is_known) in [("", true), ("; session-hint-logout=1", false)] {
        let cookie = format!("{NAME}={token}; session-hint=1{mark}");
        let page = app
            .call("GET", "/account", &[("cookie", cookie.as_str())])
            .await;
        assert_eq!(page.text().contains("Signed in as ada"), is_known, "{mark}");
    }
}
