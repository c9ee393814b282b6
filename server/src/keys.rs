//! The signing key: where it comes from, and the signatures it makes and checks.

use std::fmt;
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};

/// The fewest bytes of an HMAC key that Signet starts with: as long as SHA-256's output, as
/// RFC 7518, 3.2 demands.
pub const SHORTEST_KEY: usize = 32;

/// Random bytes of a key that Signet makes for itself.
const GENERATED_BYTES: usize = 64;

/// A key file's name in the data directory.
pub const KEY_FILE: &str = "signing.key";

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Anybody can try all keys as short as this.
    #[error("is {0} bytes long; an HS256 key needs at least {SHORTEST_KEY}")]
    TooShort(usize),
    /// The key file, or its folder, cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file in question.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The text of an HMAC key, which is the key itself, as PyJWT takes it.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText(String);

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(redacted)")
    }
}

impl KeyText {
    /// Takes a key as somebody gave it.
    pub fn new(text: impl Into<String>) -> Result<Self, KeyError> {
        let text = text.into();
        match text.len() {
            length if length < SHORTEST_KEY => Err(KeyError::TooShort(length)),
            _ => Ok(Self(text)),
        }
    }

    /// Reads a key file; one trailing newline does not belong to the key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = std::fs::read_to_string(path).map_err(|source| file_error(path, source))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Self::new(text.strip_suffix('\r').unwrap_or(text))
    }

    /// The key kept in `data_dir`; the first call makes it: 64 random bytes as base64url text, in
    /// a file that only its owner may read. Says whether it was made just now.
    pub fn kept_in(data_dir: &Path) -> Result<(Self, bool), KeyError> {
        let path = data_dir.join(KEY_FILE);
        if path.exists() {
            return Ok((Self::read(&path)?, false));
        }
        match Self::generate_file(data_dir, &path) {
            Ok(key) => Ok((key, true)),
            // Another process was faster: its key is the key.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                Ok((Self::read(&path)?, false))
            }
            Err(source) => Err(file_error(&path, source)),
        }
    }

    /// Writes a whole key beside `path` and links it into place, so that nobody ever reads half a
    /// key and of several that start at once one wins.
    fn generate_file(data_dir: &Path, path: &Path) -> std::io::Result<Self> {
        let mut random = [0u8; GENERATED_BYTES];
        getrandom::fill(&mut random).map_err(std::io::Error::other)?;
        let text = URL_SAFE_NO_PAD.encode(random);

        let draft = data_dir.join(format!("{KEY_FILE}.{}", uuid::Uuid::new_v4().simple()));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let linked = std::fs::hard_link(&draft, path);
        std::fs::remove_file(&draft)?;
        linked?;
        // The name is on the disk too, where a folder can be told to be.
        #[cfg(unix)]
        std::fs::File::open(data_dir)?.sync_all()?;
        Ok(Self(text))
    }
}

fn file_error(path: &Path, source: std::io::Error) -> KeyError {
    KeyError::File {
        path: path.display().to_string(),
        source,
    }
}

/// Signs and verifies with one algorithm and one key. Which algorithm is the settings' word,
/// never the token's (RFC 8725, 3.1).
#[derive(Clone)]
pub struct Keys {
    signing: EncodingKey,
    verifying: DecodingKey,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(redacted)")
    }
}

impl Keys {
    const ALGORITHM: Algorithm = Algorithm::HS256;

    /// HS256 with the text's bytes.
    pub fn hs256(key: &KeyText) -> Self {
        Self {
            signing: EncodingKey::from_secret(key.0.as_bytes()),
            verifying: DecodingKey::from_secret(key.0.as_bytes()),
        }
    }

    /// The name that the header of a token must carry in `alg`.
    pub fn algorithm(&self) -> &'static str {
        "HS256"
    }

    /// The signature of `message`, in base64url.
    pub fn sign(&self, message: &str) -> String {
        crypto::sign(message.as_bytes(), &self.signing, Self::ALGORITHM)
            .expect("an HMAC key of any length signs")
    }

    /// `true` if `signature`, in base64url, is the one of `message`. Takes the same time for
    /// every wrong signature.
    pub fn verify(&self, message: &str, signature: &str) -> bool {
        crypto::verify(
            signature,
            message.as_bytes(),
            &self.verifying,
            Self::ALGORITHM,
        )
        .unwrap_or(false)
    }
}
