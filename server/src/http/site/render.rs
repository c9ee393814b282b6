//! Renders pages of the web UI: with `pages.rs` the only files that name `app`.

use std::future::Future;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, VARY};
use http::{HeaderValue, Method, StatusCode};
use leptos::prelude::{expect_context, provide_context, use_nonce};
use signet_api::error::ErrorBody;
use signet_app::{ApiPaths, Assets, FormOutcome, PageData, shell};

use crate::http::cookies::session::reader;
use crate::http::site::assets::Manifest;
use crate::http::site::fingerprint::with_fingerprint;
use crate::http::state::AppState;
use crate::settings::{Endpoint, Paths};

/// A posted form that is shown again, with its errors.
pub(crate) struct Returned {
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) error: ErrorBody,
}

/// Renders the page of the request's path.
pub(crate) fn render(
    state: &AppState,
    request: Request,
    status: StatusCode,
    returned: Option<Returned>,
) -> impl Future<Output = Response> + Send + use<> {
    let state = state.clone();
    async move {
        // Without the database no user is known.
        let reader = reader(&state, request.headers()).await.ok().flatten();
        let has_cookie = !state.cookies.refresh_tokens(request.headers()).is_empty();
        let is_personal = has_cookie || returned.is_some();
        let tokens = &state.auth.tokens.rules;
        let rules = &state.auth.rules;
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
            password_min_length: state.auth.password_policy.min_length,
            public_url: state.site.public_url.clone(),
            hint_cookie: state.cookies.hint_name().to_owned(),
            user_id_claim: tokens.names.user_id.clone(),
            paths: api_paths(&state.paths),
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
        let mut response = with_fingerprint(handler(request).await.into_response()).await;
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

/// Returns the paths that the pages ask at, which are all there where pages are served.
fn api_paths(paths: &Paths) -> ApiPaths {
    let first = |endpoint| paths.first(endpoint).unwrap_or_default();
    ApiPaths {
        token: first(Endpoint::Token),
        token_refresh: first(Endpoint::TokenRefresh),
        token_verify: first(Endpoint::TokenVerify),
        token_blacklist: first(Endpoint::TokenBlacklist),
        register: first(Endpoint::Register),
        me: first(Endpoint::Me),
        sessions: first(Endpoint::Sessions),
        password_change: first(Endpoint::PasswordChange),
    }
}

fn assets(manifest: &Manifest) -> Assets {
    Assets {
        script: manifest.script.clone(),
        wasm: manifest.wasm.clone(),
        stylesheet: manifest.stylesheet.clone(),
    }
}

/// Allows the page to load only files of Signet, and to run only scripts with this answer's nonce.
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
