//! Errors of the flows.

use crate::password::Busy;
use crate::storage::StoreError;
use crate::throttle::Throttled;
use crate::token::TokenError;

/// A reason that a session did not begin or continue for.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Wrong password, unknown user or inactive user. Clients cannot tell which.
    #[error("no active account has these credentials")]
    BadCredentials,
    /// The user of the token may no longer sign in, or is gone.
    #[error("the account of the token is not active")]
    InactiveAccount,
    /// The password has changed since the token's session began (CHECK_REVOKE_TOKEN).
    #[error("the password has been changed")]
    PasswordChanged,
    /// The token itself is refused.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The refresh token has just been spent, and its successor after it: the session goes on
    /// with a later one.
    #[error("the token has been spent")]
    AlreadyRotated,
    /// Too many logins have failed of late.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// No thread is free to check the password.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A reason that a token could not be verified for.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ReadError> for SessionError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Token(error) => Self::Token(error),
            ReadError::Store(error) => Self::Store(error),
        }
    }
}
