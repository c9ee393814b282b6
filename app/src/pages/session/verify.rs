//! Asking the server whether it would accept a token.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use signet_api::error::ErrorBody;

use crate::api::{Failure, client, jwt};
use crate::session::browser::LiveSession;
use crate::session::log::Kind;
use crate::ui::leptos_ext::dynamic::{attribute, text};
use crate::ui::leptos_ext::erased::erased;

#[derive(Clone, PartialEq)]
struct Verdict {
    valid: Option<bool>,
    words: String,
}

/// A box for any token, and the server's verdict on it.
#[component]
pub(crate) fn Verify() -> impl IntoView {
    let session = LiveSession::expect();
    let input = NodeRef::<html::Textarea>::new();
    let verdict = RwSignal::new(None::<Verdict>);
    let fill = move |text: &str| {
        if let Some(input) = input.get_untracked() {
            input.set_value(text);
        }
        verdict.set(None);
    };
    let typed = move || {
        input
            .get_untracked()
            .map(|input| input.value())
            .unwrap_or_default()
    };
    let use_access = move |_| {
        let access = session
            .state()
            .with_untracked(|state| state.grant().map(|grant| grant.access().to_owned()));
        fill(&access.unwrap_or_default());
    };
    let tamper = move |_| fill(&jwt::tamper(&typed()));
    let submit = move |submit: web_sys::SubmitEvent| {
        submit.prevent_default();
        let token = typed().trim().to_owned();
        spawn_local(async move {
            let found = judge(client::verify(token).await);
            let kind = match found.valid {
                Some(true) => Kind::Verified,
                Some(false) => Kind::Rejected,
                None => Kind::Error,
            };
            session.tell(kind, format!("Verify: {}", found.words));
            verdict.try_set(Some(found));
        });
    };
    let words = move || {
        verdict
            .get()
            .map_or_else(|| "No verdict yet".to_owned(), |verdict| verdict.words)
    };
    let valid = move || {
        if verdict.get()?.valid? {
            Some("true")
        } else {
            Some("false")
        }
    };
    erased(view! {
        <section class="panel verify" aria-labelledby="verify-title">
            <h2 id="verify-title">"Verify a token"</h2>
            <form novalidate on:submit=submit>
                <label for="token">"Any token"</label>
                <textarea
                    id="token"
                    rows="5"
                    spellcheck="false"
                    autocomplete="off"
                    autocapitalize="none"
                    data-testid="verify-token"
                    node_ref=input
                ></textarea>
                <div class="buttons">
                    <button
                        class="button button-plain"
                        type="button"
                        data-testid="verify-use-access"
                        on:click=use_access
                    >
                        "Use my access token"
                    </button>
                    <button
                        class="button button-plain"
                        type="button"
                        data-testid="verify-tamper"
                        on:click=tamper
                    >
                        "Tamper one character"
                    </button>
                    <button class="button" type="submit" data-testid="verify-submit">
                        "Verify"
                    </button>
                </div>
                <p class="verdict" role="status" data-testid="verify-result" data-valid=attribute(valid)>
                    {text(words)}
                </p>
            </form>
        </section>
    })
}

fn judge(answer: Result<signet_api::token::Empty, Failure>) -> Verdict {
    let (valid, words) = match answer {
        Ok(_) => (Some(true), "The token is valid".to_owned()),
        Err(Failure::Refused {
            status: 400 | 401,
            body,
        }) => (Some(false), reason(body)),
        Err(_) => (None, "No answer; try again".to_owned()),
    };
    Verdict { valid, words }
}

fn reason(body: ErrorBody) -> String {
    match body {
        ErrorBody::Detail(detail) => detail.detail,
        ErrorBody::Fields(errors) => {
            let messages: Vec<_> = errors
                .0
                .into_iter()
                .flat_map(|(_, messages)| messages)
                .collect();
            messages.join(" ")
        }
    }
}
