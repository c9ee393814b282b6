//! Extensions to Leptos that keep the bundle small and text in place.

pub(crate) mod dynamic;
pub(crate) mod erased;
pub(crate) mod live_text;
