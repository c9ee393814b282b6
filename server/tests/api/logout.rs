//! Logging out of a browser: the cookies are taken back whatever the server can do.

use axum::body::Body;
use futures_util::stream;
use http::Request;

use crate::answer::Answer;
use crate::app::TestApp;
use crate::engine::Rows;

const ASKED: (&str, &str) = ("x-auth-transport", "cookie");
const SAME_ORIGIN: (&str, &str) = ("sec-fetch-site", "same-origin");
const PATHS: [&str; 2] = ["/auth/token/blacklist/", "/logout"];

#[track_caller]
fn assert_cleared(answer: &Answer) {
    let cleared = [
        "signet-refresh=; HttpOnly; Path=/; SameSite=Strict; Max-Age=0",
        "session-hint=1; Path=/; SameSite=Strict; Max-Age=0",
    ];
    assert_eq!(answer.cookies(), cleared);
    assert_eq!(answer.header("cache-control"), "no-store");
}

async fn post(app: &TestApp, path: &str, token: &str) -> Answer {
    let cookie = format!("signet-refresh={token}; session-hint=1");
    let headers = [
        ASKED,
        SAME_ORIGIN,
        ("cookie", cookie.as_str()),
        ("accept", "text/html"),
    ];
    app.call("POST", path, &headers).await
}

#[tokio::test]
async fn a_logout_that_the_server_cannot_carry_out_takes_the_cookies_back_all_the_same() {
    let app = TestApp::with(&[("REFRESH_TOKEN_LIFETIME", "36h")]).await;
    app.user("ada").await;
    let token = app.log_in("ada").await.refresh;
    app.store.close().await;
    for path in PATHS {
        let answer = post(&app, path, &token).await;
        assert_eq!(answer.status, 503, "{path}");
        assert_eq!(answer.header("retry-after"), "1");
        assert_cleared(&answer);
    }
    let page = post(&app, "/logout", &token).await;
    let html = page.text();
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(html.contains("<title>Error: Log out - Signet</title>"));
    assert!(html.contains("You are signed out in this browser."));
    assert!(html.contains("it ends by itself in 36 hours at the latest."));
    assert!(!html.contains("Logging out ends this session"));
    assert!(!html.contains(&token) && !html.contains("ada"));
}

#[tokio::test]
async fn a_logout_while_another_program_writes_leaves_nobody_signed_in_here() {
    let app = TestApp::with_ada().await;
    let Rows::Sqlite(rows) = &app.rows else {
        return;
    };
    let token = app.log_in("ada").await.refresh;
    let lock = rows.begin_with("BEGIN IMMEDIATE").await.unwrap();
    // Reading goes on: the page must not find the user by the cookie that is taken back.
    let answer = post(&app, "/logout", &token).await;
    assert_eq!(answer.status, 503);
    assert_cleared(&answer);
    assert!(!answer.text().contains("Logging out ends this session"));
    assert!(!answer.text().contains("ada"));
    lock.rollback().await.unwrap();
    assert_eq!(app.refresh(&token).await.status, 200, "it was not ended");
}

#[tokio::test]
async fn a_body_that_cannot_be_read_keeps_no_session_alive() {
    let app = TestApp::with_ada().await;
    for path in PATHS {
        let huge = "x".repeat(300_000);
        for (media_type, body) in [
            ("text/plain", "x"),
            ("application/json", "{"),
            ("application/json", "[]"),
            ("application/json", huge.as_str()),
        ] {
            let token = app.log_in("ada").await.refresh;
            let cookie = format!("signet-refresh={token}");
            let headers = [
                ASKED,
                SAME_ORIGIN,
                ("cookie", cookie.as_str()),
                ("content-type", media_type),
            ];
            let answer = app.post_raw_as("POST", path, &headers, body).await;
            assert!(answer.status.as_u16() < 400, "{}", answer.status);
            assert_cleared(&answer);
            let refused = app.refresh(&token).await;
            refused.is_bad_token("Token is blacklisted");
        }
    }
}

#[tokio::test]
async fn a_body_that_never_ends_keeps_no_session_alive() {
    let app = TestApp::with_ada().await;
    let token = app.log_in("ada").await.refresh;
    let never = stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let request = Request::post(PATHS[0])
        .header(ASKED.0, ASKED.1)
        .header(SAME_ORIGIN.0, SAME_ORIGIN.1)
        .header("cookie", format!("signet-refresh={token}"))
        .header("content-type", "application/json")
        .body(Body::from_stream(never))
        .unwrap();
    let answer = app.send(request).await;
    answer.is(200, "{}");
    assert_cleared(&answer);
}

#[tokio::test]
async fn a_logout_without_a_good_cookie_leaves_none() {
    let app = TestApp::with_ada().await;
    for token in ["", "nonsense"] {
        let answer = post(&app, PATHS[0], token).await;
        answer.is_bad_token("Token is invalid");
        assert_cleared(&answer);
        let answer = post(&app, PATHS[1], token).await;
        answer.is(303, "");
        assert_cleared(&answer);
    }
}

#[tokio::test]
async fn another_site_logs_nobody_out_and_reads_why() {
    let app = TestApp::with_ada().await;
    let token = app.log_in("ada").await.refresh;
    let cookie = format!("signet-refresh={token}");
    let headers = [
        ASKED,
        ("sec-fetch-site", "cross-site"),
        ("cookie", cookie.as_str()),
        ("accept", "text/html"),
    ];
    for path in PATHS {
        let answer = app.call("POST", path, &headers).await;
        assert_eq!(answer.status, 403);
        assert!(answer.cookies().is_empty());
        assert!(answer.text().contains("Sec-Fetch-Site: cross-site"));
        assert!(!answer.text().contains("You are not signed in."));
    }
    assert_eq!(app.refresh(&token).await.status, 200);
}

#[tokio::test]
async fn the_address_of_the_logout_is_a_page_with_a_button_that_posts() {
    let app = TestApp::with_ada().await;
    let anonymous = app.get("/logout").await;
    assert_eq!(anonymous.status, 200);
    assert!(anonymous.text().contains("You are not signed in."));
    let token = app.log_in("ada").await.refresh;
    let cookie = format!("signet-refresh={token}");
    let page = app
        .call("GET", "/logout", &[("cookie", cookie.as_str())])
        .await;
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(
        page.text()
            .contains("<form method=\"post\" action=\"/logout\"")
    );
    assert!(page.text().contains("Logging out ends this session"));
    assert_eq!(
        app.refresh(&token).await.status,
        200,
        "nothing is done by GET"
    );
}
