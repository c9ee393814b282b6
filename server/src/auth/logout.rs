//! How a session ends by its user's will: logging out, ending it from another one, and changing
//! the password.

use crate::auth::error::SessionError;
use crate::auth::refresh::PresentedToken;
use crate::auth::service::{AuthService, issued_at};
use crate::clock::Timestamp;
use crate::model::EndReason;
use crate::token::TokenError;

/// How much ends with a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogOut {
    /// The token alone, as SimpleJWT has it: where rotation does not blacklist, those before it
    /// live on.
    Token,
    /// The session, with every token of it.
    Session,
}

impl AuthService {
    /// Logs out with a refresh token: it refreshes no more. Access tokens live out their seconds.
    /// A token that has just been spent is good for it, too, as it is for
    /// [`AuthService::refresh`]; then the session ends, whose other token nobody may have received.
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
            if self.store.blacklist(&record, cutoff, now).await? {
                return Ok(());
            }
            // Somebody has spent it just now.
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
        ended.await?;
        Ok(())
    }
}
