//! The title of a page, which names a problem first.

use leptos::prelude::*;
use leptos_meta::Title;

/// Sets the document's title to `name - Signet`, with `Error: ` before it while `error` holds.
#[component]
pub(crate) fn PageTitle(
    name: &'static str,
    #[prop(optional, into)] error: Signal<bool>,
) -> impl IntoView {
    let title = move |is_error: bool| {
        let prefix = if is_error { "Error: " } else { "" };
        format!("{prefix}{name} - Signet")
    };
    // The server writes the head when the page's signals may be gone already.
    let first = error.get_untracked();
    let text = move || title(error.try_get().unwrap_or(first));
    view! { <Title text/> }
}
