//! The first page: what Signet is, and the way in.

use leptos::prelude::*;

use crate::page_data::{ApiPaths, page_data};
use crate::session::browser::LiveSession;
use crate::ui::art::seal::Seal;
use crate::ui::layout::page_title::PageTitle;
use crate::ui::leptos_ext::dynamic::dynamic;
use crate::ui::leptos_ext::erased::{Erased, erased};

/// Returns the endpoints worth knowing first: method, path and meaning.
fn endpoints(paths: ApiPaths) -> [(&'static str, String, &'static str); 7] {
    [
        (
            "POST",
            paths.token,
            "a username and a password for two tokens",
        ),
        (
            "POST",
            paths.token_refresh,
            "a refresh token for a fresh access token",
        ),
        ("POST", paths.token_verify, "whether a token is valid"),
        (
            "POST",
            paths.token_blacklist,
            "ends a refresh token: log out",
        ),
        ("GET", paths.me, "who holds the access token"),
        ("GET", paths.sessions, "where that user is signed in"),
        (
            "POST",
            paths.password_change,
            "a new password, and an end to all other sessions",
        ),
    ]
}

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
    let page = page_data();
    let sample = format!(
        "curl -X POST {}{} \\\n  -H 'Content-Type: application/json' \\\n  \
         -d '{{\"username\": \"john_doe\", \"password\": \"...\"}}'",
        page.public_url, page.paths.token
    );
    let endpoints = endpoints(page.paths)
        .into_iter()
        .map(|(method, path, meaning)| {
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
