//! Mounts the web UI: the only file that names `app`.

use std::future::Future;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, VARY};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use leptos::prelude::{expect_context, provide_context, use_nonce};
use signet_api::error::ErrorBody;
use signet_app::{App, Assets, FormOutcome, PageData, shell};

pub(super) use signet_app::local_path::{AFTER_LOGIN, local_path};

use super::assets::{Bundle, Manifest};
use super::client_address::Peer;
use super::cookie_session::reader;
use super::forms;
use super::outline::with_outline;
use super::state::AppState;
use crate::settings::Settings;

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What the pages are made of.
#[derive(Clone, Debug)]
pub struct Site {
    bundle: Bundle,
    public_url: String,
}

impl Site {
    /// The web UI that the server was built with.
    pub fn new(settings: &Settings) -> Self {
        Self {
            bundle: Bundle::embedded(),
            public_url: settings.public_url.origin().to_owned(),
        }
    }
}

/// The routes of the web UI: its pages, the forms of browsers that run no WebAssembly, and its
/// files. Everything else is the page that says so.
pub(super) fn routes() -> Router<AppState> {
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

/// A form that comes back to whoever posted it, with what was wrong.
pub(super) struct Returned {
    pub(super) username: String,
    pub(super) email: String,
    pub(super) error: ErrorBody,
}

/// Renders the page of the request's path.
pub(super) fn render(
    state: &AppState,
    request: Request,
    status: StatusCode,
    returned: Option<Returned>,
) -> impl Future<Output = Response> + Send + use<> {
    let state = state.clone();
    async move {
        // Without the database nobody is known to be signed in.
        let reader = reader(&state, request.headers()).await.ok().flatten();
        let has_cookie = !state.cookies.refresh_tokens(request.headers()).is_empty();
        let is_personal = has_cookie || returned.is_some();
        let tokens = &state.sessions.tokens.rules;
        let rules = &state.sessions.rules;
        let data = PageData {
            form: returned.map(|form| FormOutcome {
                username: form.username,
                email: form.email,
                error: form.error,
            }),
            signed_in_as: reader.map(|(user, _)| user.username),
            access_lifetime: tokens.access_lifetime.as_secs(),
            refresh_lifetime: tokens.refresh_lifetime.as_secs(),
            rotates: rules.rotate,
            session_max_age: rules.max_age.map(|age| age.as_secs()),
            revokes_access: rules.check_revoke_token,
            password_min_length: state.policy.min_length,
            public_url: state.site.public_url.clone(),
            hint_cookie: state.cookies.hint_name().to_owned(),
            user_id_claim: tokens.names.user_id.clone(),
            auth_header: state.header.name().to_owned(),
            auth_scheme: state.header.scheme().to_owned(),
        };
        let assets = assets(&state.site.bundle.manifest);
        let handler = leptos_axum::render_app_async_with_context(
            move || {
                provide_context(data.clone());
                declare_content_policy();
            },
            move || shell(assets.clone()),
        );
        let may_be_kept = matches!(*request.method(), Method::GET | Method::HEAD);
        let mut response = with_outline(handler(request).await.into_response()).await;
        if response.status() == StatusCode::OK {
            *response.status_mut() = status;
        }
        let headers = response.headers_mut();
        if may_be_kept {
            headers.insert(VARY, HeaderValue::from_static("Cookie"));
        }
        let caching = if is_personal { "no-store" } else { "no-cache" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
        response
    }
}

fn assets(manifest: &Manifest) -> Assets {
    Assets {
        script: manifest.script.clone(),
        wasm: manifest.wasm.clone(),
        stylesheet: manifest.stylesheet.clone(),
    }
}

/// Lets the page load what Signet serves and nothing else, and run the scripts that carry this
/// answer's nonce.
fn declare_content_policy() {
    let nonce = use_nonce().expect("the integration provides a nonce");
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let policy = HeaderValue::from_str(&policy).expect("a nonce is base64");
    let response = expect_context::<leptos_axum::ResponseOptions>();
    response.insert_header(CONTENT_SECURITY_POLICY, policy);
}
