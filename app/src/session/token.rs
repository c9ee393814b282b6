//! An access token in the browser's memory.

use std::fmt;

/// The text of an access token. It prints redacted, so that no log and no panic shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(String);

impl AccessToken {
    /// Takes the text of an answer.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself: for a request's header, another tab, or the user's own eyes.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(redacted)")
    }
}
