//! Accepts connections and serves them until it is told to stop. It is handed its listener and
//! its signal, so that a test runs the real thing.

use std::future::Future;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

/// How long a client may take to send the head of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// How long requests that are under way may take after the signal to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait when no connection can be accepted, as when file descriptors have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Header lines of the largest head that is read.
const MOST_HEADERS: usize = 64;

/// Serves `router` on `listener` until `stop` resolves; then accepts no more, answers what has
/// been received, and returns; `false` if some of it could not be answered in time.
///
/// axum's own `serve` would do, but it starts hyper without a timer, and then a client that never
/// finishes its head is waited for for ever.
pub async fn run(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) -> bool {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_headers(MOST_HEADERS);
    let connections = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "no connection could be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Answers are small: sent at once they are sooner there. Without it they still arrive.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    tokio::time::timeout(DRAIN_TIMEOUT, connections.shutdown())
        .await
        .is_ok()
}
