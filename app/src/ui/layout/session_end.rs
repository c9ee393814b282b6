//! The page after a session has expired: the page itself, and the way back in.

use std::rc::Rc;

use leptos::prelude::*;

use crate::session::browser::LiveSession;
use crate::ui::form::problem::Problem;
use crate::ui::form::sign_in_form::SignInForm;
use crate::ui::leptos_ext::erased::erased;

/// Signs in on the page itself, which keeps its log and all that was typed.
#[component]
pub(crate) fn SignInAgain() -> impl IntoView {
    let username = LiveSession::expect()
        .username()
        .get_untracked()
        .unwrap_or_default();
    let problem = RwSignal::new(None::<Problem>);
    view! {
        <section class="panel sign-in-again" aria-labelledby="again-title">
            <h2 id="again-title">"Sign in again"</h2>
            <SignInForm problem username next="/session" on_success=Rc::new(|| {})>
                {erased(view! { <p>"Your page is kept: the log, the claims and what you typed stay as they are."</p> })}
            </SignInForm>
        </section>
    }
}
