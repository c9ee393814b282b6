//! Logging in.

use crate::auth::SessionError;
use crate::auth::service::AuthService;
use crate::clock::Timestamp;
use crate::metrics::{LoginOutcome, Throttled};
use crate::model::{
    Claims, Device, Login, LoginName, NewSession, SessionId, UserId, UserRecord, Write,
};
use crate::password::Password;
use crate::storage::StoreError;
use crate::token::{SignedToken, TokenService, TokenSubject};

/// The number of attempts if another process replaces the hash while a password is verified.
pub(crate) const HASH_READS: usize = 3;

/// The tokens of a login.
#[derive(Clone)]
pub struct TokenPair {
    /// On record as outstanding.
    pub refresh: SignedToken,
    /// Of the same user.
    pub access: SignedToken,
}

impl AuthService {
    /// Logs in: checks the credentials, begins a session and returns a pair of tokens. The refresh
    /// token is recorded as outstanding.
    ///
    /// Each refusal takes the time of one password check, except [`SessionError::Throttled`], which
    /// takes no time and reveals no detail of the account.
    ///
    /// # Errors
    /// - [`SessionError::BadCredentials`] if the password is wrong, or the user unknown or
    ///   inactive.
    /// - [`SessionError::Throttled`] after too many failed logins.
    /// - [`SessionError::Busy`], [`SessionError::Store`] if the login could not be carried out.
    pub async fn log_in(
        &self,
        username: &str,
        password: Password,
        device: &Device,
        now: Timestamp,
    ) -> Result<TokenPair, SessionError> {
        let refresh = self
            .begin_session(username, password, device, now, TokenService::issue_refresh)
            .await;
        let refresh = self.count_login(refresh)?;
        let access = self.first_access(&refresh.claims, now);
        Ok(TokenPair { refresh, access })
    }

    /// Logs in with a sliding token, recorded as outstanding.
    ///
    /// # Errors
    /// The errors of [`AuthService::log_in`].
    pub async fn log_in_sliding(
        &self,
        username: &str,
        password: Password,
        device: &Device,
        now: Timestamp,
    ) -> Result<SignedToken, SessionError> {
        let sliding = self
            .begin_session(username, password, device, now, TokenService::issue_sliding)
            .await;
        self.count_login(sliding)
    }

    /// The access token that goes with a refresh token which has just been made. Where types are
    /// not told apart, SimpleJWT still names the right one here, and no longer once it has read
    /// the refresh token back.
    fn first_access(&self, refresh: &Claims, now: Timestamp) -> SignedToken {
        let mut refresh = refresh.clone();
        let token_type = self.tokens.rules.names.written_token_type();
        refresh.0.shift_remove(token_type);
        self.tokens.issue_access(&refresh, now)
    }

    /// Checks the credentials, and records a session with the first token that `issue` makes. A
    /// Django or another server may replace the hash between the check and the record: then the
    /// password is checked once more, against the new hash.
    async fn begin_session(
        &self,
        username: &str,
        password: Password,
        device: &Device,
        now: Timestamp,
        issue: fn(&TokenService, &TokenSubject, Timestamp) -> SignedToken,
    ) -> Result<SignedToken, SessionError> {
        let network = device.network();
        let name = LoginName::Typed(username);
        let known = self.authenticate(name, password.clone(), network, now);
        let mut user = known.await?;
        for _ in 0..HASH_READS {
            let token = issue(&self.tokens, &self.token_subject(&user), now);
            let recorded = self.record_login(&user, &token.claims, device, now).await?;
            if recorded == Write::Done {
                return Ok(token);
            }
            let known = self
                .find_by_credentials(name, password.clone(), network)
                .await?;
            user = known.ok_or(SessionError::BadCredentials)?;
        }
        Err(SessionError::BadCredentials)
    }

    /// Records the session and its first token. Records no rows if the hash was replaced after the
    /// password was verified.
    async fn record_login(
        &self,
        user: &UserRecord,
        token: &Claims,
        device: &Device,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        let login = Login {
            session: self.new_session(user.id, device, now, now),
            token: self.record(token, Some(user.id), Some(now)),
            password: user.password.clone(),
            update_last_login: self.rules.update_last_login,
            network: device.network(),
        };
        self.store.log_in(&login).await
    }

    /// A session that began at `created_at` and is used `now`.
    pub(super) fn new_session(
        &self,
        user: UserId,
        device: &Device,
        created_at: Timestamp,
        now: Timestamp,
    ) -> NewSession {
        let address = device.address.map(|address| address.to_string());
        NewSession {
            id: SessionId::random(),
            user,
            created_at,
            used_at: now,
            address: address.unwrap_or_default(),
            user_agent: device.user_agent.clone(),
        }
    }

    /// Counts a login by its outcome and returns it.
    fn count_login<T>(&self, login: Result<T, SessionError>) -> Result<T, SessionError> {
        self.metrics.login(match &login {
            Ok(_) => LoginOutcome::Succeeded,
            Err(SessionError::Throttled(_)) => {
                self.metrics.throttled(Throttled::Login);
                LoginOutcome::Throttled
            }
            Err(SessionError::Busy(_)) => LoginOutcome::Busy,
            Err(SessionError::Store(_)) => LoginOutcome::Error,
            Err(_) => LoginOutcome::Failed,
        });
        login
    }
}
