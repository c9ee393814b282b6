//! The flows of a session: log in, refresh, log out. They know tokens, users and the store, but
//! nothing of HTTP.

use crate::claims::{Claims, TokenType, UserClaim};
use crate::clock::Timestamp;
use crate::keys::Keys;
use crate::password::{Busy, HashingPool, Password};
use crate::storage::{Store, StoreError, UserRecord};
use crate::token::{self, Issued, Lifetimes, TokenError};

/// Why a session did not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Wrong password, no such user, or one who may not sign in: nobody learns which.
    #[error("no active account has these credentials")]
    BadCredentials,
    /// The user of the refresh token may no longer sign in, or is gone.
    #[error("the account of the token is not active")]
    InactiveAccount,
    /// The refresh token itself is refused.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// No thread is free to check the password.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the flows work with.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// Users and the blacklist.
    pub store: Store,
    /// Signs and verifies.
    pub keys: Keys,
    /// Checks passwords.
    pub hashing: HashingPool,
    /// How long new tokens live.
    pub lifetimes: Lifetimes,
}

/// What a login gives.
#[derive(Clone)]
pub struct TokenPair {
    /// On record as outstanding.
    pub refresh: Issued,
    /// Of the same user.
    pub access: Issued,
}

impl Sessions {
    /// Begins a session: checks the credentials and hands out a pair of tokens, the refresh
    /// token recorded as outstanding. Every refusal costs the time of one check.
    pub async fn log_in(
        &self,
        username: &str,
        password: Password,
        now: Timestamp,
    ) -> Result<TokenPair, SessionError> {
        let user = self.store.user_by_name(username).await?;
        let stored = user.as_ref().map(|user| user.password.clone());
        let correct = self.hashing.verify(password, stored).await?;
        let user = user
            .filter(|user| correct && user.is_active)
            .ok_or(SessionError::BadCredentials)?;

        let refresh = token::issue_refresh(&self.keys, self.lifetimes, user.id, now);
        let access = token::issue_access(&self.keys, self.lifetimes, &refresh.claims, now);
        self.store.add_outstanding(&refresh.claims, now).await?;
        Ok(TokenPair { refresh, access })
    }

    /// Makes an access token for whoever holds this refresh token, as long as the user is active.
    pub async fn refresh(&self, refresh: &Claims, now: Timestamp) -> Result<Issued, SessionError> {
        match refresh.user() {
            // As in SimpleJWT a token that names nobody refreshes; it opens nothing.
            UserClaim::Absent | UserClaim::Empty => {}
            UserClaim::Unknown => return Err(SessionError::InactiveAccount),
            UserClaim::Id(id) => {
                let user = self.store.user_by_id(id).await?;
                if !user.is_some_and(|user| user.is_active) {
                    return Err(SessionError::InactiveAccount);
                }
            }
        }
        Ok(token::issue_access(
            &self.keys,
            self.lifetimes,
            refresh,
            now,
        ))
    }

    /// Ends a session: the refresh token refreshes no more. Access tokens live out their seconds.
    pub async fn log_out(&self, refresh: &Claims, now: Timestamp) -> Result<(), SessionError> {
        Ok(self.store.blacklist(refresh, now).await?)
    }

    /// Reads a refresh token that is good for [`Sessions::refresh`] and [`Sessions::log_out`].
    pub async fn read_refresh(&self, token: &str, now: Timestamp) -> Result<Claims, SessionError> {
        let claims = token::read(&self.keys, token, now)?;
        if let Some(jti) = claims.jti()
            && self.store.is_blacklisted(jti).await?
        {
            return Err(TokenError::Blacklisted.into());
        }
        token::check(&claims, Some(TokenType::Refresh))?;
        Ok(claims)
    }

    /// Reads an access token, as a protected endpoint does.
    pub fn read_access(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        let claims = token::read(&self.keys, token, now)?;
        token::check(&claims, Some(TokenType::Access))?;
        Ok(claims)
    }

    /// Says whether a token of any kind is valid. The user and the blacklist are not looked at,
    /// as SimpleJWT's verify does not.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<(), TokenError> {
        let claims = token::read(&self.keys, token, now)?;
        token::check(&claims, None)
    }

    /// The user that a valid refresh token belongs to, for a page that greets its reader.
    pub async fn user_of(&self, refresh: &Claims) -> Result<Option<UserRecord>, StoreError> {
        match refresh.user() {
            UserClaim::Id(id) => self.store.user_by_id(id).await,
            UserClaim::Absent | UserClaim::Empty | UserClaim::Unknown => Ok(None),
        }
    }
}
