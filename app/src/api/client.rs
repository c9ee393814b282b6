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
use signet_api::session::Session;
use signet_api::token::{Credentials, Empty, Obtained, Refreshed, VerifyRequest};
use signet_api::{TRANSPORT_COOKIE, TRANSPORT_HEADER};
use wasm_bindgen::JsValue;
use web_sys::{AbortController, RequestRedirect};

use crate::api::answer::{Failure, Head, judge};
use crate::page_data::{ApiPaths, PageData};

/// The longest time of a request that the user waits for. It includes hashing a password, and a
/// queue before it.
const PATIENCE: Duration = Duration::from_secs(15);

/// The part of the server's settings that requests need.
struct Server {
    paths: ApiPaths,
    auth_header: String,
    auth_scheme: String,
}

static SERVER: OnceLock<Server> = OnceLock::new();

/// Takes from the page what the server's settings ask of requests.
pub(crate) fn adopt_settings(page: &PageData) {
    let _ = SERVER.set(Server {
        paths: page.paths.clone(),
        auth_header: page.auth_header.clone(),
        auth_scheme: page.auth_scheme.clone(),
    });
}

/// `POST token/`: signs in; the refresh token goes into its cookie.
pub(crate) async fn obtain(credentials: &Credentials) -> Result<Obtained, Failure> {
    call(
        with_cookie(post(|paths| &paths.token)),
        Some(credentials),
        PATIENCE,
    )
    .await
}

/// `POST token/refresh/`: a new access token by the refresh token in the cookie. `abort` cancels
/// the request.
pub(crate) async fn refresh(
    abort: AbortController,
    timeout: Duration,
) -> Result<Refreshed, Failure> {
    let request = with_cookie(post(|paths| &paths.token_refresh));
    call_until(abort, request, Some(&Empty {}), timeout).await
}

/// `POST token/verify/`: whether the server would accept `token`.
pub(crate) async fn verify(token: String) -> Result<Empty, Failure> {
    let request = VerifyRequest { token };
    call(post(|paths| &paths.token_verify), Some(&request), PATIENCE).await
}

/// `POST token/blacklist/`: ends the refresh token in the cookie. Sent even while the page is being
/// closed. `abort` cancels the request.
pub(crate) async fn blacklist(abort: AbortController, timeout: Duration) -> Result<Empty, Failure> {
    let request = with_cookie(post(|paths| &paths.token_blacklist))
        .abort_signal(Some(&abort.signal()))
        .json(&Empty {})
        .map_err(|_| Failure::Unreachable)?;
    // gloo-net has no switch for `keepalive`, and neither has web-sys; a request can be copied
    // with one.
    let keepalive = web_sys::RequestInit::new();
    let _ = js_sys::Reflect::set(&keepalive, &"keepalive".into(), &JsValue::TRUE);
    let request: web_sys::Request = request.into();
    let request = web_sys::Request::new_with_request_and_init(&request, &keepalive)
        .map_err(|_| Failure::Unreachable)?;
    let text = send(abort, Request::from(request), timeout).await?;
    read(&text)
}

/// `POST /logout`, as a page without WebAssembly sends it: the server takes the cookie back, though
/// its token be dead. The page that it leads to is not asked for.
pub(crate) async fn drop_cookie() {
    let request = Request::post("/logout").redirect(RequestRedirect::Manual);
    // A dead cookie that stays does no harm.
    let _ = request.send().await;
}

/// `POST register/`: registers a user. The header of the cookie transport asks for the errors of all
/// fields at once.
pub(crate) async fn register(registration: &Registration) -> Result<Account, Failure> {
    call(
        with_cookie(post(|paths| &paths.register)),
        Some(registration),
        PATIENCE,
    )
    .await
}

/// `GET me/`: who the protected endpoint says the holder of `access` is.
pub(crate) async fn me(access: &str) -> Result<Account, Failure> {
    let request = bearer(get(|paths| &paths.me), access);
    call(request, None::<&Empty>, PATIENCE).await
}

/// `GET sessions/`: the sessions of the holder of `access`; the cookie says which is this one.
pub(crate) async fn sessions(access: &str) -> Result<Vec<Session>, Failure> {
    let request = bearer(get(|paths| &paths.sessions), access);
    call(with_cookie(request), None::<&Empty>, PATIENCE).await
}

/// `DELETE sessions/{which}`: ends a session by its id and a slash, all sessions with `?all=true`,
/// and with an empty `which` all but the current one.
pub(crate) async fn end_sessions(access: &str, which: &str) -> Result<(), Failure> {
    let url = [path(|paths| &paths.sessions), which].concat();
    let patience = web_sys::AbortSignal::timeout_with_u32(PATIENCE.as_millis() as u32);
    let request = with_cookie(bearer(unredirected(Request::delete(&url)), access))
        .abort_signal(Some(&patience));
    match answer(request.send().await).await?.as_str() {
        "" => Ok(()),
        _ => Err(Failure::Foreign { status: 200 }),
    }
}

/// `POST password/change/`: another password for the holder of `access`, whose other sessions end.
pub(crate) async fn change_password(
    access: &str,
    change: &PasswordChange,
) -> Result<Empty, Failure> {
    let request = with_cookie(bearer(post(|paths| &paths.password_change), access));
    call(request, Some(change), PATIENCE).await
}

fn bearer(request: RequestBuilder, access: &str) -> RequestBuilder {
    match SERVER.get() {
        Some(server) => {
            let value = [&*server.auth_scheme, access].join(" ");
            request.header(&server.auth_header, &value)
        }
        // The session, which holds the tokens, begins with the settings.
        None => request,
    }
}

/// Returns a path of the API. The session, which asks first, begins with the settings.
fn path(of: fn(&ApiPaths) -> &String) -> &'static str {
    SERVER.get().map_or("", |server| of(&server.paths))
}

fn post(of: fn(&ApiPaths) -> &String) -> RequestBuilder {
    unredirected(Request::post(path(of)))
}

fn get(of: fn(&ApiPaths) -> &String) -> RequestBuilder {
    unredirected(Request::get(path(of)))
}

/// The server redirects no request of its API: a proxy that does must not be handed a password or
/// a token.
fn unredirected(request: RequestBuilder) -> RequestBuilder {
    request.redirect(RequestRedirect::Manual)
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
    read(&text)
}

/// Reads the body of a success. A body of another shape is not the server's.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|_| Failure::Foreign { status: 200 })
}

/// The part that all endpoints share, separate from [`call`] so that it is compiled once.
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
    let headers = response.headers();
    let (content_type, retry_after) = (headers.get("Content-Type"), headers.get("Retry-After"));
    let head = Head {
        status: response.status(),
        content_type: content_type.as_deref(),
        retry_after: retry_after.as_deref(),
    };
    // An error here: cut off in the middle.
    let body = response.text().await.map_err(|_| Failure::Unreachable)?;
    judge(head, body)
}
