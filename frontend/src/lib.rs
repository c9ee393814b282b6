//! The WASM entry point: makes the page that the server rendered live.

use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the body of the document.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(signet_app::App);
}
