//! Hostile clients against a real server on loopback: bounded in number and time. `docs/topics/promises.md`
//! says what each of them shows.

#[cfg(unix)]
mod draining;
#[cfg(target_os = "linux")]
mod memory;
mod raw_requests;
mod targets;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::process::{PATIENCE, Server};

/// Sends this on a connection of its own and reads until the server ends it. `None` if it ends
/// without an answer.
async fn exchange(server: &Server, request: &[u8]) -> Option<String> {
    let mut stream = server.connect().await;
    // A server that has refused it already may have closed its side.
    let _ = stream.write_all(request).await;
    read_to_end(&mut stream).await
}

/// Everything that the server still sends on a connection; `None` if that is nothing.
async fn read_to_end(stream: &mut TcpStream) -> Option<String> {
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    // A reset after an answer takes nothing of it away.
    let _ = tokio::time::timeout(PATIENCE, read).await.expect("it ends");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (!answer.is_empty()).then_some(answer)
}

/// The status of an answer.
fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).expect("a status line");
    status.parse().expect("a status")
}
