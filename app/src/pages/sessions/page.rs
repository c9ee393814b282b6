//! The sessions of a user: where one is signed in, and how to end it there.

use leptos::prelude::*;

use crate::pages::sessions::devices::Devices;
use crate::session::browser::LiveSession;
use crate::session::browser::Presence;
use crate::ui::layout::page_title::PageTitle;
use crate::ui::layout::signed_out::SignedOut;
use crate::ui::leptos_ext::dynamic::dynamic;
use crate::ui::leptos_ext::erased::{Erased, erased};

/// The user's devices, or the way in.
#[component]
pub(crate) fn SessionsPage() -> Erased {
    let presence = LiveSession::expect().presence();
    let nobody = Memo::new(move |_| presence.get() == Presence::Nobody);
    erased(view! {
        <PageTitle name="Sessions"/>
        {dynamic(move || {
            if nobody.get() {
                erased(view! { <SignedOut title="Your sessions" sign_in="/login?next=/sessions"/> })
            } else {
                erased(view! { <Devices/> })
            }
        })}
    })
}
