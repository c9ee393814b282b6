//! Authentication of access tokens at protected endpoints.

use crate::auth::error::ReadError;
use crate::auth::owner::OwnerError;
use crate::auth::service::AuthService;
use crate::clock::Timestamp;
use crate::model::{Claims, Subject, TokenType, UserRecord};
use crate::storage::StoreError;
use crate::token::TokenError;

/// A reason that a protected endpoint refuses a token for.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// No class of token accepts it; the error of each, in the order of AUTH_TOKEN_CLASSES.
    #[error("no class of token accepts it")]
    Refused(Vec<(TokenType, TokenError)>),
    /// It names no user.
    #[error("the token names nobody")]
    NoUser,
    /// Its user does not exist.
    #[error("the user of the token is not there")]
    UserNotFound,
    /// Its user is not active.
    #[error("the user of the token is not active")]
    UserInactive,
    /// The password has been changed since it was made.
    #[error("the password has been changed")]
    PasswordChanged,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AuthService {
    /// Returns the user of an access token.
    ///
    /// # Errors
    /// [`AccessError`] says why the token opens no endpoint.
    pub async fn authenticate_access_token(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<UserRecord, AccessError> {
        let claims = self.read_access(token, now).await?;
        let claim = &self.tokens.rules.names.user_id;
        if claims.subject(claim) == Subject::Absent {
            return Err(AccessError::NoUser);
        }
        let user = self.user_of(&claims).await?;
        let user = user.ok_or(AccessError::UserNotFound)?;
        match self.check_owner(&claims, &user) {
            Ok(()) => Ok(user),
            Err(OwnerError::Inactive) => Err(AccessError::UserInactive),
            Err(OwnerError::PasswordChanged) => Err(AccessError::PasswordChanged),
        }
    }

    async fn read_access(&self, token: &str, now: Timestamp) -> Result<Claims, AccessError> {
        let mut verdicts = Vec::new();
        for &kind in &self.rules.token_classes {
            match self.verify_type(token, kind, now).await {
                Ok(claims) => return Ok(claims),
                Err(ReadError::Token(error)) => verdicts.push((kind, error)),
                Err(ReadError::Store(error)) => return Err(error.into()),
            }
        }
        Err(AccessError::Refused(verdicts))
    }
}
