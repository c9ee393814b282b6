//! The glue between the state machine and the browser: feeds events in, runs the commands.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use signet_api::HINT_COOKIE;
use signet_api::account::{Account, Registration};
use signet_api::token::Credentials;
use wasm_bindgen::JsCast;

use super::grant::Issued;
use super::log::{Entry, Kind};
use super::machine::{Command, Event, Phase, RefreshAnswer, Session, step};
use super::time::Now;
use crate::client::{self, Failure};
use crate::jwt;
use crate::page_data::page_data;

/// How many lines the event log keeps.
const LOG_LENGTH: usize = 100;

/// The session of this page, shared by all components. The access token lives in its state and
/// nowhere else.
#[derive(Clone, Copy)]
pub(crate) struct LiveSession {
    state: RwSignal<Session>,
    log: RwSignal<Vec<Entry>>,
    username: RwSignal<Option<String>>,
    me: RwSignal<Option<Result<Account, Failure>>>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl LiveSession {
    /// Makes the session known to all components, and starts it once the page is live.
    pub(crate) fn provide() {
        let session = Self {
            state: RwSignal::new(Session::default()),
            log: RwSignal::new(Vec::new()),
            username: RwSignal::new(None),
            me: RwSignal::new(None),
            timer: StoredValue::new(None),
        };
        provide_context(session);
        Effect::new(move |_| session.start());
    }

    /// The session of this page.
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// The state of the machine.
    pub(crate) fn state(self) -> ReadSignal<Session> {
        self.state.read_only()
    }

    /// What happened, in this order.
    pub(crate) fn log(self) -> ReadSignal<Vec<Entry>> {
        self.log.read_only()
    }

    /// Who signed in last on this page; stays when the session expires.
    pub(crate) fn username(self) -> ReadSignal<Option<String>> {
        self.username.read_only()
    }

    /// What the protected endpoint last said about who holds the access token.
    pub(crate) fn me(self) -> ReadSignal<Option<Result<Account, Failure>>> {
        self.me.read_only()
    }

    /// Whether somebody is signed in.
    pub(crate) fn presence(self) -> Memo<Presence> {
        let server = page_data().signed_in_as.is_some();
        Memo::new(move |_| self.state.with(|state| Presence::of(state, server)))
    }

    /// Feeds the machine one event and runs what it commands.
    pub(crate) fn dispatch(self, event: Event) {
        let (next, commands) = step(self.state.get_untracked(), now(), event);
        self.state.set(next);
        for command in commands {
            self.run(command);
        }
    }

    /// Signs in. Nothing is kept of the password.
    pub(crate) async fn sign_in(self, credentials: Credentials) -> Result<(), Failure> {
        self.dispatch(Event::SignInBegan);
        let epoch = self.state.with_untracked(Session::epoch);
        let sent = now();
        let answer = client::obtain(&credentials).await.and_then(|obtained| {
            issued(obtained.access, obtained.refresh_expires_in, sent).ok_or(Failure::Unreachable)
        });
        let (issued, result) = match answer {
            Ok(issued) => (Some(issued), Ok(())),
            Err(failure) => (None, Err(failure)),
        };
        if issued.is_some() {
            self.username.set(Some(credentials.username));
        }
        self.dispatch(Event::SignInAnswered { epoch, issued });
        result
    }

    /// Registers, and signs the new user in.
    pub(crate) async fn register(self, registration: Registration) -> Result<(), Failure> {
        client::register(&registration).await?;
        let Registration {
            username, password, ..
        } = registration;
        self.sign_in(Credentials { username, password }).await
    }

    /// Logs out: the tokens are dropped first, the server is told after.
    pub(crate) fn log_out(self) {
        self.dispatch(Event::LogOut);
        self.log.set(Vec::new());
        self.username.set(None);
        self.me.set(None);
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
        spawn_local(async move {
            let answer = client::me(&access).await;
            if self.state.with_untracked(|state| state.grant().is_none()) {
                return;
            }
            match &answer {
                Ok(account) => self.username.set(Some(account.username.clone())),
                Err(Failure::Refused { status: 401, .. }) => {
                    self.tell(Kind::Rejected, "me/ refused the access token".into());
                    self.dispatch(Event::Unauthorized { access });
                }
                Err(_) => self.tell(Kind::Error, "me/ did not answer".into()),
            }
            self.me.set(Some(answer));
        });
    }

    /// Adds a line to the event log.
    pub(crate) fn tell(self, kind: Kind, text: String) {
        let at = js_sys::Date::new_0().to_locale_time_string("en-GB").into();
        self.log.update(|log| {
            log.push(Entry { at, kind, text });
            let surplus = log.len().saturating_sub(LOG_LENGTH);
            log.drain(..surplus);
        });
    }

    fn start(self) {
        let wake = move || self.dispatch(Event::Woke);
        window_event_listener_untyped("visibilitychange", move |_| wake());
        window_event_listener_untyped("pageshow", move |_| wake());
        window_event_listener_untyped("online", move |_| self.dispatch(Event::CameOnline));
        window_event_listener_untyped("offline", move |_| self.dispatch(Event::WentOffline));
        self.dispatch(Event::Started { hint: hint() });
        // Every new access token is shown to the protected endpoint.
        Effect::new(move |asked: Option<Option<String>>| {
            let access = self
                .state
                .with(|state| state.grant().map(|grant| grant.access().to_owned()));
            if access.is_some() && asked.as_ref() != Some(&access) {
                self.ask_me();
            }
            access
        });
    }

    fn run(self, command: Command) {
        match command {
            Command::Refresh { epoch, timeout } => self.refresh(epoch, timeout),
            Command::Blacklist => spawn_local(async {
                // Logged out here in any case; the server forgets the token by itself in time.
                let _ = client::blacklist().await;
            }),
            Command::Arm(milliseconds) => {
                self.disarm();
                // One more millisecond: a timer that fires a fraction early would find nothing due.
                let sleep = Duration::from_millis(milliseconds.unsigned_abs() + 1);
                let timer = set_timeout_with_handle(move || self.dispatch(Event::Woke), sleep);
                self.timer.set_value(timer.ok());
            }
            Command::Disarm => self.disarm(),
            Command::Note(note) => {
                let (kind, text) = note.told();
                self.tell(kind, text.to_owned());
            }
        }
    }

    fn disarm(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }

    fn refresh(self, epoch: u64, timeout: i64) {
        spawn_local(async move {
            let sent = now();
            let answer = client::refresh(Duration::from_millis(timeout.unsigned_abs())).await;
            let answer = match answer {
                Ok(refreshed) => issued(refreshed.access, refreshed.refresh_expires_in, sent)
                    .map_or(
                        RefreshAnswer::Failed { retry_after: None },
                        RefreshAnswer::Granted,
                    ),
                Err(Failure::Refused { .. }) => RefreshAnswer::Refused,
                Err(Failure::Unreachable) => RefreshAnswer::Failed { retry_after: None },
                Err(Failure::Busy { retry_after } | Failure::Throttled { retry_after }) => {
                    RefreshAnswer::Failed {
                        retry_after: retry_after.map(|seconds| seconds * 1_000),
                    }
                }
            };
            self.dispatch(Event::RefreshAnswered { epoch, answer });
        });
    }
}

/// Whether somebody is signed in, as far as a page without tokens has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Nobody is.
    Nobody,
    /// Somebody is, or is being found again after a reload.
    SignedIn,
    /// Somebody was, until the session ended by itself.
    Expired,
}

