//! Requests whose first line, `Host` or framing is odd.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use super::{exchange, read_to_end, status};
use crate::process::{PATIENCE, Place, Server};

#[tokio::test]
async fn a_target_without_a_path_is_malformed_and_one_in_absolute_form_is_a_path() {
    let place = Place::with_database().await;
    let server = Server::start(&place, &[]).await;
    for (target, expected) in [
        ("CONNECT example.com:443", 400),
        ("CONNECT /healthz", 400),
        ("GET example.com:80", 400),
        ("POST example.com:80", 400),
        ("GET *", 400),
        ("OPTIONS *", 400),
        ("GET http://example.com/healthz", 200),
        ("GET http://example.com/healthz?x=y", 200),
        ("GET HTTP://example.com:80/auth/me/", 401),
        ("GET http://example.com", 200),
        ("GET https://example.com?x", 200),
        ("GET /healthz", 200),
        ("GET //healthz", 404),
        ("GET /%2fhealthz", 404),
        ("GET /%ff%00", 404),
        ("GET /login?%ff=%&&=?", 200),
        ("GET /auth/%ff/", 404),
    ] {
        let request =
            format!("{target} HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n");
        let answer = exchange(&server, request.as_bytes()).await;
        let answer = answer.unwrap_or_else(|| panic!("{target}: no answer"));
        assert_eq!(status(&answer), expected, "{target}: {answer}");
        if expected == 400 {
            assert!(answer.ends_with("\"}") && answer.contains(r#"{"detail":""#));
        }
    }
    let log = server.stop().await;
    assert!(!log.contains("panicked"), "{log}");
}

#[tokio::test]
async fn a_request_names_one_host() {
    let place = Place::with_database().await;
    let server = Server::start(&place, &[]).await;
    for (version, hosts, expected) in [
        ("1.1", "Host: localhost\r\n", 200),
        ("1.1", "Host: [::1]:8000\r\n", 200),
        ("1.1", "Host:\r\n", 200),
        ("1.1", "", 400),
        ("1.1", "Host: a\r\nHost: a\r\n", 400),
        ("1.1", "Host: a\r\nhost: b\r\n", 400),
        ("1.1", "Host: a, b\r\n", 400),
        ("1.1", "Host: user@a\r\n", 400),
        ("1.1", "Host: a/b\r\n", 400),
        ("1.0", "", 200),
        ("1.0", "Host: a\r\n", 200),
        ("1.0", "Host: a\r\nHost: b\r\n", 400),
    ] {
        let request = format!("GET /healthz HTTP/{version}\r\n{hosts}Connection: close\r\n\r\n");
        let answer = exchange(&server, request.as_bytes()).await.unwrap();
        assert_eq!(status(&answer), expected, "{version} {hosts:?}: {answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_has_closed_its_side_gets_its_answer() {
    let place = Place::with_database().await;
    let server = Server::start(&place, &[]).await;
    let body = r#"{"username":"ada","password":"wrong"}"#;
    let login = format!(
        "POST /auth/token/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (request, expected) in [
        (login.as_str(), 401),
        (health, 200),
        // A body that will never be complete.
        (&login[..login.len() - 1], 400),
    ] {
        let mut stream = server.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = read_to_end(&mut stream).await.expect("an answer");
        assert_eq!(status(&answer), expected, "{answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_is_announced_too_large_is_refused_at_once() {
    let place = Place::with_database().await;
    // To wait for the body would take longer than the test may.
    let environment = [("SIGNET_REQUEST_TIMEOUT", "10m")];
    let server = Server::start(&place, &environment).await;
    for further in ["", "Expect: 100-continue\r\n"] {
        for length in ["262145", "9223372036854775807"] {
            let request = format!(
                "POST /auth/token/ HTTP/1.1\r\nHost: localhost\r\n{further}\
                 Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
            );
            let answer = exchange(&server, request.as_bytes()).await.unwrap();
            assert_eq!(status(&answer), 413, "{answer}");
        }
    }
    // Nor does a client lose the answer that sends all of it.
    let mut request =
        "POST /auth/token/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n"
            .to_owned()
            .into_bytes();
    request.resize(900_000, b'x');
    let answer = exchange(&server, &request).await.expect("an answer");
    assert_eq!(status(&answer), 413, "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_connection_is_kept_for_longer_than_a_head_is_waited_for() {
    let place = Place::with_database().await;
    let environment = [
        ("SIGNET_HEADER_TIMEOUT", "1s"),
        ("SIGNET_KEEP_ALIVE_TIMEOUT", "4s"),
    ];
    let server = Server::start(&place, &environment).await;
    let health = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut kept = server.connect().await;
    let mut begun = server.connect().await;
    for stream in [&mut kept, &mut begun] {
        stream.write_all(health).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"ok\n") {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
        }
    }
    let began = Instant::now();
    begun.write_all(b"GET /").await.unwrap();
    assert_eq!(read_to_end(&mut begun).await, None);
    let head = began.elapsed();
    assert_eq!(read_to_end(&mut kept).await, None);
    let kept_for = began.elapsed();
    assert!(head >= Duration::from_millis(900), "{head:?}");
    assert!(kept_for >= Duration::from_millis(3_500), "{kept_for:?}");
    assert!(head < kept_for && kept_for < PATIENCE, "{kept_for:?}");
    server.stop().await;
}

#[tokio::test]
async fn control_and_bidirectional_characters_reach_the_log_escaped() {
    for format in ["text", "json"] {
        let place = Place::with_database().await;
        let environment = [("SIGNET_LOG_FORMAT", format), ("SIGNET_LOG", "debug")];
        let server = Server::start(&place, &environment).await;
        let odd = "\u{85}\u{9b}\u{2028}\u{202e}\u{2066}\u{200f}";
        let request = format!(
            "GET /auth/canary{odd} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a{odd}\r\n\
             X-Forwarded-For: {odd}\r\nConnection: close\r\n\r\n"
        );
        exchange(&server, request.as_bytes()).await;
        let log = server.stop().await;
        for character in odd.chars() {
            assert!(!log.contains(character), "{character:?} in {log}");
        }
    }
}
