//! Passwords: the secret itself, how it is stored, what makes a good one, and the threads that
//! hash it.

mod encoding;
mod fair_queue;
mod policy;
mod pool;

use std::fmt;

pub use encoding::{Cost, Encoded};
pub use fair_queue::{Busy, Requester};
pub use policy::{Policy, Weakness};
pub use pool::{HashingPool, Load};

/// A password in the clear. It cannot be printed.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Takes what somebody typed.
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
