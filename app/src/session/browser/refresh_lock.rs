//! One tab renews at a time: a Web Lock around the request. It only spares requests; that tabs may
//! meet all the same is the server's affair.

use std::time::Duration;

use js_sys::futures::JsFuture;
use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::{set_timeout, window};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// The lock's name. Browsers keep locks to one origin.
const NAME: &str = "signet-refresh";

/// The lock is kept a moment longer than needed, so that waiting tabs have heard the outcome of the
/// renewal by then.
const MOMENT: Duration = Duration::from_millis(50);

/// This tab's turn to renew, with what gives it back.
pub(super) struct RefreshLock(Function);

impl RefreshLock {
    /// Waits for at most `patience` milliseconds; `None` if the turn has not come by then, or in
    /// a browser that has no locks (or none for a page over plain http). Never taken by force.
    pub(super) async fn wait(patience: i64) -> Option<Self> {
        let navigator = Reflect::get(&window(), &"navigator".into()).ok()?;
        let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
        let request = Reflect::get(&locks, &"request".into()).ok()?;
        let request: Function = request.dyn_into().ok()?;
        let signal = web_sys::AbortSignal::timeout_with_u32(patience as u32);
        let options = Object::new();
        Reflect::set(&options, &"signal".into(), &signal).ok()?;
        let mut asked = JsValue::UNDEFINED;
        // Fulfilled when the lock is ours, with the function that gives it back: the browser
        // takes it back when the promise that the callback returns is fulfilled.
        let mut ask = |granted: Function, _refuse: Function| {
            let callback = Closure::once_into_js(move || {
                Promise::new(&mut |give_back: Function, _| {
                    let _ = granted.call1(&JsValue::NULL, &give_back);
                })
            });
            if let Ok(promise) = request.call3(&locks, &NAME.into(), &options, &callback) {
                asked = promise;
            }
        };
        let granted = Promise::new(&mut ask);
        // The request itself ends first if the patience does.
        let first = Promise::race(&Array::of2(&granted, &asked));
        let give_back = JsFuture::from(first).await.ok()?;
        give_back.dyn_into().ok().map(Self)
    }

    /// Lets another tab have its turn.
    pub(super) fn give_back(self) {
        set_timeout(
            move || {
                let _ = self.0.call0(&JsValue::NULL);
            },
            MOMENT,
        );
    }
}
