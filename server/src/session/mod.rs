//! The flows of a session: log in, refresh, log out. They know tokens, users and the store, but
//! nothing of HTTP.

mod access;
mod answered;
mod ending;
mod family;
mod last_used;
mod owner;
mod renewal;

use md5::{Digest, Md5};

use crate::claims::{Claims, Subject, TokenType, seconds};
use crate::clock::{Duration, Timestamp};
use crate::password::{Busy, Encoded, HashingPool, Password};
use crate::storage::{Login, Store, StoreError, TokenRecord, UserRecord};
use crate::throttle::{Throttle, Throttled};
use crate::token::{Bearer, Issued, TokenError, Tokens};
use crate::user::{UserId, UserIdField};

pub use access::AccessError;
pub use answered::AnsweredRotations;
pub use ending::{LogOut, PasswordChange, PasswordChangeError};
pub use family::{Device, Ending, SessionId};
pub use last_used::LastUsed;
pub use renewal::Renewal;

/// Why a session did not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Wrong password, no such user, or one who may not sign in: nobody learns which.
    #[error("no active account has these credentials")]
    BadCredentials,
    /// The user of the token may no longer sign in, or is gone.
    #[error("the account of the token is not active")]
    InactiveAccount,
    /// The password is another one than when the token's session began (CHECK_REVOKE_TOKEN).
    #[error("the password has been changed")]
    PasswordChanged,
    /// The token itself is refused.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The refresh token has just been spent, and its successor after it: the session goes on
    /// with a later one.
    #[error("the token has been spent")]
    Spent,
    /// Too many logins have failed of late.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// No thread is free to check the password.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a token could not be read.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ReadError> for SessionError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Token(error) => Self::Token(error),
            ReadError::Store(error) => Self::Store(error),
        }
    }
}

/// How often a hash is read anew that others replace while a password is compared with it.
pub(crate) const HASH_READS: usize = 3;

/// What the settings say of sessions.
#[derive(Clone, Debug)]
pub struct SessionRules {
    /// Every refresh gives a new refresh token, too; SimpleJWT's ROTATE_REFRESH_TOKENS.
    pub rotate: bool,
    /// A refresh token that has been rotated is spent; SimpleJWT's BLACKLIST_AFTER_ROTATION.
    pub blacklist_after_rotation: bool,
    /// How long a refresh token that has just been spent gives its successor once more;
    /// ROTATION_GRACE.
    pub rotation_grace: Duration,
    /// The longest that a session may live by rotating; SESSION_MAX_AGE.
    pub max_age: Option<Duration>,
    /// SimpleJWT's UPDATE_LAST_LOGIN.
    pub update_last_login: bool,
    /// SimpleJWT's CHECK_USER_IS_ACTIVE.
    pub check_user_is_active: bool,
    /// Inactive users may log in, where `check_user_is_active` is off; ALLOW_INACTIVE_LOGIN.
    pub allow_inactive_login: bool,
    /// Tokens carry a digest of the stored hash; SimpleJWT's CHECK_REVOKE_TOKEN.
    pub check_revoke_token: bool,
    /// A login with an outdated hash replaces it; PASSWORD_UPGRADE.
    pub upgrade_passwords: bool,
    /// SimpleJWT's USER_ID_FIELD.
    pub user_id_field: UserIdField,
    /// The classes of token that open a protected endpoint; SimpleJWT's AUTH_TOKEN_CLASSES.
    pub token_classes: Vec<TokenType>,
}

/// What the flows work with.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// Users and the blacklist.
    pub store: Store,
    /// Makes and judges tokens.
    pub tokens: Tokens,
    /// Checks passwords.
    pub hashing: HashingPool,
    /// Counts the logins that fail.
    pub throttle: Throttle,
    /// Writes down when they were last used.
    pub last_used: LastUsed,
    /// Records which rotations have been answered.
    pub answered: AnsweredRotations,
    /// What the settings say.
    pub rules: SessionRules,
}

/// What a login gives.
#[derive(Clone)]
pub struct TokenPair {
    /// On record as outstanding.
    pub refresh: Issued,
    /// Of the same user.
    pub access: Issued,
}

impl Sessions {
    /// Begins a session: checks the credentials and hands out a pair of tokens, the refresh
    /// token recorded as outstanding. Every refusal costs the time of one check, but for the one
    /// that there have been too many: it costs nothing and says nothing of the account.
    pub async fn log_in(
        &self,
        username: &str,
        password: Password,
        device: &Device,
        now: Timestamp,
    ) -> Result<TokenPair, SessionError> {
        let refresh = self
            .begin_session(username, password, device, now, Tokens::issue_refresh)
            .await?;
        let access = self.first_access(&refresh.claims, now);
        Ok(TokenPair { refresh, access })
    }

    /// Begins a session of one sliding token, recorded as outstanding.
    pub async fn log_in_sliding(
        &self,
        username: &str,
        password: Password,
        device: &Device,
        now: Timestamp,
    ) -> Result<Issued, SessionError> {
        self.begin_session(username, password, device, now, Tokens::issue_sliding)
            .await
    }

    /// Exchanges a sliding token for its successor, as long as its owner may use it. The owner is
    /// judged before `refresh_exp`, as in SimpleJWT after 5.5.1.
    pub async fn slide(&self, sliding: &Claims, now: Timestamp) -> Result<Issued, SessionError> {
        let jti = sliding.text(&self.tokens.rules.names.jti);
        let standing = self.store.standing(jti.unwrap_or_default()).await?;
        let family = standing.family;
        self.renewing_owner(sliding, family.as_ref(), now).await?;
        self.tokens.check_exchange(sliding, now)?;
        let ends_by = self.end_of_session(sliding, family.as_ref(), now)?;
        if let Some(family) = family {
            self.last_used.used(family.session, family.last_used, now);
        }
        Ok(self.tokens.slide(sliding, ends_by, now))
    }

