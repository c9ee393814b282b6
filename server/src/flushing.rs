//! Forgets tokens that have ended, so that the tables hold what lives and no more.

use std::time::Duration as Pause;

use crate::clock::{Clock, Duration, Timestamp};
use crate::storage::{Store, StoreError};
use crate::token::TokenRules;

/// How long a blacklisted token stays on record past its end: a clock that was set back for less
/// brings none of them to life again.
const MARGIN: Duration = Duration::from_hours(24);

/// Between two passes over the tables.
const INTERVAL: Pause = Pause::from_secs(60);

/// Between two batches that deleted something: whoever wants to write gets a turn.
const BREATH: Pause = Pause::from_millis(5);

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
    pub fn new(store: Store, rules: &TokenRules) -> Self {
        Self {
            store,
            leeway: rules.leeway,
            // A sliding token stands on record with its first end, and lives on under the same
            // identity.
            margin: MARGIN.max(rules.sliding_refresh_lifetime),
        }
    }

    /// Goes through the tables once, in batches. Returns how many tokens are gone.
    pub async fn pass(&self, now: Timestamp) -> Result<u64, StoreError> {
        let ended = now - self.leeway;
        let mut deleted = 0;
        let mut after = 0;
        while let Some(batch) = self
            .store
            .flush_batch(after, ended, ended - self.margin)
            .await?
        {
            after = batch.last_id;
            if batch.deleted > 0 {
                deleted += batch.deleted;
                tokio::time::sleep(BREATH).await;
            }
        }
        Ok(deleted)
    }

    /// Makes a pass every minute, for ever. What fails is logged, and tried again with the next.
    pub async fn run(self, clock: Clock) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            match self.pass(clock.now()).await {
                Ok(0) => {}
                Ok(deleted) => tracing::debug!(deleted, "flushed expired tokens"),
                Err(error) => tracing::warn!(%error, "expired tokens could not be flushed"),
            }
        }
    }
}
