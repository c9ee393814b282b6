//! The forms of the web UI as a browser posts them while WebAssembly is not there: the same flows
//! as the REST API's, answered with a page.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, Uri};
use signet_api::error::{Detail, ErrorBody};

use super::account::{create, read_registration};
use super::client_address::ClientAddress;
use super::error::ApiError;
use super::fields::{Fields, Presence};
use super::sessions::{change, read_passwords};
use super::site::{AFTER_LOGIN, Returned, local_path, reader, render};
use super::state::AppState;
use super::token::{read_credentials, seconds_left};
use crate::session::{Device, LogOut, PasswordChange, SessionError};

/// `POST /login`: signs in by cookie and goes where the form's `next` says.
pub(super) async fn log_in(
    State(state): State<AppState>,
    device: Device,
    request: Request,
) -> Response {
    let mut form = match Form::read(&state, request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let next = form.fields.text("next", Presence::Optional, &[], &[]);
    let (username, password) = read_credentials(&mut form.fields);
    form.username.clone_from(&username);
    form.keep_next(local_path(&next));
    let pair = async {
        std::mem::take(&mut form.fields).check()?;
        let now = state.clock.now();
        let pair = state.sessions.log_in(&username, password, &device, now);
        Ok((state.counted(pair.await)?, now))
    };
    match pair.await {
        Ok((pair, now)) => {
            let mut response = Redirect::to(local_path(&next)).into_response();
            let seconds = seconds_left(&pair.refresh.claims, now);
            let headers = response.headers_mut();
            state.cookies.set(headers, &pair.refresh.text, seconds);
            response
        }
        Err(error) => form.come_back(&state, error).await,
    }
}

/// `POST /register`: makes the user and goes to the login page.
pub(super) async fn register(
    State(state): State<AppState>,
    client: ClientAddress,
    request: Request,
) -> Response {
    let mut form = match Form::read(&state, request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    form.username = form.fields.peek("username");
    form.email = form.fields.peek("email");
    let made = async {
        let registration = read_registration(std::mem::take(&mut form.fields))?;
        create(&state, registration, client).await
    };
    match made.await {
        Ok(_) => Redirect::to("/login?registered=1").into_response(),
        Err(error) => form.come_back(&state, error).await,
    }
}

/// `POST /logout`: ends the session of the cookie, takes the cookie back and goes home.
pub(super) async fn log_out(State(state): State<AppState>, headers: HeaderMap) -> Response {
    if !state.cookies.is_same_origin(&headers) {
        return ApiError::CrossSite.into_response();
    }
    let now = state.clock.now();
    if let Some(token) = state.cookies.refresh_token(&headers) {
        match state.sessions.log_out(token, LogOut::Session, now).await {
            // A token that is refused needs no ending.
            Ok(()) | Err(SessionError::Token(_)) => {}
            Err(error) => return ApiError::from(error).into_response(),
        }
    }
    let mut response = Redirect::to("/").into_response();
    state.cookies.clear(response.headers_mut());
    response
}

/// `POST /account`: changes the password of whom the cookie belongs to, and says so on the page.
/// Anybody else logs in first.
pub(super) async fn change_password(
    State(state): State<AppState>,
    device: Device,
    request: Request,
) -> Response {
    let mut form = match Form::read(&state, request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let token = state.cookies.refresh_token(&form.headers);
    let (Some(user), Some(token)) = (reader(&state, &form.headers).await, token) else {
        return Redirect::to("/login?next=/account").into_response();
    };
    let (current, new) = read_passwords(&mut form.fields);
    let changed = async {
        std::mem::take(&mut form.fields).check()?;
        let now = state.clock.now();
        let kept = state.sessions.current(&user, token, now).await?;
        let wanted = PasswordChange { current, new, kept };
        change(&state, &user, wanted, &device, now).await
    };
    match changed.await {
        // This session has ended as well.
        Ok(()) if state.sessions.rules.check_revoke_token => {
            let mut response = Redirect::to("/login?changed=1").into_response();
            state.cookies.clear(response.headers_mut());
            response
        }
        Ok(()) => Redirect::to("/account?changed=1").into_response(),
        Err(error) => form.come_back(&state, error).await,
    }
}

/// A form that was posted by a page of this server.
struct Form {
    uri: Uri,
    headers: HeaderMap,
    fields: Fields,
    username: String,
    email: String,
}

impl Form {
    async fn read(state: &AppState, request: Request) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        if !state.cookies.is_same_origin(&parts.headers) {
            return Err(ApiError::CrossSite.into_response());
        }
        let fields = Fields::read_body(state.body_limits, &parts.headers, body).await;
        Ok(Self {
            uri: parts.uri,
            headers: parts.headers,
            fields: fields.map_err(ApiError::into_response)?,
            username: String::new(),
            email: String::new(),
        })
    }

    /// The page finds in its address where the login leads.
    fn keep_next(&mut self, next: &str) {
        if next != AFTER_LOGIN {
            let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
            let uri = format!("{}?next={next}", self.uri.path());
            if let Ok(uri) = uri.parse() {
                self.uri = uri;
            }
        }
    }

    /// The page of the form again, with what was wrong and what was typed, but no password.
    async fn come_back(self, state: &AppState, error: ApiError) -> Response {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = self.uri;
        *request.headers_mut() = self.headers;
        error.log();
        let (status, retry_after) = (error.status(), error.retry_after());
        let returned = Returned {
            username: self.username,
            email: self.email,
            error: in_words(error),
        };
        let mut response = render(state, request, status, Some(returned)).await;
        if let Some(seconds) = retry_after {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// What a person is told. The API's own words for being throttled are not meant for one.
fn in_words(error: ApiError) -> ErrorBody {
    let detail = match error {
        ApiError::Throttled(1) => "Too many tries. Try again in 1 second.".to_owned(),
        ApiError::Throttled(seconds) => {
            format!("Too many tries. Try again in {seconds} seconds.")
        }
        error => return error.into_body(),
    };
    ErrorBody::Detail(Detail {
        detail,
        ..Detail::default()
    })
}
