//! The session of the refresh token that a request carries.

use http::HeaderMap;

use crate::auth::SessionError;
use crate::clock::Timestamp;
use crate::http::error::ApiError;
use crate::http::request::fields::{Fields, Presence};
use crate::http::state::AppState;
use crate::model::{Except, UserRecord};

/// What the refresh token of a request says of the current session, if there is one: that of the
/// cookie where the cookie transport is asked for, else the field `refresh`. Whatever was wrong
/// with a field that has been read before is said.
pub(crate) async fn current_session(
    state: &AppState,
    user: &UserRecord,
    headers: &HeaderMap,
    mut fields: Fields,
    now: Timestamp,
) -> Result<Option<Except>, ApiError> {
    if state.cookies.asked_for(headers)? {
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
