//! What the tabs of one browser tell each other.
//!
//! They share one refresh cookie, so that a renewal or a logout of one concerns them all. The
//! access token travels in a message and is never stored.

use super::grant::Issued;
use super::time::Now;
use super::token::AccessToken;

/// What one tab tells all others.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// It has been granted a token.
    Granted(Shared),
    /// Its user has logged out.
    LoggedOut,
    /// It sends a name and a password: the cookie will be another one.
    SigningIn,
}

/// A grant on its way to another tab. Tabs have one wall clock, but each has a monotonic clock of
/// its own, so times travel as spans.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// The access token.
    pub access: AccessToken,
    /// Whose it is.
    pub holder: String,
    /// Its `exp - iat`, in milliseconds.
    pub access_lifetime: i64,
    /// How long the refresh token will live on, in milliseconds.
    pub refresh_left: i64,
    /// How long ago its request was sent, in milliseconds.
    pub age: i64,
    /// When the message was sent, by the wall clock.
    pub posted: i64,
    /// Whether it came of a name and a password, and is no renewal.
    pub signed_in: bool,
}

impl Shared {
    /// What it grants to a tab that hears of it `now`. A message that was long on its way, to a
    /// tab that was frozen, is as old as it is.
    pub fn received(self, now: Now) -> Issued {
        let age = self.age.max(0) + (now.wall - self.posted).max(0);
        let sent = Now {
            wall: now.wall - age,
            mono: now.mono - age,
            ..now
        };
        Issued {
            access: self.access,
            holder: self.holder,
            access_lifetime: self.access_lifetime,
            refresh_left: self.refresh_left + self.age.max(0),
            sent,
        }
    }
}
