//! The table `signet_rotation`: which refresh token came after which.

use super::engine::{Statement, sql};
use super::script::Script;
use super::tokens::storable;
use super::{Store, StoreError};
use crate::clock::Timestamp;

/// Rows that are deleted together.
const BATCH: u64 = 1_000;

/// A token that came after another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// Its identity.
    pub jti: String,
    /// When it was made, in seconds since the epoch.
    pub issued_at: i64,
    /// When it ends, in seconds since the epoch.
    pub expires_at: i64,
}

impl Store {
    /// The token that came after a spent one, if that was spent after `since` and the successor
    /// is not on the blacklist.
    pub async fn successor_of(
        &self,
        spent: &str,
        since: Timestamp,
    ) -> Result<Option<Successor>, StoreError> {
        let query = sql(
            "SELECT successor_jti, issued_at, expires_at FROM signet_rotation \
             WHERE spent_jti = $1 AND rotated_at > $2 AND NOT EXISTS \
             (SELECT 1 FROM token_blacklist_blacklistedtoken AS b \
             JOIN token_blacklist_outstandingtoken AS o ON o.id = b.token_id \
             WHERE o.jti = signet_rotation.successor_jti)",
        )
        .text(storable(spent))
        .time(since);
        let found: Option<(String, i64, i64)> = self.pool.find(query).await?;
        Ok(found.map(|(jti, issued_at, expires_at)| Successor {
            jti,
            issued_at,
            expires_at,
        }))
    }

    /// When the session of a token began, in seconds since the epoch, if it has rotated since.
    pub async fn session_began(&self, jti: &str) -> Result<Option<i64>, StoreError> {
        let query = sql("SELECT began_at FROM signet_rotation WHERE successor_jti = $1");
        let found: Option<(i64,)> = self.pool.find(query.text(storable(jti))).await?;
        Ok(found.map(|(began,)| began))
    }

    /// Deletes the rows whose successor ended by `ended`, in batches.
    pub async fn flush_rotations(&self, ended: Timestamp) -> Result<(), StoreError> {
        loop {
            let delete = sql("DELETE FROM signet_rotation WHERE successor_jti IN \
                 (SELECT successor_jti FROM signet_rotation WHERE expires_at <= $1 LIMIT 1000)")
            .integer(ended.as_second());
            let written = self.write(Script::default().then(delete)).await?;
            if written.unwrap_or_default().rows < BATCH {
                return Ok(());
            }
        }
    }
}

/// Puts down what came after what. The session began with the first of its tokens.
pub(super) fn follow(
    spent: &str,
    spent_issued_at: i64,
    successor: &Successor,
    now: Timestamp,
) -> Statement {
    sql("INSERT INTO signet_rotation \
         (successor_jti, spent_jti, rotated_at, issued_at, expires_at, began_at) \
         VALUES ($1, $2, $3, $4, $5, \
         COALESCE((SELECT began_at FROM signet_rotation WHERE successor_jti = $2), $6))")
    .text(&*successor.jti)
    .text(storable(spent))
    .time(now)
    .integer(successor.issued_at)
    .integer(successor.expires_at)
    .integer(spent_issued_at)
}
