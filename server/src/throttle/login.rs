//! Throttling of failed logins and registrations (rate limits).
//!
//! A failed login counts three times: for its account and address, for its address, and for its
//! account. The last limit slows down attacks on one account from everywhere. It spares addresses
//! that the account has logged in from, so that its owner cannot be locked out. The database stores
//! those addresses, and this memory caches the recent ones. Once a limit is reached, passwords are
//! not checked, whether or not the account exists.
//!
//! To clients the windows are Django REST Framework's: full for the rest of the period since the
//! first event. The crate `governor` has no such windows, no undo and no bounded memory, so it is
//! not used. The counts belong to this process and end with it.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use unicode_normalization::UnicodeNormalization;

use crate::clock::{Duration, Timestamp};
use crate::model::LONGEST_USERNAME;
use crate::network::Network;
use crate::throttle::bounded_map::Recent;
use crate::throttle::buckets::Buckets;
use crate::throttle::rate::{Rate, Rates};

/// The time that a location stays known after the last login from there.
pub const KNOWN_LOCATION_TTL: Duration = Duration::from_hours(30 * 24);

/// There have been too many. The wait is the same whether or not there is such an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many tries")]
pub struct Throttled {
    /// The time until the limit allows a try again.
    pub wait: Duration,
}

/// The counts. Clones share them.
#[derive(Clone)]
pub struct Throttle {
    counts: Arc<Mutex<Counts>>,
    /// Keys are hashes with a secret of this process: a long name takes no more memory than a
    /// short one, and no name is kept.
    hasher: RandomState,
}

#[derive(Debug)]
struct Counts {
    rates: Rates,
    logins: Buckets,
    login_addresses: Buckets,
    login_accounts: Buckets,
    registrations: Buckets,
    /// Accounts with networks that they have signed in from. An account is one exact username
    /// here: the owner of `ADA` is a stranger to `ada`.
    known_locations: Recent<Timestamp>,
}

/// The keys that one login counts under.
#[derive(Clone, Copy)]
struct Keys {
    login: u64,
    address: u64,
    account: u64,
    location: u64,
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle").finish_non_exhaustive()
    }
}

impl Throttle {
    /// Creates empty counts with these limits.
    pub fn new(rates: Rates) -> Self {
        Self {
            counts: Arc::new(Mutex::new(Counts {
                rates,
                logins: Buckets::default(),
                login_addresses: Buckets::default(),
                login_accounts: Buckets::default(),
                registrations: Buckets::default(),
                known_locations: Recent::default(),
            })),
            hasher: RandomState::new(),
        }
    }

    /// Judges by other rates from now on. What has been counted stays.
    pub fn set_rates(&self, rates: Rates) {
        self.counts().rates = rates;
    }

    /// Asks before a password check. The caller reports the outcome to the [`Attempt`].
    ///
    /// # Errors
    /// [`Throttled`] if a limit is reached; the password must not be checked then.
    pub fn log_in(
        &self,
        username: &str,
        from: Network,
        now: Timestamp,
    ) -> Result<Attempt, Throttled> {
        let keys = self.keys(username, from);
        self.counts().room_for_login(keys, now)?;
        Ok(Attempt {
            throttle: self.clone(),
            keys,
            now,
            is_open: true,
        })
    }

    /// Counts a registration.
    ///
    /// # Errors
    /// [`Throttled`] if the limit of the network is reached.
    pub fn register(&self, from: Network, now: Timestamp) -> Result<(), Throttled> {
        let counts = &mut *self.counts();
        let Some(rate) = counts.rates.register else {
            return Ok(());
        };
        let key = self.hasher.hash_one(from);
        match counts.registrations.wait(key, rate, now) {
            Some(wait) => Err(Throttled { wait }),
            None => {
                counts.registrations.count(key, rate, now);
                Ok(())
            }
        }
    }

    /// Undoes the count of a registration that the server could not carry out.
    pub fn undo_registration(&self, from: Network, now: Timestamp) {
        let counts = &mut *self.counts();
        if let Some(rate) = counts.rates.register {
            let key = self.hasher.hash_one(from);
            counts.registrations.undo(key, rate, now);
        }
    }

