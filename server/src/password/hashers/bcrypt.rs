//! `bcrypt_sha256$$2b$12$salthash`, and `bcrypt$$2b$12$...`: what bcrypt itself writes, behind the
//! name of Django's hasher.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use bcrypt::BASE_64;

use crate::password::hashers::{is_same, number};

/// Letters of the salt.
const SALT: usize = 22;
/// Bytes of a password that bcrypt reads; the last may be a NUL.
const LONGEST_KEY: usize = 72;

/// The least that bcrypt may be asked for; the number of rounds is two to the power of it.
const FEWEST_ROUNDS: u32 = 4;
/// The most that a stored hash may ask for, some two seconds. Django asks for 12.
const MOST_ROUNDS: u32 = 15;

/// Of the password itself. What is beyond its 72nd byte does not count, as with Django.
pub(super) fn verify(row: &str, password: &[u8]) -> Option<bool> {
    let mut fields = row.strip_prefix('$')?.split('$');
    // They differ in mistakes of programs that Django never ran on.
    let is_known = matches!(fields.next()?, "2a" | "2b" | "2x" | "2y");
    let rounds = fields.next()?;
    let (salt, hash) = fields.next()?.split_at_checked(SALT)?;
    let is_whole = fields.next().is_none() && rounds.len() == 2;
    let rounds = number(rounds.strip_prefix('0').unwrap_or(rounds))?;
    let salt: [u8; 16] = BASE_64.decode(salt).ok()?.try_into().ok()?;
    let hash: [u8; 23] = BASE_64.decode(hash).ok()?.try_into().ok()?;
    if !is_known || !is_whole || !(FEWEST_ROUNDS..=MOST_ROUNDS).contains(&rounds) {
        return None;
    }
    let mut key = [password, b"\0"].concat();
    key.truncate(LONGEST_KEY);
    let computed = bcrypt::bcrypt(rounds, salt, &key);
    Some(is_same(&computed[..hash.len()], &hash))
}

/// Of the password's SHA-256 in hex, which makes every byte of it count.
pub(super) fn verify_digest(row: &str, password: &[u8]) -> Option<bool> {
    let mut hex = String::new();
    for byte in digest(&SHA256, password).as_ref() {
        write!(hex, "{byte:02x}").expect("a text takes what is written to it");
    }
    verify(row, hex.as_bytes())
}
