//! Waiting, where a promise or an event would not tell.

use std::time::Duration;

use js_sys::futures::JsFuture;
use js_sys::{Function, Promise};
use leptos::prelude::set_timeout;
use wasm_bindgen::JsValue;

/// Waits for this long, as far as the browser's timers go.
pub(in crate::session) async fn pause(duration: Duration) {
    let mut wait = |resolve: Function, _| {
        let done = move || drop(resolve.call0(&JsValue::NULL));
        set_timeout(done, duration);
    };
    let _ = JsFuture::from(Promise::new(&mut wait)).await;
}
