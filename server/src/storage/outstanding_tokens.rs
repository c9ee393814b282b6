//! The tables of SimpleJWT's `token_blacklist`. A row never holds the token itself, only its
//! `jti`: whoever reads the database can use none of them.

use std::borrow::Cow;

use aws_lc_rs::digest;

use crate::clock::Timestamp;
use crate::model::TokenRecord;
use crate::storage::django_time::{known_to_python, time_of};
use crate::storage::engine::{Statement, sql};
use crate::storage::error::StoreError;
use crate::storage::store::Store;
use crate::storage::write_batch::WriteBatch;

/// Characters of the longest identity that the column holds.
const LONGEST_JTI: usize = 255;

impl Store {
    /// Records a token that is about to be handed out.
    pub async fn add_outstanding(&self, token: &TokenRecord) -> Result<(), StoreError> {
        self.write(WriteBatch::default().execute(insert_outstanding(token)))
            .await?;
        Ok(())
    }

    /// `true` if the token of this `jti` has been blacklisted, or belongs to a session that has
    /// ended: a sliding token outlives its row.
    pub async fn is_blacklisted(&self, jti: &str) -> Result<bool, StoreError> {
        let statement = sql(
            "SELECT EXISTS (SELECT 1 FROM token_blacklist_blacklistedtoken AS b \
             JOIN token_blacklist_outstandingtoken AS o ON o.id = b.token_id \
             WHERE o.jti = $1) OR EXISTS (SELECT 1 FROM signet_session_token AS t \
             JOIN signet_session AS s ON s.id = t.session_id \
             WHERE t.jti = $1 AND s.ended_at IS NOT NULL)",
        );
        let found: Option<(bool,)> = self.pool.find(statement.text(storable(jti))).await?;
        Ok(found.is_some_and(|(is_blacklisted,)| is_blacklisted))
    }
}

/// The identity as the column holds it: 255 characters, none of them NUL. Nobody makes longer
/// ones, but whoever has the key may; a digest stands for such a one.
pub(super) fn storable(jti: &str) -> Cow<'_, str> {
    if jti.chars().count() <= LONGEST_JTI && !jti.contains('\0') {
        return Cow::Borrowed(jti);
    }
    let digest = digest::digest(&digest::SHA256, jti.as_bytes());
    let hex: String = digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Cow::Owned(format!("sha256:{hex}"))
}

/// Puts a token on record. On a server the row of its user is locked, so that nobody ends the
/// user's sessions until all is written, and sees this token then.
pub(super) fn insert_outstanding(token: &TokenRecord) -> Statement {
    // The user may have been deleted since: then the token belongs to nobody.
    sql("INSERT INTO token_blacklist_outstandingtoken \
         (token, created_at, expires_at, user_id, jti) \
         VALUES ('', $1, $2, (SELECT id FROM auth_user WHERE id = $3), $4) \
         ON CONFLICT (jti) DO NOTHING")
    .on_postgres(
        "INSERT INTO token_blacklist_outstandingtoken \
         (token, created_at, expires_at, user_id, jti) \
         VALUES ('', $1, $2, (SELECT id FROM auth_user WHERE id = $3 FOR SHARE), $4) \
         ON CONFLICT (jti) DO NOTHING",
    )
    .time(token.created_at.and_then(known_to_python))
    .time(time_of(token.expires_at))
    .integer(token.user.map(|id| id.0))
    .text(storable(&token.jti))
}

/// The same, and locks a row that is there, so that it is not flushed until all is written.
pub(super) fn insert_locked(token: &TokenRecord) -> Statement {
    sql("INSERT INTO token_blacklist_outstandingtoken \
         (token, created_at, expires_at, user_id, jti) \
         VALUES ('', $1, $2, (SELECT id FROM auth_user WHERE id = $3), $4) \
         ON CONFLICT (jti) DO UPDATE SET jti = excluded.jti")
    .on_postgres(
        "INSERT INTO token_blacklist_outstandingtoken \
         (token, created_at, expires_at, user_id, jti) \
         VALUES ('', $1, $2, (SELECT id FROM auth_user WHERE id = $3 FOR SHARE), $4) \
         ON CONFLICT (jti) DO UPDATE SET jti = excluded.jti",
    )
    .time(token.created_at.and_then(known_to_python))
    .time(time_of(token.expires_at))
    .integer(token.user.map(|id| id.0))
    .text(storable(&token.jti))
}

/// Blacklists a token that is on record, unless it is.
pub(super) fn consume(token: &TokenRecord, now: Timestamp) -> Statement {
    sql(
        "INSERT INTO token_blacklist_blacklistedtoken (blacklisted_at, token_id) \
         SELECT $1, id FROM token_blacklist_outstandingtoken WHERE jti = $2 \
         ON CONFLICT (token_id) DO NOTHING",
    )
    .time(now)
    .text(storable(&token.jti))
}
