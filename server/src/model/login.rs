//! A login that is to be recorded.

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
