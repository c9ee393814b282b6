//! The table `[paths]`: a project's own paths for the endpoints.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::settings::{file, read};

fn credentials() -> Value {
    json!({ "username": "ada", "password": crate::app::PASSWORD })
}

#[tokio::test]
async fn an_endpoint_stands_at_further_paths_with_and_without_the_slash() {
    let app = TestApp::with(&[
        ("PATHS_TOKEN", "/api/v1/login/,/signin"),
        ("PATHS_ME", "/api/v1/users/me/"),
        ("PATHS_SESSIONS", "/api/v1/devices/"),
    ])
    .await;
    app.user("ada").await;
    for path in [
        "/api/v1/login",
        "/api/v1/login/",
        "/signin",
        "/signin/",
        "/auth/token/",
        "/accounts/token",
    ] {
        let answer = app.post_json(path, &credentials()).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    let pair = app.log_in("ada").await;
    let bearer = format!("Bearer {}", pair.access);
    let headers = [("authorization", bearer.as_str())];
    let me = app.call("GET", "/api/v1/users/me", &headers).await;
    assert_eq!(me.json()["username"], "ada");
    let sessions = app.call("GET", "/api/v1/devices/", &headers).await.json();
    let id = sessions[0]["id"].as_str().unwrap();
    let device = format!("/api/v1/devices/{id}");
    let ended = app.call("DELETE", &device, &headers);
    assert_eq!(ended.await.status, 204);
    let refused = app.call("GET", "/api/v1/users/me/", &[]).await;
    refused.challenges();
    let unknown = app.post_json("/api/v1/other/", &credentials()).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn without_mounts_nothing_is_answered_at_auth_and_the_web_ui_is_off() {
    let app = TestApp::with(&[("PATHS_MOUNTS", "[]"), ("PATHS_TOKEN", "/api/token/")]).await;
    app.user("ada").await;
    let answer = app.post_json("/api/token/", &credentials()).await;
    assert_eq!(answer.status, 200);
    for path in ["/auth/token/", "/accounts/token/", "/api/token/refresh/"] {
        let answer = app.post_json(path, &credentials()).await;
        answer.is(404, r#"{"detail":"Not found."}"#);
    }
    for page in ["/", "/login", "/register", "/session"] {
        app.get(page).await.is(404, r#"{"detail":"Not found."}"#);
    }
    assert_eq!(app.get("/healthz").await.text(), "ok\n");
}

#[tokio::test]
async fn pages_ask_at_the_first_path_of_each_endpoint() {
    let app = TestApp::with(&[("PATHS_TOKEN", "/api/login/"), ("PATHS_ME", "/api/me/")]).await;
    let page = app.get("/").await;
    let text = page.text();
    for path in ["/api/login/", "/api/me/", "/auth/token/refresh/"] {
        assert!(text.contains(path), "{path}");
    }
    assert!(!text.contains("\"/auth/token/\""));
}

#[tokio::test]
async fn the_web_ui_can_be_switched_off() {
    let app = TestApp::with(&[("WEB_UI", "false"), ("PATHS_REGISTER", "/register/")]).await;
    app.get("/login")
        .await
        .is(404, r#"{"detail":"Not found."}"#);
    let body = json!({ "username": "ada", "password": crate::app::PASSWORD });
    let registered = app.post_json("/register/", &body).await;
    assert_eq!(registered.status, 201, "{}", registered.text());
}

#[test]
fn paths_that_cannot_be_served_stop_the_start_in_one_line() {
    for (settings, parts) in [
        (
            &[("PATHS_TOKEN", "/api/a/"), ("PATHS_ME", "/api/a")][..],
            &["PATHS_ME", "/api/a is a path of the endpoint token, too"][..],
        ),
        (
            &[("PATHS_TOKEN", "/auth/token/")],
            &["PATHS_MOUNTS", "/auth/token", "endpoint token"],
        ),
        (
            &[("PATHS_MOUNTS", "/auth,/auth/")],
            &["PATHS_MOUNTS", "/auth/token", "too"],
        ),
        (
            &[("PATHS_REGISTER", "/register/")],
            &["PATHS_REGISTER", "/register", "a page of the web UI"],
        ),
        (
            &[("PATHS_MOUNTS", "/")],
            &["PATHS_MOUNTS", "/register", "a page of the web UI"],
        ),
        (&[("PATHS_ME", "/healthz")], &["PATHS_ME", "Signet itself"]),
        (
            &[("PATHS_ME", "/.well-known/jwks.json")],
            &["PATHS_ME", "Signet itself"],
        ),
        (&[("PATHS_ME", "/pkg/me/")], &["PATHS_ME", "/pkg/"]),
        (&[("PATHS_ME", "/")], &["PATHS_ME", "root"]),
        (
            &[("PATHS_SESSIONS", "/auth/")],
            &["PATHS_SESSIONS", "/auth is a mount"],
        ),
        (&[("PATHS_ME", "me/")], &["PATHS_ME", "begin with a slash"]),
        (
            &[("PATHS_ME", "/a b/")],
            &["PATHS_ME", "begin with a slash"],
        ),
        (&[("PATHS_ME", "/a?b")], &["PATHS_ME", "begin with a slash"]),
        (&[("PATHS_ME", "//a")], &["PATHS_ME", "begin with a slash"]),
        (
            &[("PATHS_ME", "/a/../b")],
            &["PATHS_ME", "begin with a slash"],
        ),
        (
            &[("PATHS_ME", "/{id}")],
            &["PATHS_ME", "begin with a slash"],
        ),
    ] {
        let variables: Vec<(String, &str)> = settings
            .iter()
            .map(|(name, text)| (format!("SIGNET_{name}"), *text))
            .collect();
        let variables: Vec<(&str, &str)> = variables
            .iter()
            .map(|(name, text)| (name.as_str(), *text))
            .collect();
        let error = match read(None, &variables, &[]) {
            Ok(_) => panic!("{settings:?} is accepted"),
            Err(error) => error.to_string(),
        };
        assert_eq!(error.lines().count(), 1, "{error}");
        for part in parts {
            assert!(error.contains(part), "{part:?} in: {error}");
        }
    }
}

#[test]
fn the_file_gives_paths_as_lists_in_a_table_of_their_own() {
    let file = file("[paths]\nmounts = []\ntoken = [\"/api/token/\"]\n");
    let settings = read(Some(&file), &[], &[]).unwrap();
    assert!(settings.paths_mounts.is_empty());
    assert_eq!(settings.paths_token[0].as_str(), "/api/token");
}
