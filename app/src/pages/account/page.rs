//! The account of a user: another password.

use leptos::prelude::*;

use crate::page_data::take_form_outcome;
use crate::pages::account::password_form::PasswordForm;
use crate::session::browser::LiveSession;
use crate::session::browser::Presence;
use crate::ui::form::problem::{ErrorSummary, Problem};
use crate::ui::layout::page_title::PageTitle;
use crate::ui::layout::signed_out::SignedOut;
use crate::ui::leptos_ext::dynamic::dynamic;
use crate::ui::leptos_ext::erased::{Erased, erased};

/// The form for another password, or the way in.
#[component]
pub(crate) fn AccountPage() -> Erased {
    let session = LiveSession::expect();
    let presence = session.presence();
    let nobody = Memo::new(move |_| presence.get() == Presence::Nobody);
    // If the server could not tell who posted it, the form comes back without a user.
    let outcome = StoredValue::new(take_form_outcome());
    erased(dynamic(move || {
        // Another user gets another form, and an empty one.
        session.successions().track();
        if nobody.get() {
            let problem = outcome.get_value().map(|outcome| outcome.error.into());
            erased(view! {
                <PageTitle name="Account" error=Signal::stored(problem.is_some())/>
                {match problem {
                    Some(problem) => erased(view! { <Unanswered problem/> }),
                    None => erased(view! {
                        <SignedOut title="Your account" sign_in="/login?next=/account"/>
                    }),
                }}
            })
        } else {
            let outcome = outcome.try_update_value(Option::take).flatten();
            erased(view! { <PasswordForm outcome/> })
        }
    }))
}

/// In the place of a form that failed before the server knew who posted it.
#[component]
fn Unanswered(problem: Problem) -> impl IntoView {
    view! {
        <div class="narrow">
            <h1 tabindex="-1">"Your account"</h1>
            <ErrorSummary problem labels=&[]/>
            <p class="buttons">
                // Asks the server anew, where the router would stay on this page.
                <a class="button" href="/account" rel="external">"Try again"</a>
            </p>
        </div>
    }
}
