//! The presence of a user, as far as a page without tokens has to know.

use crate::session::machine::{Phase, Session};

/// The presence of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// No user is signed in.
    Nobody,
    /// A user is signed in, or is being found again after a reload.
    SignedIn,
    /// A user was signed in, until the session expired.
    Expired,
}

impl Presence {
    /// `server` says whether the server saw a valid refresh cookie when it rendered the page. It
    /// counts until the browser has looked itself.
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
