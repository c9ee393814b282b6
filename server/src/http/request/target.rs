//! The first line of a request and its `Host`, before any route is looked for (RFC 9112, sections 3.2
//! and 3.3).

use axum::extract::Request;
use axum::response::IntoResponse;
use http::header::HOST;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, Method, Uri, Version};

use crate::http::error::ApiError;

/// Checks that a request names a path and one host. A target in absolute form, as proxies are
/// sent it, is replaced by its path and query.
///
/// # Errors
/// The answer 400 for a target without a path (`CONNECT host:443`, `GET host:80`, `OPTIONS *`), and
/// for a `Host` that is missing, malformed or there twice. HTTP/1.0 needs none.
pub(crate) fn check_target(request: &mut Request) -> Result<(), impl IntoResponse + use<>> {
    let problem = if request.method() == Method::CONNECT || !request.uri().path().starts_with('/') {
        "The request target must be a path."
    } else if !has_one_host(request.version(), request.headers()) {
        "The request must have one valid Host header."
    } else {
        if request.uri().scheme().is_some() {
            let path_and_query = request.uri().path_and_query().cloned();
            let root = || PathAndQuery::from_static("/");
            *request.uri_mut() = Uri::from(path_and_query.unwrap_or_else(root));
        }
        return Ok(());
    };
    tracing::info!(status = 400, problem, "refused a malformed request");
    Err(ApiError::Parse(problem.to_owned()))
}

fn has_one_host(version: Version, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).into_iter();
    let is_valid = match hosts.next() {
        None => version == Version::HTTP_10,
        // RFC 9112 allows an empty one where the target has no host.
        Some(host) if host.is_empty() => true,
        Some(host) => Authority::try_from(host.as_bytes())
            .is_ok_and(|authority| !authority.as_str().contains('@')),
    };
    is_valid && hosts.next().is_none()
}
