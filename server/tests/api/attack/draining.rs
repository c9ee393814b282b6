//! What has been received before SIGTERM is answered.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{read_to_end, status};
use crate::process::{PATIENCE, Place, Server};

const REQUEST: &str = "POST /auth/token/verify/ HTTP/1.1\r\nHost: localhost\r\n\
                       Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"token\":\"x\"}";

/// Asks once and leaves the connection open.
async fn keep_alive(server: &Server) -> TcpStream {
    let mut stream = server.connect().await;
    stream.write_all(REQUEST.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        let read = stream.read_buf(&mut answer);
        let read = tokio::time::timeout(PATIENCE, read).await.unwrap();
        assert_ne!(read.unwrap(), 0, "the connection stays open");
    }
    stream
}

/// Stops a server that has received the request of each connection while it stood still.
async fn stop_with_unread(server: Server, connections: Vec<TcpStream>) {
    let mut connections = connections;
    for stream in &mut connections {
        stream.write_all(REQUEST.as_bytes()).await.unwrap();
    }
    server.terminate().await;
    server.unfreeze().await;
    let count = connections.len();
    let mut answered = 0;
    for stream in &mut connections {
        if let Some(answer) = read_to_end(stream).await {
            assert_eq!(status(&answer), 401, "{answer}");
            answered += 1;
        }
    }
    assert_eq!(answered, count, "answered of those that were received");
    let (status, log) = server.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
}

#[tokio::test]
async fn requests_that_lie_unread_on_kept_alive_connections_are_answered() {
    let place = Place::with_database().await;
    let server = Server::start(&place, &[]).await;
    let mut connections = Vec::new();
    for _ in 0..150 {
        connections.push(keep_alive(&server).await);
    }
    server.freeze().await;
    stop_with_unread(server, connections).await;
}

#[tokio::test]
async fn connections_that_wait_to_be_accepted_are_accepted_and_answered() {
    let place = Place::with_database().await;
    let server = Server::start(&place, &[]).await;
    server.freeze().await;
    let mut connections = Vec::new();
    // The system's queue may hold no more than 128.
    for _ in 0..100 {
        connections.push(server.connect().await);
    }
    stop_with_unread(server, connections).await;
}

#[tokio::test]
async fn connections_beyond_the_limit_are_answered_at_the_end_too() {
    let place = Place::with_database().await;
    let environment = [("SIGNET_MAX_CONNECTIONS", "4")];
    let server = Server::start(&place, &environment).await;
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(keep_alive(&server).await);
    }
    let mut waiting = Vec::new();
    for _ in 0..20 {
        waiting.push(server.connect().await);
    }
    server.freeze().await;
    open.append(&mut waiting);
    stop_with_unread(server, open).await;
}

#[tokio::test]
async fn connections_without_a_request_do_not_hold_up_the_end() {
    let place = Place::with_database().await;
    // Neither time-out is to end it instead.
    let environment = [
        ("SIGNET_DRAIN_TIMEOUT", "10m"),
        ("SIGNET_HEADER_TIMEOUT", "10m"),
    ];
    let server = Server::start(&place, &environment).await;
    let (mut kept, mut new) = (keep_alive(&server).await, server.connect().await);
    server.terminate().await;
    assert_eq!(read_to_end(&mut kept).await, None);
    assert_eq!(read_to_end(&mut new).await, None);
    let (status, log) = server.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
}
