//! Cross-origin requests, answered as django-cors-headers answers them.
//!
//! tower-http's `CorsLayer` cannot: it takes every OPTIONS request for a preflight, tells a
//! preflight of a foreign origin what would be allowed, and joins lists without a space. A
//! frontend could see each of these.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_TYPE, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};

use super::state::AppState;
use crate::settings::{HttpToken, Origin, Settings};

/// What other origins may do.
#[derive(Clone, Debug)]
pub struct CorsPolicy {
    origins: Vec<Origin>,
    allow_credentials: bool,
    expose_headers: Option<HeaderValue>,
    allow_methods: HeaderValue,
    allow_headers: HeaderValue,
    max_age: Option<HeaderValue>,
}

impl CorsPolicy {
    /// The policy of the settings.
    pub fn new(settings: &Settings) -> Self {
        let list = |items: &[HttpToken]| {
            let names: Vec<&str> = items.iter().map(|item| item.0.as_str()).collect();
            HeaderValue::from_str(&names.join(", ")).expect("tokens are header text")
        };
        let max_age = settings.cors_preflight_max_age;
        let exposed = &settings.cors_expose_headers;
        Self {
            origins: settings.cors_allowed_origins.clone(),
            allow_credentials: settings.cors_allow_credentials,
            expose_headers: (!exposed.is_empty()).then(|| list(exposed)),
            allow_methods: list(&settings.cors_allow_methods),
            allow_headers: list(&settings.cors_allow_headers),
            max_age: (max_age > 0).then(|| max_age.into()),
        }
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        let mut origins = self.origins.iter();
        origins.any(|allowed| origin.as_bytes() == allowed.as_str().as_bytes())
    }

    /// What every answer to a request of this origin carries, whatever its status. Each OPTIONS
    /// request is told the full lists; what it asks for is never looked at.
    fn grant(&self, headers: &mut HeaderMap, method: &Method, origin: Option<&HeaderValue>) {
        headers.append(VARY, HeaderValue::from_static("origin"));
        let Some(origin) = origin.filter(|origin| self.allows(origin)) else {
            return;
        };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        if self.allow_credentials {
            let yes = HeaderValue::from_static("true");
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        }
        if let Some(exposed) = &self.expose_headers {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
        }
        if method == Method::OPTIONS {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, self.allow_headers.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, self.allow_methods.clone());
            if let Some(max_age) = &self.max_age {
                headers.insert(ACCESS_CONTROL_MAX_AGE, max_age.clone());
            }
        }
    }
}

/// The middleware: answers preflights on any path, and marks every other answer.
pub(super) async fn handle(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let method = request.method().clone();
    let is_preflight = method == Method::OPTIONS
        && request
            .headers()
            .contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match is_preflight {
        true => ([(CONTENT_TYPE, "text/html; charset=utf-8")], Body::empty()).into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    state.cors.grant(headers, &method, origin.as_ref());
    response
}
