//! `token/`, `token/refresh/`, `token/verify/` and `token/blacklist/`.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use http::HeaderMap;
use serde_json::{Value, json};
use signet_api::token::{Empty, Obtained, Refreshed, Sliding};

use super::cookie_session::{self, seconds_left};
use super::error::ApiError;
use super::fields::Fields;
use super::state::AppState;
use super::view::{Description, post_view, text_field};
use crate::password::Password;
use crate::session::{Device, LogOut, SessionError};
use crate::token::TokenError;

pub(super) fn obtain_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Token Obtain Pair",
        description: "Takes a set of user credentials and returns an access and refresh JSON \
                      web\ntoken pair to prove the authentication of those credentials.",
        fields: credential_fields(),
    };
    post_view(obtain, description)
}

async fn obtain(
    State(state): State<AppState>,
    device: Device,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let (username, password) = read_credentials(&mut fields);
    fields.check()?;
    let by_cookie = state.cookies.asked_for(&headers)?;
    let now = state.clock.now();
    // Boxed: until its body is there, a request is to cost little.
    let pair = Box::pin(state.sessions.log_in(&username, password, &device, now));
    let pair = state.counted(pair.await)?;
    if !by_cookie {
        return Ok(Json(Obtained {
            refresh: Some(pair.refresh.text),
            access: pair.access.text,
            refresh_expires_in: None,
        })
        .into_response());
    }
    let seconds = seconds_left(&pair.refresh.claims, now);
    let mut response = Json(Obtained {
        refresh: None,
        access: pair.access.text,
        refresh_expires_in: Some(seconds),
    })
    .into_response();
    let cookies = response.headers_mut();
    state.cookies.set(cookies, &pair.refresh.text, seconds);
    state.cookies.forget_logout(&headers, cookies);
    Ok(response)
}

pub(super) fn refresh_view() -> MethodRouter<AppState> {
    let access =
        json!({ "type": "string", "required": false, "read_only": true, "label": "Access" });
    let description = Description {
        name: "Token Refresh",
        description: "Takes a refresh type JSON web token and returns an access type JSON \
                      web\ntoken if the refresh token is valid.",
        fields: json!({ "refresh": text_field("Refresh"), "access": access }),
    };
    post_view(refresh, description)
}

async fn refresh(
    State(state): State<AppState>,
    device: Device,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, ApiError> {
    if state.cookies.asked_for(&headers)? {
        return cookie_session::refresh(&state, &headers, &device).await;
    }
    let token = read_refresh(fields)?;
    let now = state.clock.now();
    let (_, renewal) = state.sessions.refresh(&token, &device, now).await?;
    Ok(Json(Refreshed {
        access: renewal.access.text,
        refresh: renewal.refresh.map(|successor| successor.text),
        refresh_expires_in: None,
    })
    .into_response())
}

pub(super) fn verify_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Token Verify",
        description: "Takes a token and indicates if it is valid.  This view provides \
                      no\ninformation about a token's fitness for a particular use.",
        fields: json!({ "token": text_field("Token") }),
    };
    post_view(verify, description)
}

async fn verify(
    State(state): State<AppState>,
    mut fields: Fields,
) -> Result<Json<Empty>, ApiError> {
    let token = fields.required("token");
    fields.check()?;
    let verdict = Box::pin(state.sessions.verify(&token, state.clock.now())).await;
    verdict
        .map(|()| Json(Empty {}))
        .map_err(|error| match error {
            // The reference finds this out while it judges the fields.
            SessionError::Token(TokenError::Blacklisted) => {
                ApiError::non_field(TokenError::Blacklisted.to_string())
            }
            error => error.into(),
        })
}

pub(super) fn blacklist_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Token Blacklist",
        description: "Takes a token and blacklists it. Must be used with the\n\
                      `rest_framework_simplejwt.token_blacklist` app installed.",
        fields: json!({ "refresh": text_field("Refresh") }),
    };
    post_view(blacklist, description)
}

/// By cookie it logs out: the body is not read then, so that none keeps the session alive, and both
/// cookies are taken back whatever the outcome.
async fn blacklist(State(state): State<AppState>, request: Request) -> Result<Response, ApiError> {
    if state.cookies.asked_for(request.headers())? {
        let ended = cookie_session::log_out(&state, request.headers()).await;
        let mut response = ended.map(|()| Json(Empty {})).into_response();
        state.cookies.clear(response.headers_mut());
        return Ok(response);
    }
    let fields = Fields::from_request(request, &state).await?;
    let token = read_refresh(fields)?;
    let now = state.clock.now();
    let ended = state.sessions.log_out(&token, LogOut::Token, now);
    ended.await?;
    Ok(Json(Empty {}).into_response())
}

pub(super) fn sliding_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Token Obtain Sliding",
        description: "Takes a set of user credentials and returns a sliding JSON web token \
                      to\nprove the authentication of those credentials.",
        fields: credential_fields(),
    };
    post_view(obtain_sliding, description)
}

async fn obtain_sliding(
    State(state): State<AppState>,
    device: Device,
    mut fields: Fields,
) -> Result<Json<Sliding>, ApiError> {
    let (username, password) = read_credentials(&mut fields);
    fields.check()?;
    let now = state.clock.now();
    let sliding = state
        .sessions
        .log_in_sliding(&username, password, &device, now);
    let token = state.counted(Box::pin(sliding).await)?.text;
    Ok(Json(Sliding { token }))
}

pub(super) fn sliding_refresh_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Token Refresh Sliding",
        description: "Takes a sliding JSON web token and returns a new, refreshed version if \
                      the\ntoken's refresh period has not expired.",
        fields: json!({ "token": text_field("Token") }),
    };
    post_view(refresh_sliding, description)
}

async fn refresh_sliding(
    State(state): State<AppState>,
    mut fields: Fields,
) -> Result<Json<Sliding>, ApiError> {
    let token = fields.required("token");
    fields.check()?;
    let now = state.clock.now();
    let sliding = state.sessions.read_sliding(&token, now).await?;
    let token = Box::pin(state.sessions.slide(&sliding, now)).await?.text;
    Ok(Json(Sliding { token }))
}

fn credential_fields() -> Value {
    json!({ "username": text_field("Username"), "password": text_field("Password") })
}

/// The fields of a login.
pub(super) fn read_credentials(fields: &mut Fields) -> (String, Password) {
    let username = fields.required("username");
    (username, Password::new(fields.required("password")))
}

/// The refresh token in a body.
fn read_refresh(mut fields: Fields) -> Result<String, ApiError> {
    let token = fields.required("refresh");
    fields.check()?;
    Ok(token)
}
