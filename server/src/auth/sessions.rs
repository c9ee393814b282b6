//! The user's sessions: list them, find the current one, end them.

use crate::auth::SessionError;
use crate::auth::service::AuthService;
use crate::clock::Timestamp;
use crate::model::{EndReason, Except, SessionId, SessionRecord, TokenType, UserRecord, Write};
use crate::storage::StoreError;
use crate::token::TokenError;

/// Sessions of one user that are listed; the least recently used beyond are not.
const MOST_LISTED: u32 = 1_000;

impl AuthService {
    /// Returns the live sessions of a user, the last used first, at most a thousand.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn list(
        &self,
        user: &UserRecord,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let cutoff = self.tokens.rules.expiry_cutoff(now);
        self.store.sessions_of(user.id, MOST_LISTED, cutoff).await
    }

    /// Returns the session and `jti` of the caller's refresh token. Accepts a token that has just
    /// been rotated, because its successor may be under way.
    ///
    /// # Errors
    /// - [`SessionError::Token`] if the token is not a valid refresh token of this user.
    /// - [`SessionError::Store`] if the database failed.
    pub async fn current(
        &self,
        user: &UserRecord,
        token: &str,
        now: Timestamp,
    ) -> Result<Except, SessionError> {
        let refresh = self.tokens.verify(token, now)?;
        self.tokens.check(&refresh, Some(TokenType::Refresh))?;
        let owner = self.user_of(&refresh).await?;
        if owner.is_none_or(|owner| owner.id != user.id) {
            return Err(TokenError::Invalid.into());
        }
        let jti = refresh.text(&self.tokens.rules.names.jti);
        let jti = jti.unwrap_or_default().to_owned();
        let session = self.store.token_status(&jti).await?.session;
        Ok(Except {
            session: session.map(|session| session.session),
            jti: Some(jti),
        })
    }

    /// Ends one session of a user. Refused if the user has no such live session.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn end(
        &self,
        user: &UserRecord,
        session: &SessionId,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        let cutoff = self.tokens.rules.expiry_cutoff(now);
        let ended = self
            .store
            .end_session(user.id, session, EndReason::User, cutoff, now);
        ended.await
    }

    /// Ends every session of a user except the kept one, and blacklists every other refresh token
    /// of the user, also tokens without a session.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn end_others(
        &self,
        user: &UserRecord,
        kept: &Except,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let recorded = self.tokens.rules.recorded_expiry_cutoff(now);
        let ended = self
            .store
            .end_sessions(user.id, kept, EndReason::User, recorded, now);
        ended.await
    }
}
