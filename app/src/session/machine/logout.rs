//! A logout that the server has not confirmed: the page forgets the user at once, and asks the
//! server again until it has answered, across reloads and in every tab.
//!
//! A cookie that scripts may read remembers the logout ([`Command::RememberLogout`]). A login takes
//! it back with the very answer that sets the new refresh token, so that no late request ends
//! the new session.

use crate::session::machine::event::{Command, LogoutAnswer};
use crate::session::machine::phase::Phase;
use crate::session::machine::renewal::{LONGEST_WAIT, backoff};
use crate::session::machine::{Message, Step};
use crate::session::time::{Deadline, Now};

/// The time after which the user is told that an answer is missing, in milliseconds.
const QUIET: i64 = 1_000;

/// The time-out of one request, in milliseconds.
const TIMEOUT: i64 = 10_000;

/// The time after a request's own time-out at which the machine gives it up, in milliseconds.
const WATCHDOG: i64 = 1_000;

/// The time that a tab waits for the tab that logs out, before it asks the server itself, in
/// milliseconds.
const HEAD_START: i64 = 2_000;

/// The time that a tab waits for another tab's login, in milliseconds.
const LOGIN_PAUSE: i64 = 15_000;

/// A logout that the server has not confirmed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Logout {
    /// The number of earlier attempts.
    attempt: u32,
    /// Whether a request is under way.
    is_asking: bool,
    /// Whether the user is told that the server has not confirmed.
    pub(super) is_told: bool,
    /// The time of the next look.
    due: Deadline,
}

impl Logout {
    /// Milliseconds until it has to be looked at again.
    pub(super) fn wake_in(&self, now: Now) -> i64 {
        self.due.left(now)
    }
}

impl Step {
    /// The user logs out here.
    pub(super) fn log_out(&mut self) {
        self.leave();
        self.commands.push(Command::RememberLogout);
        self.commands.push(Command::Share(Message::LoggedOut));
        self.ask_to_log_out(0, false);
    }

    /// The page finds that a logout from before has not been confirmed.
    pub(super) fn logout_found(&mut self) {
        if self.session.phase == Phase::Anonymous {
            self.ask_to_log_out(1, true);
        }
    }

    /// Another tab has logged out, and asks the server.
    pub(super) fn expect_logout(&mut self) {
        self.wait_to_log_out(1, false, HEAD_START);
    }

    pub(super) fn logout_answered(&mut self, attempt: u32, answer: LogoutAnswer) {
        let Some(logout) = &self.session.logout else {
            return;
        };
        if !logout.is_asking || logout.attempt != attempt {
            return;
        }
        match answer {
            LogoutAnswer::Confirmed => {
                self.session.logout = None;
                self.commands.push(Command::ForgetLogout);
            }
            LogoutAnswer::Failed { retry_after } => self.logout_failed(attempt, retry_after),
        }
    }

    /// Checks the deadlines of a logout. No request is sent while a user signs in.
    pub(super) fn look_at_logout(&mut self) {
        let Some(logout) = self.session.logout.clone() else {
            return;
        };
        if !logout.due.passed(self.now) || self.session.is_signing_in() {
            return;
        }
        if !logout.is_asking {
            self.ask_to_log_out(logout.attempt, logout.is_told);
        } else if !logout.is_told {
            self.session.logout = Some(Logout {
                is_told: true,
                due: Deadline::after(self.now, TIMEOUT - QUIET + WATCHDOG),
                ..logout
            });
        } else {
            self.logout_failed(logout.attempt, None);
        }
    }

    /// A network is gone, or here again.
    pub(super) fn logout_network(&mut self, is_online: bool) {
        if let Some(logout) = &mut self.session.logout
            && !logout.is_asking
        {
            logout.due = Deadline::after(self.now, if is_online { 0 } else { LONGEST_WAIT });
        }
        self.look_at_logout();
    }

    /// A login begins in this tab, or in another: its cookie must not be taken for the one that is
    /// to end, and the answer to a request of before must not take it back.
    pub(super) fn logout_gives_way(&mut self, is_here: bool) {
        if let Some(logout) = &self.session.logout {
            let attempt = logout.attempt.saturating_add(1);
            let pause = if is_here { 0 } else { LOGIN_PAUSE };
            self.wait_to_log_out(attempt, logout.is_told, pause);
            if !is_here {
                self.abort();
            }
        }
    }

    /// Settles the logout, because a user has signed in again.
    pub(super) fn settle_logout(&mut self) {
        if self.session.logout.take().is_some() {
            self.commands.push(Command::ForgetLogout);
        }
    }

    fn logout_failed(&mut self, attempt: u32, retry_after: Option<i64>) {
        let asked = retry_after.unwrap_or(0).min(LONGEST_WAIT);
        let wait = backoff(attempt, self.now.chance).max(asked);
        self.wait_to_log_out(attempt.saturating_add(1), true, wait);
    }

    fn wait_to_log_out(&mut self, attempt: u32, is_told: bool, milliseconds: i64) {
        self.session.logout = Some(Logout {
            attempt,
            is_asking: false,
            is_told,
            due: Deadline::after(self.now, milliseconds),
        });
    }

    fn ask_to_log_out(&mut self, attempt: u32, is_told: bool) {
        let until = if is_told { TIMEOUT + WATCHDOG } else { QUIET };
        self.session.logout = Some(Logout {
            attempt,
            is_asking: true,
            is_told,
            due: Deadline::after(self.now, until),
        });
        self.commands.push(Command::Blacklist {
            attempt,
            timeout: TIMEOUT,
        });
    }
}
