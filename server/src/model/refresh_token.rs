//! Refresh tokens on record, and the sessions that they belong to.

use crate::clock::Timestamp;
use crate::model::session::{NewSession, SessionId};
use crate::model::user::UserId;

/// What is put on record of a refresh or a sliding token.
#[derive(Clone, Debug)]
pub struct TokenRecord {
    /// The token's identity: any text.
    pub jti: String,
    /// Whose it is; `None` if that is nobody, or nobody any more.
    pub user: Option<UserId>,
    /// When it was made, if it says.
    pub created_at: Option<Timestamp>,
    /// When it ends, in seconds since the epoch.
    pub expires_at: i64,
    /// When nothing is given for it any more: a sliding token lives on past its first end.
    pub lives_until: i64,
}

/// What is known of a refresh token that somebody shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenStatus {
    /// Whether it is on the blacklist, or its session has ended.
    pub is_blacklisted: bool,
    /// The session it belongs to, unless that has ended or there is none.
    pub session: Option<SessionSummary>,
}

/// The live session that a token belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSummary {
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
    pub consume: bool,
    /// The session to put both into, where the one before is not known to belong to any.
    pub new_session: Option<NewSession>,
    /// The session that the one before belonged to when it was looked at. It is made anew if it
    /// has been flushed since.
    pub known: Option<NewSession>,
}