    /// `true` if a login of this account from this network is refused unless its owner is known
    /// to be there: the database can tell, see [`Throttle::remember_location`].
    pub fn depends_on_location(&self, username: &str, from: Network, now: Timestamp) -> bool {
        let keys = self.keys(username, from);
        let counts = &mut *self.counts();
        let Some(rate) = counts.rates.login_account() else {
            return false;
        };
        !counts.is_known_location(keys, now)
            && counts
                .login_accounts
                .wait(keys.account, rate, now)
                .is_some()
    }

    /// Remembers that the owner of an account was seen at this network.
    pub fn remember_location(&self, username: &str, network: Network, seen_at: Timestamp) {
        let keys = self.keys(username, network);
        self.counts().remember_location(keys, seen_at);
    }

    fn keys(&self, username: &str, from: Network) -> Keys {
        let account = canonical(username);
        Keys {
            login: self.hasher.hash_one((&account, from)),
            address: self.hasher.hash_one(from),
            account: self.hasher.hash_one(&account),
            location: self.hasher.hash_one((username, from)),
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // The counts are consistent at every moment, so a panic leaves no half-made state.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn room_for_login(&mut self, keys: Keys, now: Timestamp) -> Result<(), Throttled> {
        let waits = self.login_buckets(keys, now).into_iter();
        let waits = waits.filter_map(|(buckets, key, rate)| buckets.wait(key, rate?, now));
        match waits.max() {
            Some(wait) => Err(Throttled { wait }),
            None => Ok(()),
        }
    }

    fn count_login(&mut self, keys: Keys, now: Timestamp) {
        for (buckets, key, rate) in self.login_buckets(keys, now) {
            if let Some(rate) = rate {
                buckets.count(key, rate, now);
            }
        }
    }

    fn login_buckets(
        &mut self,
        keys: Keys,
        now: Timestamp,
    ) -> [(&mut Buckets, u64, Option<Rate>); 3] {
        let is_stranger = !self.is_known_location(keys, now);
        let account = self.rates.login_account().filter(|_| is_stranger);
        [
            (&mut self.logins, keys.login, self.rates.login),
            (
                &mut self.login_addresses,
                keys.address,
                self.rates.login_address,
            ),
            (&mut self.login_accounts, keys.account, account),
        ]
    }

    fn is_known_location(&self, keys: Keys, now: Timestamp) -> bool {
        let seen_at = self.known_locations.get(keys.location);
        seen_at.is_some_and(|seen_at| now.duration_since(*seen_at) < KNOWN_LOCATION_TTL)
    }

    fn remember_location(&mut self, keys: Keys, seen_at: Timestamp) {
        self.known_locations
            .put(keys.location, seen_at, KNOWN_LOCATION_TTL, seen_at);
    }
}

/// A login whose password is being checked. Dropped without a word, as when the client hangs up,
/// it counts as failed.
///
/// Of several at once each is asked for again when it ends, so that no more of them learn whether
/// they were right than there was room for.
#[must_use]
pub struct Attempt {
    throttle: Throttle,
    keys: Keys,
    now: Timestamp,
    is_open: bool,
}

impl Attempt {
    /// Reports a correct password.
    ///
    /// # Errors
    /// [`Throttled`] if concurrent failures have reached a limit meanwhile.
    pub fn succeeded(mut self) -> Result<(), Throttled> {
        self.is_open = false;
        let counts = &mut *self.throttle.counts();
        counts.room_for_login(self.keys, self.now)?;
        counts.remember_location(self.keys, self.now);
        Ok(())
    }

    /// Reports a wrong password.
    ///
    /// # Errors
    /// [`Throttled`] if concurrent failures have reached a limit meanwhile.
    pub fn failed(mut self) -> Result<(), Throttled> {
        self.is_open = false;
        self.end_failed()
    }

    /// Reports that the password was not checked, through no fault of the client: counts no
    /// failure.
    pub fn cancel(mut self) {
        self.is_open = false;
    }

    fn end_failed(&self) -> Result<(), Throttled> {
        let counts = &mut *self.throttle.counts();
        counts.room_for_login(self.keys, self.now)?;
        counts.count_login(self.keys, self.now);
        Ok(())
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.is_open {
            let _ = self.end_failed();
        }
    }
}

/// Returns the same text for all spellings of a username that look alike, in any case. Only the
/// longest possible username is read.
fn canonical(username: &str) -> String {
    let looked_at = username.chars().take(LONGEST_USERNAME + 1);
    looked_at.nfkc().collect::<String>().to_lowercase()
}
