//! The content of a personal page for visitors.

use leptos::prelude::*;

use crate::ui::art::seal::Seal;
use crate::ui::leptos_ext::erased::erased;

/// The page's heading, and the way in.
#[component]
pub(crate) fn SignedOut(
    /// The heading of the page.
    title: &'static str,
    /// The login that leads back to it.
    sign_in: &'static str,
) -> impl IntoView {
    erased(view! {
        <div class="with-seal"><div class="narrow">
            <h1 tabindex="-1">{title}</h1>
            <p class="lede" data-testid="session-state" data-state="anonymous">
                "You are not signed in."
            </p>
            <p class="buttons">
                <a class="button" href=sign_in>
                    "Sign in"
                </a>
                <a class="button button-plain" href="/register">
                    "Create an account"
                </a>
            </p>
        </div><div class="beside"><Seal/></div></div>
    })
}
