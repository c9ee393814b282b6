//! The server's HTTP side. Only this module knows status codes.

mod account;
mod assets;
mod auth_header;
mod body;
mod body_budget;
mod client_address;
mod cookie;
mod cookie_session;
mod cors;
mod error;
mod fields;
mod forms;
mod health;
mod json;
mod jwks;
mod metrics;
mod outline;
mod own_origin;
mod request_target;
mod sessions;
mod site;
mod state;
mod token;
mod view;

use axum::Router;
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use http::header::{CACHE_CONTROL, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{HeaderName, HeaderValue};
use signet_api::{JWKS, MOUNTS, path};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

pub use body_budget::BodyLimits;
pub(crate) use client_address::ClientAddress;
pub use client_address::{Peer, TrustedProxies};
pub use cors::CorsPolicy;
pub use metrics::metrics_router;
pub(crate) use request_target::check_target;
pub use state::AppState;

/// The whole server: the REST API under each of its mounts, the web UI everywhere else.
pub fn router(state: AppState) -> Router {
    let mut router = site::routes()
        .route("/healthz", get(health::healthz))
        .route(
            "/readyz",
            get(health::readyz).layer(set(CACHE_CONTROL, "no-store")),
        )
        .route(JWKS, get(jwks::jwks));
    for mount in MOUNTS {
        let challenge = middleware::from_fn_with_state(state.clone(), view::challenge);
        router = router.merge(api(mount).layer(challenge));
    }
    router
        .layer(CatchPanicLayer::custom(|_| {
            error::ApiError::Internal("a handler panicked".to_owned()).into_response()
        }))
        .layer(set(X_FRAME_OPTIONS, "DENY"))
        .layer(middleware::from_fn_with_state(state.clone(), cors::handle))
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn_with_state(
                    state.clone(),
                    client_address::find,
                ))
                .layer(middleware::from_fn_with_state(
                    state.metrics.clone(),
                    crate::telemetry::observe,
                ))
                .layer(set(X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(set(REFERRER_POLICY, "same-origin"))
                .layer(set(
                    HeaderName::from_static("cross-origin-opener-policy"),
                    "same-origin",
                )),
        )
        .with_state(state)
}

/// The endpoints of the REST API, each with and without its trailing slash.
fn api(mount: &str) -> Router<AppState> {
    let endpoints = [
        (path::TOKEN, token::obtain_view()),
        (path::TOKEN_REFRESH, token::refresh_view()),
        (path::TOKEN_VERIFY, token::verify_view()),
        (path::TOKEN_BLACKLIST, token::blacklist_view()),
        (path::TOKEN_SLIDING, token::sliding_view()),
        (path::TOKEN_SLIDING_REFRESH, token::sliding_refresh_view()),
        (path::REGISTER, account::register_view()),
        (path::ME, account::me_view()),
        (path::SESSIONS, sessions::sessions_view()),
        (path::SESSION, sessions::session_view()),
        (path::PASSWORD_CHANGE, sessions::password_change_view()),
    ];
    let mut router = Router::new()
        .route(&format!("{mount}/"), any(view::not_found))
        .route(&format!("{mount}/{{*path}}"), any(view::not_found));
    for (path, methods) in endpoints {
        let path = format!("{mount}{path}");
        router = router
            .route(path.trim_end_matches('/'), methods.clone())
            .route(&path, methods);
    }
    router
}

fn set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
