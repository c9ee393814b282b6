//! The routes and the layers around them.

use axum::response::IntoResponse;
use axum::routing::{any, get};
use axum::{Router, middleware};
use http::header::{CACHE_CONTROL, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{HeaderName, HeaderValue};
use signet_api::{JWKS, MOUNTS, path};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::http::endpoint;
use crate::http::error::ApiError;
use crate::http::middleware::{challenge, client_address, cors, request_log};
use crate::http::routes::{health, jwks, me, password_change, register, sessions, sliding, token};
use crate::http::site::pages;
use crate::http::state::AppState;

/// The whole server: the REST API under each of its mounts, the web UI everywhere else.
pub fn router(state: AppState) -> Router {
    let mut router = pages::routes()
        .route("/healthz", get(health::healthz))
        .route(
            "/readyz",
            get(health::readyz).layer(set(CACHE_CONTROL, "no-store")),
        )
        .route(JWKS, get(jwks::jwks));
    for mount in MOUNTS {
        let challenge = middleware::from_fn_with_state(state.header.clone(), challenge::challenge);
        router = router.merge(api(mount).layer(challenge));
    }
    router
        .layer(CatchPanicLayer::custom(|_| {
            ApiError::Internal("a handler panicked".to_owned()).into_response()
        }))
        .layer(set(X_FRAME_OPTIONS, "DENY"))
        .layer(middleware::from_fn_with_state(
            state.cors.clone(),
            cors::handle,
        ))
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn_with_state(
                    state.proxies.clone(),
                    client_address::find,
                ))
                .layer(middleware::from_fn_with_state(
                    state.metrics.clone(),
                    request_log::observe,
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
        (path::TOKEN_SLIDING, sliding::sliding_view()),
        (path::TOKEN_SLIDING_REFRESH, sliding::sliding_refresh_view()),
        (path::REGISTER, register::register_view()),
        (path::ME, me::me_view()),
        (path::SESSIONS, sessions::sessions_view()),
        (path::SESSION, sessions::session_view()),
        (
            path::PASSWORD_CHANGE,
            password_change::password_change_view(),
        ),
    ];
    let mut router = Router::new()
        .route(&format!("{mount}/"), any(endpoint::not_found))
        .route(&format!("{mount}/{{*path}}"), any(endpoint::not_found));
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
