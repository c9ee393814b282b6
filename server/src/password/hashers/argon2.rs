//! `argon2$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, which is a PHC string behind the name of
//! Django's hasher. Former ones of Django wrote `argon2i`.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::password::hashers::{is_same, number};

/// Bytes of a salt that Signet makes. Django counts each as a letter or digit, and rehashes below
/// 22.
const SALT_BYTES: usize = 22;
/// Bytes of a hash that Signet makes; as many as Django's.
const HASH_BYTES: usize = 32;

/// The most that a stored hash may ask for, so that a hostile row costs no more than a slow login:
/// KiB of memory.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
/// The same, in passes over the memory.
const MOST_ITERATIONS: u32 = 16;
/// The same, in lanes.
const MOST_LANES: u32 = 16;

/// The cost of one hash (RFC 9106, 3.1).
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
    pub(in crate::password) fn blocks(self) -> usize {
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

/// The parameters that a hash was made with.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Variety {
    algorithm: Algorithm,
    version: Version,
    cost: Cost,
}

impl Variety {
    /// The one that Signet makes.
    fn ours(cost: Cost) -> Self {
        Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            cost,
        }
    }

    fn derive(
        self,
        password: &[u8],
        salt: &[u8],
        length: usize,
        memory: &mut Vec<Block>,
    ) -> Option<Vec<u8>> {
        let params = self.cost.params(length)?;
        let blocks = params.block_count();
        if memory.len() < blocks {
            memory.resize(blocks, Block::new());
        }
        let mut hash = vec![0u8; length];
        Argon2::new(self.algorithm, self.version, params)
            .hash_password_into_with_memory(password, salt, &mut hash, &mut memory[..blocks])
            .ok()?;
        Some(hash)
    }
}

/// Hashes with a fresh salt.
pub(super) fn hash(password: &[u8], cost: Cost, memory: &mut Vec<Block>) -> String {
    let mut salt = [0u8; SALT_BYTES];
    getrandom::fill(&mut salt).expect("the system has randomness");
    let hash = Variety::ours(cost)
        .derive(password, &salt, HASH_BYTES, memory)
        .expect("a cost that was accepted is a cost that works");
    format!(
        "argon2id$v=19$m={},t={},p={}${}${}",
        cost.memory_kib,
        cost.iterations,
        cost.parallelism,
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(hash),
    )
}

pub(super) fn verify(row: &str, password: &[u8], memory: &mut Vec<Block>) -> Option<bool> {
    let (variety, salt, hash) = read(row)?;
    let computed = variety.derive(password, &salt, hash.len(), memory)?;
    Some(is_same(&computed, &hash))
}

/// Django's `must_update`, but for the salt.
pub(super) fn is_current(row: &str, cost: Cost) -> bool {
    read(row).is_some_and(|(variety, _, hash)| {
        variety == Variety::ours(cost) && hash.len() == HASH_BYTES
    })
}

fn read(row: &str) -> Option<(Variety, Vec<u8>, Vec<u8>)> {
    let mut fields = row.split('$').peekable();
    let algorithm = Algorithm::new(fields.next()?).ok()?;
    let version = match fields.peek()?.strip_prefix("v=") {
        // The first version did not say so.
        None => Version::V0x10,
        Some(version) => {
            fields.next();
            number(version)?.try_into().ok()?
        }
    };
    let mut numbers = fields.next()?.split(',');
    let mut next = |name: &str| number(numbers.next()?.strip_prefix(name)?);
    let cost = Cost::new(next("m=")?, next("t=")?, next("p=")?)?;
    let salt = STANDARD_NO_PAD.decode(fields.next()?).ok()?;
    let hash = STANDARD_NO_PAD.decode(fields.next()?).ok()?;
    let is_whole = numbers.next().is_none() && fields.next().is_none();
    let is_bounded = (8..=64).contains(&salt.len()) && (16..=64).contains(&hash.len());
    let variety = Variety {
        algorithm,
        version,
        cost,
    };
    (is_whole && is_bounded).then_some((variety, salt, hash))
}
