//! Reading requests: the target, the client's address, the access token, the body and its fields.

pub(crate) mod auth_header;
pub(crate) mod body;
pub(crate) mod body_budget;
pub(crate) mod client_address;
pub(crate) mod current_session;
pub(crate) mod fields;
pub(crate) mod json;
pub(crate) mod target;
