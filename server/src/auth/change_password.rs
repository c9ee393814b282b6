//! Changing the password.

use crate::auth::SessionError;
use crate::auth::login::HASH_READS;
use crate::auth::service::AuthService;
use crate::clock::Timestamp;
use crate::metrics::Throttled;
use crate::model::{Except, UserRecord};
use crate::network::Network;
use crate::password::{Password, Requester, Weakness};
use crate::storage::StoreError;

/// What a user asks for who changes the password.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// The one so far, as typed.
    pub current: Password,
    /// The one from now on.
    pub new: Password,
    /// What does not end with it.
    pub kept: Except,
}

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordChangeError {
    /// The current password is not the one given, or the new one will not do.
    #[error("a password is refused")]
    Refused {
        /// Whether the current password is another one.
        is_current_wrong: bool,
        /// What is wrong with the new one, in the order in which to say so.
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
    /// Changes the password of a user who knows the current one; with it ends what
    /// [`AuthService::end_others`] ends, both or neither. A wrong current password counts as a login
    /// that failed. Where tokens carry a digest of the stored hash (CHECK_REVOKE_TOKEN), those of
    /// the kept session open nothing any more, so that it ends as well.
    pub async fn change_password(
        &self,
        user: &UserRecord,
        change: PasswordChange,
        from: Network,
        now: Timestamp,
    ) -> Result<(), PasswordChangeError> {
        let known = self.authenticate(&user.username, change.current.clone(), from, now);
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
        let kept = match self.rules.check_revoke_token {
            true => Except::default(),
            false => change.kept,
        };
        // Others may replace the hash between the check and the change.
        for _ in 0..HASH_READS {
            let changed = self.store.change_password(
                known.id,
                Some(&known.password),
                &hash,
                &kept,
                self.tokens.rules.recorded_expiry_cutoff(now),
                now,
            );
            if changed.await? {
                return Ok(());
            }
            let again = self.find_by_credentials(&user.username, change.current.clone(), from);
            let Some(again) = again.await? else { break };
            known = again;
        }
        Err(PasswordChangeError::Refused {
            is_current_wrong: true,
            weaknesses: Vec::new(),
        })
    }
}
