//! The layers around the routes.

pub(crate) mod challenge;
pub(crate) mod client_address;
pub(crate) mod cors;
pub(crate) mod request_log;
