//! The user, as the protected endpoint returns it.

use leptos::prelude::*;
use signet_api::error::ErrorBody;

use crate::api::Failure;
use crate::page_data::page_data;
use crate::session::browser::LiveSession;
use crate::ui::leptos_ext::dynamic::text;
use crate::ui::leptos_ext::erased::erased;

/// The answer of `me/`, asked again with each new access token.
#[component]
pub(crate) fn Who() -> impl IntoView {
    let session = LiveSession::expect();
    let answer = move || match session.me().get() {
        None => "Not asked yet".to_owned(),
        Some(Ok(account)) if account.email.is_empty() => {
            format!("{}, user {}", account.username, account.id)
        }
        Some(Ok(account)) => {
            format!(
                "{}, user {}, {}",
                account.username, account.id, account.email
            )
        }
        Some(Err(Failure::Refused {
            body: ErrorBody::Detail(detail),
            ..
        })) => format!("Refused: {}", detail.detail),
        Some(Err(_)) => "No answer this time".to_owned(),
    };
    erased(view! {
        <section class="panel who" aria-labelledby="who-title">
            <h2 id="who-title">"Who the server says you are"</h2>
            <p class="who-answer" data-testid="me" translate="no">{text(answer)}</p>
            <p class="quiet">
                <code>{["GET ", &page_data().paths.me].concat()}</code>
                ", asked with every new access token."
            </p>
            <button class="button button-plain" type="button" on:click=move |_| session.ask_me()>
                "Ask again"
            </button>
        </section>
    })
}
