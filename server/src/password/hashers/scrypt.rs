//! `scrypt$16384$salt$8$5$hash`: N, the plain salt, r, p.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use scrypt::Params;

use crate::password::hashers::{is_same, number};

/// Bytes of a hash.
const HASH_BYTES: usize = 64;

/// The most that a stored hash may ask for, as N·r, each of which takes 128 bytes: 256 MiB.
const MOST_MEMORY: u64 = 1 << 21;
/// The same, as N·r·p: some three seconds. Django's 2^14, 8 and 5 are a thirteenth of it.
const MOST_WORK: u64 = 1 << 23;
/// The same, as r and as p: more memory than N alone asks for.
const MOST_BLOCKS: u32 = 32;

pub(super) fn verify(row: &str, password: &[u8]) -> Option<bool> {
    let mut fields = row.split('$');
    let n = number(fields.next()?)?;
    let salt = fields.next()?;
    let (r, p) = (number(fields.next()?)?, number(fields.next()?)?);
    let hash = STANDARD.decode(fields.next()?).ok()?;
    let is_whole = fields.next().is_none() && hash.len() == HASH_BYTES;
    if !is_whole || salt.is_empty() {
        return None;
    }
    let params = params(n, r, p)?;
    let mut computed = [0u8; HASH_BYTES];
    scrypt::scrypt(password, salt.as_bytes(), &params, &mut computed).ok()?;
    Some(is_same(&computed, &hash))
}

/// `None` for what scrypt cannot be asked for, or a stored hash may not.
fn params(n: u32, r: u32, p: u32) -> Option<Params> {
    let memory = u64::from(n) * u64::from(r);
    let is_bounded = r <= MOST_BLOCKS
        && p <= MOST_BLOCKS
        && memory <= MOST_MEMORY
        && memory * u64::from(p) <= MOST_WORK;
    if !is_bounded || n < 2 || !n.is_power_of_two() {
        return None;
    }
    Params::new(u8::try_from(n.ilog2()).ok()?, r, p).ok()
}
