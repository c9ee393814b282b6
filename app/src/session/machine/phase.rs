//! The phases of a session.

use crate::session::grant::Grant;
use crate::session::machine::logout::Logout;
use crate::session::time::{Deadline, Now};

/// The whole state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// The phase of the session.
    pub phase: Phase,
    /// The number of automatic renewals of the session.
    pub renewals: u32,
    /// Counts every change of who is signed in and every renewal begun; an answer that carries
    /// an older epoch is dropped.
    pub(super) epoch: u64,
    /// The user who is signed in, or was until the session expired.
    pub(super) holder: Option<String>,
    /// The wall-clock time of the last logout in this or another tab. Requests from before it do
    /// not bring the session back.
    pub(super) left_at: Option<i64>,
    /// The epoch of a renewal of this tab's own that another tab's grant has overtaken.
    pub(super) superseded_epoch: Option<u64>,
    /// The present token replaced a refused one. If it is refused too, renewing will not help.
    pub(super) rejected_once: bool,
    /// The logout that the server has not confirmed, if there is one.
    pub(super) logout: Option<Logout>,
    /// `true` if another user may have replaced `holder`: no data of the user is shown.
    pub(super) is_unsure: bool,
    /// Whether the browser has not kept the refresh token of the last sign-in.
    pub(super) cookie_lost: bool,
    /// The time of the last step.
    pub(super) seen: Option<Deadline>,
}

/// The phase of a session. Only phases with a [`Grant`] can hold a token.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    /// The page has been rendered and the browser has not looked yet.
    #[default]
    Boot,
    /// No user is signed in.
    Anonymous,
    /// Credentials have been sent.
    SigningIn {
        /// Whether a session had ended before, to go back to if this fails.
        after_expiry: bool,
    },
    /// A token is in hand and the next renewal is planned.
    Active(Grant),
    /// A renewal is under way; without a grant it restores a session after a reload.
    Refreshing {
        /// The grant in use meanwhile.
        grant: Option<Grant>,
        /// The number of failed attempts before this one.
        attempt: u32,
        /// The time at which the answer is given up.
        give_up: Deadline,
    },
    /// A renewal failed and will be tried again.
    Waiting {
        /// The grant in use meanwhile.
        grant: Option<Grant>,
        /// The number of failed attempts.
        attempt: u32,
        /// The time of the next attempt.
        until: Deadline,
    },
    /// The server has refused to renew. Another tab may have been faster, and its grant on the way.
    Refused {
        /// The grant in use meanwhile.
        grant: Option<Grant>,
        /// The time at which the other tab is no longer waited for.
        until: Deadline,
    },
    /// The browser reports no network: tokens are kept, and no request is sent.
    Offline(Option<Grant>),
    /// The access token lives on, but cannot be renewed any more.
    Final(Grant),
    /// The session has ended by itself: the page stays, and asks to sign in again.
    Expired,
}

impl Phase {
    /// `true` while an access token is on its way, or in hand and about to be renewed.
    pub fn is_renewing(&self) -> bool {
        matches!(
            self,
            Self::Boot | Self::Active(_) | Self::Refreshing { .. } | Self::Refused { .. }
        )
    }
}

impl Session {
    /// The epoch that answers to requests sent now must carry.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Returns the user id of the token's claim: of the signed-in user, or of the one whose session
    /// expired. `None` while the user is in doubt.
    pub fn holder(&self) -> Option<&str> {
        self.holder.as_deref().filter(|_| !self.is_unsure)
    }

    /// Whether the user has logged out and the server has not confirmed it.
    pub fn logout_is_pending(&self) -> bool {
        self.logout.is_some()
    }

    /// Whether that is to be said: it has taken too long, or has failed.
    pub fn logout_is_late(&self) -> bool {
        self.logout.as_ref().is_some_and(|logout| logout.is_told)
    }

    /// Whether the browser has not kept the refresh token: the session cannot be renewed.
    pub fn cookie_is_lost(&self) -> bool {
        self.cookie_lost
    }

    pub(super) fn is_signing_in(&self) -> bool {
        matches!(self.phase, Phase::SigningIn { .. })
    }

    /// Returns the grant of this phase, if any.
    pub fn grant(&self) -> Option<&Grant> {
        match &self.phase {
            Phase::Active(grant) | Phase::Final(grant) => Some(grant),
            Phase::Refreshing { grant, .. }
            | Phase::Waiting { grant, .. }
            | Phase::Refused { grant, .. }
            | Phase::Offline(grant) => grant.as_ref(),
            Phase::Boot | Phase::Anonymous | Phase::SigningIn { .. } | Phase::Expired => None,
        }
    }

    /// Returns the time until the machine has to wake up by itself.
    pub(super) fn wake_in(&self, now: Now) -> Option<i64> {
        let logout = self.logout.as_ref().filter(|_| !self.is_signing_in());
        let logout = logout.map(|logout| logout.wake_in(now));
        self.phase.wake_in(now).into_iter().chain(logout).min()
    }
}

impl Phase {
    fn wake_in(&self, now: Now) -> Option<i64> {
        let deadline = match self {
            Self::Active(grant) => {
                let due = grant.renew_at().unwrap_or(grant.usable_until());
                return Some(due.left(now).max(grant.pause_left(now)));
            }
            Self::Waiting {
                grant: Some(grant),
                until,
                ..
            } => {
                let end = grant.renewable_until().surely_left(now);
                return Some(until.left(now).min(end));
            }
            Self::Offline(Some(grant)) => {
                let end = grant.renewable_until().surely_left(now);
                return Some(end.max(grant.usable_until().left(now)));
            }
            Self::Refreshing { give_up, .. } => Some(*give_up),
            Self::Refused { until, .. } | Self::Waiting { until, .. } => Some(*until),
            Self::Final(grant) => Some(grant.usable_until()),
            Self::Offline(None)
            | Self::Boot
            | Self::Anonymous
            | Self::SigningIn { .. }
            | Self::Expired => None,
        };
        deadline.map(|deadline| deadline.left(now))
    }
}
