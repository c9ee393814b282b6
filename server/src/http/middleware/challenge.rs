//! `WWW-Authenticate` on every 401 of the API.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;

use crate::http::request::auth_header::AuthHeader;

/// The middleware of the whole API: every 401 says how to ask.
pub(crate) async fn challenge(
    State(header): State<Arc<AuthHeader>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    if response.status() == StatusCode::UNAUTHORIZED {
        header.challenge(response.headers_mut());
    }
    response
}
