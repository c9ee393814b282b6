//! The life of a signed-in user as a pure state machine: [`step`] takes a state, a reading of
//! the clocks and an event, and answers the next state and what is to be done.
//!
//! Nothing here knows a browser. `live.rs` feeds events in and runs the commands, so that all
//! of it is tested natively, with a clock that the tests hold.

use super::grant::{Grant, Issued};
use super::time::{Deadline, Now};

/// The timer never sleeps longer than this: a long `setTimeout` overflows or is throttled, and
/// waking up costs nothing but a look at the deadlines.
const LONGEST_SLEEP: i64 = 60_000;

/// How long a renewal may take when no lifetime is known yet.
const RESTORE_TIMEOUT: i64 = 5_000;

/// How much later than the fetch itself the machine gives a renewal up.
const WATCHDOG: i64 = 1_000;

/// The whole state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// Where the session stands.
    pub phase: Phase,
    /// How often a running session was renewed by itself.
    pub renewals: u32,
    /// Counts every change of who is signed in and every renewal begun; an answer that carries
    /// an older epoch is dropped.
    epoch: u64,
    /// The present token came of a refused one. If it is refused too, renewing will not help.
    distrusted: bool,
}

/// Where a session stands. Only phases that hold a [`Grant`] can hold a token.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    /// The page has been rendered and the browser has not looked yet.
    #[default]
    Boot,
    /// Nobody is signed in.
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
        /// What is in use meanwhile.
        grant: Option<Grant>,
        /// How many tries failed before this one.
        attempt: u32,
        /// When the answer is no longer waited for.
        give_up: Deadline,
    },
    /// A renewal failed and will be tried again.
    Waiting {
        /// What is in use meanwhile.
        grant: Option<Grant>,
        /// How many tries have failed.
        attempt: u32,
        /// When to try again.
        until: Deadline,
    },
    /// The browser says that it has no network: tokens are kept, nothing is sent.
    Offline(Option<Grant>),
    /// The access token lives on, but cannot be renewed any more.
    Final(Grant),
    /// The session has ended by itself: the page stays, and asks to sign in again.
    Expired,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page is live; `hint` is whether a session may be there to restore.
    Started {
        /// Whether the hint cookie is set.
        hint: bool,
    },
    /// The timer fired, or the page was shown again: look at the deadlines.
    Woke,
    /// The browser lost its network.
    WentOffline,
    /// The browser has a network again.
    CameOnline,
    /// Credentials are about to be sent.
    SignInBegan,
    /// The answer to credentials; `None` if there was none or it was a refusal.
    SignInAnswered {
        /// The epoch in which they were sent.
        epoch: u64,
        /// What was granted.
        issued: Option<Issued>,
    },
    /// The answer to [`Command::Refresh`].
    RefreshAnswered {
        /// The epoch of the command.
        epoch: u64,
        /// What came of it.
        answer: RefreshAnswer,
    },
    /// A request is to be sent and the access token is too old for it.
    TokenNeeded,
    /// A protected endpoint refused this access token.
    Unauthorized {
        /// The token that was refused.
        access: String,
    },
    /// The user logs out.
    LogOut,
}

/// What came of a renewal.
#[derive(Clone, Debug, PartialEq)]
pub enum RefreshAnswer {
    /// A fresh access token.
    Granted(Issued),
    /// No answer in time, or the server could not serve: to be tried again. With the time the
    /// server asked to wait, in milliseconds, if it did.
    Failed {
        /// `Retry-After`, in milliseconds.
        retry_after: Option<i64>,
    },
    /// The refresh token is not good any more.
    Refused,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Send the refresh token, and answer with [`Event::RefreshAnswered`].
    Refresh {
        /// To be carried by the answer.
        epoch: u64,
        /// When to abort the request, in milliseconds.
        timeout: i64,
    },
    /// End the refresh token at the server, even if the page is being closed.
    Blacklist,
    /// Set the one timer to fire [`Event::Woke`], in milliseconds; an earlier setting is void.
    Arm(i64),
    /// Stop the timer.
    Disarm,
    /// Tell the user.
    Note(Note),
}

/// Turning points of a session, for the event log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// Signed in: a pair of tokens was issued.
    Issued,
    /// The session was found again after a reload.
    Restored,
    /// A fresh access token.
    Renewed,
    /// A renewal failed and will be tried again.
    RenewalFailed,
    /// The server refused to renew.
    RenewalRefused,
    /// No further renewal is possible.
    CannotRenew,
    /// The last access token is over.
    Expired,
}

