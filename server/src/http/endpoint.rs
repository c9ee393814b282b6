//! Content negotiation, the description for OPTIONS, 405 in JSON, and the headers of an answer: the
//! parts that all endpoints share, as all views of Django REST Framework do.

use axum::Json;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, VARY};
use http::{HeaderMap, HeaderValue, Method};

use crate::http::current_user::CurrentUser;
use crate::http::error::ApiError;
use crate::http::options_metadata::Description;
use crate::http::state::AppState;

/// An endpoint with POST that needs no access token.
pub(super) fn post_endpoint<H, T>(handler: H, description: Description) -> MethodRouter<AppState>
where
    H: Handler<T, AppState>,
    T: 'static,
{
    let description = description.to_json();
    let methods = post(handler)
        .options(async move || Json(description))
        .fallback(async |method: Method| ApiError::MethodNotAllowed(method));
    with_content_negotiation(methods, "POST, OPTIONS")
}

/// An endpoint that needs an access token. Authentication comes before the method is checked.
pub(super) fn protected_endpoint(
    methods: MethodRouter<AppState>,
    allow: &'static str,
    description: Description,
) -> MethodRouter<AppState> {
    let description = description.to_json();
    let methods = methods
        .options(async move |_: CurrentUser| Json(description))
        .fallback(async |_: CurrentUser, method: Method| ApiError::MethodNotAllowed(method));
    with_content_negotiation(methods, allow)
}

fn with_content_negotiation(
    methods: MethodRouter<AppState>,
    allow: &'static str,
) -> MethodRouter<AppState> {
    methods.layer(middleware::from_fn_with_state(allow, negotiate))
}

async fn negotiate(State(allow): State<&'static str>, request: Request, next: Next) -> Response {
    let mut response = if accepts_json(request.headers()) {
        next.run(request).await
    } else {
        ApiError::NotAcceptable.into_response()
    };
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static(allow));
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns `true` if the reference renders a media type of `Accept`. The HTML of its browsable API
/// is answered in JSON here.
fn accepts_json(headers: &HeaderMap) -> bool {
    let lines: Vec<_> = headers.get_all(ACCEPT).into_iter().collect();
    let renders = |media_range: &str| {
        let media_type = media_range.split(';').next().unwrap_or_default().trim();
        matches!(
            media_type.to_ascii_lowercase().as_str(),
            "" | "*/*" | "application/*" | "application/json" | "text/*" | "text/html"
        )
    };
    lines.is_empty()
        || lines
            .iter()
            .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
            .any(|media_range| renders(&String::from_utf8_lossy(media_range)))
}

/// The answer for paths below the API's mounts that are no endpoint.
pub(super) async fn not_found() -> Response {
    let mut response = ApiError::NotFound.into_response();
    let vary = HeaderValue::from_static("Accept");
    response.headers_mut().insert(VARY, vary);
    response
}
