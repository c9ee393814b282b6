//! The account of a user: another password.

use leptos::prelude::*;

use crate::components::dynamic::dynamic;
use crate::components::erased::{Erased, erased};
use crate::components::page_title::PageTitle;
use crate::components::password_form::PasswordForm;
use crate::components::problem::{ErrorSummary, Problem};
use crate::components::signed_out::SignedOut;
use crate::page_data::take_form_outcome;
use crate::session::live::{LiveSession, Presence};

/// The form for another password, or the way in.
#[component]
pub(crate) fn AccountPage() -> Erased {
    let session = LiveSession::expect();
    let presence = session.presence();
    let nobody = Memo::new(move |_| presence.get() == Presence::Nobody);
    // Where the server could not tell who posted it, the form comes back to nobody.
    let outcome = StoredValue::new(take_form_outcome());
    erased(dynamic(move || {
        // Another user gets another form, and an empty one.
        session.successions().track();
        if nobody.get() {
            let problem = outcome
                .get_value()
                .map(|outcome| Problem::from(outcome.error));
            erased(view! {
                <PageTitle name="Account" error=Signal::stored(problem.is_some())/>
                {problem.map(|problem| view! { <ErrorSummary problem labels=&[]/> })}
                <SignedOut title="Your account" sign_in="/login?next=/account"/>
            })
        } else {
            let outcome = outcome.try_update_value(Option::take).flatten();
            erased(view! { <PasswordForm outcome/> })
        }
    }))
}
