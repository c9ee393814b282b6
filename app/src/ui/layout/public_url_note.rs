//! Tells a developer that PUBLIC_URL is not where the browser is.

use leptos::prelude::*;

use crate::page_data::page_data;
use crate::ui::leptos_ext::dynamic::{dynamic, effect};
use crate::ui::leptos_ext::erased::erased;

/// The names of a machine for itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// A note on PUBLIC_URL, for a page with another scheme, host or port. Only the page knows these
/// for sure: behind a proxy the server does not see the scheme. The note appears only on loopback
/// addresses, where the visitor administers the server.
#[component]
pub(crate) fn PublicUrlNote() -> impl IntoView {
    let note = RwSignal::new(None::<String>);
    effect(move || {
        let location = window().location();
        let host = location.hostname().unwrap_or_default();
        if LOOPBACK.contains(&host.as_str()) {
            note.set(difference(
                &location.origin().unwrap_or_default(),
                &page_data().public_url,
            ));
        }
    });
    dynamic(move || {
        note.get().map(|words| {
            erased(view! {
                <aside class="public-url-note" aria-label="Settings" data-testid="public-url-note">
                    <p class="news">{words}</p>
                </aside>
            })
        })
    })
}

/// Returns the note for a page at `origin` while PUBLIC_URL is `public_url`; `None` if both are the
/// same place, under any name of [`LOOPBACK`].
fn difference(origin: &str, public_url: &str) -> Option<String> {
    let place = |origin: &str| {
        let named = |text: String, name: &&str| text.replacen(name, LOOPBACK[0], 1);
        LOOPBACK.iter().fold(origin.to_owned(), named)
    };
    if place(origin) == place(public_url) {
        return None;
    }
    let consequence = match (
        public_url.starts_with("https:"),
        origin.starts_with("https:"),
    ) {
        (true, false) => {
            "Browsers may drop its Secure cookies here, and with them a sign-in on the next page. "
        }
        _ => "",
    };
    Some(
        [
            "This page came from ",
            origin,
            ", but PUBLIC_URL is ",
            public_url,
            ". ",
            consequence,
            "Set PUBLIC_URL=",
            origin,
            ", or open ",
            public_url,
            ".",
        ]
        .concat(),
    )
}
