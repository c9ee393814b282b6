//! The state of the session in words, and the actions that it allows.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::pages::session::lifetimes::Countdown;
use crate::session::browser::LiveSession;
use crate::session::browser::Presence;
use crate::session::machine::{Phase, Session};
use crate::ui::form::field::intercept;
use crate::ui::layout::session_bar::COOKIE_LOST;
use crate::ui::leptos_ext::dynamic::{attribute, text};
use crate::ui::leptos_ext::erased::erased;

/// The name of the state, what it means, and the buttons.
#[component]
pub(crate) fn SessionStatus(countdown: Countdown) -> impl IntoView {
    let session = LiveSession::expect();
    let standing = Memo::new(move |_| session.state().with(Standing::of));
    let who = move || {
        let name = session.username().get();
        let verb = if standing.get() == Standing::Expired {
            "You were"
        } else {
            "Signed in as"
        };
        name.map(|name| format!("{verb} {name}"))
            .unwrap_or_default()
    };
    let renewals = move || session.state().with(|state| state.renewals.to_string());
    let word = move || Some(standing.get().word());
    let notice = move || match standing.get() {
        Standing::Final | Standing::Expired if session.state().with(Session::cookie_is_lost) => {
            COOKIE_LOST
        }
        standing => standing.notice(),
    };
    erased(view! {
        <div class="status" data-state=attribute(word)>
            <div class="status-words">
                <p class="status-who">{text(who)}</p>
                <p class="status-state">
                    <strong data-testid="session-state" data-state=attribute(word)>
                        {text(move || standing.get().title())}
                    </strong>
                    <span>
                        "Renewals: " <span data-testid="renewals" translate="no">{text(renewals)}</span>
                    </span>
                </p>
                <p class="status-notice" data-testid=attribute(move || standing.get().test_id())>
                    {text(notice)}
                </p>
                <p class="needs-wasm">
                    "The live view needs WebAssembly, which has not started here. You can still log out."
                </p>
            </div>
            <div class="buttons">
                <button
                    class="button button-plain only-live"
                    type="button"
                    hidden=attribute(move || (standing.get() == Standing::Expired).then_some(""))
                    aria-pressed=attribute(move || Some(if countdown.paused().get() { "true" } else { "false" }))
                    on:click=move |_| countdown.paused().update(|paused| *paused = !*paused)
                >
                    "Pause display"
                </button>
                <LogOut/>
            </div>
        </div>
    })
}

/// Logs out: a form, so that it works before the page is live too.
#[component]
pub(crate) fn LogOut() -> impl IntoView {
    let session = LiveSession::expect();
    let navigate = use_navigate();
    let log_out = move |submit: web_sys::SubmitEvent| {
        intercept(&submit);
        session.log_out();
        navigate("/", Default::default());
    };
    let presence = session.presence();
    let gone = move || (presence.get() == Presence::Expired).then_some("");
    view! {
        <form method="post" action="/logout" hidden=attribute(gone) on:submit=log_out>
            <button class="button button-plain" type="submit" data-testid="logout">
                "Log out"
            </button>
        </form>
    }
}

/// Announcements for users who cannot see the candles.
#[component]
pub(crate) fn Announcements(countdown: Countdown) -> impl IntoView {
    let session = LiveSession::expect();
    let words = Memo::new(move |_| {
        let (standing, renewals) = session
            .state()
            .with(|state| (Standing::of(state), state.renewals));
        match standing {
            Standing::Expired => "Session ended. Sign in again; your page is kept.",
            Standing::Final if countdown.access().get().is_some_and(|left| left <= 10_000) => {
                "10 seconds left. This session can no longer be renewed."
            }
            Standing::Anonymous | Standing::Restoring => "",
            _ if renewals > 0 => "Session renewed",
            _ => "",
        }
    });
    view! {
        <p class="visually-hidden" role="status">
            {text(move || words.get())}
        </p>
    }
}

/// The states that a user can tell apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Anonymous,
    Restoring,
    Active,
    Renewing,
    Retrying,
    Offline,
    Final,
    Expired,
}

impl Standing {
    fn of(state: &Session) -> Self {
        match &state.phase {
            Phase::Anonymous
            | Phase::SigningIn {
                after_expiry: false,
            } => Self::Anonymous,
            Phase::Boot
            | Phase::Refreshing { grant: None, .. }
            | Phase::Refused { grant: None, .. } => Self::Restoring,
            Phase::Active(_) => Self::Active,
            Phase::Refreshing { .. } | Phase::Refused { .. } => Self::Renewing,
            Phase::Waiting { .. } => Self::Retrying,
            Phase::Offline(_) => Self::Offline,
            Phase::Final(_) => Self::Final,
            Phase::Expired | Phase::SigningIn { after_expiry: true } => Self::Expired,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Restoring => "restoring",
            Self::Active => "active",
            Self::Renewing => "renewing",
            Self::Retrying => "retrying",
            Self::Offline => "offline",
            Self::Final => "final",
            Self::Expired => "expired",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Anonymous => "Signed out",
            Self::Restoring => "Restoring",
            Self::Active => "Active",
            Self::Renewing => "Renewing",
            Self::Retrying => "Retrying",
            Self::Offline => "Offline",
            Self::Final => "Ending",
            Self::Expired => "Ended",
        }
    }

    fn notice(self) -> &'static str {
        match self {
            Self::Anonymous => "You are not signed in.",
            Self::Restoring => "Restoring your session...",
            Self::Active | Self::Renewing => {
                "The access token is renewed before it ends, without your doing."
            }
            Self::Retrying => {
                "The server did not answer. Trying again while the refresh token lives."
            }
            Self::Offline => {
                "You are offline. Your tokens are kept; renewal goes on when you are back."
            }
            Self::Final => "This session can no longer be renewed. It ends with this access token.",
            Self::Expired => "Your session has ended. Sign in again; your page is kept.",
        }
    }

    fn test_id(self) -> Option<&'static str> {
        match self {
            Self::Final => Some("final-notice"),
            Self::Expired => Some("expired-notice"),
            _ => None,
        }
    }
}
