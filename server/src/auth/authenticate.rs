//! Authentication by username and password. A login sees the password in the clear, so it replaces
//! an outdated hash.

use crate::auth::error::SessionError;
use crate::auth::service::AuthService;
use crate::clock::Timestamp;
use crate::model::{LoginName, UserRecord, Write};
use crate::network::Network;
use crate::password::{Encoded, Password, Requester, Verification};

impl AuthService {
    /// Returns the user with these credentials who may log in, with the hash that is stored from
    /// now on.
    ///
    /// Each refusal takes the time of one password check and changes no row of the user, except
    /// [`SessionError::Throttled`], which takes no time and reveals no detail of the account.
    ///
    /// # Errors
    /// - [`SessionError::BadCredentials`] if the password is wrong, or the user unknown or
    ///   inactive.
    /// - [`SessionError::Throttled`] after too many failed logins.
    /// - [`SessionError::Busy`], [`SessionError::Store`] if the password could not be checked.
    pub(crate) async fn authenticate(
        &self,
        name: LoginName<'_>,
        password: Password,
        from: Network,
        now: Timestamp,
    ) -> Result<UserRecord, SessionError> {
        self.look_up_location(name.text(), from, now).await;
        let attempt = self.throttle.log_in(name.text(), from, now)?;
        match self.find_by_credentials(name, password, from).await {
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
        name: LoginName<'_>,
        password: Password,
        from: Network,
    ) -> Result<Option<UserRecord>, SessionError> {
        let requester = Requester::new(from, name.text());
        let check = |password| self.check(name, password, requester);
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
            // The login succeeds all the same, and the next one tries again.
            Err(error) => {
                tracing::debug!(user = %user.id, %error, "an outdated hash stays");
                Ok(Some(user))
            }
        }
    }

    /// The user with these credentials, if there is one who may log in.
    async fn check(
        &self,
        name: LoginName<'_>,
        password: Password,
        requester: Requester,
    ) -> Result<Option<UserRecord>, SessionError> {
        let user = self.store.user_by_login(name).await?;
        let stored = user.as_ref().map(|user| user.password.clone());
        let verified = self.hashing.verify(requester, password, stored).await?;
        Ok(user.filter(|user| verified == Verification::Match && self.may_log_in(user)))
    }

    /// Returns whether the user may log in, as Django's ModelBackend: inactive users may not,
    /// regardless of CHECK_USER_IS_ACTIVE. With ALLOW_INACTIVE_LOGIN, as AllowAllUsersModelBackend
    /// followed by SimpleJWT's rule.
    fn may_log_in(&self, user: &UserRecord) -> bool {
        let rules = &self.rules;
        user.meets_requirements
            && (user.is_active || (rules.allow_inactive_login && !rules.check_user_is_active))
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
        Ok(match stored.await? {
            Write::Done => Some(hash),
            Write::Refused => None,
        })
    }
}
