//! Whether somebody is signed in, as far as a page without tokens has to know.

use crate::session::machine::{Phase, Session};

/// Whether somebody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Nobody is.
    Nobody,
    /// Somebody is, or is being found again after a reload.
    SignedIn,
    /// Somebody was, until the session ended by itself.
    Expired,
}

impl Presence {
    /// `server` is whether the server saw a valid refresh cookie when it rendered the page;
    /// it is believed until the browser has looked itself.
    pub(super) fn of(state: &Session, server: bool) -> Self {
        match &state.phase {
            Phase::Boot if server => Self::SignedIn,
            Phase::Boot
            | Phase::Anonymous
            | Phase::SigningIn {
                after_expiry: false,
            } => Self::Nobody,
            Phase::Expired | Phase::SigningIn { after_expiry: true } => Self::Expired,
            Phase::Active(_)
            | Phase::Refreshing { .. }
            | Phase::Waiting { .. }
            | Phase::Refused { .. }
            | Phase::Offline(_)
            | Phase::Final(_) => Self::SignedIn,
        }
    }

    /// Whether there is a session to open.
    pub(crate) fn is_signed_in(self) -> bool {
        self == Self::SignedIn
    }
}
