//! The tables of SimpleJWT's `token_blacklist`. A row never holds the token, only its `jti`: tokens
//! cannot be taken from the database.

use std::borrow::Cow;

use aws_lc_rs::digest;

use crate::clock::Timestamp;
use crate::model::{Blacklist, TokenRecord};
use crate::storage::django_time::{known_to_python, time_of};
use crate::storage::error::StoreError;
use crate::storage::statement::{Statement, sql};
use crate::storage::store::Store;
use crate::storage::tables::Tables;
use crate::storage::write_batch::WriteBatch;

/// Characters of the longest identity that the column holds.
const LONGEST_JTI: usize = 255;

impl Store {
    /// Records a token that is about to be handed out.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn add_outstanding(&self, token: &TokenRecord) -> Result<(), StoreError> {
        let token = self.storable_token(token);
        self.write(WriteBatch::default().execute(insert_outstanding(&token, &self.tables)))
            .await?;
        Ok(())
    }

    /// Looks the token with this `jti` up on the blacklist. A token whose session has ended counts as
    /// blacklisted, because a sliding token outlives its row.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn blacklist_entry(&self, jti: &str) -> Result<Blacklist, StoreError> {
        let statement = sql("SELECT EXISTS (SELECT 1 FROM {blacklisted} AS b \
             JOIN {outstanding} AS o ON o.id = b.token_id \
             WHERE o.jti = $1) OR EXISTS (SELECT 1 FROM signet_session_token AS t \
             JOIN signet_session AS s ON s.id = t.session_id \
             WHERE t.jti = $1 AND s.ended_at IS NOT NULL)");
        let found: Option<(bool,)> = self.find(statement.text(self.storable_jti(jti))).await?;
        Ok(match found {
            Some((true,)) => Blacklist::Listed,
            _ => Blacklist::NotListed,
        })
    }

    /// Returns the `jti` as the column holds it, see [`storable`]. A digest also replaces a `jti`
    /// that the encoding of a PostgreSQL database may not have.
    pub(super) fn storable_jti<'a>(&self, jti: &'a str) -> Cow<'a, str> {
        if self.encoding.is_some() && !jti.is_ascii() {
            return Cow::Owned(digest_of(jti));
        }
        storable(jti)
    }

    /// Returns the token with its `jti` as the column holds it.
    pub(super) fn storable_token<'a>(&self, token: &'a TokenRecord) -> Cow<'a, TokenRecord> {
        match self.storable_jti(&token.jti) {
            Cow::Borrowed(_) => Cow::Borrowed(token),
            Cow::Owned(jti) => Cow::Owned(TokenRecord {
                jti,
                ..token.clone()
            }),
        }
    }
}

/// Returns the `jti` as the column holds it: at most 255 characters, without NUL. A digest replaces
/// any other `jti`; only a holder of the signing key can make such a token.
pub(super) fn storable(jti: &str) -> Cow<'_, str> {
    if jti.chars().count() <= LONGEST_JTI && !jti.contains('\0') {
        return Cow::Borrowed(jti);
    }
    Cow::Owned(digest_of(jti))
}

fn digest_of(jti: &str) -> String {
    let digest = digest::digest(&digest::SHA256, jti.as_bytes());
    let hex: String = digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}

/// Inserts a token. On PostgreSQL it locks the user's row in shared mode, so that the user's
/// sessions cannot be ended until the insert is committed and visible.
pub(super) fn insert_outstanding(token: &TokenRecord, tables: &Tables) -> Statement {
    // The user may have been deleted since: then the token is inserted without a user.
    sql("INSERT INTO {outstanding} \
         (token, created_at, expires_at, user_id, jti) \
         VALUES ('', $1, $2, (SELECT {id} FROM {users} WHERE {id} = $3), $4) \
         ON CONFLICT (jti) DO NOTHING")
    .on_postgres(
        "INSERT INTO {outstanding} \
         (token, created_at, expires_at, user_id, jti) \
         VALUES ('', $1, $2, (SELECT {id} FROM {users} WHERE {id} = $3 FOR SHARE), $4) \
         ON CONFLICT (jti) DO NOTHING",
    )
    .of(tables)
    .time(token.created_at.and_then(known_to_python))
    .time(time_of(token.expires_at))
    .key(token.user)
    .text(storable(&token.jti))
}

/// Inserts a token or locks its existing row, so that the row is not flushed before the commit.
pub(super) fn insert_locked(token: &TokenRecord, tables: &Tables) -> Statement {
    sql("INSERT INTO {outstanding} \
         (token, created_at, expires_at, user_id, jti) \
         VALUES ('', $1, $2, (SELECT {id} FROM {users} WHERE {id} = $3), $4) \
         ON CONFLICT (jti) DO UPDATE SET jti = excluded.jti")
    .on_postgres(
        "INSERT INTO {outstanding} \
         (token, created_at, expires_at, user_id, jti) \
         VALUES ('', $1, $2, (SELECT {id} FROM {users} WHERE {id} = $3 FOR SHARE), $4) \
         ON CONFLICT (jti) DO UPDATE SET jti = excluded.jti",
    )
    .of(tables)
    .time(token.created_at.and_then(known_to_python))
    .time(time_of(token.expires_at))
    .key(token.user)
    .text(storable(&token.jti))
}

/// Blacklists a recorded token; changes no rows if it is blacklisted already.
pub(super) fn consume(token: &TokenRecord, now: Timestamp) -> Statement {
    sql("INSERT INTO {blacklisted} (blacklisted_at, token_id) \
         SELECT $1, id FROM {outstanding} WHERE jti = $2 \
         ON CONFLICT (token_id) DO NOTHING")
    .time(now)
    .text(storable(&token.jti))
}
