//! The first page: what Signet is, and the way in.

use leptos::prelude::*;

use crate::page_data::page_data;
use crate::session::browser::LiveSession;
use crate::ui::art::seal::Seal;
use crate::ui::layout::page_title::PageTitle;
use crate::ui::leptos_ext::dynamic::dynamic;
use crate::ui::leptos_ext::erased::{Erased, erased};

/// The endpoints worth knowing first.
const ENDPOINTS: [(&str, &str, &str); 7] = [
    (
        "POST",
        "/auth/token/",
        "a username and a password for two tokens",
    ),
    (
        "POST",
        "/auth/token/refresh/",
        "a refresh token for a fresh access token",
    ),
    ("POST", "/auth/token/verify/", "whether a token is valid"),
    (
        "POST",
        "/auth/token/blacklist/",
        "ends a refresh token: log out",
    ),
    ("GET", "/auth/me/", "who holds the access token"),
    ("GET", "/auth/sessions/", "where that user is signed in"),
    (
        "POST",
        "/auth/password/change/",
        "a new password, and an end to all other sessions",
    ),
];

/// One sentence about Signet, the two buttons, a curl sample.
#[component]
pub(crate) fn Home() -> Erased {
    let presence = LiveSession::expect().presence();
    let buttons = move || {
        if presence.get().is_signed_in() {
            erased(view! {
                <a class="button" href="/session">
                    "Open your session"
                </a>
            })
        } else {
            erased(view! {
                <a class="button" href="/register">
                    "Create an account"
                </a>
                <a class="button button-plain" href="/login">
                    "Sign in"
                </a>
            })
        }
    };
    let endpoints = ENDPOINTS.into_iter().map(|(method, path, meaning)| {
        view! {
            <li class="endpoint">
                <code translate="no">
                    <span class="endpoint-method">{method}</span>
                    " "
                    {path}
                </code>
                <span>{meaning}</span>
            </li>
        }
    });
    let sample = format!(
        "curl -X POST {}/auth/token/ \\\n  -H 'Content-Type: application/json' \\\n  \
         -d '{{\"username\": \"john_doe\", \"password\": \"...\"}}'",
        page_data().public_url
    );
    erased(view! {
        <PageTitle name="Home"/>
        <section class="hero">
            <div class="hero-words">
                <h1 tabindex="-1">"Your word, under seal"</h1>
                <p class="lede">
                    "Signet is SimpleJWT as a server: it signs short-lived tokens for your API, renews \
                     them, verifies them and ends them."
                </p>
                <p class="buttons">{dynamic(buttons)}</p>
            </div>
            <div class="hero-seal">
                <Seal/>
            </div>
        </section>
        <section class="panel" aria-labelledby="api-title">
            <h2 id="api-title">"By hand"</h2>
            <pre class="sample" translate="no" tabindex="0" role="region" aria-label="A curl command">
                <code>{sample}</code>
            </pre>
            <ul class="endpoints">{endpoints.collect_view()}</ul>
        </section>
    })
}
