//! The wire between the tabs: a `BroadcastChannel`, which browsers keep to one origin, and so to
//! one port of a host.

use js_sys::Array;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::session::peer::{Message, Shared};
use crate::session::token::AccessToken;

/// Its name; to be changed with the shape of the messages, so that two versions of the page do
/// not misread each other.
const NAME: &str = "signet-session-2";

/// Opens the channel; `None` in a browser without channels. `hear` receives the messages of other
/// tabs.
pub(super) fn open(hear: impl Fn(Message) + 'static) -> Option<BroadcastChannel> {
    let channel = BroadcastChannel::new(NAME).ok()?;
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(message) = read(&event.data()) {
            hear(message);
        }
    });
    channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It listens for as long as the page lives.
    listener.forget();
    Some(channel)
}

/// Returns the message in the channel's form: a list of a grant's parts, an empty list for a
/// logout, or a list of `true` for the beginning of a login.
pub(super) fn written(message: &Message) -> JsValue {
    let list = Array::new();
    if *message == Message::SigningIn {
        list.push(&JsValue::TRUE);
    }
    if let Message::Granted(shared) = message {
        list.push(&shared.access.reveal().into());
        list.push(&shared.holder.as_str().into());
        list.push(&shared.signed_in.into());
        let times = [
            shared.access_lifetime,
            shared.refresh_left,
            shared.age,
            shared.posted,
        ];
        for time in times {
            list.push(&JsValue::from_f64(time as f64));
        }
    }
    list.into()
}

fn read(message: &JsValue) -> Option<Message> {
    let list: &Array = message.dyn_ref()?;
    match list.length() {
        0 => return Some(Message::LoggedOut),
        1 => return Some(Message::SigningIn),
        _ => {}
    }
    let time = |at| list.get(at).as_f64().map(|time| time as i64);
    Some(Message::Granted(Shared {
        access: AccessToken::new(list.get(0).as_string()?),
        holder: list.get(1).as_string()?,
        signed_in: list.get(2).as_bool()?,
        access_lifetime: time(3)?,
        refresh_left: time(4)?,
        age: time(5)?,
        posted: time(6)?,
    }))
}
