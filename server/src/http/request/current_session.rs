//! The session of the refresh token that a request carries.

use http::HeaderMap;

use crate::auth::SessionError;
use crate::clock::Timestamp;
use crate::http::cookies::transport::Transport;
use crate::http::error::ApiError;
use crate::http::request::fields::{Fields, Presence};
use crate::http::state::AppState;
use crate::model::{Except, UserRecord};

/// Returns the session of the request's refresh token: the token of the cookie if the request asks
/// for the cookie transport, else the field `refresh`. `None` without a token.
///
/// # Errors
/// [`ApiError::Fields`] for errors of any field read so far, or an invalid `refresh`.
pub(crate) async fn current_session(
    state: &AppState,
    user: &UserRecord,
    headers: &HeaderMap,
    mut fields: Fields,
    now: Timestamp,
) -> Result<Option<Except>, ApiError> {
    if state.cookies.transport(headers)? == Transport::Cookie {
        fields.check()?;
        for token in state.cookies.refresh_tokens(headers) {
            match state.auth.current(user, &token, now).await {
                Ok(kept) => return Ok(Some(kept)),
                Err(SessionError::Token(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        return Ok(None);
    }
    let token = fields.text("refresh", Presence::Optional, &[], &[]);
    fields.check()?;
    if token.is_empty() {
        return Ok(None);
    }
    match state.auth.current(user, &token, now).await {
        Ok(kept) => Ok(Some(kept)),
        Err(SessionError::Token(error)) => Err(ApiError::field("refresh", &error.to_string())),
        Err(error) => Err(error.into()),
    }
}
