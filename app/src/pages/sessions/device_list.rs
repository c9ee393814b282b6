//! The state of the user's sessions on the page, and ending them.

use leptos::prelude::*;
use leptos::task::spawn_local;
use signet_api::session::Session;

use crate::api::{Failure, client};
use crate::focus;
use crate::session::browser::LiveSession;
use crate::session::browser::Presence;
use crate::ui::leptos_ext::dynamic::effect;

/// The sessions that a button of the list ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// No session: the list is asked for again.
    Nothing,
    /// The session of this page.
    This,
    /// A single other session, by its id.
    One(String),
    /// All but the session of this page.
    Others,
    /// All of them.
    All,
}

/// The list. A session that has been ended stays in it, hidden: the rows around it keep their
/// places in the document, and what is open in them.
#[derive(Clone, Copy)]
pub(crate) struct DeviceList {
    session: LiveSession,
    /// The user of the list.
    user_id: RwSignal<Option<String>>,
    rows: RwSignal<Option<Vec<Session>>>,
    ended: RwSignal<Vec<String>>,
    wanted: RwSignal<bool>,
    /// The access token that the list was refused to: asking with it again would not help.
    refused: RwSignal<Option<String>>,
    busy: RwSignal<Option<End>>,
    failure: RwSignal<Option<(End, &'static str)>>,
    said: RwSignal<&'static str>,
}

impl DeviceList {
    /// Asks for the list as soon as there is a token to ask with; again when a session that had
    /// ended goes on, when another user takes its place, and when the page is shown again.
    pub(crate) fn start() -> Self {
        let list = Self {
            session: LiveSession::expect(),
            user_id: RwSignal::new(None),
            rows: RwSignal::new(None),
            ended: RwSignal::new(Vec::new()),
            wanted: RwSignal::new(true),
            refused: RwSignal::new(None),
            busy: RwSignal::new(None),
            failure: RwSignal::new(None),
            said: RwSignal::new(""),
        };
        let presence = list.session.presence();
        effect(move || list.follow(presence.get()));
        effect(move || {
            let listener = window_event_listener_untyped("visibilitychange", move |_| list.look());
            on_cleanup(move || listener.remove());
        });
        list
    }

    /// Follows the session: its user, and whether an access token is available.
    fn follow(self, presence: Presence) {
        let user_id = self.session.user_id();
        if self.user_id.with_untracked(|known| *known != user_id) {
            self.forget();
            self.user_id.set(user_id);
        }
        if presence == Presence::Expired {
            self.wanted.set(true);
        }
        if self.session.unavailable_reason().is_empty()
            && let Some(access) = self.session.access_now()
            && self.wanted.get()
            && self.refused.get().as_ref() != Some(&access)
        {
            self.wanted.set(false);
            self.failure.set(None);
            spawn_local(self.load(access));
        }
    }

    /// Removes the data of the former user from the page.
    fn forget(self) {
        self.rows.set(None);
        self.ended.set(Vec::new());
        self.wanted.set(true);
        self.refused.set(None);
        self.busy.set(None);
        self.failure.set(None);
        self.said.set("");
    }

    /// Asks for the list again where the page is shown again, unless the user is in the middle of
    /// it: the rows are made anew.
    fn look(self) {
        let in_use = document().query_selector("main details[open], .devices :focus");
        if !document().hidden() && matches!(in_use, Ok(None)) {
            self.wanted.set(true);
        }
    }

    async fn load(self, access: String) {
        let user_id = self.session.current_user_id();
        let answer = client::sessions(&access).await;
        if self.session.current_user_id() != user_id {
            return;
        }
        match answer {
            Ok(mut rows) => {
                if let Some(at) = rows.iter().position(|row| row.is_current) {
                    let this = rows.remove(at);
                    rows.insert(0, this);
                }
                self.rows.try_set(Some(rows));
            }
            Err(failure) => {
                self.fail(End::Nothing, in_words(&failure));
                if self.session.is_refused(access.clone(), &failure) {
                    self.refused.try_set(Some(access));
                    self.wanted.try_set(true);
                }
            }
        }
    }

    /// The sessions, as far as the server has said which there are.
    pub(crate) fn rows(self) -> Vec<Session> {
        self.rows.get().unwrap_or_default()
    }

    /// Whether the server has said which sessions there are.
    pub(crate) fn is_known(self) -> bool {
        self.rows.with(Option::is_some)
    }

