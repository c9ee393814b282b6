//! Deleting the rows of tokens that have ended.
//!
//! Django's tables have no index on `expires_at`, and they stay as they are; so a pass walks along
//! the primary key, a batch at a time, and takes the write lock only for a batch in which there
//! is something to delete.

use super::engine::{Statement, sql};
use super::{Store, StoreError};
use crate::clock::Timestamp;

/// Rows that are looked at together.
const BATCH: i64 = 1_000;

/// Whether anything is to be deleted of the rows `$1 < id <= $2`: what ended by `$3`, or, of what
/// has been blacklisted, by `$4`.
const IS_ANY_OVER: &str = "SELECT EXISTS (SELECT 1 FROM token_blacklist_outstandingtoken \
     WHERE id > $1 AND id <= $2 AND expires_at <= $3 AND (expires_at <= $4 OR id NOT IN \
     (SELECT token_id FROM token_blacklist_blacklistedtoken \
     WHERE token_id > $1 AND token_id <= $2)))";

/// Takes those off the blacklist that have been over for long enough.
const FORGIVE: &str = "DELETE FROM token_blacklist_blacklistedtoken \
     WHERE token_id > $1 AND token_id <= $2 AND token_id IN \
     (SELECT id FROM token_blacklist_outstandingtoken \
     WHERE id > $1 AND id <= $2 AND expires_at <= $4 AND expires_at <= $3)";

/// Deletes what is over and not on the blacklist, or no longer.
const FORGET: &str = "DELETE FROM token_blacklist_outstandingtoken \
     WHERE id > $1 AND id <= $2 AND expires_at <= $3 AND (expires_at <= $4 OR id NOT IN \
     (SELECT token_id FROM token_blacklist_blacklistedtoken \
     WHERE token_id > $1 AND token_id <= $2))";

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
        let (is_any,): (bool,) = self.pool.row(over(IS_ANY_OVER)).await?;
        if is_any {
            match self.delete(over(FORGIVE), over(FORGET)).await {
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

    /// Deletes blacklisted tokens and tokens, in this order; how many of the latter.
    async fn delete(&self, forgive: Statement, forget: Statement) -> Result<u64, StoreError> {
        let mut transaction = self.pool.begin().await?;
        transaction.execute(forgive).await?;
        let deleted = transaction.execute(forget).await?;
        transaction.commit().await?;
        Ok(deleted)
    }
}
