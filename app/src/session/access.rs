//! The access token of a page's requests: taken for a request, given up after a refusal.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{Failure, client};
use crate::session::browser::pause::pause;
use crate::session::browser::{LiveSession, now};
use crate::session::machine::Event;
use crate::session::machine::Phase;
use crate::session::token::AccessToken;

/// The number of looks at a token that is being renewed.
const LOOKS: u32 = 100;

/// The time between two looks.
const LOOK_PAUSE: Duration = Duration::from_millis(100);

impl LiveSession {
    /// Returns the user of the session, or of the expired session; notifies of changes.
    pub(crate) fn user_id(self) -> Option<String> {
        self.state().with(|state| state.holder().map(str::to_owned))
    }

    /// The same, read once.
    pub(crate) fn current_user_id(self) -> Option<String> {
        untrack(|| self.user_id())
    }

    /// Returns the reason that no request can be sent; empty if one can, now or in a moment.
    pub(crate) fn unavailable_reason(self) -> &'static str {
        self.state().with(|state| match state.phase {
            Phase::Offline(_) => "You are offline.",
            Phase::Expired | Phase::SigningIn { .. } | Phase::Anonymous => {
                "Your session has ended."
            }
            _ => "",
        })
    }

    /// Signs out here and in the other tabs, where the server has ended all sessions of the user:
    /// only the cookie is to be taken back.
    pub(crate) fn all_ended(self) {
        self.dispatch(Event::AllEnded);
        spawn_local(client::drop_cookie());
    }

    /// The access token if a request that leaves now still arrives in time; tells when that
    /// changes.
    pub(crate) fn access_now(self) -> Option<String> {
        self.state()
            .with(|state| Some(state.grant()?.access_for_request(now())?.to_owned()))
    }

    /// Returns the access token for a user's action. Without a token, asks for a fresh one.
    pub(crate) fn access(self) -> Option<String> {
        let access = untrack(|| self.access_now());
        if access.is_none() {
            self.dispatch(Event::TokenNeeded);
        }
        access
    }

    /// The same, after a renewal that is under way; `None` where that gives no token within ten
    /// seconds, or none is under way.
    pub(crate) async fn access_soon(self) -> Option<String> {
        for _ in 0..LOOKS {
            let access = self.access();
            let state = self.state();
            if access.is_some() || !state.with_untracked(|state| state.phase.is_renewing()) {
                return access;
            }
            pause(LOOK_PAUSE).await;
        }
        None
    }

    /// `true` if an endpoint has refused the access token of its request: a fresher one is asked
    /// for, and the session ends if there is none.
    pub(crate) fn is_refused(self, access: String, failure: &Failure) -> bool {
        let refused = matches!(failure, Failure::Refused { status: 401, .. });
        if refused {
            let access = AccessToken::new(access);
            self.dispatch(Event::Unauthorized { access });
        }
        refused
    }
}
