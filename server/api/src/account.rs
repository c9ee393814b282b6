//! Bodies of `register/`, `me/` and `password/change/`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The body of `POST register/`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Registration {
    /// At most 150 characters: letters, digits and `@.+-_`.
    pub username: String,
    /// In the clear, judged by the password policy.
    pub password: String,
    /// Optional.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A primary key: a number, or a text for a uuid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Id {
    /// An integer.
    Integer(i64),
    /// A uuid with dashes.
    Text(String),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(id) => id.fmt(f),
            Self::Text(id) => id.fmt(f),
        }
    }
}

/// A user as the API shows one: `{"id", "username", "email"}`, never the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The primary key.
    pub id: Id,
    /// The NFKC form of what was registered.
    pub username: String,
    /// Empty where none was given.
    pub email: String,
}

/// The body of `POST password/change/`, which answers `{}`. All other sessions of the user end, and
/// every other refresh token. The refresh token names the current session: the token of the cookie
/// with the cookie transport, otherwise the field `refresh`. Without it every session ends.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasswordChange {
    /// In the clear. A wrong one is an error of this field, and counts as a failed login.
    pub current_password: String,
    /// In the clear, judged by the password policy.
    pub new_password: String,
    /// A refresh token of the current session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<String>,
}
