//! Sessions: the device that began one, and the reason that it ended for.

use std::net::{IpAddr, Ipv4Addr};

use crate::clock::Timestamp;
use crate::model::user::UserId;
use crate::network::Network;

/// Characters of the longest `User-Agent` that is kept.
const LONGEST_USER_AGENT: usize = 255;

/// The id of a session: a UUID in 32 hexadecimal digits. It is not a secret and grants no access.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionId(pub String);

impl SessionId {
    /// The identity that a text is, if it can be one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_one.then(|| Self(text.to_owned()))
    }

    pub(crate) fn random() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }
}

/// The sender of a request, as far as the server can see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Its address; `None` if that is not known.
    pub address: Option<IpAddr>,
    /// The `User-Agent`: at most 255 characters, without control characters.
    pub user_agent: String,
}

impl Device {
    /// One that has sent this `User-Agent`.
    pub fn new(address: Option<IpAddr>, user_agent: &str) -> Self {
        let shown = user_agent.chars().filter(|c| !c.is_control());
        Self {
            address,
            user_agent: shown.take(LONGEST_USER_AGENT).collect(),
        }
    }

    /// Returns the network that is counted for this client. All clients of unknown address count as
    /// a single one, which is the safe side.
    pub fn network(&self) -> Network {
        Network::of(self.address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()))
    }
}

/// The reason that a session ended for, other than expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The user logged out.
    LogOut,
    /// The user ended it from another session.
    User,
    /// An administrator ended it.
    Administrator,
    /// The password was changed.
    PasswordChange,
    /// A rotated token of the session was used again: its refresh token was copied (reuse
    /// detection).
    Reuse,
}

impl EndReason {
    /// Returns the value of the column `ended_by`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LogOut => "logout",
            Self::User => "user",
            Self::Administrator => "administrator",
            Self::PasswordChange => "password_change",
            Self::Reuse => "reuse",
        }
    }
}

/// A session that begins.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its identity.
    pub id: SessionId,
    /// The user of the session.
    pub user: UserId,
    /// The time of the login.
    pub created_at: Timestamp,
    /// The time of the last use.
    pub used_at: Timestamp,
    /// The client's address at the login; empty if unknown.
    pub address: String,
    /// The client's `User-Agent` at the login; at most 255 characters.
    pub user_agent: String,
}

/// A live session as the database knows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Its identity.
    pub id: SessionId,
    /// The time of the login.
    pub created_at: Timestamp,
    /// The time of the last use, accurate to about a minute.
    pub last_used_at: Timestamp,
    /// The client's address at the login; empty if unknown.
    pub address: String,
    /// The client's `User-Agent` at the login.
    pub user_agent: String,
}

/// The session and token that stay when the sessions of a user end.
#[derive(Clone, Debug, Default)]
pub struct Except {
    /// The session that goes on.
    pub session: Option<SessionId>,
    /// A token that goes on, whether or not it belongs to that session.
    pub jti: Option<String>,
}
