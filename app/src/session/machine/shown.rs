//! A page that is shown again: out of the back/forward cache, or after a long sleep. It has
//! received no messages meanwhile, so it may have missed a logout or the login of another user.

use crate::session::machine::Step;
use crate::session::machine::event::Command;
use crate::session::machine::phase::Phase;

/// The time without a step after which the page has slept or was frozen, in milliseconds: its timer
/// never sleeps longer than a minute, and browsers fire timers of hidden pages once a minute.
const LONG_SLEEP: i64 = 150_000;

/// A hint that is gone by the end of its refresh token tells of no logout; in milliseconds.
const NEARLY_OVER: i64 = 2_000;

impl Step {
    /// Looks whether the user is still there before anything of the user is shown. `hint` is
    /// whether the hint cookie is set, `is_restored` whether the page comes out of the cache.
    pub(super) fn shown(&mut self, hint: bool, is_restored: bool) {
        let slept = self
            .session
            .seen
            .is_some_and(|seen| -seen.left(self.now) >= LONG_SLEEP);
        let ends = self.session.grant().map(|grant| grant.refresh_ends());
        match &self.session.phase {
            Phase::Boot | Phase::Anonymous | Phase::SigningIn { .. } => {}
            Phase::Expired if hint && is_restored => self.ask_who_is_here(),
            Phase::Expired => {}
            _ if hint => {
                let is_over = ends.is_some_and(|ends| ends.passed(self.now));
                if (is_restored || slept) && !is_over {
                    self.ask_who_is_here();
                }
            }
            _ if ends.is_none_or(|ends| ends.left(self.now) > NEARLY_OVER) => self.leave(),
            _ => {}
        }
        self.look();
    }

    /// Hides the user until the server has said who is signed in.
    fn ask_who_is_here(&mut self) {
        self.session.is_unsure = true;
        self.abort();
        self.commands.push(Command::Hide);
        if matches!(self.session.phase, Phase::Offline(_)) {
            self.enter(Phase::Offline(None));
        } else {
            self.refresh(None, 0);
        }
    }
}
