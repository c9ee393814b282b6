//! What the page knows of the user's sessions, and ending them.

use leptos::prelude::*;
use leptos::task::spawn_local;
use signet_api::session::Session;

use super::dynamic::effect;
use crate::client::{self, Failure};
use crate::focus;
use crate::session::live::{LiveSession, Presence};

/// What a button of the list ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// No session: the list is asked for again.
    Nothing,
    /// The session of this page.
    This,
    /// Another one.
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
    rows: RwSignal<Option<Vec<Session>>>,
    ended: RwSignal<Vec<String>>,
    wanted: RwSignal<bool>,
    busy: RwSignal<Option<End>>,
    failure: RwSignal<Option<(End, &'static str)>>,
    said: RwSignal<&'static str>,
}

impl DeviceList {
    /// Asks for the list as soon as there is a token to ask with; again when a session that had
    /// ended goes on.
    pub(crate) fn start() -> Self {
        let session = LiveSession::expect();
        let list = Self {
            session,
            rows: RwSignal::new(None),
            ended: RwSignal::new(Vec::new()),
            wanted: RwSignal::new(true),
            busy: RwSignal::new(None),
            failure: RwSignal::new(None),
            said: RwSignal::new(""),
        };
        let presence = session.presence();
        effect(move || {
            if presence.get() == Presence::Expired {
                list.wanted.set(true);
            }
            if let Some(access) = session.access_now()
                && list.wanted.get()
            {
                list.wanted.set(false);
                list.failure.set(None);
                spawn_local(list.load(access));
            }
        });
        list
    }

    async fn load(self, access: String) {
        match client::sessions(&access).await {
            Ok(rows) => {
                // The new rows must not be taken for the old ones.
                self.rows.try_set(None);
                self.ended.try_set(Vec::new());
                self.rows.try_set(Some(rows));
            }
            Err(failure) => {
                let refused = self.session.is_refused(access, &failure);
                self.wanted.try_set(refused);
                self.failure
                    .try_set(Some((End::Nothing, in_words(&failure))));
            }
        }
    }

    /// The sessions, once the server has said which there are.
    pub(crate) fn rows(self) -> Option<Vec<Session>> {
        self.rows.get()
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

    /// Whether it is known that there are none.
    pub(crate) fn is_only_this(self) -> bool {
        self.rows.with(Option::is_some) && !self.has_others()
    }

    /// Whether the button's work is under way.
    pub(crate) fn is_busy(self, end: &End) -> bool {
        self.busy.with(|busy| busy.as_ref() == Some(end))
    }

    /// Why the button's work has failed; empty if it has not.
    pub(crate) fn failure(self, end: &End) -> &'static str {
        self.failure.with(|failure| match failure {
            Some((failed, words)) if failed == end => words,
            _ => "",
        })
    }

    /// What has been done, for those who cannot see it.
    pub(crate) fn said(self) -> &'static str {
        self.said.get()
    }

    /// Does what a button is for, one at a time.
    pub(crate) fn end(self, end: End) {
        if end == End::Nothing {
            self.failure.set(None);
            self.wanted.set(true);
        } else if end == End::This {
            self.leave();
        } else if self.busy.with_untracked(Option::is_none) {
            self.busy.set(Some(end.clone()));
            self.failure.set(None);
            spawn_local(self.send(end));
        }
    }

    async fn send(self, end: End) {
        let id = if let End::One(id) = &end { id } else { "" };
        let done = match self.session.access() {
            None => Err(Failure::Unreachable),
            Some(access) => {
                let done = client::end_sessions(&access, id).await;
                if let Err(failure) = &done {
                    self.session.is_refused(access, failure);
                }
                done
            }
        };
        self.busy.try_set(None);
        match done {
            // One that is gone has been ended already.
            Ok(()) | Err(Failure::Refused { status: 404, .. }) => self.take_away(end),
            Err(failure) => {
                self.failure.try_set(Some((end, in_words(&failure))));
            }
        }
    }

    /// Takes away the rows of what has been ended, says so, and leads the focus from them to the
    /// heading of the list.
    fn take_away(self, end: End) {
        let (one, said) = match end {
            End::All => return self.leave(),
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

    /// Logs out, and leaves the page to say so.
    fn leave(self) {
        self.session.log_out();
        request_animation_frame(|| focus("main h1"));
    }
}

/// Why the server did not do it. What it says itself is meant for programs.
fn in_words(failure: &Failure) -> &'static str {
    match failure {
        Failure::Unreachable => "The server cannot be reached.",
        Failure::Refused { status: 401, .. } => "Your session has ended.",
        Failure::Throttled { .. } => "Too many tries. Try again later.",
        Failure::Busy { .. } | Failure::Refused { .. } => "The server could not do it now.",
    }
}
