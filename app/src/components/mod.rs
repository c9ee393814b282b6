//! Components of pages.

pub(crate) mod access_token;
pub(crate) mod candles;
pub(crate) mod device;
pub(crate) mod device_list;
pub(crate) mod devices;
pub(crate) mod duration;
pub(crate) mod dynamic;
pub(crate) mod erased;
pub(crate) mod event_log;
pub(crate) mod field;
pub(crate) mod frame;
pub(crate) mod lifetimes;
pub(crate) mod live_text;
pub(crate) mod page_title;
pub(crate) mod password_form;
pub(crate) mod problem;
pub(crate) mod public_url_note;
pub(crate) mod seal;
pub(crate) mod session_bar;
pub(crate) mod session_end;
pub(crate) mod session_status;
pub(crate) mod sign_in_form;
pub(crate) mod signed_out;
pub(crate) mod user_agent;
pub(crate) mod verify;
pub(crate) mod who;
