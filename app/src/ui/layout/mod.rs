//! The frame of every page.

pub(crate) mod header_footer;
pub(crate) mod page_title;
pub(crate) mod public_url_note;
pub(crate) mod session_bar;
pub(crate) mod session_end;
pub(crate) mod signed_out;
