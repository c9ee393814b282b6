//! The REST API as seen from the browser: one function per endpoint.
//!
//! The refresh token never passes through here: the cookie transport keeps it where no script
//! can read it. See `server/api` for the shapes.

use std::sync::OnceLock;
use std::time::Duration;

use gloo_net::http::{Request, RequestBuilder, Response};
use leptos::prelude::set_timeout_with_handle;
use serde::Serialize;
use serde::de::DeserializeOwned;
use signet_api::account::{Account, PasswordChange, Registration};
use signet_api::error::{Detail, ErrorBody};
use signet_api::session::Session;
use signet_api::token::{Credentials, Empty, Obtained, Refreshed, VerifyRequest};
use signet_api::{MOUNTS, TRANSPORT_COOKIE, TRANSPORT_HEADER, path};
use wasm_bindgen::JsValue;
use web_sys::{AbortController, RequestRedirect};

use crate::page_data::PageData;

/// How long a request of the user's own may take. Hashing a password takes its time, and a
/// queue of others may stand before it.
const PATIENCE: Duration = Duration::from_secs(15);

/// The header that carries an access token, and the word before the token, as the server expects
/// them.
static AUTHORIZATION: OnceLock<(String, String)> = OnceLock::new();

/// Takes from the page what the server's settings ask of requests.
pub(crate) fn adopt_settings(page: &PageData) {
    let header = (page.auth_header.clone(), page.auth_scheme.clone());
    let _ = AUTHORIZATION.set(header);
}

/// Why an endpoint did not do what it was asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Failure {
    /// No answer: no network, no server, or not in time.
    Unreachable,
    /// The server is there but will not serve now: overloaded or broken.
    Busy {
        /// `Retry-After`, in seconds.
        retry_after: Option<i64>,
    },
    /// There have been too many tries.
    Throttled {
        /// `Retry-After`, in seconds.
        retry_after: Option<i64>,
    },
    /// The server understood and said no.
    Refused {
        /// The HTTP status.
        status: u16,
        /// Why.
        body: ErrorBody,
    },
}

/// `POST token/`: signs in; the refresh token goes into its cookie.
pub(crate) async fn obtain(credentials: &Credentials) -> Result<Obtained, Failure> {
    call(with_cookie(post(path::TOKEN)), Some(credentials), PATIENCE).await
}

/// `POST token/refresh/`: a fresh access token by the refresh token in the cookie. Whoever holds
/// `abort` may break it off.
pub(crate) async fn refresh(
    abort: AbortController,
    timeout: Duration,
) -> Result<Refreshed, Failure> {
    let request = with_cookie(post(path::TOKEN_REFRESH));
    call_until(abort, request, Some(&Empty {}), timeout).await
}

/// `POST token/verify/`: whether the server would accept `token`.
pub(crate) async fn verify(token: String) -> Result<Empty, Failure> {
    let request = VerifyRequest { token };
    call(post(path::TOKEN_VERIFY), Some(&request), PATIENCE).await
}

/// `POST token/blacklist/`: ends the refresh token in the cookie. Sent even if the page is
/// being closed.
pub(crate) async fn blacklist() -> Result<(), Failure> {
    let request = with_cookie(post(path::TOKEN_BLACKLIST))
        .json(&Empty {})
        .map_err(|_| Failure::Unreachable)?;
    // gloo-net has no switch for `keepalive`, and neither has web-sys; a request can be copied
    // with one.
    let keepalive = web_sys::RequestInit::new();
    let _ = js_sys::Reflect::set(&keepalive, &"keepalive".into(), &JsValue::TRUE);
    let request: web_sys::Request = request.into();
    let request = web_sys::Request::new_with_request_and_init(&request, &keepalive)
        .map_err(|_| Failure::Unreachable)?;
    let answer = Request::from(request).send().await;
    answer.map(|_| ()).map_err(|_| Failure::Unreachable)
}

/// `POST /logout`, as a page without WebAssembly sends it: the server takes the cookie back, though
/// its token be dead. The page that it leads to is not asked for.
pub(crate) async fn drop_cookie() {
    let request = Request::post("/logout").redirect(RequestRedirect::Manual);
    // A dead cookie that stays does no harm.
    let _ = request.send().await;
}