impl Session {
    /// The epoch that answers to requests sent now must carry.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What is granted in this phase, if anything.
    pub fn grant(&self) -> Option<&Grant> {
        match &self.phase {
            Phase::Active(grant) | Phase::Final(grant) => Some(grant),
            Phase::Refreshing { grant, .. }
            | Phase::Waiting { grant, .. }
            | Phase::Offline(grant) => grant.as_ref(),
            Phase::Boot | Phase::Anonymous | Phase::SigningIn { .. } | Phase::Expired => None,
        }
    }

    /// When the machine has to look again by itself.
    fn wake_in(&self, now: Now) -> Option<i64> {
        let deadline = match &self.phase {
            Phase::Active(grant) => {
                let due = grant.renew_at().unwrap_or(grant.soft_end());
                return Some(due.left(now).max(grant.pause_left(now)));
            }
            Phase::Refreshing { give_up, .. } => Some(*give_up),
            Phase::Waiting { grant, until, .. } => match grant {
                Some(grant) => Some(until.sooner(grant.renewable_until(), now)),
                None => Some(*until),
            },
            Phase::Offline(Some(grant)) => {
                Some(grant.renewable_until().later(grant.soft_end(), now))
            }
            Phase::Final(grant) => Some(grant.soft_end()),
            Phase::Offline(None)
            | Phase::Boot
            | Phase::Anonymous
            | Phase::SigningIn { .. }
            | Phase::Expired => None,
        };
        deadline.map(|deadline| deadline.left(now))
    }
}

/// One step: what the state becomes by `event`, and what is to be done. Every step sets the
/// timer anew, so that no deadline can be forgotten and none is waited for twice.
pub fn step(session: Session, now: Now, event: Event) -> (Session, Vec<Command>) {
    let mut step = Step {
        session,
        now,
        commands: Vec::new(),
    };
    step.take(event);
    let timer = match step.session.wake_in(now) {
        Some(sleep) => Command::Arm(sleep.clamp(0, LONGEST_SLEEP)),
        None => Command::Disarm,
    };
    step.commands.push(timer);
    (step.session, step.commands)
}

struct Step {
    session: Session,
    now: Now,
    commands: Vec<Command>,
}

impl Step {
    fn take(&mut self, event: Event) {
        match event {
            Event::Started { hint } => self.start(hint),
            Event::Woke => self.look(),
            Event::WentOffline => self.go_offline(),
            Event::CameOnline => self.come_online(),
            Event::SignInBegan => self.begin_sign_in(),
            Event::SignInAnswered { epoch, issued } => self.sign_in_answered(epoch, issued),
            Event::RefreshAnswered { epoch, answer } => self.refresh_answered(epoch, answer),
            Event::TokenNeeded => self.token_needed(),
            Event::Unauthorized { access } => self.unauthorized(&access),
            Event::LogOut => {
                self.enter(Phase::Anonymous);
                self.commands.push(Command::Blacklist);
            }
        }
    }

    fn start(&mut self, hint: bool) {
        if self.session.phase != Phase::Boot {
            return;
        }
        if hint {
            self.refresh(None, 0);
        } else {
            self.session.phase = Phase::Anonymous;
        }
    }

    /// Looks at the deadlines of the present phase.
    fn look(&mut self) {
        let now = self.now;
        match self.session.phase.clone() {
            Phase::Active(grant) if grant.renewable_until().passed(now) => {
                self.wind_down(Some(grant));
            }
            Phase::Active(grant)
                if grant.renew_at().is_some_and(|due| due.passed(now))
                    && grant.pause_left(now) <= 0 =>
            {
                self.session.distrusted &= grant.renewed_early();
                self.refresh(Some(grant), 0);
            }
            Phase::Refreshing {
                grant,
                attempt,
                give_up,
            } if give_up.passed(now) => self.try_again(grant, attempt, None),
            Phase::Waiting {
                grant,
                attempt,
                until,
            } => {
                if grant
                    .as_ref()
                    .is_some_and(|grant| grant.renewable_until().passed(now))
                {
                    self.wind_down(grant);
                } else if until.passed(now) {
                    self.refresh(grant, attempt);
                }
            }
            Phase::Offline(Some(grant))
                if grant.renewable_until().passed(now) && grant.soft_end().passed(now) =>
            {
                self.wind_down(Some(grant));
            }
            Phase::Final(grant) if grant.soft_end().passed(now) => self.expire(),
            _ => {}
        }
    }

    fn go_offline(&mut self) {
        match self.session.phase.clone() {
            Phase::Active(grant) => self.enter(Phase::Offline(Some(grant))),
            Phase::Refreshing { grant, .. } | Phase::Waiting { grant, .. } => {
                self.enter(Phase::Offline(grant));
            }
            _ => {}
        }
    }

    fn come_online(&mut self) {
        match self.session.phase.clone() {
            Phase::Offline(Some(grant)) => {
                self.session.phase = Phase::Active(grant);
                self.look();
            }
            Phase::Offline(None) => self.refresh(None, 0),
            _ => self.look(),
        }
    }

