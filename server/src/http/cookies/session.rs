//! Renewing, logging out and finding the user by the refresh tokens of a request's cookies. If
//! several cookies have Signet's name, a refused token leaves the next one its chance.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use signet_api::token::Refreshed;

use crate::auth::{LogOut, Renewal, SessionError};
use crate::clock::Timestamp;
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::model::{Claims, Device, UserRecord};
use crate::storage::StoreError;
use crate::token::TokenError;

/// Answers a refresh by cookie. The cookie is taken back when its token was judged and refused for
/// good; without such a cookie only the hint is.
///
/// # Errors
/// [`ApiError`] if the token could not be judged, or the session goes on with a later one.
pub(crate) async fn refresh(
    state: &AppState,
    headers: &HeaderMap,
    device: &Device,
) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let (mut refusal, mut is_spent) = (None, false);
    for token in state.cookies.refresh_tokens(headers) {
        match state.auth.refresh(&token, device, now).await {
            Ok((refresh, renewal)) => return Ok(renewed(state, &refresh, renewal, now)),
            Err(error) if is_refusal(&error) => {
                is_spent |= matches!(error, SessionError::AlreadyRotated);
                refusal.get_or_insert(error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    // A browser drops the cookie when its token ends, so none is as good as a dead one.
    let was_judged = refusal.is_some();
    let error = refusal.unwrap_or(TokenError::Invalid.into());
    let mut response = ApiError::from(error).into_response();
    match (was_judged, is_spent) {
        // Another tab has stored a later token in the cookie since, so the cookie stays.
        (_, true) => {}
        (true, false) => state.cookies.clear(response.headers_mut()),
        (false, false) => state.cookies.clear_hint(response.headers_mut()),
    }
    Ok(response)
}

/// Ends the session of every refresh token in the cookies. The caller clears the cookies, whatever
/// the outcome: the user wants to be signed out of this browser.
///
/// # Errors
/// [`ApiError::Token`] if there is no session to end, another error if it could not be ended.
pub(crate) async fn log_out(state: &AppState, headers: &HeaderMap) -> Result<(), ApiError> {
    let now = state.clock.now();
    let (mut has_ended, mut refusal) = (false, None);
    for token in state.cookies.refresh_tokens(headers) {
        match state.auth.log_out(&token, LogOut::Session, now).await {
            Ok(()) => has_ended = true,
            Err(error) if is_refusal(&error) => {
                refusal.get_or_insert(error);
            }
            // The next one would wait for the same database.
            Err(error) => return Err(error.into()),
        }
    }
    if has_ended {
        Ok(())
    } else {
        Err(refusal.unwrap_or(TokenError::Invalid.into()).into())
    }
}

/// Returns the longest remaining life, in seconds, of the refresh tokens in the cookies; 0 if none
/// is alive.
pub(crate) fn seconds_left_by_cookie(state: &AppState, headers: &HeaderMap) -> i64 {
    let now = state.clock.now();
    let tokens = state.cookies.refresh_tokens(headers).into_iter();
    tokens
        .filter_map(|token| state.auth.tokens.verify(&token, now).ok())
        .map(|claims| seconds_left(&claims, now))
        .max()
        .unwrap_or(0)
}

/// The user whose good refresh token is in the cookies, and the token; `None` if there is none, or
/// the user has logged out. The token is looked at and not used: a page that is rendered never
/// spends one.
///
/// # Errors
/// [`StoreError`] if the database failed.
pub(crate) async fn reader(
    state: &AppState,
    headers: &HeaderMap,
) -> Result<Option<(UserRecord, String)>, StoreError> {
    if state.cookies.is_logged_out(headers) {
        return Ok(None);
    }
    let now = state.clock.now();
    for token in state.cookies.refresh_tokens(headers) {
        if let Some(user) = state.auth.peek_owner(&token, now).await? {
            return Ok(Some((user, token)));
        }
    }
    Ok(None)
}

/// Whole seconds until a token ends.
pub(crate) fn seconds_left(claims: &Claims, now: Timestamp) -> i64 {
    // Within the leeway a token is accepted past its end.
    claims.exp().map_or(0, |exp| (exp - now.as_second()).max(0))
}

/// `true` if the token itself was judged and refused for good.
fn is_refusal(error: &SessionError) -> bool {
    matches!(
        error,
        SessionError::Token(_)
            | SessionError::InactiveAccount
            | SessionError::PasswordChanged
            | SessionError::AlreadyRotated
    )
}

/// The answer to a refresh: a successor goes into the cookie.
fn renewed(state: &AppState, refresh: &Claims, renewal: Renewal, now: Timestamp) -> Response {
    let successor = renewal.refresh.as_ref();
    let held = successor.map_or(refresh, |issued| &issued.claims);
    let seconds = seconds_left(held, now);
    let mut response = Json(Refreshed {
        access: renewal.access.text,
        refresh: None,
        refresh_expires_in: Some(seconds),
    })
    .into_response();
    if let Some(successor) = successor {
        let cookies = response.headers_mut();
        state.cookies.set(cookies, &successor.text, seconds);
    }
    response
}
