//! Refresh tokens on record, and the sessions that they belong to.

use crate::clock::Timestamp;
use crate::model::session::{NewSession, SessionId};
use crate::model::user::UserId;

/// A refresh or sliding token, as it is recorded.
#[derive(Clone, Debug)]
pub struct TokenRecord {
    /// The token's identity: any text.
    pub jti: String,
    /// The user; `None` if the token names no user, or a deleted one.
    pub user: Option<UserId>,
    /// The time of issue, if the token has one.
    pub created_at: Option<Timestamp>,
    /// The expiry time, in seconds since the epoch.
    pub expires_at: i64,
    /// The last second, since the epoch, in which the token can be exchanged. A sliding token can
    /// be exchanged after its `exp`.
    pub lives_until: i64,
}

/// The state of a refresh token that a client presents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenStatus {
    /// `true` if the token is blacklisted or its session has ended.
    pub is_blacklisted: bool,
    /// The session it belongs to, unless that has ended or there is none.
    pub session: Option<SessionSummary>,
}

/// The live session that a token belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSummary {
    /// Which session.
    pub session: SessionId,
    /// The user of the session.
    pub user: UserId,
    /// The start of the session.
    pub began: Timestamp,
    /// The last recorded use of the session.
    pub last_used: Timestamp,
}

/// The token that replaced a rotated refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// Its identity.
    pub jti: String,
    /// The time of issue.
    pub made_at: Timestamp,
    /// The expiry time, in seconds since the epoch.
    pub expires_at: i64,
    /// The time at which a client received the token; `None` if the rotation may not have been
    /// answered.
    pub answered_at: Option<Timestamp>,
    /// `true` if the successor is blacklisted, too.
    pub is_blacklisted: bool,
}

/// The replacement of a refresh token by its successor.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The one before.
    pub former: TokenRecord,
    /// The one after.
    pub successor: TokenRecord,
    /// `true` if the former token is blacklisted (BLACKLIST_AFTER_ROTATION).
    pub consume: bool,
    /// The session to put both into, where the one before is not known to belong to any.
    pub new_session: Option<NewSession>,
    /// The session that the former token belonged to when it was read. The rotation inserts it
    /// again if it has been flushed since.
    pub known: Option<NewSession>,
}
