//! The user whose access token a request carries.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::model::UserRecord;

/// The user of the access token in the header of AUTH_HEADER_NAME. Without a valid token a handler
/// that takes one is not called, and the answer is 401.
pub(super) struct CurrentUser(pub(super) UserRecord);

impl FromRequestParts<AppState> for CurrentUser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let token = state.header.token(&parts.headers)?;
        let now = state.clock.now();
        Ok(Self(
            state.auth.authenticate_access_token(&token, now).await?,
        ))
    }
}
