//! Keys: what they may be, where they are kept, and the signatures they make and check.
//!
//! A [`Key`] has one algorithm, which the settings name and never a token (RFC 8725, 3.1). A
//! [`Keyring`] holds the one that signs and, after a rotation, those that still verify.

mod algorithm;
mod key;
mod key_folder;
mod keyring;
mod leaked_secrets;
mod pem;
mod strength;
mod text;

pub use algorithm::{ALGORITHMS, name_of};
pub use jsonwebtoken::Algorithm;
pub use key::Key;
pub use key_folder::{KeyFolder, RetiredFile};
pub use keyring::{Keyring, RetiredKey};
pub use text::{KeyText, open_to_others};

/// The fewest bytes of an HMAC key that Signet starts with: as long as SHA-256's output, as
/// RFC 7518, 3.2 demands.
pub const SHORTEST_KEY: usize = 32;

/// Why a key is of no use.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Anybody can try all keys as short as this.
    #[error("the key is {0} bytes long; an HMAC key needs at least {SHORTEST_KEY} bytes")]
    TooShort(usize),
    /// Anybody can look it up.
    #[error(
        "the key is on a public list of secrets from tutorials and leaks, so anybody could sign \
         with it; give one of your own, such as `openssl rand -base64 48` prints, or none and \
         Signet makes one"
    )]
    Leaked,
    /// It is longer than what there is to guess.
    #[error(
        "the key repeats a text of {0} bytes, so whoever guesses that has it; an HMAC key needs at \
         least {SHORTEST_KEY} bytes that do not repeat"
    )]
    Repeats(usize),
    /// Anybody who tries repetitions, sequences and the like finds it.
    #[error(
        "the key is easy to guess: it is made of repetitions, sequences or few different \
         characters; give a random one, such as `openssl rand -base64 48` prints, or none and \
         Signet makes one"
    )]
    Guessable,
    /// The key begins with the mark that some editors put before text.
    #[error(
        "the key begins with a byte order mark, an invisible character that would be part of it; \
         give it without"
    )]
    ByteOrderMark,
    /// A key in UTF-16 without a mark, or in bytes that are no text.
    #[error("the key holds NUL characters, as text in UTF-16 does; give it in UTF-8")]
    Nul,
    /// The key file is no text in UTF-8, or begins with a byte order mark.
    #[error("{path}: {problem}")]
    Encoding {
        /// The file in question.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A public key as an HMAC secret would let everybody sign.
    #[error("the key is a PEM file; {0} takes a secret text, not a key pair")]
    PemForHmac(&'static str),
    /// Something else than the key that this algorithm needs.
    #[error("{found}; {algorithm} takes {needed} in PEM")]
    Kind {
        /// What it is.
        found: &'static str,
        /// The algorithm of the settings.
        algorithm: &'static str,
        /// What is needed.
        needed: String,
    },
    /// The public key belongs to another private key.
    #[error("this is not the public key of the signing key")]
    Mismatch,
    /// The key file, or its folder, cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file in question.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A key that is kept is of no use.
    #[error("the key kept in {path}: {source}")]
    Kept {
        /// The file in question.
        path: String,
        /// What is wrong with it.
        source: Box<KeyError>,
    },
    /// No key can be made.
    #[error("no key could be made: {0}")]
    NotMade(&'static str),
}

impl KeyError {
    fn file(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.display().to_string(),
            source,
        }
    }
}
