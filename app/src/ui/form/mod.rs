//! Forms: fields, errors, the sign-in form.

pub(crate) mod field;
pub(crate) mod problem;
pub(crate) mod sign_in_form;
