//! The table `signet_known_location`: the networks that a user has logged in from.

use crate::clock::{Duration, Timestamp};
use crate::model::{Remaining, UserId};
use crate::network::Network;
use crate::storage::django_time::DjangoTime;
use crate::storage::error::StoreError;
use crate::storage::outstanding_tokens::storable;
use crate::storage::statement::{Statement, sql};
use crate::storage::store::Store;
use crate::storage::write_batch::WriteBatch;

/// The number of locations that are kept for a user: the last seen.
const KEPT: i64 = 32;

/// A location is written again when it was last written this long ago.
const REFRESHED_AFTER: Duration = Duration::from_hours(1);

/// Rows that are deleted together.
const BATCH: i64 = 1_000;

impl Store {
    /// Records that a user is at a location. Of one user the 32 seen last are kept.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn remember_location(
        &self,
        user: UserId,
        network: Network,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let batch = remember(WriteBatch::default(), user, network, now);
        self.write(batch).await?;
        Ok(())
    }

    /// Returns when the user of this name was last at a location, to the hour; `None` if that is
    /// not on record.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn last_seen_at(
        &self,
        username: &str,
        network: Network,
    ) -> Result<Option<Timestamp>, StoreError> {
        let query = sql(
            "SELECT last_seen_at FROM signet_known_location WHERE user_id = \
             (SELECT {id_in_own} FROM {users} WHERE {username} = $1) AND network = $2",
        );
        let query = query
            .of(&self.tables)
            .text(storable(username))
            .text(network.to_string());
        let found: Option<(DjangoTime,)> = self.find(query).await?;
        Ok(found.map(|(seen_at,)| seen_at.0))
    }

    /// Deletes a batch of the locations last seen at `until` or before.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn flush_locations(&self, until: Timestamp) -> Result<Remaining, StoreError> {
        let delete = sql(
            "DELETE FROM signet_known_location WHERE (user_id, network) IN \
             (SELECT user_id, network FROM signet_known_location \
             WHERE last_seen_at <= $1 ORDER BY last_seen_at LIMIT $2)",
        );
        let batch = WriteBatch::default().execute(delete.time(until).integer(BATCH));
        let written = self.write(batch).await?.unwrap_or_default();
        Ok(if written.rows == BATCH.unsigned_abs() {
            Remaining::MayBeMore
        } else {
            Remaining::None
        })
    }
}

/// Adds to a batch that a user is at a location.
pub(super) fn remember(
    batch: WriteBatch,
    user: UserId,
    network: Network,
    now: Timestamp,
) -> WriteBatch {
    let network = network.to_string();
    let write = sql(
        "INSERT INTO signet_known_location (user_id, network, last_seen_at) \
         VALUES ($1, $2, $3) ON CONFLICT (user_id, network) DO UPDATE \
         SET last_seen_at = excluded.last_seen_at WHERE signet_known_location.last_seen_at < $4",
    )
    .user(user)
    .text(network)
    .time(now)
    .time(now - REFRESHED_AFTER);
    batch.execute(write).execute(forget_oldest(user))
}

/// Deletes the locations of a user beyond the kept number. Of two concurrent logins of a user, each
/// skips the rows that the other login has locked.
fn forget_oldest(user: UserId) -> Statement {
    sql(
        "DELETE FROM signet_known_location WHERE user_id = $1 AND network IN \
         (SELECT network FROM signet_known_location WHERE user_id = $1 \
         ORDER BY last_seen_at DESC, network LIMIT -1 OFFSET $2)",
    )
    .on_postgres(
        "DELETE FROM signet_known_location WHERE user_id = $1 AND network IN \
         (SELECT network FROM signet_known_location WHERE user_id = $1 \
         ORDER BY last_seen_at DESC, network OFFSET $2 FOR UPDATE SKIP LOCKED)",
    )
    .user(user)
    .integer(KEPT)
}
