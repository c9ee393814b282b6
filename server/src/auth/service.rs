//! [`AuthService`]: the dependencies of the flows, and the checks that they share.

use md5::{Digest, Md5};

use crate::auth::error::ReadError;
use crate::auth::{AnsweredRotations, LastUsed, SessionError};
use crate::clock::{Duration, Timestamp};
use crate::metrics::Metrics;
use crate::model::{
    Blacklist, Claims, Subject, TokenRecord, TokenType, UserId, UserIdField, UserRecord, seconds,
};
use crate::password::{Encoded, HashingPool, Policy};
use crate::storage::{Store, StoreError};
use crate::throttle::Throttle;
use crate::token::{TokenError, TokenService, TokenSubject};

/// The settings of the flows.
#[derive(Clone, Debug)]
pub struct AuthRules {
    /// Every refresh gives a new refresh token, too; SimpleJWT's ROTATE_REFRESH_TOKENS.
    pub rotate: bool,
    /// A refresh token that has been rotated is spent; SimpleJWT's BLACKLIST_AFTER_ROTATION.
    pub blacklist_after_rotation: bool,
    /// The time for which a rotated refresh token returns its successor again; ROTATION_GRACE.
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

/// The flows over tokens, users and sessions. Each file of this folder adds the methods of one
/// flow.
#[derive(Clone, Debug)]
pub struct AuthService {
    /// Users and the blacklist.
    pub store: Store,
    /// Makes and judges tokens.
    pub tokens: TokenService,
    /// Checks passwords.
    pub hashing: HashingPool,
    /// Counts the logins that fail.
    pub throttle: Throttle,
    /// Writes down when they were last used.
    pub last_used: LastUsed,
    /// Records which rotations have been answered.
    pub answered: AnsweredRotations,
    /// The settings.
    pub rules: AuthRules,
    /// A token that is blacklisted already may be blacklisted again: beside a Django project without
    /// the app `token_blacklist`, SimpleJWT answers so.
    pub repeats_blacklisting: bool,
    /// The demands on a new password.
    pub password_policy: Policy,
    /// Counts the outcomes of logins, and throttling.
    pub metrics: Metrics,
}

impl AuthService {
    /// Verifies a refresh token for [`AuthService::refresh`].
    ///
    /// # Errors
    /// [`SessionError::Token`] if it is refused, [`SessionError::Store`] if the database failed.
    pub async fn verify_refresh(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Claims, SessionError> {
        Ok(self.verify_type(token, TokenType::Refresh, now).await?)
    }

    /// Verifies a token of any type. As SimpleJWT, ignores the user, and asks the blacklist only
    /// with BLACKLIST_AFTER_ROTATION. Access tokens are never blacklisted, so they need no
    /// database.
    ///
    /// # Errors
    /// [`SessionError::Token`] if it is refused, [`SessionError::Store`] if the database failed.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<(), SessionError> {
        let claims = self.tokens.verify(token, now)?;
        self.tokens.check(&claims, None)?;
        if self.rules.blacklist_after_rotation && !self.tokens.is_access(&claims) {
            self.check_blacklist(&claims).await?;
        }
        Ok(())
    }

    /// Returns the user that a token names, active or not.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn user_of(&self, claims: &Claims) -> Result<Option<UserRecord>, StoreError> {
        let Subject::Named(text) = claims.subject(&self.tokens.rules.names.user_id) else {
            return Ok(None);
        };
        match (self.rules.user_id_field, text.trim().parse::<UserId>()) {
            (UserIdField::Username, _) => self.store.user_by_name(&text).await,
            (UserIdField::Id, Ok(id)) => self.store.user_by_id(id).await,
            (UserIdField::Id, Err(_)) => Ok(None),
        }
    }

    pub(super) fn token_subject(&self, user: &UserRecord) -> TokenSubject {
        let digest = || password_digest(&user.password);
        TokenSubject {
            user_id: match self.rules.user_id_field {
                UserIdField::Id => user.id.to_string(),
                UserIdField::Username => user.username.clone(),
            },
            password_digest: self.rules.check_revoke_token.then(digest),
        }
    }

    pub(super) async fn verify_type(
        &self,
        token: &str,
        kind: TokenType,
        now: Timestamp,
    ) -> Result<Claims, ReadError> {
        let claims = self.tokens.verify(token, now)?;
        if kind.is_recorded() {
            self.check_blacklist(&claims).await?;
        }
        self.tokens.check(&claims, Some(kind))?;
        Ok(claims)
    }

    async fn check_blacklist(&self, claims: &Claims) -> Result<(), ReadError> {
        match claims.text(&self.tokens.rules.names.jti) {
            Some(jti) if self.store.blacklist_entry(jti).await? == Blacklist::Listed => {
                Err(TokenError::Blacklisted.into())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn record(
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

/// Returns the time of issue, in Django's range: the years 1 to 9999.
pub(super) fn issued_at(token: &Claims) -> Option<Timestamp> {
    const FIRST: i64 = -62_135_596_800;
    let seconds = token.iat().filter(|seconds| *seconds >= FIRST)?;
    Timestamp::from_second(seconds).ok()
}

/// Returns SimpleJWT's digest of a stored hash: MD5 in upper-case hex. It only tells two hashes
/// apart and reveals no password.
pub(super) fn password_digest(password: &Encoded) -> String {
    let digest = Md5::digest(password.0.as_bytes());
    digest.iter().map(|byte| format!("{byte:02X}")).collect()
}
