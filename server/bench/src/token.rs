//! Tokens that are on record without having been asked for: what the database is filled with, and
//! what the server's key makes of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;

/// The server's signing key.
pub(crate) const KEY: &str = "a-key-of-the-benchmark-that-nothing-else-has-ever-seen";

/// One in this many recorded tokens is blacklisted: every token whose number it divides.
pub(crate) const BLACKLISTED: u64 = 10;

/// The lifetime of forged tokens. None expires during a measurement.
const LIFETIME: u64 = 30 * 24 * 60 * 60;

/// Multiplied by this, consecutive numbers are spread over all of 32 bits, none of them twice. The
/// identities of tokens are then spread over the index as random ones are.
pub(crate) const SPREAD: u64 = 2_654_435_761;

/// Returns the number of tokens, among the first `tokens`, that are not blacklisted.
pub(crate) fn live(tokens: u64) -> u64 {
    tokens - tokens / BLACKLISTED
}

/// Makes tokens of the users of one database.
pub(crate) struct Forge {
    users: u64,
    next: AtomicU64,
    key: EncodingKey,
    now: u64,
}

impl Forge {
    /// Of a database with so many users.
    pub(crate) fn new(users: u64) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            users,
            next: AtomicU64::new(0),
            key: EncodingKey::from_secret(KEY.as_bytes()),
            now: now.map_or(0, |since| since.as_secs()),
        }
    }

    /// Returns a user, a different one each time, in no order.
    pub(crate) fn user(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed) * SPREAD % self.users + 1
    }

    /// A refresh token that is on record and not blacklisted. All of them come before one comes
    /// again.
    pub(crate) fn live_refresh(&self) -> Result<String> {
        let mut number = self.user();
        while number.is_multiple_of(BLACKLISTED) {
            number = self.user();
        }
        self.sign("refresh", number, &jti(number))
    }

    /// A refresh token that is not on record, and comes only once.
    pub(crate) fn unknown_refresh(&self) -> Result<String> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let user = number * SPREAD % self.users + 1;
        self.sign("refresh", user, &format!("{}f", jti(number)))
    }

    /// An access token.
    pub(crate) fn access(&self) -> Result<String> {
        let user = self.user();
        self.sign("access", user, &jti(user))
    }

    fn sign(&self, token_type: &str, user: u64, jti: &str) -> Result<String> {
        let claims = json!({
            "token_type": token_type,
            "exp": self.now + LIFETIME,
            "iat": self.now,
            "jti": jti,
            "user_id": user.to_string(),
        });
        Ok(encode(&Header::default(), &claims, &self.key)?)
    }
}

/// The identity of the token of this number; [`crate::database`] computes the same in SQL.
fn jti(number: u64) -> String {
    let spread = number * SPREAD % (1 << 32);
    format!("{spread:08x}{number:024x}")
}
