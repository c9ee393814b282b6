//! The forms of the web UI, posted by a browser that runs no WebAssembly.

use crate::answer::Answer;
use crate::app::{PASSWORD, TestApp};
use crate::forge::claims_of;

const SAME_ORIGIN: [(&str, &str); 1] = [("sec-fetch-site", "same-origin")];

async fn post(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Answer {
    app.post_form(path, &SAME_ORIGIN, fields).await
}

fn assert_is_error_page(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status);
    let media_type = answer.header("content-type");
    assert!(media_type.starts_with("text/html"), "{media_type}");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.has("content-security-policy"));
    assert!(answer.cookies().is_empty());
    assert!(answer.text().contains("There is a problem"));
    assert!(answer.text().contains("<title>Error: "));
}

#[tokio::test]
async fn logging_in_sets_the_cookies_and_leads_to_the_session() {
    let app = TestApp::with_ada().await;
    let answer = post(
        &app,
        "/login",
        &[("username", "ada"), ("password", PASSWORD)],
    )
    .await;
    answer.is(303, "");
    assert_eq!(answer.header("location"), "/session");
    let token = answer.cookie("signet-refresh");
    let expected = [
        format!("signet-refresh={token}; HttpOnly; Path=/; SameSite=Strict; Max-Age=30"),
        "session-hint=1; Path=/; SameSite=Strict; Max-Age=30".to_owned(),
    ];
    assert_eq!(answer.cookies(), expected);
    assert_eq!(app.refresh(&token).await.status, 200);
}

#[tokio::test]
async fn logging_in_leads_to_paths_of_this_server_only() {
    let app = TestApp::with_ada().await;
    for (next, leads_to) in [
        ("/register", "/register"),
        ("/session?tab=1#x", "/session?tab=1#x"),
        ("/", "/"),
        ("", "/session"),
        ("session", "/session"),
        ("//evil.example", "/session"),
        ("///evil.example", "/session"),
        ("/\\evil.example", "/session"),
        ("\\\\evil.example", "/session"),
        ("/x\\evil", "/session"),
        ("https://evil.example", "/session"),
        ("https:evil.example", "/session"),
        ("javascript:alert(1)", "/session"),
        ("/\t/evil.example", "/session"),
        ("\t//evil.example", "/session"),
        ("/\n/evil.example", "/session"),
        ("/x\r\nSet-Cookie: a=b", "/session"),
        ("/%2f/evil", "/%2f/evil"),
        ("/.//evil.example", "/session"),
        ("/..//evil.example", "/session"),
        ("/./\\evil.example", "/session"),
        ("/%2e//evil.example", "/session"),
        ("/.%2E//evil.example", "/session"),
        ("/x/..//evil.example", "/session"),
    ] {
        let fields = [("username", "ada"), ("password", PASSWORD), ("next", next)];
        let answer = post(&app, "/login", &fields).await;
        answer.is(303, "");
        assert_eq!(answer.header("location"), leads_to, "{next:?}");
    }
}

#[tokio::test]
async fn a_path_longer_than_any_page_has_leads_to_the_default_page() {
    let app = TestApp::with_ada().await;
    let path = |bytes: usize| format!("/{}", "a".repeat(bytes - 1));
    for bytes in [2_049, 70_000] {
        let next = path(bytes);
        let fields = [("username", "ada"), ("password", PASSWORD), ("next", &next)];
        let answer = post(&app, "/login", &fields).await;
        answer.is(303, "");
        assert_eq!(answer.header("location"), "/session");
        let fields = [("username", "ada"), ("password", "x"), ("next", &next)];
        let answer = post(&app, "/login", &fields).await;
        assert_is_error_page(&answer, 401);
        assert!(!answer.text().contains("/aaaa"));
    }
    // Each byte of it takes three where a page that comes back finds it.
    let next = format!("/{}", "?".repeat(2_047));
    let fields = [("username", "ada"), ("password", "x"), ("next", &next)];
    let answer = post(&app, "/login", &fields).await;
    assert_is_error_page(&answer, 401);
    assert!(answer.text().contains(&next));
}

#[tokio::test]
async fn a_refused_login_comes_back_with_the_username_and_without_the_password() {
    let app = TestApp::with_ada().await;
    let fields = [("username", "canary-name"), ("password", "canary-password")];
    let answer = post(&app, "/login", &fields).await;
    assert_is_error_page(&answer, 401);
    let html = answer.text();
    assert!(html.contains("No active account found with the given credentials"));
    assert!(html.contains("value=\"canary-name\""));
    assert!(!html.contains("canary-password"));
}

#[tokio::test]
async fn a_login_that_lacks_something_comes_back_with_the_words_for_it() {
    let app = TestApp::with_ada().await;
    let answer = post(
        &app,
        "/login",
        &[("username", "canary-name"), ("password", " ")],
    )
    .await;
    assert_is_error_page(&answer, 400);
    assert!(answer.text().contains("This field may not be blank."));
    assert!(answer.text().contains("value=\"canary-name\""));
}

