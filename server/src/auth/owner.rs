//! The owner of a token: the user that it names, and whether the token may still be used for that
//! user.

use crate::auth::error::SessionError;
use crate::auth::service::{AuthService, issued_at, password_digest};
use crate::clock::Timestamp;
use crate::model::{Claims, EndReason, SessionSummary, Subject, UserId, UserRecord};
use crate::storage::StoreError;

/// A reason that a token may no longer be used for its owner.
pub(super) enum OwnerError {
    /// The account is not active, and CHECK_USER_IS_ACTIVE demands it.
    Inactive,
    /// CHECK_REVOKE_TOKEN: the token carries no digest of the stored hash, or that of a former
    /// hash.
    PasswordChanged,
}

impl AuthService {
    /// Checks whether a token may still be used for the user that it names.
    pub(super) fn check_owner(&self, token: &Claims, user: &UserRecord) -> Result<(), OwnerError> {
        if self.rules.check_user_is_active && !user.is_active {
            return Err(OwnerError::Inactive);
        }
        let digest = token.text(&self.tokens.rules.names.revoke);
        if self.rules.check_revoke_token && digest != Some(&password_digest(&user.password)) {
            return Err(OwnerError::PasswordChanged);
        }
        Ok(())
    }

    /// Returns the owner of a refresh or sliding token before a renewal; `None` if the token names
    /// no user. SimpleJWT renews such a token, too; it opens no endpoint.
    ///
    /// # Errors
    /// - [`SessionError::InactiveAccount`] if the account is inactive or deleted.
    /// - [`SessionError::PasswordChanged`] with CHECK_REVOKE_TOKEN if the password has changed
    ///   since the login. The token is blacklisted, as in SimpleJWT after 5.5.1, and the rest of
    ///   its session with it, because all of its tokens carry the former digest.
    pub(super) async fn renewing_owner(
        &self,
        token: &Claims,
        session: Option<&SessionSummary>,
        now: Timestamp,
    ) -> Result<Option<UserId>, SessionError> {
        match token.subject(&self.tokens.rules.names.user_id) {
            Subject::Absent | Subject::Empty => return Ok(None),
            Subject::Named(_) | Subject::Impossible => {}
        }
        let user = self.user_of(token).await?;
        let user = user.ok_or(SessionError::InactiveAccount)?;
        match self.check_owner(token, &user) {
            Ok(()) => Ok(Some(user.id)),
            Err(OwnerError::Inactive) => Err(SessionError::InactiveAccount),
            Err(OwnerError::PasswordChanged) => {
                self.revoke(token, session, user.id, now).await?;
                Err(SessionError::PasswordChanged)
            }
        }
    }

    /// Returns the owner of a refresh token that could be renewed now, without changing any row;
    /// `None` if the token cannot be renewed or names no user.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn peek_owner(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<UserRecord>, StoreError> {
        let refresh = match self.verify_refresh(token, now).await {
            Ok(refresh) => refresh,
            Err(SessionError::Store(error)) => return Err(error),
            Err(_) => return Ok(None),
        };
        let user = self.user_of(&refresh).await?;
        Ok(user.filter(|user| self.check_owner(&refresh, user).is_ok()))
    }

    async fn revoke(
        &self,
        token: &Claims,
        session: Option<&SessionSummary>,
        user: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let cutoff = self.tokens.rules.expiry_cutoff(now);
        let by = EndReason::PasswordChange;
        match session {
            Some(SessionSummary { user, session, .. }) => {
                let ended = self.store.end_session(*user, session, by, cutoff, now);
                ended.await?;
            }
            // A Django on the same database has made it.
            None => {
                let record = self.record(token, Some(user), issued_at(token));
                let blacklisted = self.store.blacklist(&record, cutoff, now);
                blacklisted.await?;
            }
        }
        Ok(())
    }
}
