//! The refresh cookie among others: whatever another application has set on the same host, the
//! session goes on.

use http::Request;
use http::header::COOKIE;

use crate::answer::Answer;
use crate::app::{ROTATING, TestApp};
use crate::forge::{self, claims_of};

const ASKED: (&str, &str) = ("x-auth-transport", "cookie");
const SAME_ORIGIN: (&str, &str) = ("sec-fetch-site", "same-origin");
const REFRESH: &str = "/auth/token/refresh/";

/// Posts by cookie with these lines of the header `Cookie`.
async fn post(app: &TestApp, path: &str, lines: &[&[u8]]) -> Answer {
    let request = Request::post(path)
        .header(ASKED.0, ASKED.1)
        .header(SAME_ORIGIN.0, SAME_ORIGIN.1);
    let request = lines
        .iter()
        .fold(request, |request, line| request.header(COOKIE, *line));
    app.send(request.body(axum::body::Body::empty()).unwrap())
        .await
}

#[tokio::test]
async fn no_other_cookie_hides_ours() {
    let app = TestApp::with_ada().await;
    let token = app.log_in("ada").await.refresh;
    let ours = format!("signet-refresh={token}");
    let quoted = format!("signet-refresh=\"{token}\"");
    let spaced = format!("a=1;\t signet-refresh\t= {token} \t;b=2");
    let joined = |before: &[u8], after: &[u8]| [before, ours.as_bytes(), after].concat();
    let lines: [Vec<Vec<u8>>; 13] = [
        vec![joined("other=café; ".as_bytes(), b"")],
        vec![joined(b"", "; other=日本".as_bytes())],
        vec![joined(b"other=caf\xe9; ", b"")],
        vec![joined(b"\xff\xfe=\x80; ", b"; \xc3=")],
        vec![joined(b"=nameless; ", b"; =")],
        vec![joined(b"nothing; ; ;", b";;")],
        vec![joined(b"a=b=c; theme={\"dark\": true}; ", b"")],
        vec![b"other=\xe9".to_vec(), ours.clone().into_bytes()],
        vec![ours.clone().into_bytes(), b"other=\xe9".to_vec()],
        vec![b"".to_vec(), ours.clone().into_bytes()],
        vec![joined(b"x-signet-refresh=a; signet-refresh-2=b; ", b"")],
        vec![quoted.into_bytes()],
        vec![spaced.into_bytes()],
    ];
    for lines in lines {
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        let answer = post(&app, REFRESH, &lines).await;
        assert_eq!(answer.status, 200, "{lines:?}");
        let answer = post(&app, "/auth/token/blacklist/", &[b"other=\xe9"]).await;
        assert_eq!(answer.status, 401);
    }
}

