//! The table `signet_session`: what logins began, and how it ended.
//!
//! What ends a session blacklists the unexpired tokens of its session with it. Whoever hands out a
//! token locks the row of its user in shared mode ([`crate::storage::outstanding_tokens::insert_outstanding`]), and whoever ends
//! sessions locks it alone and first: so no token can slip in between.

use std::borrow::Cow;

use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use crate::clock::Timestamp;
use crate::model::{
    EndReason, Except, Login, NewSession, SessionId, SessionRecord, TokenRecord, UserId,
};
use crate::password::Encoded;
use crate::storage::django_time::DjangoTime;
use crate::storage::engine::{Statement, sql};
use crate::storage::error::StoreError;
use crate::storage::known_locations::remember;
use crate::storage::outstanding_tokens::{consume, insert_outstanding, storable};
use crate::storage::session_rows::{insert_session, insert_session_token};
use crate::storage::store::Store;
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
    /// Begins a session: records it, its token and the login; all or nothing. `false` if the
    /// password is no longer the one that was compared.
    pub async fn log_in(&self, login: &Login) -> Result<bool, StoreError> {
        let user = login.session.user.0;
        let now = login.session.used_at;
        // Either locks the row of the user, so that the password stays what it is until all is
        // written.
        let batch = match login.update_last_login {
            true => WriteBatch::default().execute_or_abort(
                sql("UPDATE auth_user SET last_login = $3 WHERE id = $1 AND password = $2")
                    .integer(user)
                    .text(login.password.0.clone())
                    .time(now),
            ),
            false => WriteBatch::default().require_row(
                sql("SELECT CAST(id AS bigint) FROM auth_user WHERE id = $1 AND password = $2")
                    .on_postgres(
                        "SELECT CAST(id AS bigint) FROM auth_user \
                         WHERE id = $1 AND password = $2 FOR SHARE",
                    )
                    .integer(user)
                    .text(login.password.0.clone()),
            ),
        };
        let batch = batch
            .execute(insert_outstanding(&login.token))
            .execute(insert_session_token(&login.token, &login.session))
            .execute(insert_session(&self.storable_session(&login.session)));
        let batch = remember(batch, login.session.user, login.network, now);
        Ok(self.write(batch).await?.is_some())
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

    /// The live sessions of a user, the last used first, at most `limit`: those that have a token
    /// which ends after `now` and is not on the blacklist.
    pub async fn sessions_of(
        &self,
        user: UserId,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        // Of many tokens the last to end is the one that is not spent, so it is looked at first.
        let query = sql(
            "SELECT id, created_at, last_used_at, address, user_agent FROM signet_session AS s \
             WHERE user_id = $1 AND ended_at IS NULL AND (SELECT t.jti \
             FROM signet_session_token AS t \
             LEFT JOIN token_blacklist_outstandingtoken AS o ON o.jti = t.jti \
             WHERE t.session_id = s.id AND t.expires_at > $2 AND NOT EXISTS \
             (SELECT 1 FROM token_blacklist_blacklistedtoken AS b WHERE b.token_id = o.id) \
             ORDER BY t.expires_at DESC LIMIT 1) IS NOT NULL \
             ORDER BY last_used_at DESC, id LIMIT $3",
        )
        .integer(user.0)
        .integer(now.as_second())
        .integer(i64::from(limit));
        self.pool.rows(query).await
    }

    /// Blacklists a token, also one that was never recorded, and nothing else; once answered,
    /// nothing is given for it any more. A session that has no other token which ends after
    /// `cutoff` has ended with it. `false` if it is on the blacklist already: then nothing changes.
    pub async fn blacklist(
        &self,
        token: &TokenRecord,
        cutoff: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let end = sql("UPDATE signet_session SET ended_at = $2, ended_by = $3 \
             WHERE id = (SELECT session_id FROM signet_session_token WHERE jti = $1) \
             AND ended_at IS NULL AND (SELECT t.jti FROM signet_session_token AS t \
             LEFT JOIN token_blacklist_outstandingtoken AS o ON o.jti = t.jti \
             WHERE t.session_id = signet_session.id AND t.expires_at > $4 AND NOT EXISTS \
             (SELECT 1 FROM token_blacklist_blacklistedtoken AS b WHERE b.token_id = o.id) \
             ORDER BY t.expires_at DESC LIMIT 1) IS NULL")
        .text(storable(&token.jti))
        .time(now)
        .text(EndReason::LogOut.as_str())
        .integer(cutoff.as_second());
        // Whether there is another token nobody can say while one is being made.
        let held = token.user.into_iter().map(lock_user);
        let batch = held
            .fold(WriteBatch::default(), WriteBatch::execute)
            .execute(insert_outstanding(token))
            .execute_or_abort(consume(token, now))
            .execute(end);
        Ok(self.write(batch).await?.is_some())
    }

    /// Ends a session of a user, with every token of it that ends after `cutoff`; `false` if the
    /// user has no such session, or it has ended already.
    pub async fn end_session(
        &self,
        user: UserId,
        session: &SessionId,
        by: EndReason,
        cutoff: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let end = sql("UPDATE signet_session SET ended_at = $3, ended_by = $4 \
             WHERE id = $1 AND user_id = $2 AND ended_at IS NULL")
        .text(&*session.0)
        .integer(user.0)
        .time(now)
        .text(by.as_str());
        let blacklist = sql(
            "INSERT INTO token_blacklist_blacklistedtoken (blacklisted_at, token_id) \
             SELECT $1, o.id FROM signet_session_token AS t \
             JOIN token_blacklist_outstandingtoken AS o ON o.jti = t.jti \
             WHERE t.session_id = $2 AND t.expires_at > $3 ON CONFLICT (token_id) DO NOTHING",
        )
        .time(now)
        .text(&*session.0)
        .integer(cutoff.as_second());
        let batch = WriteBatch::default()
            .execute(lock_user(user))
            .execute_or_abort(end)
            .execute(blacklist);
        Ok(self.write(batch).await?.is_some())
    }

    /// Ends the sessions of a user but for what is kept, and blacklists every other token of the
    /// user that is on record with an end after `cutoff`, those of no session too.
    pub async fn end_sessions(
        &self,
        user: UserId,
        kept: &Except,
        by: EndReason,
        cutoff: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let batch = WriteBatch::default().execute(lock_user(user));
        let batch = ending(batch, user, kept, by, cutoff, now);
        self.write(batch).await?;
        Ok(())
    }

    /// Replaces a user's hash, and ends the sessions of the user as [`Store::end_sessions`] does;
    /// both or neither. `false` if there is no such user, or the hash is no longer the `former`
    /// one, where one is given.
    pub async fn change_password(
        &self,
        user: UserId,
        former: Option<&Encoded>,
        password: &Encoded,
        kept: &Except,
        cutoff: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let change = match former {
            Some(former) => {
                sql("UPDATE auth_user SET password = $2 WHERE id = $1 AND password = $3")
                    .integer(user.0)
                    .text(password.0.clone())
                    .text(former.0.clone())
            }
            None => sql("UPDATE auth_user SET password = $2 WHERE id = $1")
                .integer(user.0)
                .text(password.0.clone()),
        };
        // It locks the row of the user as well.
        let batch = WriteBatch::default().execute_or_abort(change);
        let batch = ending(batch, user, kept, EndReason::PasswordChange, cutoff, now);
        Ok(self.write(batch).await?.is_some())
    }

    /// Writes down when a session was last used.
    pub async fn touch(&self, session: &SessionId, at: Timestamp) -> Result<(), StoreError> {
        let touch = sql("UPDATE signet_session SET last_used_at = $2 \
             WHERE id = $1 AND last_used_at < $2");
        let touch = touch.text(&*session.0).time(at);
        self.write(WriteBatch::default().execute(touch)).await?;
        Ok(())
    }
}

