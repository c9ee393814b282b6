//! Exchanging sliding tokens.

use crate::auth::SessionError;
use crate::auth::service::AuthService;
use crate::clock::Timestamp;
use crate::model::{Claims, TokenType};
use crate::token::SignedToken;

impl AuthService {
    /// Exchanges a sliding token for its successor. The owner is checked before `refresh_exp`, as
    /// in SimpleJWT after 5.5.1.
    ///
    /// # Errors
    /// - [`SessionError::InactiveAccount`], [`SessionError::PasswordChanged`] by its owner.
    /// - [`SessionError::Token`] if `refresh_exp` or SESSION_MAX_AGE is over.
    /// - [`SessionError::Store`] if the database failed.
    pub async fn refresh_sliding(
        &self,
        sliding: &Claims,
        now: Timestamp,
    ) -> Result<SignedToken, SessionError> {
        let jti = sliding.text(&self.tokens.rules.names.jti);
        let status = self.store.token_status(jti.unwrap_or_default()).await?;
        let session = status.session;
        self.renewing_owner(sliding, session.as_ref(), now).await?;
        self.tokens.check_exchange(sliding, now)?;
        let ends_by = self.end_of_session(sliding, session.as_ref(), now)?;
        if let Some(session) = session {
            self.last_used.used(session.session, session.last_used, now);
        }
        Ok(self.tokens.refresh_sliding(sliding, ends_by, now))
    }

    /// Verifies a sliding token for [`AuthService::refresh_sliding`].
    ///
    /// # Errors
    /// [`SessionError::Token`] if it is refused, [`SessionError::Store`] if the database failed.
    pub async fn verify_sliding(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Claims, SessionError> {
        Ok(self.verify_type(token, TokenType::Sliding, now).await?)
    }
}
