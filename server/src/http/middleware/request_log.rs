//! The request log: one line a request, counted and timed in the same place.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::http::request::client_address::ClientAddress;
use crate::metrics::Metrics;

/// Logs and counts a request once it is answered: its path without the query, which may hold
/// secrets, and no header. The client's address is a line of its own at the level debug, because
/// addresses are personal data.
pub(crate) async fn observe(
    State(metrics): State<Metrics>,
    route: Option<MatchedPath>,
    ClientAddress(client): ClientAddress,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    tracing::debug!(%method, %path, %client, "asked");
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let took = started.elapsed();
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    metrics.answered(method.as_str(), route, status, took);
    let ms = took.as_secs_f64() * 1000.0;
    tracing::info!(%method, %path, status, ms = %format_args!("{ms:.1}"), "answered");
    response
}
