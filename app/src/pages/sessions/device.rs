//! One session of the list: what is known of it, and the button that ends it.

use js_sys::{Function, Reflect};
use leptos::prelude::*;
use signet_api::session::Session;
use wasm_bindgen::{JsCast, JsValue};

use crate::pages::sessions::device_list::{DeviceList, End};
use crate::pages::sessions::user_agent::device_name;
use crate::ui::leptos_ext::dynamic::{attribute, text};
use crate::ui::leptos_ext::erased::erased;

/// A row of the list. Logging out ends this page's session; a second click ends any other session,
/// because its user has to sign in again.
#[component]
pub(crate) fn Device(row: Session, list: DeviceList) -> impl IntoView {
    let name = device_name(&row.user_agent);
    let end = if row.is_current {
        erased(view! {
            <p class="device-this">"This device"</p>
            <EndButton list end=End::This label="Log out"/>
        })
    } else {
        let of = [" ", &name].concat();
        erased(view! {
            <details>
                <summary class="button button-plain">
                    "End" <span class="visually-hidden">{of}</span>
                </summary>
                <EndButton list end=End::One(row.id.clone()) label="End this session"/>
            </details>
        })
    };
    let [signed_in, last_used] = [
        ("Signed in", row.created_at),
        ("Last used", row.last_used_at),
    ]
    .map(|(label, moment)| {
        let words = local_time(&moment);
        view! { <div><dt>{label}</dt><dd><time datetime=moment>{words}</time></dd></div> }
    });
    let address = match row.address {
        address if address.is_empty() => "not known".to_owned(),
        address => address,
    };
    let current = row.is_current.then_some("true");
    let id = row.id;
    let ended = move || list.has_ended(&id).then_some("");
    erased(view! {
        <li class="device" data-testid="device" data-current=current hidden=attribute(ended)>
            <div class="device-words">
                <h3>{name}</h3>
                <dl class="device-facts">
                    {signed_in}
                    {last_used}
                    <div><dt>"Address"</dt><dd>{address}</dd></div>
                </dl>
                <details class="device-agent">
                    <summary>"User-Agent"</summary>
                    <code>{row.user_agent}</code>
                </details>
            </div>
            <div class="device-end">{end}</div>
        </li>
    })
}

/// A button that ends a session or several, with its failure below it.
#[component]
pub(crate) fn EndButton(list: DeviceList, end: End, label: &'static str) -> impl IntoView {
    let (busy, failed) = (end.clone(), end.clone());
    erased(view! {
        <button
            class="button button-plain"
            type="button"
            aria-busy=attribute(move || list.is_busy(&busy).then_some("true"))
            on:click=move |_| list.end(end.clone())
        >
            {label}
        </button>
        <p class="row-error" role="alert">{text(move || list.failure(&failed))}</p>
    })
}

/// A moment in the language of the browser and in its time zone. A browser may name a language that
/// is no valid tag, such as `C`; then in its default language, then in English.
fn local_time(moment: &str) -> String {
    let date = js_sys::Date::new(&JsValue::from_str(moment));
    let language = window().navigator().language();
    let languages = [language.as_deref(), None, Some("en")];
    let written = languages.into_iter().find_map(|language| {
        let write = Reflect::get(&date, &"toLocaleString".into()).ok()?;
        let write: Function = write.dyn_into().ok()?;
        let language = language.map_or(JsValue::UNDEFINED, JsValue::from_str);
        write.call1(&date, &language).ok()?.as_string()
    });
    written.unwrap_or_else(|| moment.to_owned())
}
