//! The routes and the layers around them.

use axum::response::IntoResponse;
use axum::routing::{MethodRouter, any, get};
use axum::{Router, middleware};
use http::header::{CACHE_CONTROL, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{HeaderName, HeaderValue};
use signet_api::JWKS;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::http::endpoint;
use crate::http::error::ApiError;
use crate::http::middleware::{challenge, client_address, cors, request_log};
use crate::http::routes::{health, jwks, me, password_change, register, sessions, sliding, token};
use crate::http::site::pages;
use crate::http::state::AppState;
use crate::settings::{Endpoint, Paths};

/// Returns the whole server: the REST API at its paths, and the web UI everywhere else.
pub fn router(state: AppState) -> Router {
    let router = if state.paths.serves_web_ui() {
        pages::routes()
    } else {
        Router::new().fallback(endpoint::not_found)
    };
    let challenge = middleware::from_fn_with_state(state.header.clone(), challenge::challenge);
    let router = router
        .route("/healthz", get(health::healthz))
        .route(
            "/readyz",
            get(health::readyz).layer(set(CACHE_CONTROL, "no-store")),
        )
        .route(JWKS, get(jwks::jwks))
        .merge(api(&state.paths).layer(challenge));
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

/// Returns the endpoints of the REST API, each with and without its trailing slash. Any other path
/// below a mount is 404 in JSON.
fn api(paths: &Paths) -> Router<AppState> {
    let mut router = Router::new();
    for mount in &paths.mounts {
        let mount = mount.as_str();
        if !mount.is_empty() {
            router = router
                .route(&format!("{mount}/"), any(endpoint::not_found))
                .route(&format!("{mount}/{{*path}}"), any(endpoint::not_found));
        }
    }
    for endpoint in Endpoint::ALL {
        for path in paths.of(endpoint) {
            let methods = methods_of(endpoint);
            router = router
                .route(path.as_str(), methods.clone())
                .route(&format!("{}/", path.as_str()), methods);
        }
    }
    router
}

fn methods_of(endpoint: Endpoint) -> MethodRouter<AppState> {
    match endpoint {
        Endpoint::Token => token::obtain_view(),
        Endpoint::TokenRefresh => token::refresh_view(),
        Endpoint::TokenVerify => token::verify_view(),
        Endpoint::TokenBlacklist => token::blacklist_view(),
        Endpoint::TokenSliding => sliding::sliding_view(),
        Endpoint::TokenSlidingRefresh => sliding::sliding_refresh_view(),
        Endpoint::Register => register::register_view(),
        Endpoint::Me => me::me_view(),
        Endpoint::Sessions => sessions::sessions_view(),
        Endpoint::Session => sessions::session_view(),
        Endpoint::PasswordChange => password_change::password_change_view(),
    }
}

fn set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
