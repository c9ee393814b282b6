//! What clients without an account can make the server hold in memory.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::process::{PATIENCE, Place, Server};

/// Connections of an attack, if the system allows as many files.
const CONNECTIONS: u64 = 1024;

/// MiB that the promise allows for [`CONNECTIONS`], besides what an idle server has.
const ALLOWED: u64 = 64;

/// MiB above an idle server that memory falls below once the connections are closed.
const NEARLY_IDLE: u64 = 16;

/// A login with a body that is to come.
const HEAD: &str = "POST /auth/token/ HTTP/1.1\r\nHost: localhost\r\n\
                    Content-Type: application/json\r\n";

/// What each connection of an attack sends; between two rounds the server reads.
fn rounds(attack: &str) -> Vec<Vec<u8>> {
    let head = |framing: &str| format!("{HEAD}{framing}\r\n\r\n").into_bytes();
    let with_rounds = |first: Vec<u8>, count: usize, then: &[u8]| {
        let mut rounds = vec![first];
        rounds.resize(count + 1, then.to_vec());
        rounds
    };
    match attack {
        // Each arrived as a frame of its own that kept a buffer of the socket alive.
        "one-byte segments" => with_rounds(head("Content-Length: 262144"), 50, b"x"),
        "one-byte chunks" => {
            let chunks = b"1\r\nx\r\n".repeat(1_000);
            with_rounds(head("Transfer-Encoding: chunked"), 5, &chunks)
        }
        "unfinished bodies" => with_rounds(head("Content-Length: 262144"), 4, &[b'x'; 65_000]),
        "unfinished heads" => with_rounds(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ".to_vec(),
            16,
            &[b'x'; 4_000],
        ),
        "heads of many lines, then a body" => {
            let lines: String = (0..58)
                .map(|n| format!("X-{n}: {}\r\n", "x".repeat(350)))
                .collect();
            let head = format!("{HEAD}{lines}Content-Length: 262144\r\n\r\n");
            with_rounds(head.into_bytes(), 4, &[b'x'; 65_000])
        }
        _ => panic!("no such attack: {attack}"),
    }
}

const ATTACKS: [&str; 5] = [
    "one-byte segments",
    "one-byte chunks",
    "unfinished bodies",
    "unfinished heads",
    "heads of many lines, then a body",
];

/// Sends rounds, one after the other, on all connections, and returns the most memory that the
/// server has meanwhile. What the server does not take is left out.
async fn send(server: &Server, connections: &[TcpStream], rounds: &[Vec<Vec<u8>>]) -> u64 {
    let mut peak = 0;
    let longest = rounds.iter().map(Vec::len).max().unwrap_or_default();
    for number in 0..longest {
        for (connection, rounds) in connections.iter().zip(rounds.iter().cycle()) {
            if let Some(round) = rounds.get(number) {
                let _ = connection.try_write(round);
            }
        }
        // So that the server reads them one by one.
        sleep(Duration::from_millis(5)).await;
        peak = peak.max(server.memory_mib());
    }
    peak.max(settled_peak(server).await)
}

/// The most memory that the server has until it takes no more.
async fn settled_peak(server: &Server) -> u64 {
    let mut peak = 0;
    let mut quiet_since = Instant::now();
    while quiet_since.elapsed() < Duration::from_millis(300) {
        let now = server.memory_mib();
        if now > peak {
            (peak, quiet_since) = (now, Instant::now());
        }
        sleep(Duration::from_millis(20)).await;
    }
    peak
}

/// Raises this process's limit of open files, and says how many connections it allows.
fn connections_allowed() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let _ = setrlimit(Resource::Nofile, raised);
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    // The server has the same limit, and the other tests have files open, too.
    (files / 2).min(CONNECTIONS)
}

#[tokio::test]
async fn memory_stays_within_the_promise_whatever_the_frames_and_is_given_back() {
    let place = Place::new();
    let environment = [
        ("SIGNET_MAX_CONNECTIONS_PER_ADDRESS", "1024"),
        // None is to end before it is measured.
        ("SIGNET_HEADER_TIMEOUT", "10m"),
        // Bodies that wait for room are given up after this: the next attack begins then.
        ("SIGNET_REQUEST_TIMEOUT", "4s"),
        ("SIGNET_LOG", "error,signet::cli=info"),
    ];
    let server = Server::start(&place, &environment).await;
    let count = connections_allowed();
    let idle = server.memory_mib();
    let allowed = idle + (ALLOWED * count).div_ceil(CONNECTIONS);

    let mut attacks: Vec<(&str, Vec<_>)> = ATTACKS
        .iter()
        .map(|attack| (*attack, vec![rounds(attack)]))
        .collect();
    let mixture = ATTACKS.iter().map(|attack| rounds(attack)).collect();
    attacks.push(("a mixture of all", mixture));
    for (attack, rounds) in attacks {
        let mut connections = Vec::new();
        for _ in 0..count {
            let connection = server.connect().await;
            connection.set_nodelay(true).unwrap();
            connections.push(connection);
        }
        let peak = send(&server, &connections, &rounds).await;
        println!("{attack}: {peak} MiB, {idle} idle, {count} connections");
        assert!(
            peak <= allowed,
            "{attack}: {peak} MiB, where {allowed} are allowed"
        );
        drop(connections);
    }
    let closed = Instant::now();
    while server.memory_mib() > idle + NEARLY_IDLE {
        let memory = server.memory_mib();
        assert!(closed.elapsed() < PATIENCE, "{memory} MiB, {idle} at first");
        sleep(Duration::from_millis(100)).await;
    }
    println!("given back after {:?}", closed.elapsed());
    server.stop().await;
}

#[tokio::test]
async fn a_login_does_not_wait_for_the_large_bodies_of_others() {
    let place = Place::new();
    let environment = [("SIGNET_LOG", "error,signet::cli=info")];
    let server = Server::start(&place, &environment).await;
    // Together more than all bodies may take.
    let mut connections = Vec::new();
    for _ in 0..50 {
        let mut connection = server.connect().await;
        let head = format!("{HEAD}Content-Length: 262144\r\n\r\n");
        connection.write_all(head.as_bytes()).await.unwrap();
        connections.push(connection);
    }
    for _ in 0..8 {
        for connection in &connections {
            let _ = connection.try_write(&[b'x'; 32_000]);
        }
        sleep(Duration::from_millis(5)).await;
    }
    let began = Instant::now();
    let body = serde_json::json!({ "username": "ada", "password": "wrong" });
    let (status, _) = server.post("/auth/token/", &body).await;
    assert_eq!(status, 401);
    assert!(began.elapsed() < Duration::from_secs(8), "it has waited");
    server.stop().await;
}
