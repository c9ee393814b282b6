//! The server's REST API as the browser asks it: requests, verdicts on answers, tokens.

pub mod answer;
pub(crate) mod client;
pub(crate) mod jwt;

pub use answer::Failure;
pub(crate) use jwt::{Decoded, Members};
