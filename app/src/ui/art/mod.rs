//! Drawings.

pub(crate) mod candles;
pub(crate) mod seal;
