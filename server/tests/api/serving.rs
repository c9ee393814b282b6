//! `signet serve`: how it starts, what it keeps, how it ends.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::app::PASSWORD;
use crate::process::{Place, Server, read_answer};

/// Tokens that no slow machine sees expire.
const LONG: [(&str, &str); 2] = [
    ("SIGNET_ACCESS_TOKEN_LIFETIME", "1h"),
    ("SIGNET_REFRESH_TOKEN_LIFETIME", "1h"),
];

fn ada() -> Value {
    json!({ "username": "ada", "password": PASSWORD })
}

async fn log_in(server: &Server) -> Value {
    let (status, pair) = server.post("/auth/token/", &ada()).await;
    assert_eq!(status, 200, "{pair}");
    pair
}

#[tokio::test]
async fn the_first_start_makes_what_it_needs_and_sigterm_ends_it_well() {
    let place = Place::new();
    let server = Server::start(&place, &[]).await;
    assert!(place.data().join("signet.db").is_file());
    assert!(place.data().join("signing.key").is_file());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(place.data()), 0o700);
        assert_eq!(mode(place.data().join("signing.key")), 0o600);
    }
    let (status, page) = server.request("GET", "/", &[], "").await;
    assert_eq!(status, 200);
    assert!(page.contains("</html>"));
    let log = server.stop().await;
    assert!(log.contains("Signet listens on 127.0.0.1:"), "{log}");
}

#[tokio::test]
async fn a_request_that_was_received_is_answered_after_sigterm() {
    let place = Place::with_database().await;
    let server = Server::start(&place, &[]).await;
    let body = ada().to_string();
    let mut stream = server.connect().await;
    let head = format!(
        "POST /auth/register/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server says so when it waits for the body: the request is under way.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");

    server.terminate().await;
    server.wait_until_it_accepts_no_more().await;
    stream.write_all(body.as_bytes()).await.unwrap();
    let (status, account) = read_answer(stream).await;
    assert_eq!(status, 201, "{account}");
    let (status, log) = server.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
}

#[tokio::test]
async fn users_the_blacklist_and_the_key_outlive_a_restart() {
    let place = Place::with_database().await;
    let server = Server::start(&place, &LONG).await;
    let (status, _) = server.post("/auth/register/", &ada()).await;
    assert_eq!(status, 201);
    let (ended, kept) = (log_in(&server).await, log_in(&server).await);
    let (status, _) = server.post("/auth/token/blacklist/", &ended).await;
    assert_eq!(status, 200);
    server.stop().await;

    let server = Server::start(&place, &LONG).await;
    let (status, body) = server.post("/auth/token/refresh/", &ended).await;
    let refused = json!({ "detail": "Token is blacklisted", "code": "token_not_valid" });
    assert_eq!((status, body), (401, refused));
    let (status, _) = server.post("/auth/token/refresh/", &kept).await;
    assert_eq!(status, 200);
    let (status, body) = server.post("/auth/register/", &ada()).await;
    let taken = json!({ "username": ["A user with that username already exists."] });
    assert_eq!((status, body), (400, taken));
    log_in(&server).await;
    server.stop().await;
}

#[tokio::test]
async fn two_first_starts_at_once_share_one_key_and_one_database() {
    for _ in 0..3 {
        let place = Place::with_database().await;
        let mut one = Server::spawn(&place, &LONG);
        let mut other = Server::spawn(&place, &LONG);
        one.wait_until_it_serves().await;
        other.wait_until_it_serves().await;
        assert_eq!(one.post("/auth/register/", &ada()).await.0, 201);
        let pair = log_in(&other).await;
        assert_eq!(one.post("/auth/token/refresh/", &pair).await.0, 200);
        assert_eq!(one.post("/auth/token/blacklist/", &pair).await.0, 200);
        assert_eq!(other.post("/auth/token/refresh/", &pair).await.0, 401);
        one.stop().await;
        other.stop().await;
    }
}

#[tokio::test]
async fn no_secret_stands_in_the_log_or_the_database() {
    let place = Place::new();
    let environment = [LONG[0], LONG[1], ("SIGNET_LOG", "trace")];
    let server = Server::start(&place, &environment).await;
    server.post("/auth/register/", &ada()).await;
    let pair = log_in(&server).await;
    let wrong = json!({ "username": "ada", "password": "canary-wrong" });
    server.post("/auth/token/", &wrong).await;
    server.post("/auth/token/refresh/", &pair).await;
    let verify = json!({ "token": pair["access"] });
    server
        .post("/auth/token/verify/?token=canary-query", &verify)
        .await;
    server.post("/auth/token/blacklist/", &pair).await;
    let (refresh, access) = (
        pair["refresh"].as_str().unwrap(),
        pair["access"].as_str().unwrap(),
    );
    let bearer = format!("Bearer {access}");
    let me = server
        .request("GET", "/auth/me/", &[("authorization", &bearer)], "")
        .await;
    assert_eq!(me.0, 200);
    let form = format!("username=ada&password={PASSWORD}");
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
    ];
    let (status, _) = server.request("POST", "/login", &headers, &form).await;
    assert_eq!(status, 303);
    let cookie = format!("signet-refresh={refresh}");
    let (status, _) = server
        .request("GET", "/session", &[("cookie", &cookie)], "")
        .await;
    assert_eq!(status, 200);
    let log = server.stop().await;

    let key = std::fs::read_to_string(place.data().join("signing.key")).unwrap();
    let signature = |token: &str| token.rsplit_once('.').unwrap().1.to_owned();
    let secrets = [
        key,
        signature(refresh),
        signature(access),
        PASSWORD.to_owned(),
    ];
    assert!(log.contains("/auth/token/verify/"), "requests are logged");
    for canary in secrets
        .iter()
        .map(String::as_str)
        .chain(["canary-wrong", "canary-query"])
    {
        assert!(!log.contains(canary), "{canary} in the log");
    }
    for entry in std::fs::read_dir(place.data()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in secrets.iter().filter(|_| !path.ends_with("signing.key")) {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", path.display());
        }
    }
}

#[tokio::test]
async fn a_head_of_more_than_64_lines_is_refused() {
    let place = Place::with_database().await;
    let server = Server::start(&place, &[]).await;
    let names: Vec<String> = (0..70).map(|count| format!("x-{count}")).collect();
    let headers: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    let (status, _) = server.request("GET", "/healthz", &headers, "").await;
    assert_eq!(status, 431);
    let (status, _) = server.request("GET", "/healthz", &headers[..50], "").await;
    assert_eq!(status, 200);
}
