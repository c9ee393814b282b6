//! Parts of a view that follow signals, without the type of the closure that tells them.
//!
//! Leptos compiles the whole life of a dynamic part (build, hydrate, rebuild, mount, drop) for
//! every closure by itself. Behind these functions there is one such life for texts, one for
//! attributes, one for each type of view and one for effects, and a further closure costs what is
//! written in it.

use std::borrow::Cow;

use leptos::prelude::*;

use crate::ui::leptos_ext::live_text::LiveText;

/// The boxed form of a closure in a view.
type Boxed<T> = Box<dyn FnMut() -> T + Send>;

/// A text that follows signals, in an element of its own.
pub(crate) fn text<T: Into<Cow<'static, str>>>(
    mut words: impl FnMut() -> T + Send + 'static,
) -> Boxed<LiveText> {
    Box::new(move || LiveText::from(words()))
}

/// The value of an attribute that follows signals; the attribute goes where there is `None`.
pub(crate) fn attribute<T: Into<Cow<'static, str>>>(
    mut value: impl FnMut() -> Option<T> + Send + 'static,
) -> Boxed<Option<Cow<'static, str>>> {
    Box::new(move || value().map(Into::into))
}

/// A view that follows signals. Cheapest in bytes for an erased view; a list needs its own type to
/// keep its rows.
pub(crate) fn dynamic<V: IntoView>(view: impl FnMut() -> V + Send + 'static) -> Boxed<V> {
    Box::new(view)
}

/// Work in the browser that follows signals.
pub(crate) fn effect(work: impl FnMut() + 'static) {
    let work: Box<dyn FnMut()> = Box::new(work);
    Effect::new(work);
}
