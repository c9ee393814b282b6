//! What is counted for whoever operates the server.

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::app::{PASSWORD, TestApp};
use crate::process::{Place, Server, read_answer};

fn credentials(password: &str) -> serde_json::Value {
    json!({ "username": "canary-user", "password": password })
}

#[track_caller]
fn assert_counts(text: &str, sample: &str, value: u64) {
    let line = format!("{sample} {value}");
    assert!(
        text.lines().any(|found| found == line),
        "{line} in:\n{text}"
    );
}

#[tokio::test]
async fn requests_are_counted_by_route_method_and_status() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        app.verify("canary-token").await;
    }
    app.get("/auth/token/verify/").await;
    app.get("/canary-path?canary=query").await;
    app.get("/auth/canary-path").await;
    app.call("CANARY", "/login", &[]).await;
    let answer = app.metrics().await;
    assert_eq!(answer.status, 200);
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.header("content-type"), media_type);
    let text = answer.text();
    for (route, method, status, count) in [
        ("/auth/token/verify/", "POST", 401, 3),
        ("/auth/token/verify/", "GET", 405, 1),
        ("other", "GET", 404, 1),
        ("/auth/{*path}", "GET", 404, 1),
    ] {
        let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
        assert_counts(
            text,
            &format!("signet_http_requests_total{{{labels}}}"),
            count,
        );
        let labels = format!("method=\"{method}\",route=\"{route}\"");
        let sample = format!("signet_http_request_duration_seconds_count{{{labels}}}");
        assert_counts(text, &sample, count);
    }
    assert!(text.contains("method=\"other\""), "{text}");
    for canary in ["canary", "CANARY"] {
        assert!(!text.contains(canary), "{text}");
    }
}

#[tokio::test]
async fn logins_are_counted_by_how_they_ended_and_name_nobody() {
    let limits = [("THROTTLE_LOGIN", "2/min"), ("THROTTLE_REGISTER", "1/hour")];
    let app = TestApp::with(&limits).await;
    let right = credentials(PASSWORD);
    app.post_json("/auth/register/", &right).await;
    app.post_json("/auth/register/", &right).await;
    app.post_json("/auth/token/", &right).await;
    let fields = [("username", "canary-user"), ("password", PASSWORD)];
    let site = [("sec-fetch-site", "same-origin")];
    app.post_form("/login", &site, &fields).await;
    app.post_json("/auth/token/", &credentials("canary")).await;
    app.post_json("/auth/token/sliding/", &credentials("canary"))
        .await;
    app.post_json("/auth/token/", &credentials("canary")).await;
    let answer = app.metrics().await;
    let text = answer.text();
    for (outcome, count) in [("succeeded", 2), ("failed", 2), ("throttled", 1)] {
        let sample = format!("signet_logins_total{{outcome=\"{outcome}\"}}");
        assert_counts(text, &sample, count);
    }
    for what in ["login", "registration"] {
        assert_counts(
            text,
            &format!("signet_throttled_total{{what=\"{what}\"}}"),
            1,
        );
    }
    assert_counts(text, "signet_hashing_jobs{state=\"waiting\"}", 0);
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test]
async fn two_servers_count_for_themselves() {
    let (one, other) = (TestApp::start().await, TestApp::start().await);
    one.get("/healthz").await;
    let sample = r#"signet_http_requests_total{method="GET",route="/healthz",status="200"}"#;
    assert_counts(one.metrics().await.text(), sample, 1);
    assert!(!other.metrics().await.text().contains("/healthz"));
}

#[tokio::test]
async fn they_are_served_on_an_address_of_their_own() {
    let place = Place::new();
    let settings = [
        ("SIGNET_METRICS_LISTEN", "127.0.0.1:0"),
        ("SIGNET_HEADER_TIMEOUT", "10m"),
    ];
    let server = Server::start(&place, &settings).await;
    let open = server.connect().await;
    let (status, page) = server.request("GET", "/metrics", &[], "").await;
    assert_eq!(status, 404, "the web UI has no such page");
    assert!(!page.contains("signet_http"));

    let log = server.log();
    let (_, address) = log.split_once("metrics are at http://").unwrap();
    let (address, _) = address.split_once("/metrics").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let (status, text) = read_answer(stream).await;
    assert_eq!(status, 200);
    assert!(text.contains("signet_open_connections "), "{text}");
    assert!(!text.contains("signet_open_connections 0"), "{text}");
    drop(open);
    server.stop().await;
}
