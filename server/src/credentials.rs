//! Who somebody is, by name and password. A login is when the password is there in the clear, so
//! an outdated hash is replaced then.

use crate::clock::Timestamp;
use crate::network::Network;
use crate::password::{Encoded, Password};
use crate::session::{SessionError, Sessions};
use crate::storage::UserRecord;

impl Sessions {
    /// The user who may log in and has this name and this password, with the hash that is stored
    /// from now on. Every refusal costs the time of one check and changes nothing of the user, but for the
    /// one that there have been too many: it costs nothing and says nothing of the account.
    pub(crate) async fn authenticate(
        &self,
        username: &str,
        password: Password,
        from: Network,
        now: Timestamp,
    ) -> Result<UserRecord, SessionError> {
        let attempt = self.throttle.log_in(username, from, now)?;
        match self.user_with(username, password).await {
            Ok(Some(user)) => {
                attempt.succeeded()?;
                Ok(user)
            }
            Ok(None) => {
                attempt.failed()?;
                Err(SessionError::BadCredentials)
            }
            Err(error) => {
                attempt.withdrawn();
                Err(error)
            }
        }
    }

    /// The same, however often it has been tried.
    async fn user_with(
        &self,
        username: &str,
        password: Password,
    ) -> Result<Option<UserRecord>, SessionError> {
        let Some(user) = self.check(username, password.clone()).await? else {
            return Ok(None);
        };
        if !self.rules.upgrade_passwords || self.hashing.is_current(&user.password) {
            return Ok(Some(user));
        }
        match self.upgrade(&user, password.clone()).await {
            // Tokens carry a digest of it, so it must be known before they are made.
            Ok(Some(password)) => Ok(Some(UserRecord { password, ..user })),
            // Either another login was faster, or the password has been changed.
            Ok(None) => self.check(username, password).await,
            // Whoever logs in has no part in it. The next login tries again.
            Err(error) => {
                tracing::debug!(user = %user.id, %error, "an outdated hash stays");
                Ok(Some(user))
            }
        }
    }

    /// The user with these credentials, if there is one who may log in.
    async fn check(
        &self,
        username: &str,
        password: Password,
    ) -> Result<Option<UserRecord>, SessionError> {
        let user = self.store.user_by_name(username).await?;
        let stored = user.as_ref().map(|user| user.password.clone());
        let correct = self.hashing.verify(password, stored).await?;
        Ok(user.filter(|user| correct && self.may_log_in(user)))
    }

    /// Judges as Django's ModelBackend does, which refuses inactive users whatever
    /// CHECK_USER_IS_ACTIVE says of tokens. With ALLOW_INACTIVE_LOGIN as AllowAllUsersModelBackend
    /// and SimpleJWT's rule after it do.
    fn may_log_in(&self, user: &UserRecord) -> bool {
        let rules = &self.rules;
        user.is_active || (rules.allow_inactive_login && !rules.check_user_is_active)
    }

    /// Stores the password hashed anew, and gives that hash; `None` if what was stored until now
    /// no longer is.
    async fn upgrade(
        &self,
        user: &UserRecord,
        password: Password,
    ) -> Result<Option<Encoded>, SessionError> {
        let hash = self.hashing.hash(password).await?;
        let stored = self.store.upgrade_password(user.id, &user.password, &hash);
        Ok(stored.await?.then_some(hash))
    }
}
