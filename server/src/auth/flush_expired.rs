//! Forgets tokens that have ended, so that the tables hold what lives and no more.

use std::time::Duration as Pause;

use crate::clock::{Clock, Duration, Timestamp};
use crate::model::Remaining;
use crate::storage::{Store, StoreError};
use crate::throttle::KNOWN_LOCATION_TTL;
use crate::token::TokenConfig;

/// The time that a blacklisted token is kept beyond its expiry, so that a clock set back by less
/// revives none.
const MARGIN: Duration = Duration::from_hours(24);

/// Between two passes over the tables.
const INTERVAL: Pause = Pause::from_secs(60);

/// The pause between two batches that deleted rows, for other writers.
const BATCH_PAUSE: Pause = Pause::from_millis(5);

/// The message for [`Flushed::some_are_in_use`].
pub const IN_USE: &str = "expired tokens stay, because rows of another table refer to them; the \
     Django project that has it deletes both: python manage.py flushexpiredtokens";

/// The outcome of a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flushed {
    /// The number of deleted tokens.
    pub deleted: u64,
    /// `true` if foreign tables refer to expired tokens. Those tokens stay, and with them the rest
    /// of their batch.
    pub some_are_in_use: bool,
}

/// Deletes expired tokens, as SimpleJWT's `flushexpiredtokens`; blacklisted ones a day later.
#[derive(Clone, Debug)]
pub struct Flushing {
    store: Store,
    leeway: Duration,
    margin: Duration,
}

impl Flushing {
    /// Of a store whose tokens follow these rules.
    pub fn new(store: Store, rules: &TokenConfig) -> Self {
        Self {
            store,
            leeway: rules.leeway,
            // A sliding token stands on record with its first end, and lives on under the same
            // identity.
            margin: MARGIN.max(rules.sliding_refresh_lifetime),
        }
    }

    /// Deletes the expired rows of all tables, in batches.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn pass(&self, now: Timestamp) -> Result<Flushed, StoreError> {
        let ended = now - self.leeway;
        let mut flushed = Flushed::default();
        let mut after = 0;
        while let Some(batch) = self
            .store
            .flush_batch(after, ended, ended - self.margin)
            .await?
        {
            after = batch.last_id;
            flushed.some_are_in_use |= batch.is_in_use;
            if batch.deleted > 0 {
                flushed.deleted += batch.deleted;
                tokio::time::sleep(BATCH_PAUSE).await;
            }
        }
        while self.store.flush_sessions(ended).await? == Remaining::MayBeMore {
            tokio::time::sleep(BATCH_PAUSE).await;
        }
        let seen = now - KNOWN_LOCATION_TTL;
        while self.store.flush_locations(seen).await? == Remaining::MayBeMore {
            tokio::time::sleep(BATCH_PAUSE).await;
        }
        Ok(flushed)
    }

    /// Makes a pass every minute, for ever. What fails is logged, and tried again with the next.
    pub async fn run(self, clock: Clock) {
        let mut is_said = false;
        loop {
            tokio::time::sleep(INTERVAL).await;
            match self.pass(clock.now()).await {
                Ok(flushed) => {
                    if flushed.some_are_in_use && !is_said {
                        tracing::warn!("{IN_USE}");
                        is_said = true;
                    }
                    if flushed.deleted > 0 {
                        tracing::debug!(flushed.deleted, "flushed expired tokens");
                    }
                }
                Err(error) => tracing::warn!(%error, "expired tokens could not be flushed"),
            }
        }
    }
}
