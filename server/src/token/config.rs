//! The configuration of tokens, by the settings of SIMPLE_JWT.

use serde_json::Value;

use crate::clock::{Duration, Timestamp};

/// The settings that shape a token.
#[derive(Clone, Debug)]
pub struct TokenConfig {
    /// SimpleJWT's ACCESS_TOKEN_LIFETIME.
    pub access_lifetime: Duration,
    /// SimpleJWT's REFRESH_TOKEN_LIFETIME.
    pub refresh_lifetime: Duration,
    /// SimpleJWT's SLIDING_TOKEN_LIFETIME.
    pub sliding_lifetime: Duration,
    /// SimpleJWT's SLIDING_TOKEN_REFRESH_LIFETIME.
    pub sliding_refresh_lifetime: Duration,
    /// The tolerated difference between clocks; SimpleJWT's LEEWAY.
    pub leeway: Duration,
    /// Written, and demanded; SimpleJWT's AUDIENCE.
    pub audience: Option<Audience>,
    /// Written, and demanded; SimpleJWT's ISSUER.
    pub issuer: Option<String>,
    /// The configurable names of claims.
    pub names: ClaimNames,
}

impl TokenConfig {
    /// A token that ended by then is refused for it.
    pub fn expiry_cutoff(&self, now: Timestamp) -> Timestamp {
        now - self.leeway
    }

    /// The same for the end that stands on record: a sliding token lives on past it.
    pub fn recorded_expiry_cutoff(&self, now: Timestamp) -> Timestamp {
        self.expiry_cutoff(now) - self.sliding_refresh_lifetime
    }

    /// Returns the longest lifetime of a token, the leeway included.
    pub fn max_lifetime(&self) -> Duration {
        let lives = [
            self.access_lifetime,
            self.refresh_lifetime,
            self.sliding_lifetime,
        ];
        let longest = lives.into_iter().max().unwrap_or_default();
        longest + self.leeway
    }
}

/// The names of configurable claims. `exp`, `iat`, `nbf`, `sub`, `aud` and `iss` have the names of
/// RFC 7519.
#[derive(Clone, Debug)]
pub struct ClaimNames {
    /// SimpleJWT's TOKEN_TYPE_CLAIM; `None` where types are not told apart.
    pub token_type: Option<String>,
    /// SimpleJWT's JTI_CLAIM.
    pub jti: String,
    /// SimpleJWT's USER_ID_CLAIM.
    pub user_id: String,
    /// SimpleJWT's SLIDING_TOKEN_REFRESH_EXP_CLAIM.
    pub refresh_exp: String,
    /// SimpleJWT's REVOKE_TOKEN_CLAIM.
    pub revoke: String,
}

impl ClaimNames {
    /// The name under which the type is written. SimpleJWT writes Python's `None` where the
    /// setting has none, which is `null` in JSON.
    pub(crate) fn written_token_type(&self) -> &str {
        self.token_type.as_deref().unwrap_or("null")
    }
}

/// The recipients of tokens (RFC 7519, 4.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Written as text.
    One(String),
    /// Written as a list; a token for any of them is accepted.
    Several(Vec<String>),
}

impl Audience {
    /// Returns the value of the claim.
    pub(super) fn to_claim(&self) -> Value {
        match self {
            Self::One(audience) => audience.clone().into(),
            Self::Several(audiences) => audiences.clone().into(),
        }
    }

    /// Returns `true` if the claim names a configured audience. A claim that is not text names
    /// none.
    pub(super) fn accepts(&self, claim: &Value) -> bool {
        let is_ours = |name: &str| match self {
            Self::One(audience) => name == audience,
            Self::Several(audiences) => audiences.iter().any(|audience| name == audience),
        };
        match claim {
            Value::String(name) => is_ours(name),
            Value::Array(names) => {
                names.iter().all(Value::is_string)
                    && names.iter().filter_map(Value::as_str).any(is_ours)
            }
            _ => false,
        }
    }
}
