//! The signed-in state: a pure state machine ([`machine`], [`grant`], [`peer`], [`time`],
//! [`token`]) and its thin glue to the browser ([`live`], [`access`]).

pub(crate) mod access;
pub(crate) mod browser;
pub mod grant;
pub(crate) mod log;
pub mod machine;
pub mod peer;
pub mod time;
pub mod token;
