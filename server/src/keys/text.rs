//! The text of a key.

use std::fmt;
use std::path::Path;

use crate::keys::KeyError;

/// The text of a key: for HMAC the key itself, as PyJWT takes it; otherwise a PEM file.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText(String);

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(redacted)")
    }
}

impl KeyText {
    /// Wraps the text of a key.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Reads a key file without one trailing newline.
    ///
    /// # Errors
    /// [`KeyError::File`] if the file cannot be read; [`KeyError::Encoding`] if it is not UTF-8 or
    /// begins with a byte order mark, which PyJWT would take for a part of the key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let bytes = std::fs::read(path).map_err(|source| KeyError::file(path, source))?;
        let text = read_utf8(&bytes).map_err(|problem| KeyError::Encoding {
            path: path.display().to_string(),
            problem,
        })?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        Ok(Self::new(text.strip_suffix('\r').unwrap_or(text)))
    }

    /// `true` if a quote stands before and behind the text.
    pub fn is_in_quotes(&self) -> bool {
        let is_in = |quote| self.0.starts_with(quote) && self.0.ends_with(quote);
        self.0.len() > 1 && (is_in('"') || is_in('\''))
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

/// The text of these bytes, or what is wrong with them.
fn read_utf8(bytes: &[u8]) -> Result<&str, &'static str> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("the file is UTF-16; save it as UTF-8 without a byte order mark");
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(
            "the file begins with a byte order mark, an invisible character; save it as UTF-8 \
             without one",
        );
    }
    str::from_utf8(bytes).map_err(|_| {
        "the file is no text in UTF-8; a key is text, such as `openssl rand -base64 48` prints, or \
         PEM"
    })
}

/// The permissions of a key file that users other than its owner and its group may read or write,
/// such as `0o644`; `None` if they may not, or the system has no such permissions.
pub fn open_to_others(path: &Path) -> Option<u32> {
    const OTHERS: u32 = 0o006;
    #[cfg(unix)]
    let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().ok()?.permissions());
    #[cfg(not(unix))]
    let mode = path.metadata().ok().map(|_| 0)?;
    (mode & OTHERS != 0).then_some(mode & 0o777)
}