    /// Credentials may be sent wherever no session would be lost by it.
    fn begin_sign_in(&mut self) {
        let after_expiry = match &self.session.phase {
            Phase::Expired | Phase::Final(_) => true,
            Phase::SigningIn { after_expiry } => *after_expiry,
            _ if self.session.grant().is_none() => false,
            _ => return,
        };
        self.enter(Phase::SigningIn { after_expiry });
    }

    fn sign_in_answered(&mut self, epoch: u64, issued: Option<Issued>) {
        let Phase::SigningIn { after_expiry } = self.session.phase else {
            return;
        };
        if epoch != self.session.epoch {
            return;
        }
        match issued {
            Some(issued) => {
                self.session.renewals = 0;
                self.note(Note::Issued);
                self.use_grant(Grant::new(issued, self.now, None));
            }
            None if after_expiry => self.session.phase = Phase::Expired,
            None => self.session.phase = Phase::Anonymous,
        }
    }

    fn refresh_answered(&mut self, epoch: u64, answer: RefreshAnswer) {
        let Phase::Refreshing { grant, attempt, .. } = self.session.phase.clone() else {
            return;
        };
        if epoch != self.session.epoch {
            return;
        }
        match answer {
            RefreshAnswer::Granted(issued) => {
                if grant.is_some() {
                    self.session.renewals += 1;
                    self.note(Note::Renewed);
                } else {
                    self.note(Note::Restored);
                }
                self.use_grant(Grant::new(issued, self.now, grant.as_ref()));
            }
            RefreshAnswer::Failed { retry_after } => self.try_again(grant, attempt, retry_after),
            RefreshAnswer::Refused => {
                if grant.is_some() {
                    self.note(Note::RenewalRefused);
                }
                self.wind_down(grant);
            }
        }
    }

    fn token_needed(&mut self) {
        if let Phase::Active(grant) = &self.session.phase
            && grant.access_for_request(self.now).is_none()
            && grant.may_renew(self.now)
        {
            let grant = grant.clone();
            self.refresh(Some(grant), 0);
        }
    }

    /// Only the current token's refusal counts; one of an older token says nothing.
    fn unauthorized(&mut self, access: &str) {
        let now = self.now;
        if let Phase::Active(grant) = &mut self.session.phase
            && grant.access() == access
            && !self.session.distrusted
            && !grant.renewable_until().passed(now)
        {
            self.session.distrusted = true;
            grant.renew_early();
            if grant.may_renew(now) {
                let grant = grant.clone();
                self.refresh(Some(grant), 0);
            }
        }
    }

    /// Enters a phase in which older answers no longer count.
    fn enter(&mut self, phase: Phase) {
        self.session.epoch += 1;
        self.session.phase = phase;
    }

    fn refresh(&mut self, grant: Option<Grant>, attempt: u32) {
        let timeout = grant
            .as_ref()
            .map_or(RESTORE_TIMEOUT, Grant::renewal_timeout);
        self.enter(Phase::Refreshing {
            grant,
            attempt,
            give_up: Deadline::after(self.now, timeout + WATCHDOG),
        });
        self.commands.push(Command::Refresh {
            epoch: self.session.epoch,
            timeout,
        });
    }

    fn use_grant(&mut self, grant: Grant) {
        if grant.renew_at().is_some() {
            self.session.phase = Phase::Active(grant);
        } else {
            self.wind_down(Some(grant));
        }
    }

    fn try_again(&mut self, grant: Option<Grant>, attempt: u32, retry_after: Option<i64>) {
        let wait = backoff(attempt, self.now.chance).max(retry_after.unwrap_or(0));
        self.note(Note::RenewalFailed);
        self.enter(Phase::Waiting {
            grant,
            attempt: attempt + 1,
            until: Deadline::after(self.now, wait),
        });
        self.look();
    }

    /// No renewal will come: lets the access token live out its time.
    fn wind_down(&mut self, grant: Option<Grant>) {
        let Some(grant) = grant else {
            self.enter(Phase::Anonymous);
            return;
        };
        self.note(Note::CannotRenew);
        if grant.soft_end().passed(self.now) {
            self.expire();
        } else {
            self.enter(Phase::Final(grant));
        }
    }

    fn expire(&mut self) {
        self.note(Note::Expired);
        self.enter(Phase::Expired);
    }

    fn note(&mut self, note: Note) {
        self.commands.push(Command::Note(note));
    }
}

/// Milliseconds to wait after `attempt` failures before this one.
fn backoff(attempt: u32, chance: f64) -> i64 {
    let ceiling = (250_i64 << attempt.min(4)).min(4_000);
    ((0.5 + chance / 2.0) * ceiling as f64) as i64
}
