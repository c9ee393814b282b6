//! The table `signet_session_token`: which refresh tokens belong to one session, and which of
//! them came after which.

use crate::clock::Timestamp;
use crate::model::{
    NewSession, Rotation, SessionId, SessionSummary, Successor, TokenRecord, TokenStatus, Write,
};
use crate::storage::django_time::DjangoTime;
use crate::storage::error::StoreError;
use crate::storage::outstanding_tokens::{consume, insert_locked, insert_outstanding, storable};
use crate::storage::session_rows::{insert_session, insert_session_token};
use crate::storage::statement::{Statement, sql};
use crate::storage::store::Store;
use crate::storage::write_batch::WriteBatch;

/// Seconds before its end from which a token may be flushed before its rotation is written, which
/// takes two seconds at most. Clocks of several servers may differ by the rest.
const FLUSHED_SOON: i64 = 5;

impl Store {
    /// Returns the state of the token with this `jti`.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn token_status(&self, jti: &str) -> Result<TokenStatus, StoreError> {
        let query = sql(
            "SELECT b.id IS NOT NULL, s.ended_at IS NOT NULL, s.id, CAST(s.user_id AS text), s.created_at, \
             s.last_used_at FROM {outstanding} AS o \
             LEFT JOIN {blacklisted} AS b ON b.token_id = o.id \
             LEFT JOIN signet_session_token AS t ON t.jti = o.jti \
             LEFT JOIN signet_session AS s ON s.id = t.session_id \
             WHERE o.jti = $1",
        );
        type Row = (
            bool,
            bool,
            Option<String>,
            Option<String>,
            Option<DjangoTime>,
            Option<DjangoTime>,
        );
        let found: Option<Row> = self.find(query.text(self.storable_jti(jti))).await?;
        let Some((is_listed, has_ended, session, user, began, last_used)) = found else {
            return Ok(TokenStatus::default());
        };
        let live = session.filter(|_| !has_ended);
        let user = user.and_then(|user| user.parse().ok());
        let session = live.zip(user).zip(began).zip(last_used).map(
            |(((session, user), began), last_used)| SessionSummary {
                session: SessionId(session),
                user,
                began: began.0,
                last_used: last_used.0,
            },
        );
        Ok(TokenStatus {
            is_blacklisted: is_listed || has_ended,
            session,
        })
    }

    /// Returns the successor of a rotated token of this session; `None` if Signet did not rotate
    /// it.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn successor_of(
        &self,
        spent: &str,
        session: &SessionId,
    ) -> Result<Option<Successor>, StoreError> {
        // By the session, which has few tokens, so that no index on what was spent is needed.
        let query = sql(
            "SELECT t.jti, t.created_at, t.expires_at, t.answered_at, b.id IS NOT NULL \
             FROM signet_session_token AS t \
             LEFT JOIN {outstanding} AS o ON o.jti = t.jti \
             LEFT JOIN {blacklisted} AS b ON b.token_id = o.id \
             WHERE t.session_id = $1 AND t.spent_jti = $2",
        )
        .text(&*session.0)
        .text(self.storable_jti(spent));
        type Row = (String, DjangoTime, i64, Option<DjangoTime>, bool);
        let found: Option<Row> = self.find(query).await?;
        Ok(found.map(
            |(jti, made_at, expires_at, answered_at, is_blacklisted)| Successor {
                jti,
                made_at: made_at.0,
                expires_at,
                answered_at: answered_at.map(|time| time.0),
                is_blacklisted,
            },
        ))
    }

    /// Records the successor of a refresh token in the same session, in one transaction. With
    /// `consume`, blacklists the former token.
    ///
    /// Of several concurrent rotations of a token, one gets [`Write::Done`]. The others, and the
    /// rotation of a token that was blacklisted meanwhile, change no rows. The successor counts as
    /// handed out only after [`Store::confirm_answered`].
    ///
    /// # Errors
    /// [`StoreError`] if the database failed; then no rows have changed, or all of them.
    pub async fn rotate(&self, rotation: &Rotation, now: Timestamp) -> Result<Write, StoreError> {
        let former = &*self.storable_token(&rotation.former);
        let successor = &rotation.successor;
        let may_be_flushed = former.lives_until <= now.as_second() + FLUSHED_SOON;
        let mut batch = WriteBatch::default();
        if rotation.consume {
            let record = if may_be_flushed {
                insert_locked(former, &self.tables)
            } else {
                insert_outstanding(former, &self.tables)
            };
            batch = batch
                .execute(record)
                .execute_or_abort(consume(former, now))
                .execute(insert_outstanding(successor, &self.tables));
        } else {
            batch = batch
                .execute(insert_outstanding(successor, &self.tables))
                .require_row(unless_blacklisted(former));
        }
        if let Some(session) = &rotation.new_session {
            let session = self.storable_session(session);
            batch = batch
                .execute(insert_session_token(former, &session))
                .execute(insert_session(&session));
        }
        if let Some(session) = rotation.known.as_ref().filter(|_| may_be_flushed) {
            let session = self.storable_session(session);
            batch = batch
                .execute(insert_token_of_live_session(former, &session))
                .execute(insert_session(&session));
        }
        batch = batch.execute(insert_successor(former, successor, now));
        Ok(Write::done_if(self.write(batch).await?.is_some()))
    }
}

/// Inserts a token of a session that existed a moment ago, and locks the row, so that it is not
/// flushed before the commit.
fn insert_token_of_live_session(token: &TokenRecord, session: &NewSession) -> Statement {
    sql(
        "INSERT INTO signet_session_token (jti, session_id, spent_jti, created_at, expires_at) \
         VALUES ($1, $2, NULL, $3, $4) ON CONFLICT (jti) DO UPDATE SET jti = excluded.jti",
    )
    .text(storable(&token.jti))
    .text(&*session.id.0)
    .time(session.created_at)
    .integer(token.lives_until)
}

/// Inserts the successor into the session of the former token, if that token has one. The successor
/// is not marked as handed out yet.
fn insert_successor(former: &TokenRecord, successor: &TokenRecord, now: Timestamp) -> Statement {
    sql("INSERT INTO signet_session_token \
         (jti, session_id, spent_jti, created_at, expires_at, answered_at) \
         SELECT $2, session_id, jti, $3, $4, NULL FROM signet_session_token WHERE jti = $1")
    .text(storable(&former.jti))
    .text(storable(&successor.jti))
    .time(now)
    .integer(successor.lives_until)
}

/// A row, unless the token is on the blacklist.
fn unless_blacklisted(token: &TokenRecord) -> Statement {
    sql("SELECT CAST(1 AS bigint) WHERE NOT EXISTS (SELECT 1 \
         FROM {blacklisted} AS b \
         JOIN {outstanding} AS o ON o.id = b.token_id WHERE o.jti = $1)")
    .text(storable(&token.jti))
}
