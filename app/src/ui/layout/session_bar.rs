//! The bar of every page for a session that ends or becomes another user's, and for a lost network:
//! at the foot of the window, so that the page does not move and typed text is not lost.

use std::rc::Rc;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::focus;
use crate::session::browser::LiveSession;
use crate::session::machine::{Phase, Session};
use crate::ui::form::problem::Problem;
use crate::ui::form::sign_in_form::SignInForm;
use crate::ui::leptos_ext::dynamic::{attribute, dynamic, effect, text};
use crate::ui::leptos_ext::erased::erased;

/// The message for a session that cannot be renewed because its cookie was not kept.
pub(crate) const COOKIE_LOST: &str = "Your browser did not keep the session's cookie, so the \
    session ends with this access token. Allow cookies for this site, and open it at its own \
    address; then sign in again.";

/// The message of the bar.
#[derive(Clone, Copy, PartialEq)]
enum News {
    Unconfirmed,
    Offline,
    Ending,
    Ended,
    Succeeded,
}

/// The words, and the way back in on the very page. The session's own page says in its place how
/// the session stands.
#[component]
pub(crate) fn SessionBar() -> impl IntoView {
    let session = LiveSession::expect();
    let path = use_location().pathname;
    let online = RwSignal::new(true);
    effect(move || {
        let look = move || online.set(window().navigator().on_line());
        look();
        window_event_listener_untyped("online", move |_| look());
        window_event_listener_untyped("offline", move |_| look());
    });
    // Until the user goes on to another page.
    let known = RwSignal::new(0);
    effect(move || {
        path.track();
        known.set(session.successions().get_untracked());
    });
    let news = Memo::new(move |_| {
        let is_late = session.state().with(Session::logout_is_late);
        let news = match session.state().with(|state| state.phase.clone()) {
            _ if is_late => return Some(News::Unconfirmed),
            _ if !online.get() => News::Offline,
            Phase::Final(_) => News::Ending,
            Phase::Expired | Phase::SigningIn { after_expiry: true } => News::Ended,
            Phase::Anonymous | Phase::SigningIn { .. } => return None,
            _ if session.successions().get() > known.get() => return Some(News::Succeeded),
            _ => return None,
        };
        path.with(|path| path != "/session").then_some(news)
    });
    let words = move || {
        let words = match news.get() {
            None => "",
            Some(News::Unconfirmed) => {
                "You are signed out on this browser. The server has not confirmed it yet, and is \
                 asked again until it does."
            }
            Some(News::Offline) => {
                "You are offline. What you typed is kept; go on when you are back."
            }
            Some(News::Ending | News::Ended) if session.state().with(Session::cookie_is_lost) => {
                COOKIE_LOST
            }
            Some(News::Ending) => "Your session can no longer be renewed and ends soon.",
            Some(News::Ended) => "Your session has ended. What you typed is kept.",
            Some(News::Succeeded) => {
                let name = session.username().get();
                let name = name.as_deref().unwrap_or("somebody else");
                return [
                    "Another user has signed in on this browser: you are ",
                    name,
                    " now.",
                ]
                .concat();
            }
        };
        words.to_owned()
    };
    // A page with a form of its own for it gets no second one.
    let asks = Memo::new(move |_| {
        let ends = matches!(news.get(), Some(News::Ending | News::Ended));
        ends && path.with(|path| path != "/login" && path != "/register")
    });
    view! {
        <section class="bar" aria-label=attribute(move || news.get().map(|_| "Your session"))>
            <p role="status" data-testid="bar">{text(words)}</p>
            {dynamic(move || if asks.get() { erased(view! { <SignInHere/> }) } else { erased(view! { <div hidden></div> }) })}
        </section>
    }
}

#[component]
fn SignInHere() -> impl IntoView {
    let username = LiveSession::expect().username().get_untracked();
    let problem = RwSignal::new(None::<Problem>);
    view! {
        <details>
            <summary class="button">"Sign in again"</summary>
            <SignInForm
                problem
                username=username.unwrap_or_default()
                next="/session"
                // The page of another user is a page of its own.
                on_success=Rc::new(|| request_animation_frame(|| focus("main h1")))
            >
                {erased(view! { <p>"Your page is kept as it is."</p> })}
            </SignInForm>
        </details>
    }
}
