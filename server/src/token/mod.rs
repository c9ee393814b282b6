//! TokenService: issuing, verifying, and the settings that shape both.

mod config;
mod issue;
mod verify;

pub use config::{Audience, ClaimNames, TokenConfig};
pub use issue::{SignedToken, TokenService, TokenSubject};
pub use verify::TokenError;
