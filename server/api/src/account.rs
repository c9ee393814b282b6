//! Bodies of `register/` and `me/`.

use serde::{Deserialize, Serialize};

/// What `POST register/` takes.
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

/// A user as the API shows one: `{"id", "username", "email"}`, never the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The primary key.
    pub id: i64,
    /// The NFKC form of what was registered.
    pub username: String,
    /// Empty where none was given.
    pub email: String,
}
