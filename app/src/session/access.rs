//! The access token in the hands of a page: taken for a request, and given up when it is refused.

use leptos::prelude::*;

use super::live::{LiveSession, now};
use super::machine::Event;
use super::token::AccessToken;
use crate::client::Failure;

impl LiveSession {
    /// The access token if a request that leaves now still arrives in time; tells when that
    /// changes.
    pub(crate) fn access_now(self) -> Option<String> {
        self.state()
            .with(|state| Some(state.grant()?.access_for_request(now())?.to_owned()))
    }

    /// The same for something that a user does: where there is none, a fresher one is asked for.
    pub(crate) fn access(self) -> Option<String> {
        let access = untrack(|| self.access_now());
        if access.is_none() {
            self.dispatch(Event::TokenNeeded);
        }
        access
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
