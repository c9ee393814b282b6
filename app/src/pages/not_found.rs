//! The page that is not there.

use leptos::prelude::*;

use crate::ui::art::seal::Seal;
use crate::ui::layout::page_title::PageTitle;
use crate::ui::leptos_ext::erased::erased;

/// Shown for every path without a page; the server sends it with status 404.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    erased(view! {
        <PageTitle name="Page not found"/>
        <section class="hero">
            <div class="hero-words">
                <h1 tabindex="-1">"This seal is broken"</h1>
                <p class="lede">"There is no page at this address. The link may be old or mistyped."</p>
                <p class="buttons">
                    <a class="button" href="/">
                        "Go to the home page"
                    </a>
                </p>
            </div>
            <div class="hero-seal">
                <Seal broken=true/>
            </div>
        </section>
    })
}
