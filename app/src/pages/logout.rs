//! The page to log out on: for an address that was typed or kept, and for a logout that failed.

use leptos::prelude::*;

use crate::page_data::take_form_outcome;
use crate::pages::session::session_status::LogOut;
use crate::session::browser::LiveSession;
use crate::ui::art::seal::Seal;
use crate::ui::form::problem::{ErrorSummary, Problem};
use crate::ui::layout::page_title::PageTitle;
use crate::ui::leptos_ext::dynamic::{attribute, text};
use crate::ui::leptos_ext::erased::{Erased, erased};

/// A button that logs the user out; above it the outcome of a failed logout.
#[component]
pub(crate) fn LogOutPage() -> Erased {
    let presence = LiveSession::expect().presence();
    let signed_in = Memo::new(move |_| presence.get().is_signed_in());
    let problem = take_form_outcome().map(|outcome| Problem::from(outcome.error));
    let has_failed = problem.is_some();
    let words = move || match (signed_in.get(), has_failed) {
        (true, _) => "Logging out ends this session, in every tab of this browser.",
        // The user who posted the form reads its outcome; more is not known.
        (false, true) => "",
        (false, false) => "You are not signed in.",
    };
    erased(view! {
        <PageTitle name="Log out" error=Signal::stored(has_failed)/>
        <div class="with-seal"><div class="narrow">
            <h1 tabindex="-1">"Log out"</h1>
            {problem.map(|problem| view! { <ErrorSummary problem labels=&[]/> })}
            <p class="lede" data-testid="logout-state">{text(words)}</p>
            <div class="buttons">
                <div hidden=attribute(move || (!signed_in.get()).then_some(""))>
                    <LogOut/>
                </div>
                <a class="button button-plain" href="/">"Go to the home page"</a>
            </div>
        </div><div class="beside"><Seal/></div></div>
    })
}