    /// Returns the message for a list that cannot be loaded yet.
    pub(crate) fn waits_for(self) -> &'static str {
        match self.session.unavailable_reason() {
            "" => "Asking the server...",
            reason => reason,
        }
    }

    /// Whether the session has been ended here.
    pub(crate) fn has_ended(self, id: &String) -> bool {
        self.ended.with(|ended| ended.contains(id))
    }

    /// Whether there are sessions on other devices.
    pub(crate) fn has_others(self) -> bool {
        self.rows.with(|rows| {
            let mut rows = rows.iter().flatten();
            rows.any(|row| !row.is_current && !self.has_ended(&row.id))
        })
    }

    /// Returns `true` if the list is loaded and has no other session.
    pub(crate) fn is_only_this(self) -> bool {
        self.is_known() && !self.has_others()
    }

    /// Whether the button's work is under way.
    pub(crate) fn is_busy(self, end: &End) -> bool {
        self.busy.with(|busy| busy.as_ref() == Some(end))
    }

    /// Returns the message of the button's failure; empty without a failure.
    pub(crate) fn failure(self, end: &End) -> &'static str {
        self.failure.with(|failure| match failure {
            Some((failed, words)) if failed == end => words,
            _ => "",
        })
    }

    /// Returns the announcement for screen readers.
    pub(crate) fn said(self) -> &'static str {
        self.said.get()
    }

    /// Does what a button is for, one at a time.
    pub(crate) fn end(self, end: End) {
        if end == End::Nothing {
            self.failure.set(None);
            self.refused.set(None);
            self.wanted.set(true);
        } else if end == End::This {
            self.session.log_out();
            focus_signed_out();
        } else if self.busy.with_untracked(Option::is_none) {
            self.failure.set(None);
            match untrack(|| self.session.unavailable_reason()) {
                "" => {
                    self.busy.set(Some(end.clone()));
                    spawn_local(self.send(end));
                }
                reason => self.fail(end, reason),
            }
        }
    }

    async fn send(self, end: End) {
        let user_id = self.session.current_user_id();
        let Some(access) = self.session.access_soon().await else {
            self.busy.try_set(None);
            let why = match untrack(|| self.session.unavailable_reason()) {
                "" => "Your session is being renewed. Try again.",
                reason => reason,
            };
            self.fail(end, why);
            return;
        };
        let which = match &end {
            End::One(id) => &[id, "/"].concat(),
            End::All => "?all=true",
            _ => "",
        };
        let done = client::end_sessions(&access, which).await;
        // What has become of a former user's sessions is not for the eyes of this one.
        if self.session.current_user_id() != user_id {
            return;
        }
        self.busy.try_set(None);
        match done {
            Ok(()) => self.take_away(end),
            // One that is gone has been ended already.
            Err(Failure::Refused { status: 404, .. }) if which.ends_with('/') => {
                self.take_away(end);
            }
            Err(failure) => {
                self.fail(end, in_words(&failure));
                self.session.is_refused(access, &failure);
            }
        }
    }

    fn fail(self, end: End, words: &'static str) {
        self.failure.try_set(Some((end, words)));
    }

    /// Takes away the rows of what has been ended, says so, and leads the focus from them to the
    /// heading of the list.
    fn take_away(self, end: End) {
        let (one, said) = match end {
            End::All => {
                self.session.all_ended();
                return focus_signed_out();
            }
            End::One(id) => (Some(id), "The session has ended."),
            _ => (None, "All other sessions have ended."),
        };
        let rows = self.rows.try_get_untracked().flatten().unwrap_or_default();
        for row in rows {
            if one.as_ref().map_or(!row.is_current, |id| *id == row.id) {
                self.ended.try_update(|ended| ended.push(row.id));
            }
        }
        self.said.try_set(said);
        focus("#devices-title");
    }
}

/// Moves the focus to the message of the signed-out page.
fn focus_signed_out() {
    request_animation_frame(|| focus("main h1"));
}

/// Returns the message of a failure. The server's own message is written for programs.
fn in_words(failure: &Failure) -> &'static str {
    match failure {
        Failure::Unreachable => "The server cannot be reached.",
        Failure::Foreign { .. } => "Something else has answered in the place of the server.",
        Failure::Refused { status: 401, .. } => "Your session has ended.",
        Failure::Throttled { .. } => "Too many tries. Try again later.",
        Failure::Busy { .. } | Failure::Refused { .. } => "The server could not do it now.",
    }
}
