//! The table `signet_session_token`: which refresh tokens belong to one session, and which of
//! them came after which.

use super::engine::{Statement, sql};
use super::script::Script;
use super::sessions::begin;
use super::time::DjangoTime;
use super::tokens::{insert, insert_locked, spend, storable};
use super::{NewSession, Store, StoreError, TokenRecord};
use crate::clock::Timestamp;
use crate::session::SessionId;
use crate::user::UserId;

/// What is known of a refresh token that somebody shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it is on the blacklist, or its session has ended.
    pub is_blacklisted: bool,
    /// The session it belongs to, unless that has ended or there is none.
    pub family: Option<Family>,
}

/// The live session that a token belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// Which session.
    pub session: SessionId,
    /// Whose.
    pub user: UserId,
    /// When it began.
    pub began: Timestamp,
    /// When it was last used, as far as that has been written down.
    pub last_used: Timestamp,
}

/// A token that came after another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// Its identity.
    pub jti: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends, in seconds since the epoch.
    pub expires_at: i64,
    /// When it was handed out; `None` if the rotation that made it may not have been answered.
    pub answered_at: Option<Timestamp>,
    /// Whether it is on the blacklist, too.
    pub is_blacklisted: bool,
}

/// A refresh token that takes the place of another one.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The one before.
    pub former: TokenRecord,
    /// The one after.
    pub successor: TokenRecord,
    /// Whether the one before is good for nothing from then on.
    pub spend: bool,
    /// The session to put both into, where the one before is not known to belong to any.
    pub found: Option<NewSession>,
    /// The session that the one before belonged to when it was looked at. It is made anew if it
    /// has been flushed since.
    pub known: Option<NewSession>,
}

/// Seconds before its end from which a token may be flushed before its rotation is written, which
/// takes two seconds at most. Clocks of several servers may differ by the rest.
const FLUSHED_SOON: i64 = 5;

impl Store {
    /// What is known of the token of this `jti`.
    pub async fn standing(&self, jti: &str) -> Result<Standing, StoreError> {
        let query = sql(
            "SELECT b.id IS NOT NULL, s.ended_at IS NOT NULL, s.id, s.user_id, s.created_at, \
             s.last_used_at FROM token_blacklist_outstandingtoken AS o \
             LEFT JOIN token_blacklist_blacklistedtoken AS b ON b.token_id = o.id \
             LEFT JOIN signet_session_token AS t ON t.jti = o.jti \
             LEFT JOIN signet_session AS s ON s.id = t.session_id \
             WHERE o.jti = $1",
        );
        type Row = (
            bool,
            bool,
            Option<String>,
            Option<i64>,
            Option<DjangoTime>,
            Option<DjangoTime>,
        );
        let found: Option<Row> = self.pool.find(query.text(storable(jti))).await?;
        let Some((is_listed, has_ended, session, user, began, last_used)) = found else {
            return Ok(Standing::default());
        };
        let live = session.filter(|_| !has_ended);
        let family = live.zip(user).zip(began).zip(last_used).map(
            |(((session, user), began), last_used)| Family {
                session: SessionId(session),
                user: UserId(user),
                began: began.0,
                last_used: last_used.0,
            },
        );
        Ok(Standing {
            is_blacklisted: is_listed || has_ended,
            family,
        })
    }

    /// The token that came after a spent one of this session, if it was one of ours that spent it.
    pub async fn successor_of(
        &self,
        spent: &str,
        session: &SessionId,
    ) -> Result<Option<Successor>, StoreError> {
        // By the session, which has few tokens, so that no index on what was spent is needed.
        let query = sql(
            "SELECT t.jti, t.created_at, t.expires_at, t.answered_at, b.id IS NOT NULL \
             FROM signet_session_token AS t \
             LEFT JOIN token_blacklist_outstandingtoken AS o ON o.jti = t.jti \
             LEFT JOIN token_blacklist_blacklistedtoken AS b ON b.token_id = o.id \
             WHERE t.session_id = $1 AND t.spent_jti = $2",
        )
        .text(&*session.0)
        .text(storable(spent));
        type Row = (String, DjangoTime, i64, Option<DjangoTime>, bool);
        let found: Option<Row> = self.pool.find(query).await?;
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

    /// Records the successor of a refresh token, in the session of the one before; with `spend`,
    /// the one before is blacklisted. All or nothing: of several calls that would spend the same
    /// token one gets `true`; for the others, and for a token that has been blacklisted in the
    /// meantime, nothing changes. The successor counts as handed out only once
    /// [`Store::confirm_answered`] says so.
    pub async fn rotate(&self, rotation: &Rotation, now: Timestamp) -> Result<bool, StoreError> {
        let Rotation {
            former, successor, ..
        } = rotation;
        let may_be_flushed = former.lives_until <= now.as_second() + FLUSHED_SOON;
        let mut script = Script::default();
        if rotation.spend {
            let record = match may_be_flushed {
                true => insert_locked(former),
                false => insert(former),
            };
            script = script
                .then(record)
                .then_decide(spend(former, now))
                .then(insert(successor));
        } else {
            script = script
                .then(insert(successor))
                .then_need(unless_blacklisted(former));
        }
        if let Some(session) = &rotation.found {
            let session = self.storable_session(session);
            script = script.then(join(former, &session)).then(begin(&session));
        }
        if let Some(session) = rotation.known.as_ref().filter(|_| may_be_flushed) {
            let session = self.storable_session(session);
            script = script.then(hold(former, &session)).then(begin(&session));
        }
        script = script.then(follow(former, successor, now));
        Ok(self.write(script).await?.is_some())
    }
}

/// Puts a token into a session, unless it belongs to one.
pub(super) fn join(token: &TokenRecord, session: &NewSession) -> Statement {
    sql(
        "INSERT INTO signet_session_token (jti, session_id, spent_jti, created_at, expires_at) \
         VALUES ($1, $2, NULL, $3, $4) ON CONFLICT (jti) DO NOTHING",
    )
    .text(storable(&token.jti))
    .text(&*session.id.0)
    .time(session.created_at)
    .integer(token.lives_until)
}

/// The same for a token that belonged to this session a moment ago. Its row is locked, so that it
/// is not flushed until all is written.
fn hold(token: &TokenRecord, session: &NewSession) -> Statement {
    sql(
        "INSERT INTO signet_session_token (jti, session_id, spent_jti, created_at, expires_at) \
         VALUES ($1, $2, NULL, $3, $4) ON CONFLICT (jti) DO UPDATE SET jti = excluded.jti",
    )
    .text(storable(&token.jti))
    .text(&*session.id.0)
    .time(session.created_at)
    .integer(token.lives_until)
}

/// Puts a token into the session of the one before it, if that belongs to one. Nothing says yet
/// that it has been handed out.
fn follow(former: &TokenRecord, successor: &TokenRecord, now: Timestamp) -> Statement {
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
         FROM token_blacklist_blacklistedtoken AS b \
         JOIN token_blacklist_outstandingtoken AS o ON o.id = b.token_id WHERE o.jti = $1)")
    .text(storable(&token.jti))
}
