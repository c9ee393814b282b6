//! Forgets tokens that have ended, so that the tables hold what lives and no more.

use std::time::Duration as Pause;

use crate::clock::{Clock, Duration, Timestamp};
use crate::storage::{Store, StoreError};
use crate::throttle::KNOWN_LOCATION_TTL;
use crate::token::TokenConfig;

/// How long a blacklisted token stays on record past its end: a clock that was set back for less
/// brings none of them to life again.
const MARGIN: Duration = Duration::from_hours(24);

/// Between two passes over the tables.
const INTERVAL: Pause = Pause::from_secs(60);

/// Between two batches that deleted something: whoever wants to write gets a turn.
const BATCH_PAUSE: Pause = Pause::from_millis(5);

/// What is said where [`Flushed::some_are_in_use`].
pub const IN_USE: &str = "expired tokens stay, because rows of another table refer to them; the \
     Django project that has it deletes both: python manage.py flushexpiredtokens";

/// What a pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flushed {
    /// How many tokens are gone.
    pub deleted: u64,
    /// Whether rows of a table that is not ours refer to some that have ended: those stay, and
    /// with them the others of their batch.
    pub some_are_in_use: bool,
}

/// Deletes the tokens that have ended: SimpleJWT's `flushexpiredtokens`, but for those that have
/// been blacklisted, which stay for another day.
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

    /// Goes through the tables once, in batches.
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
        while self.store.flush_sessions(ended).await? {
            tokio::time::sleep(BATCH_PAUSE).await;
        }
        while self.store.flush_locations(now - KNOWN_LOCATION_TTL).await? {
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
