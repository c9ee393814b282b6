//! The grant of one answer of the server, and the time of its renewal.
//!
//! The lifetimes are the server's own (`exp - iat`), counted from the moment the request was
//! *sent*: neither a skewed clock nor a slow answer makes a token look longer-lived than its
//! lifetime.

use crate::session::peer::Shared;
use crate::session::time::{Deadline, Now};
use crate::session::token::AccessToken;

/// `exp` and `iat` are whole seconds, so a token may end almost a second before its lifetime.
const WHOLE_SECONDS: i64 = 1_000;

/// No renewal is sent in the last two seconds of a refresh token.
const REFRESH_MARGIN: i64 = 2_000;

/// The delay by which a renewal may leave after the refresh token's margin began, because timers
/// are not exact.
const SLACK: i64 = 500;

/// The least time between an answer and the next renewal.
const LEAST_GAP: i64 = 1_000;

/// The content of an answer to `token/` or `token/refresh/`, and the time of its request.
#[derive(Clone, Debug, PartialEq)]
pub struct Issued {
    /// The access token.
    pub access: AccessToken,
    /// The user id of its claim, for telling two users apart.
    pub holder: String,
    /// Its `exp - iat`, in milliseconds.
    pub access_lifetime: i64,
    /// The remaining life of the refresh token, in milliseconds; 0 if the browser has not kept it.
    pub refresh_left: i64,
    /// The time of the request.
    pub sent: Now,
}

/// An access token in use, and all deadlines that follow from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    access: AccessToken,
    access_lifetime: i64,
    access_ends: Deadline,
    refresh_ends: Deadline,
    answered: Deadline,
    renew_at: Option<Deadline>,
    renewed_early: bool,
}

impl Grant {
    /// The grant of an answer that has come in `now`; `previous` is the grant it renews.
    pub fn new(issued: Issued, now: Now, previous: Option<&Grant>) -> Self {
        let stated = Deadline::after(issued.sent, issued.refresh_left);
        // `refresh_expires_in` is in whole seconds: an end that moved by less than two of them
        // is the same token, rounded differently, and the earlier estimate is the safe one.
        let refresh_ends = match previous.map(|previous| previous.refresh_ends) {
            Some(known) if (0..2_000).contains(&(stated.left(now) - known.left(now))) => {
                // Both clocks are right again as of this answer.
                Deadline::after(now, known.left(now))
            }
            _ => stated,
        };
        let mut grant = Self {
            access: issued.access,
            access_lifetime: issued.access_lifetime,
            access_ends: Deadline::after(issued.sent, issued.access_lifetime),
            refresh_ends,
            answered: Deadline::after(now, 0),
            renew_at: None,
            renewed_early: false,
        };
        grant.renew_at = grant.next_renewal(issued.sent, now);
        grant
    }

    /// The access token, for showing it and for telling two grants apart; requests use
    /// [`Grant::access_for_request`].
    pub fn access(&self) -> &str {
        self.access.reveal()
    }

    /// The access token if a request that leaves `now` still arrives in time.
    pub fn access_for_request(&self, now: Now) -> Option<&str> {
        let flight = (self.access_lifetime / 10).min(1_000);
        (self.usable_until().left(now) > flight).then_some(self.access.reveal())
    }

    /// Returns the part of it that other tabs need, as of `now`.
    pub fn shared(&self, holder: String, signed_in: bool, now: Now) -> Shared {
        Shared {
            access: self.access.clone(),
            holder,
            access_lifetime: self.access_lifetime,
            refresh_left: self.refresh_ends.left(now),
            age: self.access_lifetime - self.access_ends.left(now),
            posted: now.wall,
            signed_in,
        }
    }

    /// The access token's whole lifetime in milliseconds.
    pub fn access_lifetime(&self) -> i64 {
        self.access_lifetime
    }

    /// Returns the displayed end of the access token.
    pub fn access_ends(&self) -> Deadline {
        self.access_ends
    }

    /// Returns the displayed end of the refresh token.
    pub fn refresh_ends(&self) -> Deadline {
        self.refresh_ends
    }

    /// From when on no request may use the access token.
    pub fn usable_until(&self) -> Deadline {
        self.access_ends.plus(-WHOLE_SECONDS)
    }

    /// Returns the time to renew the access token; `None` if no further renewal is worthwhile.
    pub fn renew_at(&self) -> Option<Deadline> {
        self.renew_at
    }

    /// From when on the refresh token must not be sent any more.
    pub fn renewable_until(&self) -> Deadline {
        self.refresh_ends.plus(SLACK - REFRESH_MARGIN)
    }

    /// Whether a renewal may leave `now`: not too soon after the last answer, not too late in
    /// the refresh token's life.
    pub fn may_renew(&self, now: Now) -> bool {
        self.pause_left(now) <= 0 && !self.renewable_until().surely_passed(now)
    }

    /// Milliseconds until the pause after the last answer is over.
    pub fn pause_left(&self, now: Now) -> i64 {
        self.earliest_renewal().pause_left(now)
    }

    /// Brings the renewal forward to the earliest allowed moment: the server has refused the
    /// access token before its time.
    pub fn renew_early(&mut self) {
        self.renew_at = Some(self.earliest_renewal());
        self.renewed_early = true;
    }

    /// Whether [`Grant::renew_early`] was called.
    pub fn renewed_early(&self) -> bool {
        self.renewed_early
    }

    /// Returns the time-out of a renewal, in milliseconds.
    pub fn renewal_timeout(&self) -> i64 {
        self.lead().clamp(1_000, 5_000)
    }

    fn earliest_renewal(&self) -> Deadline {
        self.answered.plus(LEAST_GAP)
    }

    /// Returns the time between the start of a renewal and the end of use of the token, so that a
    /// failure can be retried.
    fn lead(&self) -> i64 {
        (self.access_lifetime / 5)
            .clamp(1_500, 60_000)
            .min(self.access_lifetime / 2)
    }

    fn next_renewal(&self, sent: Now, now: Now) -> Option<Deadline> {
        let jitter = (now.chance * self.access_lifetime as f64 / 20.0) as i64;
        let planned = self.usable_until().plus(-self.lead() - jitter);
        let due = planned.later(self.earliest_renewal(), now);
        let last = self.refresh_ends.plus(-REFRESH_MARGIN);
        if due.left(now) <= last.left(now) {
            return Some(due);
        }
        // One last renewal at the end of the refresh token, if it gains enough to be worth it.
        let gain = last.left(sent);
        let worthwhile = gain >= (self.access_lifetime / 5).max(2_000);
        let allowed = last.left(now) >= LEAST_GAP;
        (worthwhile && allowed).then_some(last)
    }
}
