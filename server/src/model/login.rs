//! Logins: the name that a user logs in by, and the record of a login.

use crate::model::refresh_token::TokenRecord;
use crate::model::session::NewSession;
use crate::network::Network;
use crate::password::Encoded;

/// A login whose password has been found right.
#[derive(Clone, Debug)]
pub struct Login {
    /// The session that begins.
    pub session: NewSession,
    /// Its first token.
    pub token: TokenRecord,
    /// The hash that the password was compared with.
    pub password: Encoded,
    /// Whether the time is written down as the user's last login.
    pub update_last_login: bool,
    /// The network that the login came from.
    pub network: Network,
}

/// A name to find a user by.
#[derive(Clone, Copy, Debug)]
pub enum LoginName<'a> {
    /// As typed into a login: looked for in the columns of `[user] login`.
    Typed(&'a str),
    /// The username of a known user.
    Username(&'a str),
}

impl<'a> LoginName<'a> {
    /// Returns the text.
    pub fn text(self) -> &'a str {
        match self {
            Self::Typed(text) | Self::Username(text) => text,
        }
    }
}
