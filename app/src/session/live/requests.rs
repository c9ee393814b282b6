//! The requests of a session: signing in, renewing, asking who one is.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use signet_api::account::Registration;
use signet_api::token::{Credentials, Refreshed};
use web_sys::AbortController;

use super::turn::Turn;
use super::{LiveSession, now};
use crate::client::{self, Failure};
use crate::jwt;
use crate::session::grant::Issued;
use crate::session::log::Kind;
use crate::session::machine::{Event, RefreshAnswer, Session};
use crate::session::time::Now;
use crate::session::token::AccessToken;

/// The longest lifetime that is counted with, in seconds: a hundred years, and no overflow.
const LONGEST_LIFE: i64 = 100 * 366 * 24 * 60 * 60;

impl LiveSession {
    /// Signs in. Nothing is kept of the password.
    pub(crate) async fn sign_in(self, credentials: Credentials) -> Result<(), Failure> {
        self.dispatch(Event::SignInBegan);
        let epoch = self.state.with_untracked(Session::epoch);
        let sent = now();
        let answer = client::obtain(&credentials).await.and_then(|obtained| {
            self.issued(obtained.access, obtained.refresh_expires_in, sent)
                .ok_or(Failure::Unreachable)
        });
        let (issued, result) = match answer {
            Ok(issued) => (Some(issued), Ok(())),
            Err(failure) => (None, Err(failure)),
        };
        self.dispatch(Event::SignInAnswered { epoch, issued });
        if result.is_ok() {
            self.username.set(Some(credentials.username));
        }
        result
    }

    /// Registers, and signs the new user in by the name that the server stored.
    pub(crate) async fn register(self, registration: Registration) -> Result<(), Failure> {
        let username = client::register(&registration).await?.username;
        let password = registration.password;
        self.sign_in(Credentials { username, password }).await
    }

    /// Asks the protected endpoint who holds the access token. An old token is renewed first,
    /// and the renewed one is asked about by itself.
    pub(crate) fn ask_me(self) {
        let access = self.state.with_untracked(|state| {
            let grant = state.grant()?;
            grant.access_for_request(now()).map(str::to_owned)
        });
        let Some(access) = access else {
            self.dispatch(Event::TokenNeeded);
            return;
        };
        let whose = self.whose_now();
        spawn_local(async move {
            let answer = client::me(&access).await;
            if self.state.with_untracked(|state| state.grant().is_none())
                || self.whose_now() != whose
            {
                return;
            }
            match &answer {
                Ok(account) => self.username.set(Some(account.username.clone())),
                Err(Failure::Refused { status: 401, .. }) => {
                    self.tell(Kind::Rejected, "me/ refused the access token".into());
                    let access = AccessToken::new(access);
                    self.dispatch(Event::Unauthorized { access });
                }
                Err(_) => self.tell(Kind::Error, "me/ did not answer".into()),
            }
            self.me.set(Some(answer));
        });
    }

    pub(super) fn refresh(self, epoch: u64, patience: i64, timeout: i64) {
        let Ok(abort) = AbortController::new() else {
            return;
        };
        self.with_wires(|wires| wires.under_way.push(abort.clone()));
        spawn_local(async move {
            let turn = Turn::wait(patience).await;
            // Whoever had the turn before may have renewed for this tab, too; or the user is gone.
            if self.state.with_untracked(Session::epoch) == epoch {
                let sent = now();
                let timeout = Duration::from_millis(timeout.unsigned_abs());
                let answer = client::refresh(abort.clone(), timeout).await;
                let answer = self.judged(answer, sent);
                self.dispatch(Event::RefreshAnswered { epoch, answer });
            }
            self.with_wires(|wires| wires.under_way.retain(|other| *other != abort));
            if let Some(turn) = turn {
                turn.give_back();
            }
        });
    }

    fn judged(self, answer: Result<Refreshed, Failure>, sent: Now) -> RefreshAnswer {
        match answer {
            Ok(refreshed) => self
                .issued(refreshed.access, refreshed.refresh_expires_in, sent)
                .map_or(
                    RefreshAnswer::Failed { retry_after: None },
                    RefreshAnswer::Granted,
                ),
            Err(Failure::Refused { .. }) => RefreshAnswer::Refused,
            Err(Failure::Unreachable) => RefreshAnswer::Failed { retry_after: None },
            Err(Failure::Busy { retry_after } | Failure::Throttled { retry_after }) => {
                RefreshAnswer::Failed {
                    retry_after: retry_after.map(|seconds| seconds.saturating_mul(1_000)),
                }
            }
        }
    }

    fn issued(self, access: String, refresh_expires_in: Option<i64>, sent: Now) -> Option<Issued> {
        let claims = jwt::decode(&access)?.claims;
        let holder = self
            .page
            .with_value(|page| claims.text(&page.user_id_claim));
        Some(Issued {
            holder: holder.unwrap_or_default().to_owned(),
            access_lifetime: claims.lifetime()?.min(LONGEST_LIFE) * 1_000,
            refresh_left: refresh_expires_in.unwrap_or(0).min(LONGEST_LIFE) * 1_000,
            access: AccessToken::new(access),
            sent,
        })
    }
}
