//! Django's encoding of an argon2id hash: `argon2$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, which
//! is a PHC string behind the name of Django's hasher.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::Password;

/// Bytes of a salt that Signet makes.
const SALT_BYTES: usize = 16;
/// Bytes of a hash that Signet makes.
const HASH_BYTES: usize = 32;
/// Bytes of the longest password that is hashed at all; Django's own registration stops at 128
/// characters.
const LONGEST_INPUT: usize = 4 * 1024;

/// The most that a stored hash may ask for, so that a hostile row costs no more than a slow login:
/// KiB of memory.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
/// The same, in passes over the memory.
const MOST_ITERATIONS: u32 = 16;
/// The same, in lanes.
const MOST_LANES: u32 = 16;

/// What one hash costs (RFC 9106, 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Cost {
    /// `Some` if argon2 can be asked for it.
    pub fn new(memory_kib: u32, iterations: u32, parallelism: u32) -> Option<Self> {
        let cost = Self {
            memory_kib,
            iterations,
            parallelism,
        };
        let bounded = memory_kib <= MOST_MEMORY_KIB
            && iterations <= MOST_ITERATIONS
            && parallelism <= MOST_LANES;
        (bounded && cost.params(HASH_BYTES).is_some()).then_some(cost)
    }

    /// Blocks of memory that one hash takes.
    pub(super) fn blocks(self) -> usize {
        self.params(HASH_BYTES)
            .map_or(0, |params| params.block_count())
    }

    fn params(self, length: usize) -> Option<Params> {
        Params::new(
            self.memory_kib,
            self.iterations,
            self.parallelism,
            Some(length),
        )
        .ok()
    }
}

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
        let mut salt = [0u8; SALT_BYTES];
        getrandom::fill(&mut salt).expect("the system has randomness");
        let hash = derive(password, &salt, cost, HASH_BYTES, memory)
            .expect("a cost that was accepted is a cost that works");
        Self(format!(
            "argon2$argon2id$v=19$m={},t={},p={}${}${}",
            cost.memory_kib,
            cost.iterations,
            cost.parallelism,
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(hash),
        ))
    }

    /// `Some(true)` if the password is the one that was hashed; `None` if this is no hash that
    /// Signet can check, in which case nothing has been computed.
    pub(super) fn verify(&self, password: &Password, memory: &mut Vec<Block>) -> Option<bool> {
        let (cost, salt, hash) = self.parts()?;
        let computed = derive(password, &salt, cost, hash.len(), memory)?;
        let fits = password.reveal().len() <= LONGEST_INPUT;
        Some(constant_time_eq(&computed, &hash) && fits)
    }

    fn parts(&self) -> Option<(Cost, Vec<u8>, Vec<u8>)> {
        let mut fields = self.0.strip_prefix("argon2$argon2id$v=19$")?.split('$');
        let (cost, salt, hash) = (fields.next()?, fields.next()?, fields.next()?);
        let mut numbers = cost.split(',');
        let mut number = |name: &str| numbers.next()?.strip_prefix(name)?.parse().ok();
        let cost = Cost::new(number("m=")?, number("t=")?, number("p=")?)?;
        let salt = STANDARD_NO_PAD.decode(salt).ok()?;
        let hash = STANDARD_NO_PAD.decode(hash).ok()?;
        let whole = fields.next().is_none() && (8..=64).contains(&salt.len());
        (whole && (16..=64).contains(&hash.len())).then_some((cost, salt, hash))
    }
}

/// A password that is too long is hashed in part: it costs what any other does, and
/// [`Encoded::verify`] refuses it all the same.
fn derive(
    password: &Password,
    salt: &[u8],
    cost: Cost,
    length: usize,
    memory: &mut Vec<Block>,
) -> Option<Vec<u8>> {
    let params = cost.params(length)?;
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    let password = password.reveal().as_bytes();
    let password = &password[..password.len().min(LONGEST_INPUT)];
    let mut hash = vec![0u8; length];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password, salt, &mut hash, &mut memory[..blocks])
        .ok()?;
    Some(hash)
}

/// Compares without telling by its duration where the first difference is.
fn constant_time_eq(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost {
        memory_kib: 64,
        iterations: 1,
        parallelism: 1,
    };

    #[test]
    fn a_hash_is_written_as_django_writes_it_and_verifies() {
        let memory = &mut Vec::new();
        let encoded = Encoded::hash(&Password::new("correct horse"), CHEAP, memory);
        assert!(encoded.0.starts_with("argon2$argon2id$v=19$m=64,t=1,p=1$"));
        let verify =
            |text: &str, memory: &mut Vec<Block>| encoded.verify(&Password::new(text), memory);
        assert_eq!(verify("correct horse", memory), Some(true));
        assert_eq!(verify("wrong horse", memory), Some(false));
    }

    #[test]
    fn a_hash_that_django_made_verifies() {
        // Made by Django's Argon2PasswordHasher with the salt `seasalt0seasalt0seasal`.
        let encoded = Encoded(DJANGO_MADE.into());
        let verify = |text| encoded.verify(&Password::new(text), &mut Vec::new());
        assert_eq!(verify("Str0ng-pass-1"), Some(true));
        assert_eq!(verify("str0ng-pass-1"), Some(false));
    }

    #[test]
    fn a_password_beyond_four_kilobytes_is_wrong_even_if_it_was_hashed() {
        let memory = &mut Vec::new();
        let long = Password::new("x".repeat(LONGEST_INPUT + 1));
        let encoded = Encoded::hash(&long, CHEAP, memory);
        assert_eq!(encoded.verify(&long, memory), Some(false));
    }

    #[test]
    fn rows_that_are_no_hash_or_ask_for_too_much_never_verify() {
        for row in [
            "",
            "!unusable",
            "plain",
            "argon2$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ",
            "argon2$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "argon2$argon2id$v=19$m=64,t=4294967295,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "argon2$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$",
        ] {
            let verdict = Encoded(row.into()).verify(&Password::new("x"), &mut Vec::new());
            assert_eq!(verdict, None, "{row}");
        }
    }

    const DJANGO_MADE: &str = "argon2$argon2id$v=19$m=512,t=1,p=1$c2Vhc2FsdDBzZWFzYWx0MHNlYXNhbA$mXEYklDlg1epZTcOvEuRnBRdp/qXlvS1KKSxswjiR68";
}