/// `POST register/`: makes a user.
pub(crate) async fn register(registration: &Registration) -> Result<Account, Failure> {
    call(post(path::REGISTER), Some(registration), PATIENCE).await
}

/// `GET me/`: who the protected endpoint says the holder of `access` is.
pub(crate) async fn me(access: &str) -> Result<Account, Failure> {
    let request = bearer(Request::get(&url(path::ME)), access);
    call(request, None::<&Empty>, PATIENCE).await
}

/// `GET sessions/`: the sessions of the holder of `access`; the cookie says which is this one.
pub(crate) async fn sessions(access: &str) -> Result<Vec<Session>, Failure> {
    let request = bearer(Request::get(&url(path::SESSIONS)), access);
    call(with_cookie(request), None::<&Empty>, PATIENCE).await
}

/// `DELETE sessions/{which}`: with an id and a slash it ends that session, with `?all=true` all, and
/// with nothing all but this one.
pub(crate) async fn end_sessions(access: &str, which: &str) -> Result<(), Failure> {
    let url = url(path::SESSIONS) + which;
    let patience = web_sys::AbortSignal::timeout_with_u32(PATIENCE.as_millis() as u32);
    let request = with_cookie(bearer(Request::delete(&url), access)).abort_signal(Some(&patience));
    answer(request.send().await).await.map(drop)
}

/// `POST password/change/`: another password for the holder of `access`, whose other sessions end.
pub(crate) async fn change_password(
    access: &str,
    change: &PasswordChange,
) -> Result<Empty, Failure> {
    let request = with_cookie(bearer(post(path::PASSWORD_CHANGE), access));
    call(request, Some(change), PATIENCE).await
}

fn bearer(request: RequestBuilder, access: &str) -> RequestBuilder {
    match AUTHORIZATION.get() {
        Some((name, scheme)) => request.header(name, &[scheme, access].join(" ")),
        // The session, which holds the tokens, begins with the settings.
        None => request,
    }
}

fn url(path: &str) -> String {
    format!("{}{path}", MOUNTS[0])
}

fn post(path: &str) -> RequestBuilder {
    Request::post(&url(path))
}

fn with_cookie(request: RequestBuilder) -> RequestBuilder {
    request.header(TRANSPORT_HEADER, TRANSPORT_COOKIE)
}

async fn call<T: DeserializeOwned>(
    request: RequestBuilder,
    body: Option<&impl Serialize>,
    timeout: Duration,
) -> Result<T, Failure> {
    let abort = AbortController::new().map_err(|_| Failure::Unreachable)?;
    call_until(abort, request, body, timeout).await
}

async fn call_until<T: DeserializeOwned>(
    abort: AbortController,
    request: RequestBuilder,
    body: Option<&impl Serialize>,
    timeout: Duration,
) -> Result<T, Failure> {
    let request = request.abort_signal(Some(&abort.signal()));
    let request = match body {
        Some(body) => request.json(body),
        None => request.build(),
    }
    .map_err(|_| Failure::Unreachable)?;
    let text = send(abort, request, timeout).await?;
    // Not from this server.
    serde_json::from_str(&text).map_err(|_| Failure::Unreachable)
}

/// What all endpoints have in common, apart from [`call`] so that it is compiled once.
async fn send(
    abort: web_sys::AbortController,
    request: Request,
    timeout: Duration,
) -> Result<String, Failure> {
    let timer = set_timeout_with_handle(move || abort.abort(), timeout);
    let result = answer(request.send().await).await;
    if let Ok(timer) = timer {
        timer.clear();
    }
    result
}

async fn answer(response: Result<Response, gloo_net::Error>) -> Result<String, Failure> {
    let response = response.map_err(|_| Failure::Unreachable)?;
    if response.ok() {
        // Cut off in the middle.
        return response.text().await.map_err(|_| Failure::Unreachable);
    }
    let status = response.status();
    if status == 429 || status >= 500 {
        let retry_after = response.headers().get("Retry-After");
        let retry_after = retry_after.and_then(|seconds| seconds.parse().ok());
        return Err(match status {
            429 => Failure::Throttled { retry_after },
            _ => Failure::Busy { retry_after },
        });
    }
    let body = response.json().await.unwrap_or_else(|_| {
        ErrorBody::Detail(Detail {
            detail: format!("The server answered {status}."),
            ..Detail::default()
        })
    });
    Err(Failure::Refused { status, body })
}
