//! Messages from other tabs. Tabs share one cookie, so a browser has one session, and its newest
//! message counts:
//!
//! - a logout in any tab ends it in every tab;
//! - a newer token replaces the tab's own, and the renewal is planned anew, so that one tab renews
//!   for all;
//! - a tab without a session, or with an expired one, joins;
//! - if *another* user has signed in, the cookie is that user's already: going on as the former
//!   user would be a lie until the next reload. The tab forgets the former user and says so.

use crate::session::machine::event::{Command, Note};
use crate::session::machine::phase::Phase;
use crate::session::machine::{Grant, Message, Step};
use crate::session::peer::Shared;

impl Step {
    /// Tells the other tabs of a grant of this one's own.
    pub(super) fn share(&mut self, grant: &Grant, signed_in: bool) {
        let holder = self.session.holder.clone().unwrap_or_default();
        let shared = grant.shared(holder, signed_in, self.now);
        self.commands.push(Command::Share(Message::Granted(shared)));
    }

    pub(super) fn peer_granted(&mut self, shared: Shared) {
        let joins = match &self.session.phase {
            // This tab's own answer is on its way.
            Phase::Boot | Phase::SigningIn { .. } => return,
            // After a logout, a late renewal must not bring the session back.
            Phase::Anonymous => shared.signed_in,
            _ => true,
        };
        let now = self.now;
        let issued = shared.received(now);
        let left = self.session.left_at;
        if !joins || left.is_some_and(|left| issued.sent.wall <= left) {
            return;
        }
        let present = self.session.grant().cloned();
        let offered = Grant::new(issued.clone(), now, None);
        let is_newer = present.as_ref().is_none_or(|present| {
            offered.access_ends().left(now) > present.access_ends().left(now)
        });
        if !is_newer || offered.usable_until().passed(now) {
            return;
        }
        let grant = self.follow(
            present.as_ref(),
            issued,
            Note::Joined,
            Note::RenewedElsewhere,
        );
        let offline = matches!(self.session.phase, Phase::Offline(_));
        // A renewal of this tab may be under way. Its answer no longer counts, but it is not
        // aborted, because it may hold the next cookie.
        if matches!(self.session.phase, Phase::Refreshing { .. }) {
            self.session.superseded_epoch = Some(self.session.epoch);
        }
        self.settle_logout();
        self.session.epoch += 1;
        if offline {
            self.session.phase = Phase::Offline(Some(grant));
        } else {
            self.use_grant(grant);
        }
    }

    pub(super) fn peer_logged_out(&mut self) {
        if let Phase::SigningIn { after_expiry } = &mut self.session.phase {
            // What is under way here begins another session.
            *after_expiry = false;
            self.session.holder = None;
            self.commands.push(Command::Forget);
        } else {
            self.leave();
        }
        self.expect_logout();
    }
}
