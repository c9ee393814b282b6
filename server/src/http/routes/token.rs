//! `token/`, `token/refresh/`, `token/verify/` and `token/blacklist/`.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use http::HeaderMap;
use serde_json::{Value, json};
use signet_api::token::{Empty, Obtained, Refreshed};

use crate::auth::{LogOut, SessionError};
use crate::http::cookies::session::{self, seconds_left};
use crate::http::cookies::transport::Transport;
use crate::http::endpoint::post_endpoint;
use crate::http::error::ApiError;
use crate::http::options_metadata::{Description, text_field};
use crate::http::request::fields::Fields;
use crate::http::state::AppState;
use crate::model::Device;
use crate::password::Password;
use crate::token::TokenError;

pub(crate) fn obtain_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Token Obtain Pair",
        description: "Takes a set of user credentials and returns an access and refresh JSON \
                      web\ntoken pair to prove the authentication of those credentials.",
        fields: credential_fields(),
    };
    post_endpoint(obtain, description)
}

async fn obtain(
    State(state): State<AppState>,
    device: Device,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let transport = state.cookies.transport(&headers);
    // The form of the web UI has its own name for the field.
    let username_field = match transport {
        Ok(Transport::Cookie) => "username",
        _ => &state.username_field,
    };
    let (username, password) = read_credentials(&mut fields, username_field);
    fields.check()?;
    let transport = transport?;
    let now = state.clock.now();
    // Boxed: until its body is there, a request is to cost little.
    let pair = Box::pin(state.auth.log_in(&username, password, &device, now));
    let pair = pair.await?;
    if transport == Transport::Body {
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

pub(crate) fn refresh_view() -> MethodRouter<AppState> {
    let access =
        json!({ "type": "string", "required": false, "read_only": true, "label": "Access" });
    let description = Description {
        name: "Token Refresh",
        description: "Takes a refresh type JSON web token and returns an access type JSON \
                      web\ntoken if the refresh token is valid.",
        fields: json!({ "refresh": text_field("Refresh"), "access": access }),
    };
    post_endpoint(refresh, description)
}

async fn refresh(
    State(state): State<AppState>,
    device: Device,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, ApiError> {
    if state.cookies.transport(&headers)? == Transport::Cookie {
        return session::refresh(&state, &headers, &device).await;
    }
    let token = read_refresh(fields)?;
    let now = state.clock.now();
    let (_, renewal) = state.auth.refresh(&token, &device, now).await?;
    Ok(Json(Refreshed {
        access: renewal.access.text,
        refresh: renewal.refresh.map(|successor| successor.text),
        refresh_expires_in: None,
    })
    .into_response())
}

pub(crate) fn verify_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Token Verify",
        description: "Takes a token and indicates if it is valid.  This view provides \
                      no\ninformation about a token's fitness for a particular use.",
        fields: json!({ "token": text_field("Token") }),
    };
    post_endpoint(verify, description)
}

async fn verify(
    State(state): State<AppState>,
    mut fields: Fields,
) -> Result<Json<Empty>, ApiError> {
    let token = fields.required("token");
    fields.check()?;
    let verdict = Box::pin(state.auth.verify(&token, state.clock.now())).await;
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

pub(crate) fn blacklist_view() -> MethodRouter<AppState> {
    let description = Description {
        name: "Token Blacklist",
        description: "Takes a token and blacklists it. Must be used with the\n\
                      `rest_framework_simplejwt.token_blacklist` app installed.",
        fields: json!({ "refresh": text_field("Refresh") }),
    };
    post_endpoint(blacklist, description)
}

/// With the cookie transport this is a logout: the body is not read, so that it cannot keep the
/// session alive, and both cookies are cleared whatever the outcome.
async fn blacklist(State(state): State<AppState>, request: Request) -> Result<Response, ApiError> {
    if state.cookies.transport(request.headers())? == Transport::Cookie {
        let ended = session::log_out(&state, request.headers()).await;
        let mut response = ended.map(|()| Json(Empty {})).into_response();
        state.cookies.clear(response.headers_mut());
        return Ok(response);
    }
    let fields = Fields::from_request(request, &state).await?;
    let token = read_refresh(fields)?;
    let now = state.clock.now();
    let ended = state.auth.log_out(&token, LogOut::Token, now);
    match ended.await {
        Err(SessionError::Token(TokenError::Blacklisted)) if state.auth.repeats_blacklisting => {}
        ended => ended?,
    }
    Ok(Json(Empty {}).into_response())
}

pub(crate) fn credential_fields() -> Value {
    json!({ "username": text_field("Username"), "password": text_field("Password") })
}

/// Reads the fields of a login.
pub(crate) fn read_credentials(fields: &mut Fields, username_field: &str) -> (String, Password) {
    let username = fields.required(username_field);
    (username, Password::new(fields.required("password")))
}

/// The refresh token in a body.
fn read_refresh(mut fields: Fields) -> Result<String, ApiError> {
    let token = fields.required("refresh");
    fields.check()?;
    Ok(token)
}
