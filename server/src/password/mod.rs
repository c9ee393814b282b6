//! Passwords: the secret type, their hashes, the policy, and the threads that hash them.

mod fair_queue;
mod hashers;
mod hashing_pool;
mod policy;

use std::fmt;

pub use fair_queue::{Busy, Requester};
pub use hashers::{Cost, Encoded};
pub use hashing_pool::{HashingPool, Load, Verification};
pub use policy::{Policy, Weakness};

/// A password in the clear. It cannot be printed.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Wraps a password as it was typed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for hashing and judging.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(redacted)")
    }
}
