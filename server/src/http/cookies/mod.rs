//! The cookie transport of the web UI.

pub(crate) mod own_origin;
pub(crate) mod session;
pub(crate) mod transport;
