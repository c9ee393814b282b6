//! Keys: their checks, their files, their signatures.
//!
//! A [`Key`] has one algorithm, which the settings name and never a token (RFC 8725, 3.1). A
//! [`Keyring`] holds the signing key and, after a rotation, the retired keys that still verify.

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

/// A reason that a key cannot be used for.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// All keys this short can be tried.
    #[error("the key is {0} bytes long; an HMAC key needs at least {SHORTEST_KEY} bytes")]
    TooShort(usize),
    /// The key is published.
    #[error(
        "the key is on a public list of secrets from tutorials and leaks, so anybody could sign \
         with it; give one of your own, such as `openssl rand -base64 48` prints, or none and \
         Signet makes one"
    )]
    Leaked,
    /// The key repeats a short text.
    #[error(
        "the key repeats a text of {0} bytes, so whoever guesses that has it; an HMAC key needs at \
         least {SHORTEST_KEY} bytes that do not repeat"
    )]
    Repeats(usize),
    /// The key is found by trying repetitions and sequences.
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
        /// The problem.
        problem: &'static str,
    },
    /// A public key as an HMAC secret would let everyone sign.
    #[error("the key is a PEM file; {0} takes a secret text, not a key pair")]
    PemForHmac(&'static str),
    /// The key has another kind than the algorithm needs.
    #[error("{found}; {algorithm} takes {needed} in PEM")]
    Kind {
        /// The kind of the key.
        found: &'static str,
        /// The algorithm of the settings.
        algorithm: &'static str,
        /// The kind that is needed.
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
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A key that is kept is of no use.
    #[error("the key kept in {path}: {source}")]
    Kept {
        /// The file in question.
        path: String,
        /// The problem.
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
