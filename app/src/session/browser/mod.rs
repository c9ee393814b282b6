//! The glue between the state machine and the browser: feeds events in, runs the commands.

mod channel;
mod jar;
pub(in crate::session) mod pause;
mod presence;
mod refresh_lock;
mod requests;

use std::time::Duration;

use leptos::prelude::*;
use leptos::reactive::send_wrapper_ext::SendOption;
use signet_api::account::Account;
use wasm_bindgen::JsValue;
use web_sys::{AbortController, BroadcastChannel};

use crate::api::{Failure, client};
use crate::page_data::{PageData, page_data};
use crate::session::browser::jar::Jar;
use crate::session::log::{Entry, Kind};
use crate::session::machine::step;
use crate::session::machine::{Command, Event};
use crate::session::machine::{Phase, Session};
use crate::session::time::Now;

pub(crate) use presence::Presence;

/// The number of lines in the event log.
const LOG_LENGTH: usize = 100;

/// The session of this page, shared by all components. The access token lives in its state and
/// nowhere else.
#[derive(Clone, Copy)]
pub(crate) struct LiveSession {
    state: RwSignal<Session>,
    log: RwSignal<Vec<Entry>>,
    username: RwSignal<Option<String>>,
    successions: RwSignal<u32>,
    me: RwSignal<Option<Result<Account, Failure>>>,
    timer: StoredValue<Option<TimeoutHandle>>,
    page: StoredValue<PageData>,
    handles: StoredValue<SendOption<BrowserHandles>>,
}

/// Objects of the browser. Rendering on the server creates none of them, because another thread may
/// drop the page.
struct BrowserHandles {
    /// To the other tabs.
    peers: Option<BroadcastChannel>,
    /// The renewals and logouts under way.
    under_way: Vec<AbortController>,
}

impl LiveSession {
    /// Makes the session known to all components, and starts it once the page is live.
    pub(crate) fn provide() {
        let page = page_data();
        let session = Self {
            state: RwSignal::new(Session::default()),
            log: RwSignal::new(Vec::new()),
            username: RwSignal::new(page.signed_in_as.clone()),
            successions: RwSignal::new(0),
            me: RwSignal::new(None),
            timer: StoredValue::new(None),
            page: StoredValue::new(page),
            handles: StoredValue::new(SendOption::new_local(None)),
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

    /// Returns the events, in their order.
    pub(crate) fn log(self) -> ReadSignal<Vec<Entry>> {
        self.log.read_only()
    }

    /// Returns the last user who signed in on this page or whom the server saw; stays when the
    /// session expires.
    pub(crate) fn username(self) -> ReadSignal<Option<String>> {
        self.username.read_only()
    }

    /// Returns the number of times that another user has replaced the signed-in one. Typed text of
    /// the former user is not the other's.
    pub(crate) fn successions(self) -> ReadSignal<u32> {
        self.successions.read_only()
    }

    /// Returns the last answer of the protected endpoint about the token's user.
    pub(crate) fn me(self) -> ReadSignal<Option<Result<Account, Failure>>> {
        self.me.read_only()
    }

    /// Returns whether a user is signed in.
    pub(crate) fn presence(self) -> Memo<Presence> {
        let server = self.page.with_value(|page| page.signed_in_as.is_some());
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

    /// Logs out: the tokens are dropped first, the other tabs and the server are told after.
    pub(crate) fn log_out(self) {
        self.dispatch(Event::LogOut);
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
        self.page.with_value(client::adopt_settings);
        window_event_listener_untyped("visibilitychange", move |_| {
            if document().hidden() {
                self.dispatch(Event::TimerFired)
            } else {
                self.shown(false)
            }
        });
        window_event_listener_untyped("pageshow", move |event| {
            let persisted = js_sys::Reflect::get(&event, &"persisted".into());
            self.shown(persisted == Ok(JsValue::TRUE));
        });
        window_event_listener_untyped("online", move |_| self.dispatch(Event::CameOnline));
        window_event_listener_untyped("offline", move |_| self.dispatch(Event::WentOffline));
        let hear = move |message| self.dispatch(Event::Peer(message));
        let handles = BrowserHandles {
            peers: channel::open(hear),
            under_way: Vec::new(),
        };
        self.handles.update_value(|slot| **slot = Some(handles));
        let hint = self.jar().has_session();
        self.dispatch(Event::Started { hint });
        if self.jar().has_logout() {
            self.dispatch(Event::LogoutFound);
        }
        // Every new access token is shown to the protected endpoint.
        Effect::new(move |asked: Option<Option<String>>| {
            let access = self
                .state
                .with(|state| state.grant().map(|grant| grant.access().to_owned()));
            // The user whom the server saw may be gone, and the next user may differ.
            if self.state.with(|state| state.phase == Phase::Anonymous) {
                self.username.set(None);
            }
            if access.is_some() && asked.as_ref() != Some(&access) {
                self.ask_me();
            }
            access
        });
    }

    fn run(self, command: Command) {
        match command {
            Command::Refresh {
                epoch,
                patience,
                timeout,
            } => self.refresh(epoch, patience, timeout),
            Command::Abort => self.with_handles(|handles| {
                for request in std::mem::take(&mut handles.under_way) {
                    request.abort();
                }
            }),
            Command::Share(message) => self.with_handles(|handles| {
                if let Some(peers) = &handles.peers {
                    // A closed channel has no receivers.
                    let _ = peers.post_message(&channel::written(&message));
                }
            }),
            Command::RememberLogout => {
                // The token is dead by then.
                let seconds = self.page.with_value(|page| page.refresh_lifetime);
                self.jar().remember_logout(seconds);
            }
            Command::ForgetLogout => self.jar().forget_logout(),
            Command::Blacklist { attempt, timeout } => self.blacklist(attempt, timeout),
            Command::Hide => {
                self.username.set(None);
                self.me.set(None);
            }
            Command::Forget => {
                self.log.set(Vec::new());
                self.username.set(None);
                self.me.set(None);
                // After a logout no user is signed in.
                if self.state.with_untracked(|state| state.holder().is_some()) {
                    self.successions.update(|count| *count += 1);
                }
            }
            Command::SetTimer(milliseconds) => {
                self.disarm();
                // One more millisecond: a timer that fires a fraction early would find no deadline
                // passed.
                let sleep = Duration::from_millis(milliseconds.unsigned_abs() + 1);
                let timer =
                    set_timeout_with_handle(move || self.dispatch(Event::TimerFired), sleep);
                self.timer.set_value(timer.ok());
            }
            Command::ClearTimer => self.disarm(),
            Command::Note(note) => {
                let (kind, text) = note.to_log_entry();
                self.tell(kind, text.to_owned());
            }
        }
    }

    fn shown(self, is_restored: bool) {
        let hint = self.jar().has_session();
        self.dispatch(Event::Shown { hint, is_restored });
    }

    fn jar(self) -> Jar {
        self.page.with_value(|page| Jar::new(&page.hint_cookie))
    }

    fn with_handles(self, work: impl FnOnce(&mut BrowserHandles)) {
        self.handles.update_value(|slot| {
            if let Some(handles) = slot.as_mut() {
                work(handles);
            }
        });
    }

    fn disarm(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
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
