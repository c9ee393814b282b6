//! The page of the user's sessions: its rows, and the way to end all of them at once.

use leptos::prelude::*;

use crate::page_data::page_data;
use crate::pages::sessions::device::{Device, EndButton};
use crate::pages::sessions::device_list::{DeviceList, End};
use crate::ui::duration::whole;
use crate::ui::leptos_ext::dynamic::{attribute, dynamic, text};
use crate::ui::leptos_ext::erased::erased;

/// The heading, the rows, and the way to end all.
#[component]
pub(crate) fn Devices() -> impl IntoView {
    let list = DeviceList::start();
    let rows = move || {
        let rows = list.rows().into_iter();
        erased(
            rows.map(|row| erased(view! { <Device row list/> }))
                .collect::<Vec<_>>(),
        )
    };
    erased(view! {
        <h1 tabindex="-1">"Your sessions"</h1>
        <p class="needs-wasm">
            "The list of your sessions needs WebAssembly, which has not started here."
        </p>
        <p class="visually-hidden" role="status" data-testid="devices-said">
            {text(move || list.said())}
        </p>
        <section class="panel devices-panel" aria-labelledby="devices-title">
            <h2 id="devices-title" tabindex="-1">"Signed in on"</h2>
            <ul class="devices">{dynamic(rows)} <NoRows list/></ul>
        </section>
        <Everywhere list/>
    })
}

/// The placeholder until the server has answered, and after a failure.
#[component]
fn NoRows(list: DeviceList) -> impl IntoView {
    let has_failed = move || !list.failure(&End::Nothing).is_empty();
    let hidden = move || (list.is_known() && !has_failed()).then_some("");
    erased(view! {
        <li
            class="device device-loading"
            data-testid="devices-waiting"
            hidden=attribute(hidden)
        >
            <p hidden=attribute(move || has_failed().then_some(""))>
                {text(move || list.waits_for())}
            </p>
            <div hidden=attribute(move || (!has_failed()).then_some(""))>
                <EndButton list end=End::Nothing label="Try again"/>
            </div>
        </li>
    })
}

/// Ends all other sessions, or all.
#[component]
fn Everywhere(list: DeviceList) -> impl IntoView {
    let lifetime = whole(page_data().access_lifetime * 1_000);
    let only = move || {
        list.is_only_this()
            .then_some("You are signed in on this device only.")
    };
    view! {
        <section class="panel everywhere" aria-labelledby="everywhere-title">
            <h2 id="everywhere-title">"Sign out everywhere"</h2>
            <p>
                "A device that is signed out has to ask for the password. An access token that it \
                 still holds lives out its seconds: "
                {lifetime} " at most."
            </p>
            <p data-testid="only-this">{text(move || only().unwrap_or_default())}</p>
            <details
                data-testid="everywhere"
                hidden=attribute(move || (!list.has_others()).then_some(""))
            >
                <summary class="button button-plain">"Sign out everywhere"</summary>
                <div class="buttons">
                    <EndButton list end=End::Others label="All other devices"/>
                    <EndButton list end=End::All label="All devices, this one too"/>
                </div>
            </details>
        </section>
    }
}
