//! Values that are never printed.

use std::fmt;

use crate::settings::values::Value;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(pub String);

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(redacted)")
    }
}

impl Value for SecretText {
    const ALLOWED: &str = "a text of at least 32 bytes for HS*, or a private key in PEM";

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }
}

/// The URL of a database. It may hold a password, so it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The URL, for connecting.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(redacted)")
    }
}

impl Value for DatabaseUrl {
    const ALLOWED: &str = "sqlite:// and the path of a file, such as sqlite://data/signet.db, or \
                           postgres://USER:PASSWORD@HOST/DATABASE";

    fn parse(text: &str) -> Option<Self> {
        let is_postgres = ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        let is_file = text
            .strip_prefix("sqlite://")
            .is_some_and(|path| !path.is_empty() && !path.starts_with(":memory:"));
        (is_postgres || is_file).then(|| Self(text.to_owned()))
    }
}
