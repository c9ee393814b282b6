//! Changing the password.

use crate::auth::SessionError;
use crate::auth::login::HASH_READS;
use crate::auth::service::AuthService;
use crate::clock::Timestamp;
use crate::metrics::Throttled;
use crate::model::{Except, LoginName, UserRecord, Write};
use crate::network::Network;
use crate::password::{Password, Requester, Weakness};
use crate::storage::StoreError;

/// A request to change the password.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// The one so far, as typed.
    pub current: Password,
    /// The one from now on.
    pub new: Password,
    /// The session and token that stay.
    pub kept: Except,
}

/// A reason that a password was not changed for.
#[derive(Debug, thiserror::Error)]
pub enum PasswordChangeError {
    /// The current password is not the one given, or the new one will not do.
    #[error("a password is refused")]
    Refused {
        /// `true` if the current password is wrong.
        is_current_wrong: bool,
        /// The weaknesses of the new password, in the order of their messages.
        weaknesses: Vec<Weakness>,
    },
    /// It could not be judged or stored.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl From<StoreError> for PasswordChangeError {
    fn from(error: StoreError) -> Self {
        Self::Session(error.into())
    }
}

impl AuthService {
    /// Changes the password of a user who knows the current one, and in the same transaction ends
    /// all sessions that [`AuthService::end_others`] ends. A wrong current password counts as a
    /// failed login.
    ///
    /// With CHECK_REVOKE_TOKEN the kept session ends, too, because its tokens carry a digest of the
    /// former hash.
    ///
    /// # Errors
    /// - [`PasswordChangeError::Refused`] if the current password is wrong or the new one too weak.
    /// - [`PasswordChangeError::Session`] after too many failed logins, or if the server could not
    ///   decide.
    pub async fn change_password(
        &self,
        user: &UserRecord,
        change: PasswordChange,
        from: Network,
        now: Timestamp,
    ) -> Result<(), PasswordChangeError> {
        let known = self.authenticate(
            LoginName::Username(&user.username),
            change.current.clone(),
            from,
            now,
        );
        let known = match known.await {
            Err(SessionError::BadCredentials) => None,
            Err(SessionError::Throttled(throttled)) => {
                self.metrics.throttled(Throttled::Login);
                return Err(SessionError::Throttled(throttled).into());
            }
            known => Some(known?),
        };
        let (name, email) = (user.username.clone(), user.email.clone());
        let requester = Requester::new(from, &user.username);
        let judged = self.hashing.judge(
            requester,
            self.password_policy,
            change.new.clone(),
            name,
            email,
        );
        let weaknesses = judged.await.map_err(SessionError::from)?;
        let mut known = match known {
            Some(known) if weaknesses.is_empty() => known,
            known => {
                return Err(PasswordChangeError::Refused {
                    is_current_wrong: known.is_none(),
                    weaknesses,
                });
            }
        };
        let hash = self.hashing.hash(requester, change.new).await;
        let hash = hash.map_err(SessionError::from)?;
        let kept = if self.rules.check_revoke_token {
            Except::default()
        } else {
            change.kept
        };
        // Other processes may replace the hash between the check and the change.
        for _ in 0..HASH_READS {
            let changed = self.store.change_password(
                known.id,
                Some(&known.password),
                &hash,
                &kept,
                self.tokens.rules.recorded_expiry_cutoff(now),
                now,
            );
            if changed.await? == Write::Done {
                return Ok(());
            }
            let again = self.find_by_credentials(
                LoginName::Username(&user.username),
                change.current.clone(),
                from,
            );
            let Some(again) = again.await? else { break };
            known = again;
        }
        Err(PasswordChangeError::Refused {
            is_current_wrong: true,
            weaknesses: Vec::new(),
        })
    }
}
