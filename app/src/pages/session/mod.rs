//! `/session`: the tokens of this page's session.

pub(crate) mod access_token;
pub(crate) mod event_log;
pub(crate) mod lifetimes;
pub(crate) mod me_panel;
pub(crate) mod page;
pub(crate) mod session_status;
pub(crate) mod verify;
