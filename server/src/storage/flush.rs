//! Deleting the rows of tokens that have ended.
//!
//! Django's tables have no index on `expires_at`, and they stay as they are; so a pass walks along
//! the primary key, a batch at a time, and takes the write lock only for a batch in which there
//! is something to delete.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::storage::engine::{Statement, sql, within};
use crate::storage::error::StoreError;
use crate::storage::store::Store;
use crate::storage::write_batch::WriteBatch;

/// How long a batch may take.
const MAINTENANCE_TIMEOUT: Duration = Duration::from_secs(30);

/// Rows that are looked at together.
const BATCH: i64 = 1_000;

/// Whether anything is to be deleted of the rows `$1 < id <= $2`: what ended by `$3`, or, of what
/// has been blacklisted, by `$4`.
const ANY_EXPIRED: &str = "SELECT EXISTS (SELECT 1 FROM token_blacklist_outstandingtoken \
     WHERE id > $1 AND id <= $2 AND expires_at <= $3 AND (expires_at <= $4 OR id NOT IN \
     (SELECT token_id FROM token_blacklist_blacklistedtoken \
     WHERE token_id > $1 AND token_id <= $2)))";

/// Takes those off the blacklist that have been over for long enough.
const DELETE_BLACKLISTED: &str = "DELETE FROM token_blacklist_blacklistedtoken \
     WHERE token_id > $1 AND token_id <= $2 AND token_id IN \
     (SELECT id FROM token_blacklist_outstandingtoken \
     WHERE id > $1 AND id <= $2 AND expires_at <= $4 AND expires_at <= $3)";

/// Deletes what is over and not on the blacklist, or no longer.
const DELETE_OUTSTANDING: &str = "DELETE FROM token_blacklist_outstandingtoken \
     WHERE id > $1 AND id <= $2 AND expires_at <= $3 AND (expires_at <= $4 OR id NOT IN \
     (SELECT token_id FROM token_blacklist_blacklistedtoken \
     WHERE token_id > $1 AND token_id <= $2))";

/// The tokens of a batch, `$2` of those that ended by `$1`.
macro_rules! ended {
    () => {
        "SELECT jti FROM signet_session_token WHERE expires_at <= $1 ORDER BY expires_at, jti LIMIT $2"
    };
}

const ENDED: &str = ended!();

/// The same, kept from others.
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

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlushedBatch {
    /// The last row of it: the next batch comes after.
    pub last_id: i64,
    /// How many tokens are gone.
    pub deleted: u64,
    /// Whether they all stay because rows of a table that is not ours refer to some of them.
    pub is_in_use: bool,
}

impl Store {
    /// Looks at the next tokens after the row `after`, and deletes those that ended by `ended`;
    /// of those that have been blacklisted only what ended by `blacklisted`. `None` if there are
    /// no more.
    pub async fn flush_batch(
        &self,
        after: i64,
        ended: Timestamp,
        blacklisted: Timestamp,
    ) -> Result<Option<FlushedBatch>, StoreError> {
        let batch = sql("SELECT CAST(max(id) AS bigint) FROM \
             (SELECT id FROM token_blacklist_outstandingtoken \
             WHERE id > $1 ORDER BY id LIMIT $2) AS batch");
        let (last_id,): (Option<i64>,) = self.pool.row(batch.integer(after).integer(BATCH)).await?;
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
        let (is_any,): (bool,) = self.pool.row(over(ANY_EXPIRED)).await?;
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

    /// Deletes some of what is known of the tokens that ended by `ended`, and their sessions if
    /// those have no others; whether there may be more.
    pub async fn flush_sessions(&self, ended: Timestamp) -> Result<bool, StoreError> {
        let of_batch = |statement: Statement| statement.integer(ended.as_second()).integer(BATCH);
        // Of several servers one flushes at a time; any number would do that nobody else locks.
        // A rotation that is being written has locked the token before: this waits for it, and
        // the next statement sees the successor.
        let alone = sql("SELECT 1").on_postgres("SELECT pg_advisory_xact_lock(91557664703827)");
        let hold = of_batch(sql(ENDED).on_postgres(ENDED_LOCKED));
        let batch = WriteBatch::default()
            .execute(alone)
            .execute(hold)
            .execute(of_batch(sql(DELETE_SESSIONS)))
            .execute(of_batch(sql(DELETE_TOKENS)));
        let written = self.write(batch).await?.unwrap_or_default();
        Ok(written.rows == BATCH.unsigned_abs())
    }

    /// Deletes blacklisted tokens and tokens, in this order; how many of the latter.
    async fn delete(&self, forgive: Statement, forget: Statement) -> Result<u64, StoreError> {
        within(MAINTENANCE_TIMEOUT, async {
            let mut transaction = self.pool.begin().await?;
            let deleted = async {
                transaction.execute(forgive).await?;
                transaction.execute(forget).await
            };
            let deleted = deleted.await;
            transaction.end(deleted).await
        })
        .await
    }
}
