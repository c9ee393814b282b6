//! What a token says: its claims, in order, with typed access to those that Signet judges.

use serde_json::{Map, Value};

use crate::user::UserId;

/// The kinds of token, as `token_type` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// Shown to protected endpoints; short-lived.
    Access,
    /// Exchanged for access tokens; lives as long as the session.
    Refresh,
}

impl TokenType {
    /// The text of the claim.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

/// The names of the claims, SimpleJWT's defaults.
pub mod name {
    /// SimpleJWT's TOKEN_TYPE_CLAIM.
    pub const TOKEN_TYPE: &str = "token_type";
    /// Expiry, seconds since the epoch (RFC 7519, 4.1.4).
    pub const EXP: &str = "exp";
    /// Time of issue, seconds since the epoch (RFC 7519, 4.1.6).
    pub const IAT: &str = "iat";
    /// Not before, seconds since the epoch (RFC 7519, 4.1.5).
    pub const NBF: &str = "nbf";
    /// The token's identity (RFC 7519, 4.1.7); SimpleJWT's JTI_CLAIM.
    pub const JTI: &str = "jti";
    /// Subject (RFC 7519, 4.1.2).
    pub const SUB: &str = "sub";
    /// SimpleJWT's USER_ID_CLAIM.
    pub const USER_ID: &str = "user_id";
}

/// The claims of a token whose signature has been checked, in the order they were written.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims(pub(crate) Map<String, Value>);

impl Claims {
    /// The identity of the token, where it has one that is text.
    pub fn jti(&self) -> Option<&str> {
        self.0.get(name::JTI).and_then(Value::as_str)
    }

    /// When the token ends, in seconds since the epoch.
    pub fn exp(&self) -> Option<i64> {
        self.0.get(name::EXP).and_then(seconds)
    }

    /// When the token was issued, in seconds since the epoch.
    pub fn iat(&self) -> Option<i64> {
        self.0.get(name::IAT).and_then(seconds)
    }

    /// Whose token it is.
    pub fn user(&self) -> UserClaim {
        match self.0.get(name::USER_ID) {
            None => UserClaim::Absent,
            Some(Value::Null | Value::Bool(false)) => UserClaim::Empty,
            Some(Value::String(text)) if text.is_empty() => UserClaim::Empty,
            Some(Value::String(text)) => text
                .trim()
                .parse()
                .map_or(UserClaim::Unknown, |id| UserClaim::Id(UserId(id))),
            Some(Value::Number(number)) => match number.as_i64() {
                Some(0) => UserClaim::Empty,
                Some(id) => UserClaim::Id(UserId(id)),
                None => UserClaim::Unknown,
            },
            Some(_) => UserClaim::Unknown,
        }
    }

    /// `true` if there is a claim of this name, whatever its value.
    pub fn has(&self, claim: &str) -> bool {
        self.0.contains_key(claim)
    }

    /// The claim as it stands.
    pub fn get(&self, claim: &str) -> Option<&Value> {
        self.0.get(claim)
    }
}

/// What the `user_id` claim says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserClaim {
    /// There is no such claim.
    Absent,
    /// There is one, but Python would take it for false: null, 0, the empty text.
    Empty,
    /// It names a user by primary key.
    Id(UserId),
    /// It is nothing that could be a primary key.
    Unknown,
}

/// A claim that holds a time, as Python's `int()` reads it: an integer, a float cut off, a
/// boolean as 0 or 1, or text of digits.
pub(crate) fn seconds(claim: &Value) -> Option<i64> {
    match claim {
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|float| float.trunc() as i64)),
        Value::Bool(truth) => Some(i64::from(*truth)),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
