//! The endpoints of the REST API and of operators.

pub(crate) mod health;
pub(crate) mod jwks;
pub(crate) mod me;
pub(crate) mod metrics;
pub(crate) mod password_change;
pub(crate) mod register;
pub(crate) mod sessions;
pub(crate) mod sliding;
pub(crate) mod token;
