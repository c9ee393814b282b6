//! Renewals: the time to send one, and the effect of its answer.

use crate::session::machine::event::{Command, Note, RefreshAnswer};
use crate::session::machine::phase::Phase;
use crate::session::machine::{Grant, Step};
use crate::session::time::Deadline;

/// The time-out of a renewal while no lifetime is known yet.
const RESTORE_TIMEOUT: i64 = 5_000;

/// The time-out of a first attempt. With ROTATE_REFRESH_TOKENS a rotated token returns its
/// successor for two seconds: after a lost answer the next attempt has to arrive well within them,
/// also on a busy machine, and may then take its time.
const FIRST_TIMEOUT: i64 = 1_000;

/// The longest wait for another tab that is renewing.
const LONGEST_PATIENCE: i64 = 3_000;

/// The time after the request's own time-out at which the machine gives a renewal up.
const WATCHDOG: i64 = 1_000;

/// The time after a refusal within which another tab's grant may still arrive.
const PEER_PATIENCE: i64 = 2_000;

/// The longest that a server's `Retry-After` is believed.
pub(super) const LONGEST_WAIT: i64 = 60 * 60 * 1_000;

impl Step {
    /// Looks at the deadlines of the present phase. Where one clock alone says that the refresh
    /// token is over, the machine has slept or a clock was set: the server is asked before the
    /// session ends. The access token is used no more then ([`Grant::access_for_request`]).
    pub(super) fn look(&mut self) {
        let now = self.now;
        match self.session.phase.clone() {
            Phase::Active(grant) if grant.renewable_until().surely_passed(now) => {
                self.wind_down(Some(grant));
            }
            Phase::Active(grant)
                if grant.renew_at().is_some_and(|due| due.passed(now))
                    && grant.pause_left(now) <= 0 =>
            {
                self.session.rejected_once &= grant.renewed_early();
                self.refresh(Some(grant), 0);
            }
            Phase::Refreshing {
                grant,
                attempt,
                give_up,
            } if give_up.passed(now) => {
                if give_up.was_slept_over(now) {
                    self.begin_again(grant);
                } else {
                    self.try_again(grant, attempt, None);
                }
            }
            Phase::Waiting {
                grant,
                attempt,
                until,
            } => {
                if grant
                    .as_ref()
                    .is_some_and(|grant| grant.renewable_until().surely_passed(now))
                {
                    self.wind_down(grant);
                } else if until.was_slept_over(now) {
                    self.begin_again(grant);
                } else if until.passed(now) {
                    self.refresh(grant, attempt);
                }
            }
            Phase::Refused { grant, until } if until.passed(now) => self.wind_down(grant),
            Phase::Offline(Some(grant))
                if grant.renewable_until().surely_passed(now)
                    && grant.usable_until().passed(now) =>
            {
                self.wind_down(Some(grant));
            }
            Phase::Final(grant) if grant.usable_until().passed(now) => self.expire(),
            _ => {}
        }
        self.look_at_logout();
    }

    pub(super) fn refresh_answered(&mut self, epoch: u64, answer: RefreshAnswer) {
        if self.session.superseded_epoch == Some(epoch) {
            self.superseded_answered(answer);
            return;
        }
        let Phase::Refreshing { grant, attempt, .. } = self.session.phase.clone() else {
            return;
        };
        if epoch != self.session.epoch {
            return;
        }
        match answer {
            RefreshAnswer::Granted(issued) => {
                let grant = self.follow(grant.as_ref(), issued, Note::Restored, Note::Renewed);
                self.share(&grant, false);
                self.use_grant(grant);
            }
            RefreshAnswer::Failed { retry_after } => self.try_again(grant, attempt, retry_after),
            RefreshAnswer::Refused => {
                if grant.is_some() {
                    self.note(Note::RenewalRefused);
                }
                self.enter(Phase::Refused {
                    grant,
                    until: Deadline::after(self.now, PEER_PATIENCE),
                });
            }
        }
    }

    /// The token is another tab's by now. With ROTATE_REFRESH_TOKENS, a lost answer may have held
    /// the next token, and the one in the cookie may be rotated: it returns its successor only for
    /// a moment.
    fn superseded_answered(&mut self, answer: RefreshAnswer) {
        if let (Phase::Active(grant), RefreshAnswer::Failed { .. }) =
            (&mut self.session.phase, answer)
        {
            self.session.superseded_epoch = None;
            grant.renew_early();
            self.look();
        }
    }

    pub(super) fn token_needed(&mut self) {
        if let Phase::Active(grant) = &self.session.phase
            && grant.access_for_request(self.now).is_none()
            && grant.may_renew(self.now)
        {
            let grant = grant.clone();
            self.refresh(Some(grant), 0);
        }
    }

    /// Only the refusal of the current token counts; a refusal of an older one is ignored.
    pub(super) fn unauthorized(&mut self, access: &str) {
        let now = self.now;
        if let Phase::Active(grant) = &mut self.session.phase
            && grant.access() == access
            && !self.session.rejected_once
            && !grant.renewable_until().surely_passed(now)
        {
            self.session.rejected_once = true;
            grant.renew_early();
            if grant.may_renew(now) {
                let grant = grant.clone();
                self.refresh(Some(grant), 0);
            }
        }
    }

    pub(super) fn refresh(&mut self, grant: Option<Grant>, attempt: u32) {
        let whole = grant
            .as_ref()
            .map_or(RESTORE_TIMEOUT, Grant::renewal_timeout);
        let timeout = match attempt {
            0 => whole.min(FIRST_TIMEOUT),
            _ => whole,
        };
        let patience = (whole / 2).min(LONGEST_PATIENCE);
        self.enter(Phase::Refreshing {
            grant,
            attempt,
            give_up: Deadline::after(self.now, patience + timeout + WATCHDOG),
        });
        self.commands.push(Command::Refresh {
            epoch: self.session.epoch,
            patience,
            timeout,
        });
    }

    /// Plans a first attempt, because the machine slept over the one before: the grace of any
    /// rotation that it caused is over. The attempt waits a moment for answers and messages that
    /// the sleep held up.
    fn begin_again(&mut self, grant: Option<Grant>) {
        self.note(Note::RenewalFailed);
        self.enter(Phase::Waiting {
            grant,
            attempt: 0,
            until: Deadline::after(self.now, backoff(0, self.now.chance)),
        });
    }

    fn try_again(&mut self, grant: Option<Grant>, attempt: u32, retry_after: Option<i64>) {
        let asked = retry_after.unwrap_or(0).min(LONGEST_WAIT);
        let wait = backoff(attempt, self.now.chance).max(asked);
        self.note(Note::RenewalFailed);
        self.enter(Phase::Waiting {
            grant,
            attempt: attempt.saturating_add(1),
            until: Deadline::after(self.now, wait),
        });
        self.look();
    }
}

/// Milliseconds to wait after `attempt` failures before this one.
pub(super) fn backoff(attempt: u32, chance: f64) -> i64 {
    let ceiling = (250_i64 << attempt.min(4)).min(4_000);
    ((0.5 + chance / 2.0) * ceiling as f64) as i64
}
