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
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::cors::{AllowedOrigins, Pattern, Rule};
use crate::reloadable::Reloadable;
use crate::settings::{HttpToken, Settings};

/// The rules for requests of other origins.
#[derive(Clone, Debug)]
pub struct CorsPolicy {
    urls: Pattern,
    origins: AllowedOrigins,
    allow_credentials: bool,
    allow_private_network: bool,
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
            urls: settings.cors_urls_regex.clone(),
            origins: settings.allowed_origins(),
            allow_credentials: settings.cors_allow_credentials,
            allow_private_network: settings.cors_allow_private_network,
            expose_headers: (!exposed.is_empty()).then(|| list(exposed)),
            allow_methods: list(&settings.cors_allow_methods),
            allow_headers: list(&settings.cors_allow_headers),
            max_age: (max_age > 0).then(|| max_age.into()),
        }
    }

    /// Returns the headers of answers to pages of this origin; for preflights, those to requests
    /// for a private network.
    pub fn headers(&self, origin: &str, is_preflight: bool) -> HeaderMap {
        let asked = Asked {
            origin: HeaderValue::from_str(origin).ok(),
            is_options: is_preflight,
            is_preflight,
            for_private_network: is_preflight,
        };
        let mut headers = HeaderMap::new();
        self.grant(&mut headers, &asked);
        headers
    }

    /// Returns the value of `Access-Control-Allow-Origin` for this origin; `None` if it is not
    /// allowed.
    fn allowed(&self, origin: &HeaderValue) -> Option<HeaderValue> {
        match self
            .origins
            .rule(&String::from_utf8_lossy(origin.as_bytes()))?
        {
            // A browser takes no `*` from an answer to a request with cookies.
            Rule::All if !self.allow_credentials => Some(HeaderValue::from_static("*")),
            Rule::All | Rule::Listed(_) | Rule::Pattern(_) => Some(origin.clone()),
        }
    }

    /// Adds the headers of every answer to this origin, whatever its status. Each OPTIONS request
    /// gets the full lists; the requested method and headers are ignored.
    fn grant(&self, headers: &mut HeaderMap, request: &Asked) {
        headers.append(VARY, HeaderValue::from_static("origin"));
        let Some(allowed) = request
            .origin
            .as_ref()
            .and_then(|origin| self.allowed(origin))
        else {
            return;
        };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        if self.allow_credentials {
            let yes = HeaderValue::from_static("true");
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        }
        if let Some(exposed) = &self.expose_headers {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
        }
        if request.is_options {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, self.allow_headers.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, self.allow_methods.clone());
            if let Some(max_age) = &self.max_age {
                headers.insert(ACCESS_CONTROL_MAX_AGE, max_age.clone());
            }
        }
        if self.allow_private_network && request.for_private_network {
            headers.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
        }
    }
}

const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");
const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");

/// The parts of a request that decide.
struct Asked {
    origin: Option<HeaderValue>,
    is_options: bool,
    is_preflight: bool,
    for_private_network: bool,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let headers = request.headers();
        let is_options = request.method() == Method::OPTIONS;
        let private = headers.get(REQUEST_PRIVATE_NETWORK);
        Self {
            origin: headers.get(ORIGIN).cloned(),
            is_options,
            is_preflight: is_options && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD),
            for_private_network: private.is_some_and(|value| value == "true"),
        }
    }
}

/// The middleware: answers preflights on any path that CORS_URLS_REGEX matches, and marks
/// every other answer there.
pub(crate) async fn handle(
    State(policy): State<Reloadable<CorsPolicy>>,
    request: Request,
    next: Next,
) -> Response {
    let policy = policy.get();
    if !policy.urls.matches(request.uri().path()) {
        return next.run(request).await;
    }
    let asked = Asked::of(&request);
    let mut response = if asked.is_preflight {
        ([(CONTENT_TYPE, "text/html; charset=utf-8")], Body::empty()).into_response()
    } else {
        next.run(request).await
    };
    policy.grant(response.headers_mut(), &asked);
    response
}
