//! The routes of the web UI: its pages, its files, and the forms of browsers that run no
//! WebAssembly.

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use http::{HeaderName, Method, StatusCode};
use signet_app::App;

use crate::http::request::client_address::Peer;
use crate::http::site::forms;
use crate::http::site::render::render;
use crate::http::state::AppState;

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The routes of the web UI: its pages, the forms of browsers that run no WebAssembly, and its
/// files. Everything else is the page that says so.
pub(crate) fn routes() -> Router<AppState> {
    let mut router = Router::new().fallback(file_or_not_found);
    for listing in leptos_axum::generate_route_list(App) {
        let methods = match listing.path() {
            "/login" => get(page).post(forms::log_in),
            "/logout" => get(page).post(forms::log_out),
            "/register" => get(page).post(forms::register),
            "/account" => get(page).post(forms::change_password),
            _ => get(page),
        };
        router = router.route(listing.path(), methods);
    }
    router
}

async fn page(State(state): State<AppState>, request: Request) -> Response {
    let scheme = forwarded_scheme(&state, &request);
    state
        .cookies
        .own_origin
        .compare_page(request.headers(), scheme);
    render(&state, request, StatusCode::OK, None).await
}

/// The scheme that a browser asked a trusted proxy with, by its `X-Forwarded-Proto`: the first of
/// several is the browser's.
fn forwarded_scheme<'r>(state: &AppState, request: &'r Request) -> Option<&'r str> {
    let Peer(peer) = request.extensions().get()?;
    let value = request.headers().get(X_FORWARDED_PROTO)?;
    if !state.proxies.contains(*peer) {
        return None;
    }
    let scheme = std::str::from_utf8(value.as_bytes())
        .ok()?
        .split(',')
        .next()?;
    Some(scheme.trim())
}

async fn file_or_not_found(State(state): State<AppState>, request: Request) -> Response {
    let path = request.uri().path();
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    match state.site.bundle.answer(path, request.headers()) {
        Some(answer) if readable => answer,
        _ => render(&state, request, StatusCode::NOT_FOUND, None).await,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_contract_names_every_page() {
        let listings = leptos_axum::generate_route_list(App);
        let pages: BTreeSet<&str> = listings.iter().map(|listing| listing.path()).collect();
        assert_eq!(pages, BTreeSet::from(signet_api::PAGES));
    }
}
