//! What stands above and below every page.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::dynamic::attribute;
use super::seal::Seal;

const LINKS: [(&str, &str); 4] = [
    ("/", "Home"),
    ("/register", "Register"),
    ("/login", "Log in"),
    ("/session", "Session"),
];

/// The name of the site and its pages.
#[component]
pub(crate) fn SiteHeader() -> impl IntoView {
    let path = use_location().pathname;
    let links = LINKS.map(|(href, label)| {
        let current = move || path.with(|path| path == href).then_some("page");
        view! {
            <li>
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

/// What Signet is, in small print.
#[component]
pub(crate) fn SiteFooter() -> impl IntoView {
    view! {
        <footer class="site-footer">
            <p>"Signet: the token endpoints of SimpleJWT as a server of their own."</p>
        </footer>
    }
}