impl Presence {
    /// `server` is whether the server saw a valid refresh cookie when it rendered the page;
    /// it is believed until the browser has looked itself.
    fn of(state: &Session, server: bool) -> Self {
        match &state.phase {
            Phase::Boot if server => Self::SignedIn,
            Phase::Boot
            | Phase::Anonymous
            | Phase::SigningIn {
                after_expiry: false,
            } => Self::Nobody,
            Phase::Expired | Phase::SigningIn { after_expiry: true } => Self::Expired,
            Phase::Active(_)
            | Phase::Refreshing { .. }
            | Phase::Waiting { .. }
            | Phase::Offline(_)
            | Phase::Final(_) => Self::SignedIn,
        }
    }

    /// Whether there is a session to open.
    pub(crate) fn is_signed_in(self) -> bool {
        self == Self::SignedIn
    }
}

/// The browser's clocks, read now.
pub(crate) fn now() -> Now {
    Now {
        wall: js_sys::Date::now() as i64,
        mono: window().performance().map_or(0.0, |clock| clock.now()) as i64,
        chance: js_sys::Math::random(),
    }
}

fn issued(access: String, refresh_expires_in: Option<i64>, sent: Now) -> Option<Issued> {
    let lifetime = jwt::lifetime(&access)?;
    Some(Issued {
        access,
        access_lifetime: lifetime * 1_000,
        refresh_left: refresh_expires_in.unwrap_or(0) * 1_000,
        sent,
    })
}

/// Whether the server left word that a session may be there to restore.
fn hint() -> bool {
    let cookies = document()
        .dyn_into::<web_sys::HtmlDocument>()
        .ok()
        .and_then(|document| document.cookie().ok())
        .unwrap_or_default();
    cookies
        .split("; ")
        .filter_map(|cookie| cookie.split_once('='))
        .any(|(name, value)| name == HINT_COOKIE && value == "1")
}
