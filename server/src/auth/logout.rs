//! Logging out with a refresh token.

use crate::auth::error::SessionError;
use crate::auth::refresh::PresentedToken;
use crate::auth::service::{AuthService, issued_at};
use crate::clock::Timestamp;
use crate::model::{EndReason, Write};
use crate::token::TokenError;

/// The scope of a logout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogOut {
    /// The token alone, as SimpleJWT's TokenBlacklistView. Without BLACKLIST_AFTER_ROTATION,
    /// earlier tokens of the session stay valid.
    Token,
    /// The session, with every token of it.
    Session,
}

impl AuthService {
    /// Logs out: the refresh token can no longer be used. Access tokens stay valid until they
    /// expire.
    ///
    /// Accepts a token that has just been rotated, as [`AuthService::refresh`] does, and then ends
    /// the session, because its successor may not have been received.
    ///
    /// # Errors
    /// - [`SessionError::Token`] if the token is invalid, expired or blacklisted.
    /// - [`SessionError::Store`] if the database failed; then the session may still be alive.
    pub async fn log_out(
        &self,
        token: &str,
        ends: LogOut,
        now: Timestamp,
    ) -> Result<(), SessionError> {
        let cutoff = self.tokens.rules.expiry_cutoff(now);
        let mut shown = self.inspect(token, now).await?;
        if let PresentedToken::Good(refresh, status) = &shown
            && (ends == LogOut::Token || status.session.is_none())
        {
            let user = self.user_of(refresh).await?.map(|user| user.id);
            let record = self.record(refresh, user, issued_at(refresh));
            if self.store.blacklist(&record, cutoff, now).await? == Write::Done {
                return Ok(());
            }
            // A concurrent request has rotated it.
            shown = self.inspect(token, now).await?;
        }
        let session = match shown {
            PresentedToken::Good(_, status) => status.session,
            PresentedToken::JustRotated(_, session, _) => Some(session),
        };
        let session = session.ok_or(TokenError::Blacklisted)?;
        let ended = self.store.end_session(
            session.user,
            &session.session,
            EndReason::LogOut,
            cutoff,
            now,
        );
        // Refused if a concurrent request has ended it.
        ended.await?;
        Ok(())
    }
}
