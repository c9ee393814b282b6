//! How renewals travel: the turn that tabs take, the way there and back, what is lost on it.

use signet_app::session::grant::Issued;
use signet_app::session::machine::{Event, RefreshAnswer};
use signet_app::session::time::Now;
use signet_app::session::token::AccessToken;

use super::Browser;
use super::happening::{Granted, Happening, Request};
use crate::server::Refusal;
use crate::world::ADA;

impl Browser {
    pub(super) fn ask_for_turn(&mut self, request: Request) {
        if !self.setting.locks {
            self.send(request);
        } else if self.holder.is_none() {
            self.holder = Some(request);
            self.send(request);
        } else {
            self.waiting.push_back(request);
            self.plan(request.patience, Happening::Impatient(request));
        }
    }

    /// Sends a renewal whose wait for the lock is over, as `browser/requests.rs` does: a moment later
    /// if the machine slept meanwhile.
    pub(super) fn send_after_wait(&mut self, request: Request) {
        let now = self.now(request.tab);
        if now.has_slept_since(request.asked, request.patience) {
            self.plan(250, Happening::Send(request));
        } else {
            self.send(request);
        }
    }

    fn is_current(&self, request: Request) -> bool {
        self.pages[request.tab] == request.page
            && self.tabs[request.tab].session.epoch() == request.epoch
    }

    pub(super) fn send(&mut self, request: Request) {
        if !self.is_current(request) {
            self.end(request);
            return;
        }
        let there = self.way();
        let sent = self.now(request.tab);
        // The browser reads the jar as the request leaves.
        self.plan(there, Happening::RefreshArrives(request, sent, self.cookie));
        self.plan(request.timeout, Happening::TimedOut(request));
    }

    /// The tab is done with its request, and gives its turn back in a moment.
    fn end(&mut self, request: Request) {
        if self.holder == Some(request) {
            self.plan(50, Happening::Unlock);
        }
    }

    pub(super) fn serve(&mut self, request: Request, sent: Now, cookie: Option<u64>) {
        let back = self.way();
        let cookie = cookie.expect("a browser whose cookie is gone has nothing to renew");
        match self.server.refresh(cookie, self.time) {
            Ok((access, refresh, left)) => {
                // An answer is lost now and then: the connection breaks, or nothing ever comes.
                // Twice in a row is more than a grace of two seconds can heal.
                let asleep = self.time < self.asleep_until;
                let lost = !self.lost_last && !asleep && self.chance.one_in(12);
                self.lost_last = lost;
                let silent = lost && self.chance.one_in(2);
                if silent {
                    return;
                }
                let granted = (!lost).then(|| Granted {
                    issued: self.issued(access, left, sent),
                    cookie: refresh,
                });
                self.last_answer = (self.time + back).max(self.last_answer);
                let back = self.last_answer - self.time;
                self.plan(back, Happening::Answer(request, granted));
            }
            Err(refusal) => {
                assert_ne!(
                    refusal,
                    Refusal::Spent,
                    "a spent token was taken for a theft"
                );
                self.plan(back, Happening::Refused(request));
            }
        }
    }

    pub(super) fn answer(&mut self, request: Request, answer: RefreshAnswer) {
        if self.pages[request.tab] == request.page {
            let epoch = request.epoch;
            self.feed(request.tab, Event::RefreshAnswered { epoch, answer });
        }
        self.end(request);
    }

    pub(super) fn way(&mut self) -> i64 {
        self.distance + self.chance.between(0, 20)
    }

    pub(super) fn issued(&self, access: u64, left: i64, sent: Now) -> Issued {
        Issued {
            access: AccessToken::new(access.to_string()),
            holder: ADA.to_owned(),
            access_lifetime: self.setting.access * 1_000,
            refresh_left: left * 1_000,
            sent,
        }
    }
}
