//! The sessions of a user: where one is signed in, and how to end it there.

use leptos::prelude::*;

use crate::components::devices::Devices;
use crate::components::dynamic::dynamic;
use crate::components::erased::{Erased, erased};
use crate::components::page_title::PageTitle;
use crate::components::signed_out::SignedOut;
use crate::session::live::{LiveSession, Presence};

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
