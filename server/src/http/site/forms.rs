//! The forms of the web UI as browsers post them without WebAssembly: the flows of the REST API,
//! always answered with a page.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{CACHE_CONTROL, COOKIE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Uri};
use signet_api::error::{Detail, ErrorBody};
use signet_app::local_path::{AFTER_LOGIN, local_path};

use crate::auth::PasswordChange;
use crate::http::cookies::session::{self, reader, seconds_left, seconds_left_by_cookie};
use crate::http::error::ApiError;
use crate::http::request::client_address::ClientAddress;
use crate::http::request::fields::{Fields, Presence};
use crate::http::routes::password_change::read_passwords;
use crate::http::routes::register::RegistrationForm;
use crate::http::routes::token::read_credentials;
use crate::http::site::render::{Returned, render};
use crate::http::state::AppState;
use crate::model::{Device, normalize_typed_username};

/// `POST /login`: signs in by cookie and goes where the form's `next` says.
pub(crate) async fn log_in(
    State(state): State<AppState>,
    device: Device,
    request: Request,
) -> Response {
    let mut form = match Form::read(&state, request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let next = form.fields.text("next", Presence::Optional, &[], &[]);
    form.read_username();
    let (username, password) = read_credentials(&mut form.fields, "username");
    form.keep_next(local_path(&next));
    let pair = async {
        std::mem::take(&mut form.fields).check()?;
        let now = state.clock.now();
        let pair = state.auth.log_in(&username, password, &device, now);
        Ok((pair.await?, now))
    };
    match Box::pin(pair).await {
        Ok((pair, now)) => {
            let mut response = lead_to(local_path(&next));
            let seconds = seconds_left(&pair.refresh.claims, now);
            let headers = response.headers_mut();
            state.cookies.set(headers, &pair.refresh.text, seconds);
            state.cookies.forget_logout(&form.headers, headers);
            response
        }
        Err(error) => form.come_back(&state, error).await,
    }
}

/// `POST /register`: makes the user and goes to the login page.
pub(crate) async fn register(
    State(state): State<AppState>,
    client: ClientAddress,
    request: Request,
) -> Response {
    let mut form = match Form::read(&state, request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    form.email = form.fields.peek("email");
    form.read_username();
    let registration = RegistrationForm::read(std::mem::take(&mut form.fields));
    let made = registration.register_with_all_errors(&state, client);
    match Box::pin(made).await {
        Ok(_) => lead_to("/login?registered=1"),
        Err(error) => form.come_back(&state, error).await,
    }
}

/// `POST /logout`: ends the session of the cookie, takes the cookie back and goes home. The cookie
/// is taken back, too, where the session could not be ended, and a page says so.
pub(crate) async fn log_out(State(state): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let mut form = Form::new(parts.uri, parts.headers);
    if let Err(page) = state.cookies.own_origin.check(&form.headers) {
        return form.come_back(&state, page.into()).await;
    }
    let ended = session::log_out(&state, &form.headers).await;
    let mut response = match ended {
        // A token that is refused needs no ending.
        Err(error) if error.status().is_server_error() => {
            let seconds = seconds_left_by_cookie(&state, &form.headers);
            // The page no longer belongs to a user.
            form.headers.remove(COOKIE);
            form.words = Some(not_ended(seconds));
            form.come_back(&state, error).await
        }
        _ => lead_to("/"),
    };
    state.cookies.clear(response.headers_mut());
    response
}

/// `POST /account`: changes the password of the cookie's user and says so on the page. Without a
/// user, goes to the login page.
pub(crate) async fn change_password(
    State(state): State<AppState>,
    device: Device,
    request: Request,
) -> Response {
    let mut form = match Form::read(&state, request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let (user, token) = match reader(&state, &form.headers).await {
        Ok(Some(reader)) => reader,
        Ok(None) => return lead_to("/login?next=/account"),
        Err(error) => {
            // The page would ask the database for the same once more.
            form.headers.remove(COOKIE);
            return form.come_back(&state, error.into()).await;
        }
    };
    let (current, new) = read_passwords(&mut form.fields);
    let changed = async {
        std::mem::take(&mut form.fields).check()?;
        let now = state.clock.now();
        let kept = state.auth.current(&user, &token, now).await?;
        let wanted = PasswordChange { current, new, kept };
        Ok(state
            .auth
            .change_password(&user, wanted, device.network(), now)
            .await?)
    };
    match Box::pin(changed).await {
        // This session has ended as well.
        Ok(()) if state.auth.rules.check_revoke_token => {
            let mut response = lead_to("/login?changed=1");
            state.cookies.clear(response.headers_mut());
            response
        }
        Ok(()) => lead_to("/account?changed=1"),
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
    /// Said in the place of the error's own words.
    words: Option<String>,
}

impl Form {
    /// Creates an empty form.
    fn new(uri: Uri, headers: HeaderMap) -> Self {
        Self {
            uri,
            headers,
            fields: Fields::default(),
            username: String::new(),
            email: String::new(),
            words: None,
        }
    }

    /// Reads the form of a request.
    ///
    /// # Errors
    /// The page of the form, with why the request was refused.
    async fn read(state: &AppState, request: Request) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let mut form = Self::new(parts.uri, parts.headers);
        let fields = async {
            state.cookies.own_origin.check(&form.headers)?;
            Fields::read_body(&state.body_limits, &form.headers, body).await
        };
        match fields.await {
            Ok(fields) => form.fields = fields,
            Err(error) => return Err(form.come_back(state, error).await),
        }
        Ok(form)
    }

    /// Keeps the username as it was typed, and normalises the one that is judged, as the forms of
    /// Django do and its REST API does not.
    fn read_username(&mut self) {
        self.username = self.fields.peek("username");
        self.fields.map_text("username", normalize_typed_username);
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
        let (status, retry_after) = (error.status(), error.retry_after());
        error.log();
        let returned = Returned {
            username: self.username,
            email: self.email,
            error: match self.words {
                Some(words) => said(words),
                None => in_words(error),
            },
        };
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = self.uri;
        *request.headers_mut() = self.headers;
        let mut response = render(state, request, status, Some(returned)).await;
        if let Some(seconds) = retry_after {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Sends the browser on. No cache keeps where to: it may tell of a session.
fn lead_to(path: &str) -> Response {
    let mut response = Redirect::to(path).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns the message for a person. The API's own words for a refused request are written for
/// programs.
fn in_words(error: ApiError) -> ErrorBody {
    said(match error {
        ApiError::Throttled(1) => "Too many tries. Try again in 1 second.".to_owned(),
        ApiError::Throttled(seconds) => {
            format!("Too many tries. Try again in {seconds} seconds.")
        }
        ApiError::CrossSite(page) => format!(
            "Nothing was done: this form is taken from this server's own pages only. {page}"
        ),
        ApiError::TooLarge(bytes) => {
            format!("Nothing was done: the form holds more than {bytes} bytes.")
        }
        ApiError::UnsupportedMediaType(_) | ApiError::Parse(_) => {
            "Nothing was done: the form could not be read. Fill it in again.".to_owned()
        }
        ApiError::BodyTimeout => {
            "Nothing was done: the form took too long to arrive. Try again.".to_owned()
        }
        ApiError::Internal(_) => {
            "Something went wrong on the server, which has written down what. Try again later."
                .to_owned()
        }
        error => return error.into_body(),
    })
}

/// Returns the message for a logout that failed; `seconds` is the remaining life of the token.
fn not_ended(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds.div_ceil(60), "minute"),
        7_200..172_800 => (seconds.div_ceil(3_600), "hour"),
        _ => (seconds.div_ceil(86_400), "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!(
        "You are signed out in this browser. The server could not end the session, though: it ends \
         by itself in {count} {unit}{plural} at the latest."
    )
}

fn said(detail: String) -> ErrorBody {
    ErrorBody::Detail(Detail {
        detail,
        ..Detail::default()
    })
}