#[tokio::test]
async fn pages_and_forms_find_the_cookie_among_others_too() {
    let app = TestApp::with_ada().await;
    let token = app.log_in("ada").await.refresh;
    let cookie = format!("other=caf\u{e9}; signet-refresh={token}");
    let headers = [SAME_ORIGIN, ("cookie", cookie.as_str())];
    let page = app.call("GET", "/account", &headers).await;
    assert!(page.text().contains("Signed in as"));
    app.call("POST", "/logout", &headers).await.is(303, "");
    let ended = app.refresh(&token).await;
    ended.is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn without_a_cookie_of_ours_none_is_taken_back() {
    let app = TestApp::with_ada().await;
    let hint = "session-hint=1; Path=/; SameSite=Strict; Max-Age=0";
    for lines in [
        &[] as &[&[u8]],
        &[b""],
        &[b"other=\xe9"],
        &[b"=signet-refresh"],
        &[b"signet-refresh"],
        &[b"SIGNET-REFRESH=x"],
    ] {
        let answer = post(&app, REFRESH, lines).await;
        answer.is_bad_token("Token is invalid");
        assert_eq!(answer.cookies(), [hint], "{lines:?}");
    }
    for lines in [&[b"signet-refresh=\xe9" as &[u8]], &[b"signet-refresh="]] {
        let answer = post(&app, REFRESH, lines).await;
        answer.is_bad_token("Token is invalid");
        assert_eq!(answer.cookie("signet-refresh"), "", "it was judged");
    }
}

/// A line with these values of our cookie.
fn of_values(values: &[&str]) -> String {
    let pairs = values.iter().map(|value| format!("signet-refresh={value}"));
    pairs.collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn of_several_cookies_of_our_name_each_gets_its_chance() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    let ended = app.log_in("ada").await.refresh;
    app.blacklist(&ended).await.is(200, "{}");
    let bob = app.user("bob").await;
    let inactive = forge::unique_refresh_token(bob);
    app.store.set_active("bob", false).await.unwrap();
    for bad in ["", "nonsense", "\u{e9}", &pair.access, &ended, &inactive] {
        for values in [[bad, &pair.refresh], [&pair.refresh, bad]] {
            let line = of_values(&values);
            let answer = post(&app, REFRESH, &[line.as_bytes()]).await;
            assert_eq!(answer.status, 200, "{bad}");
            assert_eq!(answer.cookies(), [""; 0]);
            let headers = [("cookie", line.as_str())];
            let page = app.call("GET", "/account", &headers).await;
            assert!(page.text().contains("Signed in as"), "{bad}");
        }
    }
    let first = of_values(&["nonsense", &ended]);
    let answer = post(&app, REFRESH, &[first.as_bytes()]).await;
    answer.is_bad_token("Token is invalid");
    assert_eq!(answer.cookie("signet-refresh"), "", "both were judged");
    let line = of_values(&["nonsense", &pair.refresh]);
    let headers = [
        ASKED,
        SAME_ORIGIN,
        ("cookie", line.as_str()),
        ("authorization", &format!("Bearer {}", pair.access)),
    ];
    let sessions = app.call("GET", "/auth/sessions/", &headers).await;
    assert!(sessions.text().contains("\"is_current\":true"));
}

#[tokio::test]
async fn logging_out_ends_the_session_of_every_cookie_of_our_name() {
    let app = TestApp::with_ada().await;
    let (one, other) = (app.log_in("ada").await, app.log_in("ada").await);
    let line = of_values(&["nonsense", &one.refresh, &other.refresh]);
    let answer = post(&app, "/auth/token/blacklist/", &[line.as_bytes()]).await;
    answer.is(200, "{}");
    for pair in [one, other] {
        let refused = app.refresh(&pair.refresh).await;
        refused.is_bad_token("Token is blacklisted");
    }
}

#[tokio::test]
async fn a_cookie_that_has_been_spent_leaves_the_later_one_its_chance() {
    let app = TestApp::with(&ROTATING).await;
    app.user("ada").await;
    let first = app.log_in("ada").await.refresh;
    let second = app.refresh(&first).await.field("refresh");
    let third = app.refresh(&second).await.field("refresh");
    let line = of_values(&[&first, &third]);
    let answer = post(&app, REFRESH, &[line.as_bytes()]).await;
    assert_eq!(answer.status, 200);
    assert_ne!(
        claims_of(&answer.cookie("signet-refresh"))["jti"],
        claims_of(&third)["jti"]
    );
}

#[tokio::test]
async fn many_cookies_of_our_name_are_not_all_judged() {
    let app = TestApp::with_ada().await;
    let token = app.log_in("ada").await.refresh;
    let mut values: Vec<String> = (0..8).map(|n| format!("nonsense{n}")).collect();
    values.push(token);
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let line = of_values(&values);
    let answer = post(&app, REFRESH, &[line.as_bytes()]).await;
    answer.is_bad_token("Token is invalid");
    let line = of_values(&values[1..]);
    let answer = post(&app, REFRESH, &[line.as_bytes()]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn other_headers_beyond_ascii_lose_nothing_either() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    let bearer = format!("Bearer {}", pair.access);
    for accept in ["text/caf\u{e9}, application/json", "*/*;v=\"\u{e9}\""] {
        let headers = [("authorization", bearer.as_str()), ("accept", accept)];
        assert_eq!(app.call("GET", "/auth/me/", &headers).await.status, 200);
    }
    for encodings in [&["br, caf\u{e9}"] as &[&str], &["caf\u{e9}", "br"]] {
        let headers: Vec<_> = encodings
            .iter()
            .map(|line| ("accept-encoding", *line))
            .collect();
        let page = app.get("/").await;
        let (_, rest) = page.text().split_once("/pkg/").unwrap_or_default();
        let Some((name, _)) = rest.split_once('"') else {
            return; // The server was built without a bundle.
        };
        let file = app.call("GET", &format!("/pkg/{name}"), &headers).await;
        assert_eq!(file.header("content-encoding"), "br", "{encodings:?}");
    }
}
