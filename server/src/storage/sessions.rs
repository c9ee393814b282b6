//! The table `signet_session`: the sessions that logins began, and the reasons that they ended for.
//!
//! Ending a session blacklists its unexpired tokens. Issuing a token locks the user's row in shared
//! mode ([`crate::storage::outstanding_tokens::insert_outstanding`]), and ending sessions locks the
//! row exclusively and first, so no token can be issued in between.

use std::borrow::Cow;

use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use crate::clock::Timestamp;
use crate::model::{
    EndReason, Except, Login, NewSession, SessionId, SessionRecord, TokenRecord, UserId, Write,
};
use crate::password::Encoded;
use crate::storage::django_time::DjangoTime;
use crate::storage::error::StoreError;
use crate::storage::known_locations::remember;
use crate::storage::outstanding_tokens::{consume, insert_outstanding, storable};
use crate::storage::session_rows::{insert_session, insert_session_token};
use crate::storage::statement::{Statement, sql};
use crate::storage::store::Store;
use crate::storage::tables::Tables;
use crate::storage::write_batch::WriteBatch;

impl<'r, R> FromRow<'r, R> for SessionRecord
where
    R: Row,
    &'static str: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    DjangoTime: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        let created_at: DjangoTime = row.try_get("created_at")?;
        let last_used_at: DjangoTime = row.try_get("last_used_at")?;
        Ok(Self {
            id: SessionId(row.try_get("id")?),
            created_at: created_at.0,
            last_used_at: last_used_at.0,
            address: row.try_get("address")?,
            user_agent: row.try_get("user_agent")?,
        })
    }
}

