//! The events of the tokens on this page.

use leptos::html;
use leptos::prelude::*;

use crate::session::browser::LiveSession;
use crate::session::log::Entry;
use crate::ui::leptos_ext::dynamic::{dynamic, effect};
use crate::ui::leptos_ext::erased::erased;
use crate::ui::leptos_ext::live_text::LiveText;

/// The event log. New events are added below and scrolled to, so that the page does not move.
#[component]
pub(crate) fn EventLog() -> impl IntoView {
    let session = LiveSession::expect();
    let list = NodeRef::<html::Ol>::new();
    effect(move || {
        session.log().track();
        request_animation_frame(move || {
            // The page may be gone by then.
            if let Some(list) = list.try_get_untracked().flatten() {
                list.set_scroll_top(list.scroll_height());
            }
        });
    });
    let lines = move || session.log().get().into_iter().map(line).collect_view();
    erased(view! {
        <section class="panel log" aria-labelledby="log-title">
            <h2 id="log-title">"What happened"</h2>
            // Scrollable content has to be reachable by keyboard.
            <ol class="events" data-testid="event-log" tabindex="0" aria-labelledby="log-title" node_ref=list>
                {dynamic(lines)}
            </ol>
        </section>
    })
}

fn line(entry: Entry) -> impl IntoView {
    view! {
        <li class="event" data-event=entry.kind.word()>
            <span class="event-time" translate="no">{LiveText::from(entry.at)}</span>
            <span class="event-kind">{LiveText::from(entry.kind.word())}</span>
            <span class="event-text">{LiveText::from(entry.text)}</span>
        </li>
    }
}
