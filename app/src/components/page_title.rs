//! The title of a page, which says first if something is wrong.

use leptos::prelude::*;
use leptos_meta::Title;

/// Sets the document's title to `name - Signet`, with `Error: ` before it while `error` holds.
#[component]
pub(crate) fn PageTitle(
    name: &'static str,
    #[prop(optional, into)] error: Signal<bool>,
) -> impl IntoView {
    let text = move || {
        let prefix = if error.get() { "Error: " } else { "" };
        format!("{prefix}{name} - Signet")
    };
    view! { <Title text/> }
}
