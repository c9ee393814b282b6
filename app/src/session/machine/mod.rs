//! The life of a signed-in user as a pure state machine: [`step`] takes a state, a reading of the
//! clocks and an event, and returns the next state and commands.
//!
//! The machine knows no browser. `browser/` feeds events in and runs the commands, so that all of
//! the machine is tested natively, with a clock that the tests hold. This file has the beginning
//! and the end of a session; `renewal.rs` has the renewals, `peers.rs` the messages of other tabs,
//! `logout.rs` a logout until the server has confirmed it, `shown.rs` a page that was away.

mod event;
mod logout;
mod peers;
mod phase;
mod renewal;
mod shown;

use crate::session::grant::{Grant, Issued};
use crate::session::peer::Message;
use crate::session::time::{Deadline, Now};

pub use event::{Command, Event, LogoutAnswer, Note, RefreshAnswer};
pub use phase::{Phase, Session};

/// The longest sleep of the timer: a long `setTimeout` overflows or is throttled, and waking up
/// only costs a look at the deadlines.
const LONGEST_SLEEP: i64 = 60_000;

/// One step: what the state becomes by `event`, and what is to be done. Every step sets the
/// timer anew, so that no deadline can be forgotten and none is waited for twice.
pub fn step(session: Session, now: Now, event: Event) -> (Session, Vec<Command>) {
    let mut step = Step {
        session,
        now,
        commands: Vec::new(),
    };
    step.take(event);
    step.session.seen = Some(Deadline::after(now, 0));
    let timer = match step.session.wake_in(now) {
        Some(sleep) => Command::SetTimer(sleep.clamp(0, LONGEST_SLEEP)),
        None => Command::ClearTimer,
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
            Event::LogoutFound => self.logout_found(),
            Event::TimerFired => self.look(),
            Event::Shown { hint, is_restored } => self.shown(hint, is_restored),
            Event::WentOffline => self.go_offline(),
            Event::CameOnline => self.come_online(),
            Event::SignInBegan => self.begin_sign_in(),
            Event::SignInAnswered { epoch, issued } => self.sign_in_answered(epoch, issued),
            Event::RefreshAnswered { epoch, answer } => self.refresh_answered(epoch, answer),
            Event::TokenNeeded => self.token_needed(),
            Event::Unauthorized { access } => self.unauthorized(access.reveal()),
            Event::LogOut => self.log_out(),
            Event::LogoutAnswered { attempt, answer } => self.logout_answered(attempt, answer),
            Event::AllEnded => self.leave_everywhere(),
            Event::Peer(Message::Granted(shared)) => self.peer_granted(shared),
            Event::Peer(Message::LoggedOut) => self.peer_logged_out(),
            Event::Peer(Message::SigningIn) => self.logout_gives_way(false),
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

    fn go_offline(&mut self) {
        match self.session.phase.clone() {
            Phase::Active(grant) => self.enter(Phase::Offline(Some(grant))),
            Phase::Refreshing { grant, .. } | Phase::Waiting { grant, .. } => {
                self.enter(Phase::Offline(grant));
            }
            _ => {}
        }
        self.logout_network(false);
    }

    fn come_online(&mut self) {
        self.logout_network(true);
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
        // A late answer must not put another cookie in the place of the one that is to come.
        self.abort();
        self.commands.push(Command::Share(Message::SigningIn));
        self.logout_gives_way(true);
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
                let is_kept = issued.refresh_left > 0;
                let grant = self.follow(None, issued, Note::Issued, Note::Issued);
                self.settle_logout();
                self.share(&grant, true);
                if !is_kept {
                    self.note(Note::CookieLost);
                }
                self.use_grant(grant);
            }
            None if after_expiry => self.session.phase = Phase::Expired,
            None => self.session.phase = Phase::Anonymous,
        }
        self.look_at_logout();
    }

    /// Leaves, and so do the other tabs.
    fn leave_everywhere(&mut self) {
        self.leave();
        self.commands.push(Command::Share(Message::LoggedOut));
    }

    /// Drops the tokens, and all that the page knows of the user.
    fn leave(&mut self) {
        self.session.left_at = Some(self.now.wall);
        self.session.holder = None;
        self.session.is_unsure = false;
        self.session.cookie_lost = false;
        self.session.renewals = 0;
        self.enter(Phase::Anonymous);
        self.abort();
        self.commands.push(Command::Forget);
    }

    /// Replaces `present` by the grant of an answer. The first grant of a session is logged as
    /// `first`, a later one as `again`. Data of another user is removed from the page.
    fn follow(
        &mut self,
        present: Option<&Grant>,
        issued: Issued,
        first: Note,
        again: Note,
    ) -> Grant {
        self.session.is_unsure = false;
        self.session.cookie_lost = present.is_none() && issued.refresh_left <= 0;
        let known = self.session.holder.replace(issued.holder.clone());
        let stays = known.is_none_or(|known| known == issued.holder);
        if !stays {
            self.commands.push(Command::Forget);
        }
        let previous = present.filter(|_| stays);
        if previous.is_some() {
            self.session.renewals += 1;
        } else {
            self.session.renewals = 0;
            self.session.rejected_once = false;
        }
        self.note(match (present, previous) {
            (None, _) => first,
            (Some(_), Some(_)) => again,
            (Some(_), None) => Note::Switched,
        });
        Grant::new(issued, self.now, previous)
    }

    fn use_grant(&mut self, grant: Grant) {
        if grant.renew_at().is_some() {
            self.session.phase = Phase::Active(grant);
        } else {
            self.wind_down(Some(grant));
        }
    }

    /// No renewal will come: lets the access token live out its time.
    fn wind_down(&mut self, grant: Option<Grant>) {
        let Some(grant) = grant else {
            if self.session.is_unsure {
                self.leave();
            } else {
                self.enter(Phase::Anonymous);
            }
            return;
        };
        self.note(Note::CannotRenew);
        if grant.usable_until().passed(self.now) {
            self.expire();
        } else {
            self.enter(Phase::Final(grant));
        }
    }

    fn expire(&mut self) {
        self.note(Note::Expired);
        self.enter(Phase::Expired);
    }

    /// Enters a phase in which older answers no longer count.
    fn enter(&mut self, phase: Phase) {
        self.session.epoch += 1;
        self.session.phase = phase;
    }

    fn abort(&mut self) {
        self.session.superseded_epoch = None;
        self.commands.push(Command::Abort);
    }

    fn note(&mut self, note: Note) {
        self.commands.push(Command::Note(note));
    }
}
