//! The account of a user: another password.

use leptos::prelude::*;

use crate::components::dynamic::dynamic;
use crate::components::erased::{Erased, erased};
use crate::components::page_title::PageTitle;
use crate::components::password_form::PasswordForm;
use crate::components::signed_out::SignedOut;
use crate::session::live::{LiveSession, Presence};

/// The form for another password, or the way in.
#[component]
pub(crate) fn AccountPage() -> Erased {
    let session = LiveSession::expect();
    let presence = session.presence();
    let nobody = Memo::new(move |_| presence.get() == Presence::Nobody);
    erased(dynamic(move || {
        // Another user gets another form, and an empty one.
        session.successions().track();
        if nobody.get() {
            erased(view! {
                <PageTitle name="Account"/>
                <SignedOut title="Your account" sign_in="/login?next=/account"/>
            })
        } else {
            erased(view! { <PasswordForm/> })
        }
    }))
}