impl Store {
    /// Records a login in one transaction: the session, its first token and the location. Refused
    /// if the stored hash is no longer the one that was verified.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn log_in(&self, login: &Login) -> Result<Write, StoreError> {
        let user = login.session.user;
        let tables = &*self.tables;
        let now = login.session.used_at;
        // Both statements lock the user's row, so that the password does not change before the
        // commit.
        let batch = if login.update_last_login && tables.has("last_login") {
            WriteBatch::default().execute_or_abort(
                sql("UPDATE {users} SET {last_login} = $3 WHERE {id} = $1 AND {password} = $2")
                    .of(tables)
                    .key(user)
                    .text(login.password.0.clone())
                    .time(now),
            )
        } else {
            WriteBatch::default().require_row(
                sql("SELECT CAST(1 AS bigint) FROM {users} WHERE {id} = $1 AND {password} = $2")
                    .on_postgres(
                        "SELECT CAST(1 AS bigint) FROM {users} \
                         WHERE {id} = $1 AND {password} = $2 FOR SHARE",
                    )
                    .of(tables)
                    .key(user)
                    .text(login.password.0.clone()),
            )
        };
        let batch = batch
            .execute(insert_outstanding(&login.token, tables))
            .execute(insert_session_token(&login.token, &login.session))
            .execute(insert_session(&self.storable_session(&login.session)));
        let batch = remember(batch, login.session.user, login.network, now);
        Ok(Write::done_if(self.write(batch).await?.is_some()))
    }

    /// A session whose texts every database can hold: what a client says of itself must not be in
    /// the way of its login.
    pub(super) fn storable_session<'a>(&self, session: &'a NewSession) -> Cow<'a, NewSession> {
        if self.encoding.is_none() || session.user_agent.is_ascii() {
            return Cow::Borrowed(session);
        }
        let in_ascii = |c: char| if c.is_ascii() { c } else { '?' };
        Cow::Owned(NewSession {
            user_agent: session.user_agent.chars().map(in_ascii).collect(),
            ..session.clone()
        })
    }

    /// Returns the live sessions of a user, the last used first, at most `limit`. A live session
    /// has a token that expires after `now` and is not blacklisted.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn sessions_of(
        &self,
        user: UserId,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        // The token that expires last is usually the one that is not rotated, so the query looks at
        // it first.
        let query = sql(
            "SELECT id, created_at, last_used_at, address, user_agent FROM signet_session AS s \
             WHERE user_id = $1 AND ended_at IS NULL AND (SELECT t.jti \
             FROM signet_session_token AS t \
             LEFT JOIN {outstanding} AS o ON o.jti = t.jti \
             WHERE t.session_id = s.id AND t.expires_at > $2 AND NOT EXISTS \
             (SELECT 1 FROM {blacklisted} AS b WHERE b.token_id = o.id) \
             ORDER BY t.expires_at DESC LIMIT 1) IS NOT NULL \
             ORDER BY last_used_at DESC, id LIMIT $3",
        )
        .user(user)
        .integer(now.as_second())
        .integer(i64::from(limit));
        self.rows(query).await
    }

    /// Blacklists a token, recorded or not, and no other token. Ends the session, too, if it has no
    /// other token that expires after `cutoff`. Refused if the token is blacklisted already.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn blacklist(
        &self,
        token: &TokenRecord,
        cutoff: Timestamp,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        let token = &*self.storable_token(token);
        let end = sql("UPDATE signet_session SET ended_at = $2, ended_by = $3 \
             WHERE id = (SELECT session_id FROM signet_session_token WHERE jti = $1) \
             AND ended_at IS NULL AND (SELECT t.jti FROM signet_session_token AS t \
             LEFT JOIN {outstanding} AS o ON o.jti = t.jti \
             WHERE t.session_id = signet_session.id AND t.expires_at > $4 AND NOT EXISTS \
             (SELECT 1 FROM {blacklisted} AS b WHERE b.token_id = o.id) \
             ORDER BY t.expires_at DESC LIMIT 1) IS NULL")
        .text(storable(&token.jti))
        .time(now)
        .text(EndReason::LogOut.as_str())
        .integer(cutoff.as_second());
        // Locked, because a token that is being issued meanwhile is not visible yet.
        let held = token
            .user
            .into_iter()
            .map(|user| lock_user(user, &self.tables));
        let batch = held
            .fold(WriteBatch::default(), WriteBatch::execute)
            .execute(insert_outstanding(token, &self.tables))
            .execute_or_abort(consume(token, now))
            .execute(end);
        Ok(Write::done_if(self.write(batch).await?.is_some()))
    }

    /// Ends a session of a user, and blacklists its tokens that expire after `cutoff`. Refused if the
    /// user has no such live session.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn end_session(
        &self,
        user: UserId,
        session: &SessionId,
        by: EndReason,
        cutoff: Timestamp,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        let end = sql("UPDATE signet_session SET ended_at = $3, ended_by = $4 \
             WHERE id = $1 AND user_id = $2 AND ended_at IS NULL")
        .text(&*session.0)
        .user(user)
        .time(now)
        .text(by.as_str());
        let blacklist = sql("INSERT INTO {blacklisted} (blacklisted_at, token_id) \
             SELECT $1, o.id FROM signet_session_token AS t \
             JOIN {outstanding} AS o ON o.jti = t.jti \
             WHERE t.session_id = $2 AND t.expires_at > $3 ON CONFLICT (token_id) DO NOTHING")
        .time(now)
        .text(&*session.0)
        .integer(cutoff.as_second());
        let batch = WriteBatch::default()
            .execute(lock_user(user, &self.tables))
            .execute_or_abort(end)
            .execute(blacklist);
        Ok(Write::done_if(self.write(batch).await?.is_some()))
    }

    /// Ends the sessions of a user except those kept, and blacklists all other recorded tokens of
    /// the user that expire after `cutoff`, also tokens without a session.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn end_sessions(
        &self,
        user: UserId,
        kept: &Except,
        by: EndReason,
        cutoff: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let batch = WriteBatch::default().execute(lock_user(user, &self.tables));
        let batch = ending(batch, user, kept, by, cutoff, now);
        self.write(batch).await?;
        Ok(())
    }

    /// Replaces a user's hash and ends the user's sessions, as [`Store::end_sessions`] does, in one
    /// transaction. Refused if there is no such user, or if the stored hash is not `former`.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn change_password(
        &self,
        user: UserId,
        former: Option<&Encoded>,
        password: &Encoded,
        kept: &Except,
        cutoff: Timestamp,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        let change = match former {
            Some(former) => {
                sql("UPDATE {users} SET {password} = $2 WHERE {id} = $1 AND {password} = $3")
                    .of(&self.tables)
                    .key(user)
                    .text(password.0.clone())
                    .text(former.0.clone())
            }
            None => sql("UPDATE {users} SET {password} = $2 WHERE {id} = $1")
                .of(&self.tables)
                .key(user)
                .text(password.0.clone()),
        };
        // It locks the row of the user as well.
        let batch = WriteBatch::default().execute_or_abort(change);
        let batch = ending(batch, user, kept, EndReason::PasswordChange, cutoff, now);
        Ok(Write::done_if(self.write(batch).await?.is_some()))
    }

    /// Records the last use of a session, unless a later one is recorded.
    ///
    /// # Errors
    /// [`StoreError`] if the database failed.
    pub async fn touch(&self, session: &SessionId, at: Timestamp) -> Result<(), StoreError> {
        let touch = sql("UPDATE signet_session SET last_used_at = $2 \
             WHERE id = $1 AND last_used_at < $2");
        let touch = touch.text(&*session.0).time(at);
        self.write(WriteBatch::default().execute(touch)).await?;
        Ok(())
    }
}

/// Locks the user's row, so that no token is issued for the user before the commit. SQLite has a
/// single writer in any case.
fn lock_user(user: UserId, tables: &Tables) -> Statement {
    sql("SELECT {id} FROM {users} WHERE {id} = $1")
        .on_postgres("SELECT {id} FROM {users} WHERE {id} = $1 FOR NO KEY UPDATE")
        .of(tables)
        .key(user)
}

/// Ends what is not kept.
fn ending(
    batch: WriteBatch,
    user: UserId,
    kept: &Except,
    by: EndReason,
    cutoff: Timestamp,
    now: Timestamp,
) -> WriteBatch {
    // Ids are never empty, so `''` matches no row.
    let session = kept.session.as_ref().map_or("", |session| &session.0);
    let jti = kept.jti.as_deref().unwrap_or_default();
    let end = sql("UPDATE signet_session SET ended_at = $3, ended_by = $4 \
         WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL")
    .user(user)
    .text(session)
    .time(now)
    .text(by.as_str());
    let blacklist = sql("INSERT INTO {blacklisted} (blacklisted_at, token_id) \
         SELECT $1, id FROM {outstanding} AS o \
         WHERE user_id = $2 AND expires_at > $3 AND jti <> $5 AND NOT EXISTS (SELECT 1 \
         FROM signet_session_token AS t WHERE t.jti = o.jti AND t.session_id = $4) \
         ON CONFLICT (token_id) DO NOTHING")
    .time(now)
    .key(user)
    .time(cutoff)
    .text(session)
    .text(storable(jti));
    batch.execute(end).execute(blacklist)
}
