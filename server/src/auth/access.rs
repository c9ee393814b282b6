//! Who may enter a protected endpoint.

use crate::auth::error::ReadError;
use crate::auth::owner::OwnerError;
use crate::auth::service::AuthService;
use crate::clock::Timestamp;
use crate::model::{Claims, Subject, TokenType, UserRecord};
use crate::storage::StoreError;
use crate::token::TokenError;

/// Why whoever shows a token at a protected endpoint is not let in.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// What each class of token said, in the order of AUTH_TOKEN_CLASSES.
    #[error("no class of token accepts it")]
    Refused(Vec<(TokenType, TokenError)>),
    /// It names nobody.
    #[error("the token names nobody")]
    NoUser,
    /// It names somebody who is not, or no longer, there.
    #[error("the user of the token is not there")]
    UserNotFound,
    /// It names somebody who may not sign in.
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
    /// The user who shows a token at a protected endpoint.
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
