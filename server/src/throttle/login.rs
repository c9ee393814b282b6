//! Throttling: how many failed logins there may be, and how many registrations.
//!
//! A login that fails is counted thrice: for its account and address, for its address, and for
//! its account. The last one slows down whoever tries one account from everywhere. It leaves
//! those addresses alone that the account has signed in from, so that nobody can lock its owner
//! out. The database keeps them, and this memory those that were needed last. Once a limit is
//! reached, passwords are not checked, whether or not the account exists.
//!
//! The windows are Django REST Framework's as far as a client can tell: they are full for what
//! is left of the period since the first that was counted. That, a count that can be taken back,
//! and a memory that is bounded are why the crate `governor` is not used: it has none of them.
//! What is counted is this process's own, and forgotten when it ends.

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

/// How long a location stays known after the last login from there.
pub const KNOWN_LOCATION_TTL: Duration = Duration::from_hours(30 * 24);

/// There have been too many. The wait is the same whether or not there is such an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many tries")]
pub struct Throttled {
    /// How long until there is room again.
    pub wait: Duration,
}

/// What has been counted. Clones share it.
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

/// What one login is counted under.
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
    /// Begins to count, from nothing.
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

    /// Asks before a password is checked. Whoever gets an attempt says how it ended.
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

    /// Counts a registration, or says that there is no room for it.
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

    /// Takes the count of a registration back that has come to nothing through no fault of the
    /// client's.
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
        // Counts are whole at every moment: a panic beside them leaves nothing half done.
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
    /// The password was right. Refused if others have filled the count in the meantime.
    pub fn succeeded(mut self) -> Result<(), Throttled> {
        self.is_open = false;
        let counts = &mut *self.throttle.counts();
        counts.room_for_login(self.keys, self.now)?;
        counts.remember_location(self.keys, self.now);
        Ok(())
    }

    /// It was wrong. Refused if others have filled the count in the meantime.
    pub fn failed(mut self) -> Result<(), Throttled> {
        self.is_open = false;
        self.end_failed()
    }

    /// It was not checked, through no fault of the client's: nothing is counted.
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

/// One text for all the ways to write a username that look alike, in whatever case. No user has
/// a longer name than is looked at.
fn canonical(username: &str) -> String {
    let looked_at = username.chars().take(LONGEST_USERNAME + 1);
    looked_at.nfkc().collect::<String>().to_lowercase()
}
