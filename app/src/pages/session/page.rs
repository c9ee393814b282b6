//! The session, live: what the tokens are doing, and what one can do with them.

use leptos::prelude::*;

use crate::pages::session::access_token::AccessToken;
use crate::pages::session::event_log::EventLog;
use crate::pages::session::lifetimes::{Countdown, Lifetimes};
use crate::pages::session::me_panel::Who;
use crate::pages::session::session_status::{Announcements, SessionStatus};
use crate::pages::session::verify::Verify;
use crate::session::browser::LiveSession;
use crate::session::browser::Presence;
use crate::ui::layout::page_title::PageTitle;
use crate::ui::layout::session_end::SignInAgain;
use crate::ui::layout::signed_out::SignedOut;
use crate::ui::leptos_ext::dynamic::dynamic;
use crate::ui::leptos_ext::erased::{Erased, erased};

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
