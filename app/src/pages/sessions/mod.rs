//! `/sessions`: the user's sessions.

pub(crate) mod device;
pub(crate) mod device_list;
pub(crate) mod devices;
pub(crate) mod page;
pub(crate) mod user_agent;
