//! One file per page.

pub(crate) mod account;
pub(crate) mod home;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod not_found;
pub(crate) mod register;
pub(crate) mod session;
pub(crate) mod sessions;
