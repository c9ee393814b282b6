//! The WASM entry point: makes the page that the server rendered live.

use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the body of the document.
#[wasm_bindgen]
pub fn hydrate() {
    // What is shipped has no words for a panic: see `xtask/src/bundle/shrink.rs`.
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(signet_app::App);
}
