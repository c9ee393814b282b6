//! The session, live: what the tokens are doing, and what one can do with them.

use leptos::prelude::*;

use crate::components::access_token::AccessToken;
use crate::components::dynamic::dynamic;
use crate::components::erased::{Erased, erased};
use crate::components::event_log::EventLog;
use crate::components::lifetimes::{Countdown, Lifetimes};
use crate::components::page_title::PageTitle;
use crate::components::session_end::SignInAgain;
use crate::components::session_status::{Announcements, SessionStatus};
use crate::components::signed_out::SignedOut;
use crate::components::verify::Verify;
use crate::components::who::Who;
use crate::session::live::{LiveSession, Presence};

/// The live session, or the way to one.
#[component]
pub(crate) fn SessionPage() -> Erased {
    let presence = LiveSession::expect().presence();
    let nobody = Memo::new(move |_| presence.get() == Presence::Nobody);
    erased(view! {
        <PageTitle name="Session"/>
        {dynamic(move || {
            if nobody.get() {
                erased(view! { <SignedOut title="Your session" sign_in="/login?next=/session"/> })
            } else {
                erased(view! { <Live/> })
            }
        })}
    })
}

#[component]
fn Live() -> impl IntoView {
    let countdown = Countdown::start();
    let presence = LiveSession::expect().presence();
    let expired = Memo::new(move |_| presence.get() == Presence::Expired);
    erased(view! {
        <h1 tabindex="-1">"Your session"</h1>
        <SessionStatus countdown/>
        <Announcements countdown/>
        <div class="session-grid">
            // The form replaces the candles, so that the rest of the page does not move.
            <div class="session-column">
                {dynamic(move || {
                    if expired.get() {
                        erased(view! { <SignInAgain/> })
                    } else {
                        erased(view! { <Lifetimes countdown/> })
                    }
                })}
                <AccessToken/>
            </div>
            <div class="session-column">
                <EventLog/>
                <Who/>
                <Verify/>
            </div>
        </div>
    })
}