    /// Reads a refresh token that is good for [`Sessions::refresh`].
    pub async fn read_refresh(&self, token: &str, now: Timestamp) -> Result<Claims, SessionError> {
        Ok(self.read(token, TokenType::Refresh, now).await?)
    }

    /// Reads a sliding token that is good for [`Sessions::slide`].
    pub async fn read_sliding(&self, token: &str, now: Timestamp) -> Result<Claims, SessionError> {
        Ok(self.read(token, TokenType::Sliding, now).await?)
    }

    /// Says whether a token of any kind is valid. The user is not looked at, and the blacklist
    /// only where rotation fills it, as SimpleJWT's verify does. Access tokens are never on the
    /// blacklist, so they are verified without the database.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<(), SessionError> {
        let claims = self.tokens.read(token, now)?;
        self.tokens.check(&claims, None)?;
        if self.rules.blacklist_after_rotation && !self.tokens.is_access(&claims) {
            self.check_blacklist(&claims).await?;
        }
        Ok(())
    }

    /// The user whom a token names, active or not.
    pub async fn user_of(&self, claims: &Claims) -> Result<Option<UserRecord>, StoreError> {
        let Subject::Named(text) = claims.subject(&self.tokens.rules.names.user_id) else {
            return Ok(None);
        };
        match (self.rules.user_id_field, text.trim().parse()) {
            (UserIdField::Username, _) => self.store.user_by_name(&text).await,
            (UserIdField::Id, Ok(id)) => self.store.user_by_id(UserId(id)).await,
            (UserIdField::Id, Err(_)) => Ok(None),
        }
    }

    fn bearer(&self, user: &UserRecord) -> Bearer {
        let digest = || password_digest(&user.password);
        Bearer {
            user_id: match self.rules.user_id_field {
                UserIdField::Id => user.id.to_string(),
                UserIdField::Username => user.username.clone(),
            },
            password_digest: self.rules.check_revoke_token.then(digest),
        }
    }

    /// The access token that goes with a refresh token which has just been made. Where types are
    /// not told apart, SimpleJWT still names the right one here, and no longer once it has read
    /// the refresh token back.
    fn first_access(&self, refresh: &Claims, now: Timestamp) -> Issued {
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
        issue: fn(&Tokens, &Bearer, Timestamp) -> Issued,
    ) -> Result<Issued, SessionError> {
        let network = device.network();
        let known = self.authenticate(username, password.clone(), network, now);
        let mut user = known.await?;
        for _ in 0..HASH_READS {
            let token = issue(&self.tokens, &self.bearer(&user), now);
            if self.record_login(&user, &token.claims, device, now).await? {
                return Ok(token);
            }
            let known = self
                .find_by_credentials(username, password.clone(), network)
                .await?;
            user = known.ok_or(SessionError::BadCredentials)?;
        }
        Err(SessionError::BadCredentials)
    }

    /// Records that a session begins. `false` if the hash that the password was compared with is
    /// stored no longer: then nothing is recorded.
    async fn record_login(
        &self,
        user: &UserRecord,
        token: &Claims,
        device: &Device,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let login = Login {
            session: self.found(user.id, device, now, now),
            token: self.record(token, Some(user.id), Some(now)),
            password: user.password.clone(),
            update_last_login: self.rules.update_last_login,
            network: device.network(),
        };
        self.store.log_in(&login).await
    }

    async fn read(
        &self,
        token: &str,
        kind: TokenType,
        now: Timestamp,
    ) -> Result<Claims, ReadError> {
        let claims = self.tokens.read(token, now)?;
        if kind.is_recorded() {
            self.check_blacklist(&claims).await?;
        }
        self.tokens.check(&claims, Some(kind))?;
        Ok(claims)
    }

    async fn check_blacklist(&self, claims: &Claims) -> Result<(), ReadError> {
        match claims.text(&self.tokens.rules.names.jti) {
            Some(jti) if self.store.is_blacklisted(jti).await? => {
                Err(TokenError::Blacklisted.into())
            }
            _ => Ok(()),
        }
    }

    fn record(
        &self,
        token: &Claims,
        user: Option<UserId>,
        created_at: Option<Timestamp>,
    ) -> TokenRecord {
        let names = &self.tokens.rules.names;
        let jti = token.text(&names.jti);
        let expires_at = token.exp().unwrap_or(i64::MAX);
        let last_exchange = token.get(&names.refresh_exp).and_then(seconds);
        TokenRecord {
            jti: jti.unwrap_or_default().to_owned(),
            user,
            created_at,
            expires_at,
            lives_until: expires_at.max(last_exchange.unwrap_or(i64::MIN)),
        }
    }
}

/// When a token was made, as far as Django can say it: in the years 1 to 9999.
fn issued_at(token: &Claims) -> Option<Timestamp> {
    const FIRST: i64 = -62_135_596_800;
    let seconds = token.iat().filter(|seconds| *seconds >= FIRST)?;
    Timestamp::from_second(seconds).ok()
}

/// SimpleJWT's digest of a stored hash: MD5 in upper-case hex. It only tells two hashes apart;
/// nobody learns a password from a hash of a hash.
fn password_digest(password: &Encoded) -> String {
    let digest = Md5::digest(password.0.as_bytes());
    digest.iter().map(|byte| format!("{byte:02X}")).collect()
}
