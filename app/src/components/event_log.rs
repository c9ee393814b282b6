//! What happened to the tokens on this page.

use leptos::prelude::*;

use crate::session::live::LiveSession;

/// The event log, newest first.
#[component]
pub(crate) fn EventLog() -> impl IntoView {
    let session = LiveSession::expect();
    view! {
        <section class="panel log" aria-labelledby="log-title">
            <h2 id="log-title">"What happened"</h2>
            // Scrollable content has to be reachable by keyboard.
            <ol class="events" data-testid="event-log" tabindex="0" aria-labelledby="log-title">
                <For each=move || session.log().get() key=|entry| entry.number let:entry>
                    <li class="event" data-event=entry.kind.word()>
                        <span class="event-time">{entry.at}</span>
                        <span class="event-kind">{entry.kind.word()}</span>
                        <span class="event-text">{entry.text}</span>
                    </li>
                </For>
            </ol>
        </section>
    }
    .into_any()
}
