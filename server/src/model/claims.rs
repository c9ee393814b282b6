//! The claims of a token, in order, with typed access to the claims that Signet judges.

use serde_json::{Map, Value};

/// The kinds of token, as `token_type` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// Shown to protected endpoints; short-lived.
    Access,
    /// Exchanged for access tokens; lives as long as the session.
    Refresh,
    /// Both in one: shown to protected endpoints, and exchanged for its own successor.
    Sliding,
}

impl TokenType {
    /// The text of the claim.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
            Self::Sliding => "sliding",
        }
    }

    /// SimpleJWT's name for the class of such tokens.
    pub fn class_name(self) -> &'static str {
        match self {
            Self::Access => "AccessToken",
            Self::Refresh => "RefreshToken",
            Self::Sliding => "SlidingToken",
        }
    }

    /// `true` if such a token is put on record, and can be blacklisted.
    pub fn is_recorded(self) -> bool {
        self != Self::Access
    }
}

/// The names that RFC 7519 gives.
pub mod name {
    /// Expiry, seconds since the epoch (4.1.4).
    pub const EXP: &str = "exp";
    /// Time of issue, seconds since the epoch (4.1.6).
    pub const IAT: &str = "iat";
    /// Not before, seconds since the epoch (4.1.5).
    pub const NBF: &str = "nbf";
    /// Subject (4.1.2).
    pub const SUB: &str = "sub";
    /// Audience (4.1.3).
    pub const AUD: &str = "aud";
    /// Issuer (4.1.1).
    pub const ISS: &str = "iss";
    /// The token's identity (4.1.7).
    pub const JTI: &str = "jti";
}

/// The claims of a token whose signature has been checked, in the order they were written.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims(pub(crate) Map<String, Value>);

impl Claims {
    /// Returns the expiry time, in seconds since the epoch.
    pub fn exp(&self) -> Option<i64> {
        self.0.get(name::EXP).and_then(seconds)
    }

    /// Returns the time of issue, in seconds since the epoch.
    pub fn iat(&self) -> Option<i64> {
        self.0.get(name::IAT).and_then(seconds)
    }

    /// Returns `true` if the token has a claim of this name, with any value.
    pub fn has(&self, claim: &str) -> bool {
        self.0.contains_key(claim)
    }

    /// The claim as it stands.
    pub fn get(&self, claim: &str) -> Option<&Value> {
        self.0.get(claim)
    }

    /// A claim that is text.
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim).and_then(Value::as_str)
    }

    /// Returns the user that a claim names.
    pub fn subject(&self, claim: &str) -> Subject {
        match self.0.get(claim) {
            None => Subject::Absent,
            Some(Value::Null | Value::Bool(false)) => Subject::Empty,
            Some(Value::String(text)) if text.is_empty() => Subject::Empty,
            Some(Value::String(text)) => Subject::Named(text.clone()),
            Some(Value::Number(number)) if number.as_f64() == Some(0.0) => Subject::Empty,
            Some(Value::Number(number)) if !number.is_f64() => Subject::Named(number.to_string()),
            // Django's lookup takes `true` for 1 and cuts a float off.
            Some(Value::Bool(true) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Subject::Impossible
            }
        }
    }
}

/// The user that a claim names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// There is no such claim.
    Absent,
    /// There is one, but Python would take it for false: null, 0, the empty text.
    Empty,
    /// It names a user, by the text of USER_ID_FIELD.
    Named(String),
    /// No user can have this value.
    Impossible,
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
