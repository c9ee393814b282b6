//! The header and footer of every page.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::session::browser::LiveSession;
use crate::session::browser::Presence;
use crate::ui::art::seal::Seal;
use crate::ui::leptos_ext::dynamic::attribute;

/// The links: path, label, and audience: `Some(true)` for signed-in users, `Some(false)` for
/// visitors, `None` for both.
const LINKS: [(&str, &str, Option<bool>); 6] = [
    ("/", "Home", None),
    ("/register", "Register", Some(false)),
    ("/login", "Log in", Some(false)),
    ("/session", "Session", None),
    ("/sessions", "Sessions", Some(true)),
    ("/account", "Account", Some(true)),
];

/// The name of the site and its pages.
#[component]
pub(crate) fn SiteHeader() -> impl IntoView {
    let path = use_location().pathname;
    let presence = LiveSession::expect().presence();
    // After a session has expired, its user keeps the pages.
    let somebody = Memo::new(move |_| presence.get() != Presence::Nobody);
    let links = LINKS.map(|(href, label, audience)| {
        let current = move || path.with(|path| path == href).then_some("page");
        let hidden = move || {
            audience
                .is_some_and(|audience| audience != somebody.get())
                .then_some("")
        };
        view! {
            <li hidden=attribute(hidden)>
                <a href=href aria-current=attribute(current)>
                    {label}
                </a>
            </li>
        }
    });
    view! {
        <header class="site-header">
            <p class="site-name">
                <Seal/>
                "Signet"
            </p>
            <nav aria-label="Pages">
                <ul>{links.into_iter().collect_view()}</ul>
            </nav>
        </header>
    }
}

/// A short description of Signet.
#[component]
pub(crate) fn SiteFooter() -> impl IntoView {
    view! {
        <footer class="site-footer">
            <p>"Signet: the token endpoints of SimpleJWT as a server of their own."</p>
        </footer>
    }
}
