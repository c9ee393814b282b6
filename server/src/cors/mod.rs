//! The origins whose pages may read answers, the rule that allows each, and why an origin is refused.

mod diagnose;
mod origin;
mod rules;

pub use origin::{Origin, Pattern};
pub use rules::{AllowedOrigins, Rule};