#[tokio::test]
async fn registering_makes_the_user_and_leads_to_the_login() {
    let app = TestApp::start().await;
    let fields = [("username", "ada"), ("password", PASSWORD), ("email", "")];
    let answer = post(&app, "/register", &fields).await;
    answer.is(303, "");
    assert_eq!(answer.header("location"), "/login?registered=1");
    assert!(answer.cookies().is_empty());
    app.log_in("ada").await;
    let page = app.get("/login?registered=1").await;
    assert!(page.text().contains("Your account is there."));
}

#[tokio::test]
async fn a_refused_registration_comes_back_with_what_was_typed_but_the_password() {
    let app = TestApp::with_ada().await;
    for (username, password, email, message) in [
        (
            "ada",
            "canary-Pass-1",
            "a@canary.example",
            "A user with that username already exists.",
        ),
        (
            "canary name",
            "canary-Pass-1",
            "a@canary.example",
            "Enter a valid username.",
        ),
        (
            "canary-name",
            "canary-Pass-1",
            "a@canary",
            "Enter a valid email address.",
        ),
        (
            "canary-name",
            "sh0rt-C",
            "a@canary.example",
            "This password is too short.",
        ),
        ("", "canary-Pass-1", "", "This field may not be blank."),
    ] {
        let fields = [
            ("username", username),
            ("password", password),
            ("email", email),
        ];
        let answer = post(&app, "/register", &fields).await;
        assert_is_error_page(&answer, 400);
        let html = answer.text();
        assert!(html.contains(message), "{message}");
        assert!(
            html.contains(&format!("value=\"{username}\"")),
            "{username}"
        );
        assert!(html.contains(&format!("value=\"{email}\"")), "{email}");
        assert!(!html.contains(password), "{password}");
    }
}

#[tokio::test]
async fn what_was_typed_comes_back_as_text_and_never_as_html() {
    let app = TestApp::start().await;
    let hostile = "</script><script>canary()</script>\"><img src=x onerror=canary()>";
    for path in ["/login", "/register"] {
        let fields = [
            ("username", hostile),
            ("password", "canary-Pass-1"),
            ("email", hostile),
        ];
        let answer = post(&app, path, &fields).await;
        let html = answer.text();
        assert!(!html.contains("<script>canary"), "{path}");
        assert!(!html.contains("</script><script>"), "{path}");
        assert!(!html.contains("<img src=x"), "{path}");
        assert!(html.contains("&lt;/script&gt;"), "{path}");
    }
}

#[tokio::test]
async fn a_form_posted_by_another_site_does_nothing() {
    let app = TestApp::with_ada().await;
    let token = app.log_in("ada").await.refresh;
    let cookie = format!("signet-refresh={token}");
    let sites: [&[(&str, &str)]; 6] = [
        &[],
        &[("sec-fetch-site", "cross-site")],
        &[
            ("sec-fetch-site", "same-site"),
            ("origin", "http://localhost:8001"),
        ],
        &[("sec-fetch-site", "none")],
        &[("origin", "null"), ("host", "localhost:8000")],
        &[
            ("origin", "http://localhost:8001"),
            ("host", "localhost:8000"),
        ],
    ];
    for site in sites {
        let headers = [site, &[("cookie", cookie.as_str())]].concat();
        for path in ["/login", "/register", "/logout"] {
            let fields = [("username", "ada"), ("password", PASSWORD)];
            let answer = app.post_form(path, &headers, &fields).await;
            assert_eq!(answer.status, 403, "{path} {site:?}");
            assert!(answer.cookies().is_empty(), "{path} {site:?}");
        }
    }
    assert_eq!(
        app.refresh(&token).await.status,
        200,
        "nobody was logged out"
    );
    let users = "SELECT count(*) FROM auth_user";
    assert_eq!(app.value::<i64>(users).await, 1);
}

#[tokio::test]
async fn browsers_that_know_no_fetch_metadata_are_asked_for_their_origin() {
    let app = TestApp::with_ada().await;
    let fields = [("username", "ada"), ("password", PASSWORD)];
    for (origin, host) in [
        ("http://localhost:8000", "anything"),
        ("http://10.0.0.1:8000", "10.0.0.1:8000"),
    ] {
        let headers = [("origin", origin), ("host", host)];
        let answer = app.post_form("/login", &headers, &fields).await;
        assert_eq!(answer.status, 303, "{origin}");
    }
}

#[tokio::test]
async fn logging_out_ends_the_session_takes_the_cookies_back_and_leads_home() {
    let app = TestApp::with_ada().await;
    let token = app.log_in("ada").await.refresh;
    let cookie = format!("signet-refresh={token}");
    let headers = [SAME_ORIGIN[0], ("cookie", cookie.as_str())];
    for _ in 0..2 {
        let answer = app.call("POST", "/logout", &headers).await;
        answer.is(303, "");
        assert_eq!(answer.header("location"), "/");
        let cleared = [
            "signet-refresh=; HttpOnly; Path=/; SameSite=Strict; Max-Age=0",
            "session-hint=1; Path=/; SameSite=Strict; Max-Age=0",
        ];
        assert_eq!(answer.cookies(), cleared);
        let refused = app.refresh(&token).await;
        refused.is_bad_token("Token is blacklisted");
    }
    let nobody = app.call("POST", "/logout", &SAME_ORIGIN).await;
    assert_eq!(nobody.status, 303);
}

