//! Who somebody is, by name and password. A login is when the password is there in the clear, so
//! an outdated hash is replaced then.

use crate::auth::error::SessionError;
use crate::auth::service::AuthService;
use crate::clock::Timestamp;
use crate::model::UserRecord;
use crate::network::Network;
use crate::password::{Encoded, Password, Requester};

impl AuthService {
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
        self.look_up_location(username, from, now).await;
        let attempt = self.throttle.log_in(username, from, now)?;
        match self.find_by_credentials(username, password, from).await {
            Ok(Some(user)) => {
                attempt.succeeded()?;
                Ok(user)
            }
            Ok(None) => {
                attempt.failed()?;
                Err(SessionError::BadCredentials)
            }
            Err(error) => {
                attempt.cancel();
                Err(error)
            }
        }
    }

    /// Tells the throttle that the owner of an account is at a location that the database knows,
    /// where that decides. A database that fails knows none.
    async fn look_up_location(&self, username: &str, from: Network, now: Timestamp) {
        if !self.throttle.depends_on_location(username, from, now) {
            return;
        }
        match self.store.last_seen_at(username, from).await {
            Ok(Some(seen_at)) => self.throttle.remember_location(username, from, seen_at),
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "a known location could not be looked up"),
        }
    }

    /// The same, without a look at the throttle.
    pub(crate) async fn find_by_credentials(
        &self,
        username: &str,
        password: Password,
        from: Network,
    ) -> Result<Option<UserRecord>, SessionError> {
        let requester = Requester::new(from, username);
        let check = |password| self.check(username, password, requester);
        let Some(user) = check(password.clone()).await? else {
            return Ok(None);
        };
        if !self.rules.upgrade_passwords || self.hashing.is_current(&user.password) {
            return Ok(Some(user));
        }
        match self.upgrade(&user, password.clone(), requester).await {
            // Tokens carry a digest of it, so it must be known before they are made.
            Ok(Some(password)) => Ok(Some(UserRecord { password, ..user })),
            // Either another login was faster, or the password has been changed.
            Ok(None) => check(password).await,
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
        requester: Requester,
    ) -> Result<Option<UserRecord>, SessionError> {
        let user = self.store.user_by_name(username).await?;
        let stored = user.as_ref().map(|user| user.password.clone());
        let correct = self.hashing.verify(requester, password, stored).await?;
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
        requester: Requester,
    ) -> Result<Option<Encoded>, SessionError> {
        let hash = self.hashing.hash(requester, password).await?;
        let stored = self.store.upgrade_password(user.id, &user.password, &hash);
        Ok(stored.await?.then_some(hash))
    }
}
