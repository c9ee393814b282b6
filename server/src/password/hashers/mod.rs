//! Stored hashes in Django's encodings: the name of an algorithm, a dollar, and what that one
//! needs. Signet writes argon2id, and verifies all that Django verifies.
//!
//! A row may hold anything. What is no hash, or asks for more than a slow login's worth of time or
//! memory, is found out before anything is computed.

mod argon2;
mod bcrypt;
mod pbkdf2;
mod scrypt;

use ::argon2::Block;
use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::password::Password;

pub use argon2::Cost;

/// Bytes of the longest password that is hashed at all; Django's own registration stops at 128
/// characters.
const LONGEST_INPUT: usize = 4 * 1024;

/// Bytes of the longest row that is read. Django's column takes 128 characters, SQLite more.
const LONGEST_ROW: usize = 512;

/// A stored hash, as the `password` column of `auth_user` holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Encoded(pub String);

impl std::fmt::Debug for Encoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encoded(redacted)")
    }
}

impl Encoded {
    /// Hashes a password with a fresh salt. `memory` is scratch space that grows as needed.
    pub(super) fn hash(password: &Password, cost: Cost, memory: &mut Vec<Block>) -> Self {
        Self(format!(
            "argon2${}",
            argon2::hash(secret(password), cost, memory)
        ))
    }

    /// Returns `Some(true)` if the password matches; `None` if this is no hash that Signet can
    /// verify, without computing anything.
    ///
    /// A password that is too long is hashed in part: it costs the same as others and is refused.
    pub(super) fn verify(&self, password: &Password, memory: &mut Vec<Block>) -> Option<bool> {
        let (algorithm, row) = self.parts()?;
        let secret = secret(password);
        let is_right = match algorithm {
            "argon2" => argon2::verify(row, secret, memory),
            "pbkdf2_sha256" => pbkdf2::verify(pbkdf2::SHA256, row, secret),
            "pbkdf2_sha1" => pbkdf2::verify(pbkdf2::SHA1, row, secret),
            "bcrypt_sha256" => bcrypt::verify_digest(row, secret),
            "bcrypt" => bcrypt::verify(row, secret),
            "scrypt" => scrypt::verify(row, secret),
            _ => None,
        };
        Some(is_right? && password.reveal().len() <= LONGEST_INPUT)
    }

    /// Whether a password hashed now, at this cost, would be encoded in the same way.
    pub(super) fn is_current(&self, cost: Cost) -> bool {
        matches!(self.parts(), Some(("argon2", row)) if argon2::is_current(row, cost))
    }

    fn parts(&self) -> Option<(&str, &str)> {
        let row = Some(self.0.as_str()).filter(|row| row.len() <= LONGEST_ROW);
        row?.split_once('$')
    }
}

/// Returns the bytes of a password that are hashed.
fn secret(password: &Password) -> &[u8] {
    let password = password.reveal().as_bytes();
    &password[..password.len().min(LONGEST_INPUT)]
}

/// A number as Django writes one: no sign, no zero before it.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Compares without telling by its duration where the first difference is.
fn is_same(computed: &[u8], stored: &[u8]) -> bool {
    verify_slices_are_equal(computed, stored).is_ok()
}
