//! The web UI of Signet: rendered on the server, made live in the browser, and the first client
//! of the REST API.
//!
//! [`shell`] is the document and [`App`] its body. `pages` has a file or folder per page, `ui` the
//! components that pages share, [`session`] the life of a signed-in user, [`api`] the REST calls,
//! [`local_path`] the target of a login, and [`PageData`] the server's data for a page.

pub mod api;
pub mod local_path;
mod page_data;
// `#[component]` writes public items regardless of their declared visibility.
#[expect(unreachable_pub)]
mod pages;
pub mod session;
#[expect(unreachable_pub)]
mod ui;

use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::hooks::use_location;
use leptos_router::path;
use wasm_bindgen::JsCast;

use crate::pages::account::page::AccountPage;
use crate::pages::home::Home;
use crate::pages::login::LogIn;
use crate::pages::logout::LogOutPage;
use crate::pages::not_found::NotFound;
use crate::pages::register::Register;
use crate::pages::session::page::SessionPage;
use crate::pages::sessions::page::SessionsPage;
use crate::session::browser::LiveSession;
use crate::ui::layout::header_footer::{SiteFooter, SiteHeader};
use crate::ui::layout::public_url_note::PublicUrlNote;
use crate::ui::layout::session_bar::SessionBar;
use crate::ui::leptos_ext::erased::Erased;

pub use page_data::{ApiPaths, FormOutcome, PageData};

/// The paths of the bundle: absolute URL paths, such as `/pkg/signet-1a2b3c4d.js`.
#[derive(Clone)]
pub struct Assets {
    /// The JavaScript glue of wasm-bindgen.
    pub script: String,
    /// The WebAssembly module.
    pub wasm: String,
    /// The style sheet.
    pub stylesheet: String,
}

/// The whole HTML document; `frontend/start.js` brings it to life. With a nonce in the context, every script carries it.
pub fn shell(assets: Assets) -> impl IntoView {
    let start = format!(
        "import {{ begin }} from {script:?};\nbegin({wasm:?});",
        script = assets.script,
        wasm = assets.wasm,
    );
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta
                    name="description"
                    content="Signet issues, renews, verifies and ends JSON Web Tokens for your API."
                />
                <link rel="stylesheet" href=assets.stylesheet/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="modulepreload" href=assets.script/>
                <link
                    rel="preload"
                    href=assets.wasm
                    r#as="fetch"
                    r#type="application/wasm"
                    crossorigin="anonymous"
                />
                <MetaTags/>
                <script type="module" nonce=use_nonce()>
                    {start}
                </script>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Everything in the body of the document.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    page_data::provide_page_data();
    LiveSession::provide();
    view! {
        <Router>
            <a class="skip-link" href="#main" on:click=skip>
                "Skip to the content"
            </a>
            <SiteHeader/>
            <PublicUrlNote/>
            <FocusOnNavigation/>
            <main id="main" class="page" tabindex="-1">
                <FlatRoutes fallback=NotFound>
                    <Route path=path!("/") view=page(Home)/>
                    <Route path=path!("/register") view=page(Register)/>
                    <Route path=path!("/login") view=page(LogIn)/>
                    <Route path=path!("/logout") view=page(LogOutPage)/>
                    <Route path=path!("/session") view=page(SessionPage)/>
                    <Route path=path!("/sessions") view=page(SessionsPage)/>
                    <Route path=path!("/account") view=page(AccountPage)/>
                </FlatRoutes>
            </main>
            <SiteFooter/>
            <SessionBar/>
        </Router>
    }
}

/// Moves the focus to the content of the page. The router would take the link for one to a page.
fn skip(click: web_sys::MouseEvent) {
    click.prevent_default();
    focus("main");
}

/// A page for the router, which is compiled anew for each type of page.
fn page(page: fn() -> Erased) -> fn() -> Erased {
    page
}

/// Moves the focus to the heading of a page that has been navigated to, so that keyboards and
/// screen readers start there. The page that was loaded is left alone.
#[component]
fn FocusOnNavigation() -> impl IntoView {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if before.is_some_and(|before| before != path) {
            request_animation_frame(|| focus("main h1"));
        }
        path
    });
}

/// Moves the focus to the first element that a selector finds.
pub(crate) fn focus(selector: &str) {
    let element = document().query_selector(selector).ok().flatten();
    if let Some(element) = element.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
