//! The WASM entry points: make the page that the server rendered live. `frontend/start.js` chooses
//! between them.

use std::sync::Arc;

use hydration_context::{HydrateSharedContext, SharedContext};
use leptos::mount::{hydrate_body, mount_to_body};
use leptos::prelude::Owner;
use signet_app::App;
use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the body of the document. Traps if its nodes are not those that the server wrote.
#[wasm_bindgen]
pub fn hydrate() {
    print_panics();
    hydrate_body(App);
}

/// Renders the page anew, with the data that the server gave it, and appends it to the body of the
/// document.
#[wasm_bindgen]
pub fn mount() {
    print_panics();
    let page_data = Arc::new(HydrateSharedContext::new());
    page_data.set_is_hydrating(false);
    let owner = Owner::new_root(Some(page_data.clone()));
    owner.with(|| mount_to_body(App));
    page_data.hydration_complete();
    std::mem::forget(owner);
}

/// Release builds have no panic messages: see `xtask/src/bundle/shrink.rs`.
fn print_panics() {
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
}
