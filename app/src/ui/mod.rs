//! Components that several pages share.

pub(crate) mod art;
pub(crate) mod duration;
pub(crate) mod form;
pub(crate) mod layout;
pub(crate) mod leptos_ext;
