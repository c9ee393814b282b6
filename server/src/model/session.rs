//! What a session is besides its tokens: whose browser or program began it, and how it ends.

use std::net::{IpAddr, Ipv4Addr};

use crate::clock::Timestamp;
use crate::model::user::UserId;
use crate::network::Network;

/// Characters of the longest `User-Agent` that is kept.
const LONGEST_USER_AGENT: usize = 255;

/// The identity of a session: 32 letters and digits. It is no secret, and opens nothing.
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

/// Who sends a request, as far as a server can see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Its address; `None` if that is not known.
    pub address: Option<IpAddr>,
    /// What it says of itself: at most 255 characters, none of which controls a terminal.
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

    /// What is counted as this client. All whose address is not known are one: it is the safe
    /// side.
    pub fn network(&self) -> Network {
        Network::of(self.address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()))
    }
}

/// How a session ended, besides by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The user logged out.
    LogOut,
    /// The user ended it from another session.
    User,
    /// Whoever runs the server ended it.
    Administrator,
    /// The password was changed.
    PasswordChange,
    /// A token of it that had been spent was used again: somebody has copied it.
    Reuse,
}

impl EndReason {
    /// What stands in the database.
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
    /// Whose it is.
    pub user: UserId,
    /// When the user logged in.
    pub created_at: Timestamp,
    /// When it was used.
    pub used_at: Timestamp,
    /// Where the login came from; empty if that is not known.
    pub address: String,
    /// What the login was sent with; at most 255 characters.
    pub user_agent: String,
}

/// A live session as the database knows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Its identity.
    pub id: SessionId,
    /// When the user logged in.
    pub created_at: Timestamp,
    /// When it was last used, to about a minute.
    pub last_used_at: Timestamp,
    /// Where the login came from; empty if that is not known.
    pub address: String,
    /// What the login was sent with.
    pub user_agent: String,
}

/// What stays when the sessions of a user end.
#[derive(Clone, Debug, Default)]
pub struct Except {
    /// The session that goes on.
    pub session: Option<SessionId>,
    /// A token that goes on, whether or not it belongs to that session.
    pub jti: Option<String>,
}
