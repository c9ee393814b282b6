//! `/account`: the password.

pub(crate) mod page;
pub(crate) mod password_form;
