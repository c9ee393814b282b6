//! `token/`, `token/refresh/`, `token/verify/` and `token/blacklist/`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use signet_api::token::{Empty, Obtained, Refreshed, Sliding};

use super::error::ApiError;
use super::fields::Fields;
use super::state::AppState;
use super::view::{Description, post_view, text_field};
use crate::claims::Claims;
use crate::clock::Timestamp;
use crate::password::Password;
use crate::session::{Device, LogOut, Renewal, SessionError};
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
    let pair = state.sessions.log_in(&username, password, &device, now);
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
    let now = state.clock.now();
    let sent = SentToken::find(&state, &headers, fields)?;
    let answer = async {
        let (refresh, renewal) = state.sessions.refresh(&sent.text, &device, now).await?;
        Ok(sent.renewed(&state, &refresh, renewal, now))
    };
    match answer.await {
        // Another tab has put a later one into the cookie since: it is not taken back.
        Err(error @ SessionError::Spent) => Err(error.into()),
        result => sent.answer(&state, result),
    }
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
    let verdict = state.sessions.verify(&token, state.clock.now()).await;
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

async fn blacklist(
    State(state): State<AppState>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let sent = SentToken::find(&state, &headers, fields)?;
    let answer = async {
        // Whoever uses the cookie has one token at a time.
        let ends = match sent.by_cookie {
            true => LogOut::Session,
            false => LogOut::Token,
        };
        state.sessions.log_out(&sent.text, ends, now).await?;
        let mut response = Json(Empty {}).into_response();
        if sent.by_cookie {
            state.cookies.clear(response.headers_mut());
        }
        Ok(response)
    };
    sent.answer(&state, answer.await)
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
    let token = state.counted(sliding.await)?.text;
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
    let token = state.sessions.slide(&sliding, now).await?.text;
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

/// The refresh token of a request, from the body or, where that transport is asked for, from the
/// cookie.
struct SentToken {
    text: String,
    by_cookie: bool,
}

impl SentToken {
    fn find(state: &AppState, headers: &HeaderMap, mut fields: Fields) -> Result<Self, ApiError> {
        if state.cookies.asked_for(headers)? {
            // A browser drops the cookie when its token ends, so none is as good as a dead one.
            let token = state.cookies.refresh_token(headers).unwrap_or_default();
            return Ok(Self {
                text: token.to_owned(),
                by_cookie: true,
            });
        }
        let text = fields.required("refresh");
        fields.check()?;
        Ok(Self {
            text,
            by_cookie: false,
        })
    }

    /// The answer to a refresh, by the way the token came.
    fn renewed(
        &self,
        state: &AppState,
        refresh: &Claims,
        renewal: Renewal,
        now: Timestamp,
    ) -> Response {
        let access = renewal.access.text;
        if !self.by_cookie {
            return Json(Refreshed {
                access,
                refresh: renewal.refresh.map(|successor| successor.text),
                refresh_expires_in: None,
            })
            .into_response();
        }
        let held = renewal
            .refresh
            .as_ref()
            .map_or(refresh, |issued| &issued.claims);
        let seconds = seconds_left(held, now);
        let mut response = Json(Refreshed {
            access,
            refresh: None,
            refresh_expires_in: Some(seconds),
        })
        .into_response();
        if let Some(successor) = &renewal.refresh {
            let cookies = response.headers_mut();
            state.cookies.set(cookies, &successor.text, seconds);
        }
        response
    }

    /// Answers; a cookie whose token is refused for good is taken back.
    fn answer(
        &self,
        state: &AppState,
        result: Result<Response, SessionError>,
    ) -> Result<Response, ApiError> {
        let error = match result {
            Ok(response) => return Ok(response),
            Err(error) => ApiError::from(error),
        };
        let is_refused = error.status() == StatusCode::UNAUTHORIZED;
        let mut response = error.into_response();
        if self.by_cookie && is_refused {
            state.cookies.clear(response.headers_mut());
        }
        Ok(response)
    }
}

/// Whole seconds until a token ends.
pub(super) fn seconds_left(claims: &Claims, now: Timestamp) -> i64 {
    // Within the leeway a token is accepted past its end.
    claims.exp().map_or(0, |exp| (exp - now.as_second()).max(0))
}
