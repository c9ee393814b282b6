//! The requests of a session: signing in, renewing, asking who one is.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use signet_api::account::Registration;
use signet_api::token::Credentials;
use web_sys::AbortController;

use crate::api::{Failure, client, jwt};
use crate::session::browser::pause::pause;
use crate::session::browser::refresh_lock::RefreshLock;
use crate::session::browser::{LiveSession, now};
use crate::session::grant::Issued;
use crate::session::log::Kind;
use crate::session::machine::Session;
use crate::session::machine::{Event, LogoutAnswer, RefreshAnswer};
use crate::session::time::Now;
use crate::session::token::AccessToken;

/// The longest lifetime that is counted with, in seconds: a hundred years, and no overflow.
const LONGEST_LIFE: i64 = 100 * 366 * 24 * 60 * 60;

/// The wait after a sleep before a renewal is sent. An answer that arrived in the sleep may hold a
/// newer cookie, and is handled within it.
const AFTER_SLEEP: Duration = Duration::from_millis(250);

impl LiveSession {
    /// Signs in. The password is not kept.
    pub(crate) async fn sign_in(self, credentials: Credentials) -> Result<(), Failure> {
        self.dispatch(Event::SignInBegan);
        let epoch = self.state.with_untracked(Session::epoch);
        let sent = now();
        let answer = match client::obtain(&credentials).await {
            Ok(obtained) => {
                // A browser that keeps no cookies has not kept the refresh token.
                let is_kept = self.jar().keeps_hint().await;
                let left = obtained.refresh_expires_in.filter(|_| is_kept);
                self.issued(obtained.access, left, sent)
                    .ok_or(Failure::Foreign { status: 200 })
            }
            Err(failure) => Err(failure),
        };
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
        let user_id = self.current_user_id();
        spawn_local(async move {
            let answer = client::me(&access).await;
            if self.state.with_untracked(|state| state.grant().is_none())
                || self.current_user_id() != user_id
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
        self.with_handles(|handles| handles.under_way.push(abort.clone()));
        spawn_local(async move {
            let asked = now();
            let lock = RefreshLock::wait(patience).await;
            if now().has_slept_since(asked, patience) {
                pause(AFTER_SLEEP).await;
            }
            // The previous holder of the lock may have renewed for this tab, too; or the user is
            // gone.
            if self.state.with_untracked(Session::epoch) == epoch {
                let answer = self.ask_to_refresh(abort.clone(), timeout).await;
                self.dispatch(Event::RefreshAnswered { epoch, answer });
            }
            self.with_handles(|handles| handles.under_way.retain(|other| *other != abort));
            if let Some(lock) = lock {
                lock.give_back();
            }
        });
    }

    async fn ask_to_refresh(self, abort: AbortController, timeout: i64) -> RefreshAnswer {
        // A browser drops the hint with its refresh token: no session is left to restore.
        if self.current_user_id().is_none() && !self.jar().has_session() {
            return RefreshAnswer::Refused;
        }
        let sent = now();
        let timeout = Duration::from_millis(timeout.unsigned_abs());
        match client::refresh(abort, timeout).await {
            Ok(refreshed) => self
                .issued(refreshed.access, refreshed.refresh_expires_in, sent)
                .map_or(
                    RefreshAnswer::Failed { retry_after: None },
                    RefreshAnswer::Granted,
                ),
            Err(failure) if failure.ends_session() => RefreshAnswer::Refused,
            Err(failure) => RefreshAnswer::Failed {
                retry_after: in_milliseconds(failure.wait()),
            },
        }
    }

    /// Tells the server that the user has logged out.
    pub(super) fn blacklist(self, attempt: u32, timeout: i64) {
        let Ok(abort) = AbortController::new() else {
            return;
        };
        self.with_handles(|handles| handles.under_way.push(abort.clone()));
        spawn_local(async move {
            let answer = if attempt > 0 && !self.jar().has_logout() {
                // Another tab has received the answer, or a user has signed in since.
                LogoutAnswer::Confirmed
            } else {
                let timeout = Duration::from_millis(timeout.unsigned_abs());
                match client::blacklist(abort.clone(), timeout).await {
                    Ok(_) => LogoutAnswer::Confirmed,
                    Err(failure) if failure.ends_session() => LogoutAnswer::Confirmed,
                    Err(failure) => LogoutAnswer::Failed {
                        retry_after: in_milliseconds(failure.wait()),
                    },
                }
            };
            self.dispatch(Event::LogoutAnswered { attempt, answer });
            self.with_handles(|handles| handles.under_way.retain(|other| *other != abort));
        });
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

fn in_milliseconds(seconds: Option<i64>) -> Option<i64> {
    seconds.map(|seconds| seconds.saturating_mul(1_000))
}
