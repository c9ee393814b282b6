//! The messages between the tabs of a browser.
//!
//! Tabs share one refresh cookie, so a renewal or a logout in one tab concerns them all. The access
//! token travels in a message and is never stored.

use crate::session::grant::Issued;
use crate::session::time::Now;
use crate::session::token::AccessToken;

/// A message from one tab to all others.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// It has been granted a token.
    Granted(Shared),
    /// Its user has logged out.
    LoggedOut,
    /// The tab sends a username and password: the cookie will change.
    SigningIn,
}

/// A grant on its way to another tab. Tabs have one wall clock, but each has a monotonic clock of
/// its own, so times travel as spans.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// The access token.
    pub access: AccessToken,
    /// The user id.
    pub holder: String,
    /// Its `exp - iat`, in milliseconds.
    pub access_lifetime: i64,
    /// The remaining life of the refresh token, in milliseconds.
    pub refresh_left: i64,
    /// The age of its request, in milliseconds.
    pub age: i64,
    /// The time of the message, by the wall clock.
    pub posted: i64,
    /// Whether it came of a name and a password, and is no renewal.
    pub signed_in: bool,
}

impl Shared {
    /// Returns the grant for a tab that receives the message `now`. A message that a frozen tab
    /// receives late has aged by its delay.
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
