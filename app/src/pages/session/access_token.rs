//! The decoded access token.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::api::{Decoded, Members, jwt};
use crate::session::browser::LiveSession;
use crate::ui::leptos_ext::dynamic::dynamic;
use crate::ui::leptos_ext::erased::erased;
use crate::ui::leptos_ext::live_text::LiveText;

/// The decoded header and claims of the access token; of the last one, once the session ended.
#[component]
pub(crate) fn AccessToken() -> impl IntoView {
    let session = LiveSession::expect();
    let decoded = Memo::new(move |before: Option<&Option<Decoded>>| {
        let now = session
            .state()
            .with(|state| jwt::decode(state.grant()?.access()));
        now.or_else(|| before.cloned().flatten())
    });
    let header = move || rows(decoded.get().map(|token| token.header));
    let claims = move || rows(decoded.get().map(|token| token.claims));
    erased(view! {
        <section class="panel token" aria-labelledby="token-title">
            <h2 id="token-title">"Inside the access token"</h2>
            <p class="quiet">"Anyone can read it. Only the server can sign it."</p>
            <div class="token-parts" data-testid="claims">
                <h3>"Header"</h3>
                <dl class="claims claims-header" translate="no">{dynamic(header)}</dl>
                <h3>"Claims"</h3>
                <dl class="claims claims-payload" translate="no">{dynamic(claims)}</dl>
            </div>
        </section>
    })
}

fn rows(part: Option<Members>) -> Vec<impl IntoView> {
    let row = |(name, value): (String, String)| {
        let time = matches!(name.as_str(), "exp" | "iat" | "nbf")
            .then(|| value.parse().ok().map(time_of_day))
            .flatten();
        view! {
            <div class="claim">
                <dt>{LiveText::from(name)}</dt>
                <dd>
                    <code>{LiveText::from(value)}</code>
                    {time.map(|time| {
                        view! { <span class="claim-time">{LiveText::from(time)}</span> }
                    })}
                </dd>
            </div>
        }
    };
    let members = part.map(|part| part.0).unwrap_or_default();
    members.into_iter().map(row).collect()
}

fn time_of_day(seconds: i64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(seconds as f64 * 1_000.0));
    date.to_locale_time_string("en-GB").into()
}
