//! Deletes the rows of expired tokens.
//!
//! Django's tables have no index on `expires_at`, and Signet does not change them. So a pass walks
//! along the primary key in batches, and takes the write lock only for a batch with expired rows.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::model::Remaining;
use crate::storage::engine::within;
use crate::storage::error::StoreError;
use crate::storage::statement::{Statement, sql};
use crate::storage::store::Store;
use crate::storage::write_batch::WriteBatch;

/// The longest time that a batch may take.
const MAINTENANCE_TIMEOUT: Duration = Duration::from_secs(30);

/// Rows that are looked at together.
const BATCH: i64 = 1_000;

/// Whether anything is to be deleted of the rows `$1 < id <= $2`: what ended by `$3`, or, of what
/// has been blacklisted, by `$4`.
const ANY_EXPIRED: &str = "SELECT EXISTS (SELECT 1 FROM {outstanding} \
     WHERE id > $1 AND id <= $2 AND expires_at <= $3 AND (expires_at <= $4 OR id NOT IN \
     (SELECT token_id FROM {blacklisted} \
     WHERE token_id > $1 AND token_id <= $2)))";

/// Deletes blacklist rows whose tokens expired long enough ago.
const DELETE_BLACKLISTED: &str = "DELETE FROM {blacklisted} \
     WHERE token_id > $1 AND token_id <= $2 AND token_id IN \
     (SELECT id FROM {outstanding} \
     WHERE id > $1 AND id <= $2 AND expires_at <= $4 AND expires_at <= $3)";

/// Deletes what is over and not on the blacklist, or no longer.
const DELETE_OUTSTANDING: &str = "DELETE FROM {outstanding} \
     WHERE id > $1 AND id <= $2 AND expires_at <= $3 AND (expires_at <= $4 OR id NOT IN \
     (SELECT token_id FROM {blacklisted} \
     WHERE token_id > $1 AND token_id <= $2))";

/// Selects the tokens of a batch that expired by `$1`, at most `$2`.
macro_rules! ended {
    () => {
        "SELECT jti FROM signet_session_token WHERE expires_at <= $1 ORDER BY expires_at, jti LIMIT $2"
    };
}

const ENDED: &str = ended!();

/// The same selection, with row locks.
const ENDED_LOCKED: &str = concat!(ended!(), " FOR UPDATE");

/// Deletes the sessions of a batch of tokens that have no other ones.
const DELETE_SESSIONS: &str = concat!(
    "WITH batch AS (",
    ended!(),
    ") DELETE FROM signet_session WHERE id IN (SELECT session_id FROM signet_session_token \
     WHERE jti IN (SELECT jti FROM batch)) AND NOT EXISTS (SELECT 1 \
     FROM signet_session_token AS t WHERE t.session_id = signet_session.id \
     AND t.jti NOT IN (SELECT jti FROM batch))"
);

/// Deletes the tokens of a batch.
const DELETE_TOKENS: &str = concat!(
    "DELETE FROM signet_session_token WHERE jti IN (",
    ended!(),
    ")"
);

/// The outcome of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlushedBatch {
    /// The last row of it: the next batch comes after.
    pub last_id: i64,
    /// The number of deleted tokens.
    pub deleted: u64,
    /// Whether they all stay because rows of a table that is not ours refer to some of them.
    pub is_in_use: bool,
}

impl Store {
    /// Deletes the expired tokens among the next rows after the id `after`: those that expired by
    /// `ended`, and blacklisted ones that expired by `blacklisted`. Returns `None` if no rows are
    /// left.
    ///
    /// # Errors
    /// [`StoreError`] if the batch could not be deleted.
    pub async fn flush_batch(
        &self,
        after: i64,
        ended: Timestamp,
        blacklisted: Timestamp,
    ) -> Result<Option<FlushedBatch>, StoreError> {
        let batch = sql("SELECT CAST(max(id) AS bigint) FROM \
             (SELECT id FROM {outstanding} \
             WHERE id > $1 ORDER BY id LIMIT $2) AS batch");
        let (last_id,): (Option<i64>,) = self.row(batch.integer(after).integer(BATCH)).await?;
        let Some(last_id) = last_id else {
            return Ok(None);
        };
        let over = |statement: &'static str| {
            sql(statement)
                .integer(after)
                .integer(last_id)
                .time(ended)
                .time(blacklisted)
        };
        let mut batch = FlushedBatch {
            last_id,
            deleted: 0,
            is_in_use: false,
        };
        let (is_any,): (bool,) = self.row(over(ANY_EXPIRED)).await?;
        if is_any {
            match self
                .delete(over(DELETE_BLACKLISTED), over(DELETE_OUTSTANDING))
                .await
            {
                Ok(deleted) => batch.deleted = deleted,
                Err(StoreError::Database(sqlx::Error::Database(error)))
                    if error.is_foreign_key_violation() =>
                {
                    batch.is_in_use = true;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(batch))
    }

    /// Deletes a batch of `signet_session_token` rows that expired by `ended`, and sessions without
    /// further tokens.
    ///
    /// # Errors
    /// [`StoreError`] if the batch could not be deleted.
    pub async fn flush_sessions(&self, ended: Timestamp) -> Result<Remaining, StoreError> {
        let of_batch = |statement: Statement| statement.integer(ended.as_second()).integer(BATCH);
        // Only one server flushes at a time; the lock's number is arbitrary. A rotation in progress
        // has locked its token: this statement waits for it, and the next one sees the successor.
        let alone = sql("SELECT 1").on_postgres("SELECT pg_advisory_xact_lock(91557664703827)");
        let hold = of_batch(sql(ENDED).on_postgres(ENDED_LOCKED));
        let batch = WriteBatch::default()
            .execute(alone)
            .execute(hold)
            .execute(of_batch(sql(DELETE_SESSIONS)))
            .execute(of_batch(sql(DELETE_TOKENS)));
        let written = self.write(batch).await?.unwrap_or_default();
        Ok(if written.rows == BATCH.unsigned_abs() {
            Remaining::MayBeMore
        } else {
            Remaining::None
        })
    }

    /// Deletes blacklisted tokens and tokens, in this order; how many of the latter.
    async fn delete(&self, forgive: Statement, forget: Statement) -> Result<u64, StoreError> {
        within(MAINTENANCE_TIMEOUT, async {
            let mut transaction = self.pool.begin().await?;
            let deleted = async {
                transaction.execute(forgive.of(&self.tables)).await?;
                transaction.execute(forget.of(&self.tables)).await
            };
            let deleted = deleted.await;
            transaction.end(deleted).await
        })
        .await
    }
}
