//! The signed-in state: a pure state machine ([`machine`], [`grant`], [`time`]) and its thin
//! glue to the browser ([`live`], [`access`]).

pub(crate) mod access;
pub mod grant;
pub(crate) mod live;
pub(crate) mod log;
pub mod machine;
pub mod time;
