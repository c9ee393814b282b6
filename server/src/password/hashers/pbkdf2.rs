//! `pbkdf2_sha256$1000000$salt$hash`, Django's own choice, and `pbkdf2_sha1$...`. The salt is the
//! text itself.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{self, Algorithm};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::password::hashers::number;

pub(super) const SHA256: Variety = Variety {
    algorithm: pbkdf2::PBKDF2_HMAC_SHA256,
    hash_bytes: 32,
};

pub(super) const SHA1: Variety = Variety {
    algorithm: pbkdf2::PBKDF2_HMAC_SHA1,
    hash_bytes: 20,
};

/// The most that a stored hash may ask for, some three seconds. Django asks for a million, and for
/// a fifth more with every release.
const MOST_ITERATIONS: u32 = 10_000_000;

/// A hash function, and how much it gives.
#[derive(Clone, Copy)]
pub(super) struct Variety {
    algorithm: Algorithm,
    hash_bytes: usize,
}

pub(super) fn verify(variety: Variety, row: &str, password: &[u8]) -> Option<bool> {
    let mut fields = row.split('$');
    let iterations = NonZeroU32::new(number(fields.next()?)?)?;
    let salt = fields.next()?;
    let hash = STANDARD.decode(fields.next()?).ok()?;
    let is_whole = fields.next().is_none() && hash.len() == variety.hash_bytes;
    if !is_whole || salt.is_empty() || iterations.get() > MOST_ITERATIONS {
        return None;
    }
    let verdict = pbkdf2::verify(
        variety.algorithm,
        iterations,
        salt.as_bytes(),
        password,
        &hash,
    );
    Some(verdict.is_ok())
}
