//! The flows: log in, refresh, log out, register, change the password, flush expired tokens.
//!
//! [`AuthService`] holds what the flows need; each file adds the methods of one flow. The flows know
//! tokens, users and the store, and no HTTP.

mod access;
mod answered;
mod authenticate;
mod change_password;
mod error;
mod flush_expired;
mod last_used;
mod login;
mod logout;
mod owner;
mod refresh;
mod register;
mod service;
mod sessions;
mod sliding;

pub use access::AccessError;
pub use answered::AnsweredRotations;
pub use change_password::{PasswordChange, PasswordChangeError};
pub use error::SessionError;
pub use flush_expired::{Flushed, Flushing, IN_USE};
pub use last_used::LastUsed;
pub use login::TokenPair;
pub use logout::LogOut;
pub use refresh::Renewal;
pub use register::{Registered, Registration, RegistrationError, create_user};
pub use service::{AuthRules, AuthService};
