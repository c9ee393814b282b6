//! Accepts and serves connections until the signal to stop. The caller hands in listener, limits
//! and signal, so that tests run the real server.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, HeaderValue};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt;

use crate::http::{Peer, check_target};
use crate::server::client_stream::{Activity, ClientStream, Timeouts};
use crate::server::connection_limiter::{Accepted, ConnectionLimiter};
use crate::server::limits::Limits;

/// Header lines of the largest head that is read.
const MOST_HEADERS: usize = 64;

/// Bytes of the largest head: a token of 8 KiB in its header, and as many of cookies. It bounds the
/// memory of an unfinished head.
const LARGEST_BUFFER: usize = 18 * 1024;

/// Serves `router` on `listener` until `stop` resolves. Then answers all requests received by then,
/// on open connections and on queued ones. Returns `false` if some requests could not be answered
/// within [`Limits::drain_timeout`].
///
/// axum's own `serve` has no time limits, and while stopping it closes connections with received
/// but unread requests.
pub async fn run(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> bool {
    let drain_timeout = limits.drain_timeout;
    let (stopping, is_stopping) = watch::channel(false);
    let mut server = Server {
        http: http1::Builder::new(),
        limiter: ConnectionLimiter::new(listener, &limits),
        router,
        timeouts: Timeouts {
            header: limits.header_timeout,
            keep_alive: limits.keep_alive_timeout,
            write: limits.write_timeout,
        },
        is_stopping,
    };
    server
        .http
        .half_close(true)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LARGEST_BUFFER);
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = server.limiter.next() => server.serve(accepted),
            () = &mut stop => break,
        }
    }
    let drained = async {
        // Each connection holds a receiver and drops it when it ends.
        let _ = stopping.send(true);
        server.serve_waiting().await;
        drop(server);
        stopping.closed().await;
    };
    tokio::time::timeout(drain_timeout, drained).await.is_ok()
}

/// A listener and how its connections are served.
struct Server {
    http: http1::Builder,
    limiter: ConnectionLimiter,
    router: Router,
    timeouts: Timeouts,
    is_stopping: watch::Receiver<bool>,
}

impl Server {
    /// Serves the connections that wait to be accepted.
    async fn serve_waiting(&mut self) {
        while let Some(accepted) = self.limiter.next_waiting().await {
            self.serve(accepted);
        }
    }

    /// Serves a connection in a task of its own.
    fn serve(&self, accepted: Accepted) {
        let activity = Activity::new();
        let mut is_stopping = self.is_stopping.clone();
        let stream = ClientStream::new(
            accepted.stream,
            activity.clone(),
            self.timeouts,
            self.limiter.slots(),
            is_stopping.clone(),
        );
        let service = {
            let (router, is_stopping) = (self.router.clone(), is_stopping.clone());
            service_fn(move |request| {
                activity.request_begins();
                let answer = answer(router.clone(), accepted.address, request);
                let (activity, is_stopping) = (activity.clone(), is_stopping.clone());
                async move {
                    let mut response = answer.await;
                    activity.request_ends();
                    if *is_stopping.borrow() {
                        let close = HeaderValue::from_static("close");
                        response.headers_mut().insert(CONNECTION, close);
                    }
                    Ok::<_, Infallible>(response)
                }
            })
        };
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = &mut connection => ended,
                // The stream decides at its next read whether any request is left to answer.
                _ = is_stopping.changed() => connection.await,
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(accepted.place);
        });
    }
}

async fn answer(router: Router, address: IpAddr, request: http::Request<Incoming>) -> Response {
    let mut request = request.map(Body::new);
    if let Err(refused) = check_target(&mut request) {
        return refused.into_response();
    }
    request.extensions_mut().insert(Peer(address));
    let Ok(response) = router.oneshot(request).await;
    response
}
