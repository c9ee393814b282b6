//! The text of a key.

use std::fmt;
use std::path::Path;

use super::KeyError;

/// The text that a key is given or kept as: for HMAC the key itself, as PyJWT takes it; for the
/// others a PEM file.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText(String);

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(redacted)")
    }
}

impl KeyText {
    /// Takes a key as somebody gave it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Reads a key file; one trailing newline does not belong to the key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = std::fs::read_to_string(path).map_err(|source| KeyError::file(path, source))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Ok(Self::new(text.strip_suffix('\r').unwrap_or(text)))
    }

    /// `true` if the text begins so.
    pub fn begins_with(&self, start: &str) -> bool {
        self.0.starts_with(start)
    }

    /// The text itself.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}