#[tokio::test]
async fn nothing_is_done_by_get() {
    let app = TestApp::with_ada().await;
    let token = app.log_in("ada").await.refresh;
    let cookie = format!("signet-refresh={token}");
    let headers = [SAME_ORIGIN[0], ("cookie", cookie.as_str())];
    app.call("GET", "/logout", &headers).await;
    let query = format!("username=ada&password={PASSWORD}");
    let login = app
        .call("GET", &format!("/login?{query}"), &SAME_ORIGIN)
        .await;
    assert_eq!(login.status, 200);
    assert!(login.cookies().is_empty());
    assert!(!login.text().contains(PASSWORD));
    assert_eq!(app.refresh(&token).await.status, 200);
}

#[tokio::test]
async fn no_page_after_a_login_holds_the_token_or_the_password() {
    let app = TestApp::with_ada().await;
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let token = post(&app, "/login", &fields).await.cookie("signet-refresh");
    let jti = claims_of(&token)["jti"].as_str().unwrap().to_owned();
    let cookie = format!("signet-refresh={token}; session-hint=1");
    let headers = [SAME_ORIGIN[0], ("cookie", cookie.as_str())];
    let mut pages = Vec::new();
    for path in ["/", "/login", "/register", "/session", "/nope"] {
        pages.push(app.call("GET", path, &headers).await);
    }
    let again = [("username", "ada"), ("password", "canary-wrong")];
    pages.push(app.post_form("/login", &headers, &again).await);
    for page in pages {
        for secret in [token.as_str(), &jti, PASSWORD, "canary-wrong", "argon2"] {
            assert!(!page.text().contains(secret), "{secret}");
        }
    }
}

const NEW: &str = "An0ther-pass-2";

async fn change(app: &TestApp, token: &str, current: &str, new: &str) -> Answer {
    let cookie = format!("signet-refresh={token}");
    let headers = [("cookie", cookie.as_str()), SAME_ORIGIN[0]];
    let fields = [("current_password", current), ("new_password", new)];
    app.post_form("/account", &headers, &fields).await
}

async fn logs_in(app: &TestApp, password: &str) -> bool {
    let fields = [("username", "ada"), ("password", password)];
    post(app, "/login", &fields).await.status == 303
}

#[tokio::test]
async fn changing_the_password_keeps_this_session_and_ends_the_others() {
    let app = TestApp::with_ada().await;
    let (kept, lost) = (app.log_in("ada").await, app.log_in("ada").await);
    let answer = change(&app, &kept.refresh, PASSWORD, NEW).await;
    answer.is(303, "");
    assert_eq!(answer.header("location"), "/account?changed=1");
    assert!(answer.cookies().is_empty());
    assert!(!logs_in(&app, PASSWORD).await);
    assert!(logs_in(&app, NEW).await);
    assert_eq!(app.refresh(&kept.refresh).await.status, 200);
    assert_eq!(app.refresh(&lost.refresh).await.status, 401);

    let cookie = format!("signet-refresh={}", kept.refresh);
    let headers = [("cookie", cookie.as_str())];
    let page = app.call("GET", "/account?changed=1", &headers).await;
    assert!(page.text().contains("has been changed"));
}

#[tokio::test]
async fn where_the_password_ends_this_session_too_it_leads_to_the_login() {
    let app = TestApp::with(&[("CHECK_REVOKE_TOKEN", "true")]).await;
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    let answer = change(&app, &pair.refresh, PASSWORD, NEW).await;
    answer.is(303, "");
    assert_eq!(answer.header("location"), "/login?changed=1");
    assert_eq!(answer.cookie("signet-refresh"), "");
    assert!(logs_in(&app, NEW).await);
}

#[tokio::test]
async fn a_refused_change_of_the_password_comes_back_without_either() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    for (current, new, words) in [
        ("Not-the-0ne", NEW, "Current password: "),
        (PASSWORD, "12345", "New password: "),
        ("", "", "This field may not be blank."),
    ] {
        let answer = change(&app, &pair.refresh, current, new).await;
        assert_is_error_page(&answer, 400);
        assert!(answer.text().contains(words), "{words}");
        for typed in [current, new].iter().filter(|typed| !typed.is_empty()) {
            assert!(!answer.text().contains(*typed), "{typed}");
        }
    }
    assert!(logs_in(&app, PASSWORD).await);
}

#[tokio::test]
async fn nobody_changes_a_password_from_elsewhere_or_without_a_session() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    let answer = change(&app, "nonsense", PASSWORD, NEW).await;
    answer.is(303, "");
    assert_eq!(answer.header("location"), "/login?next=/account");

    let cookie = format!("signet-refresh={}", pair.refresh);
    let foreign = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "cross-site"),
    ];
    let fields = [("current_password", PASSWORD), ("new_password", NEW)];
    let answer = app.post_form("/account", &foreign, &fields).await;
    assert_eq!(answer.status, 403);
    assert!(logs_in(&app, PASSWORD).await);
}