/// Keeps others from handing out tokens to the user until all is written. A file has one writer
/// at a time in any case.
fn lock_user(user: UserId) -> Statement {
    sql("SELECT id FROM auth_user WHERE id = $1")
        .on_postgres("SELECT id FROM auth_user WHERE id = $1 FOR NO KEY UPDATE")
        .integer(user.0)
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
    // Nothing is called by the empty text.
    let session = kept.session.as_ref().map_or("", |session| &session.0);
    let jti = kept.jti.as_deref().unwrap_or_default();
    let end = sql("UPDATE signet_session SET ended_at = $3, ended_by = $4 \
         WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL")
    .integer(user.0)
    .text(session)
    .time(now)
    .text(by.as_str());
    let blacklist = sql(
        "INSERT INTO token_blacklist_blacklistedtoken (blacklisted_at, token_id) \
         SELECT $1, id FROM token_blacklist_outstandingtoken AS o \
         WHERE user_id = $2 AND expires_at > $3 AND jti <> $5 AND NOT EXISTS (SELECT 1 \
         FROM signet_session_token AS t WHERE t.jti = o.jti AND t.session_id = $4) \
         ON CONFLICT (token_id) DO NOTHING",
    )
    .time(now)
    .integer(user.0)
    .time(cutoff)
    .text(session)
    .text(storable(jti));
    batch.execute(end).execute(blacklist)
}
