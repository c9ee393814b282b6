//! Accepts connections and serves them until it is told to stop. It is handed its listener, its
//! limits and its signal, so that a test runs the real thing.

use std::future::Future;
use std::num::NonZeroUsize;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use prometheus_client::metrics::gauge::Gauge;
use tokio::net::TcpListener;
use tokio_io_timeout::TimeoutStream;
use tower::Layer;

use crate::connections::Door;
use crate::http::{Peer, TrustedProxies};

/// Header lines of the largest head that is read.
const MOST_HEADERS: usize = 64;

/// Bytes of a head after which no more of it is read. As hyper's buffer grows by doubling, a head
/// of up to twice as much may still get through. It bounds what an unfinished head costs while it
/// is waited for.
const LARGEST_BUFFER: usize = 64 * 1024;

/// What clients may ask of the server before they have asked for anything.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at the same time. Further ones are not accepted yet: they wait in the queue
    /// of the system.
    pub connections: NonZeroUsize,
    /// Connections of one client at the same time. Further ones are closed at once.
    pub connections_per_address: NonZeroUsize,
    /// Whose connections are those of many clients: they have the first limit alone.
    pub trusted_proxies: TrustedProxies,
    /// How long a client may take to send the head of a request, or say nothing at all.
    pub header_timeout: Duration,
    /// How long a client may take nothing of an answer that is being sent.
    pub write_timeout: Duration,
    /// How long requests that are under way may take after the signal to stop.
    pub drain_timeout: Duration,
    /// Shows how many connections are open.
    pub open: Gauge,
}

/// Serves `router` on `listener` until `stop` resolves; then accepts no more, answers what has
/// been received, and returns; `false` if some of it could not be answered in time.
///
/// axum's own `serve` would do, but it starts hyper without a timer, and then a client that never
/// finishes its head is waited for for ever.
pub async fn run(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> bool {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LARGEST_BUFFER);
    let connections = GracefulShutdown::new();
    let door = Door::new(listener, &limits);
    let mut stop = std::pin::pin!(stop);
    loop {
        let guest = tokio::select! {
            guest = door.next() => guest,
            () = &mut stop => break,
        };
        let service = Extension(Peer(guest.address)).layer(router.clone());
        let service = TowerToHyperService::new(service);
        let mut stream = TimeoutStream::new(guest.stream);
        stream.set_write_timeout(Some(limits.write_timeout));
        let stream = TokioIo::new(Box::pin(stream));
        let connection = http.serve_connection(stream, service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(guest.place);
        });
    }
    drop(door);
    tokio::time::timeout(limits.drain_timeout, connections.shutdown())
        .await
        .is_ok()
}
