//! The records that storage and flows share: users, sessions, refresh tokens, claims; and Django's
//! rules for the fields of users.

mod claims;
mod field_rules;
mod login;
mod outcome;
mod refresh_token;
mod session;
mod user;
mod user_columns;

pub(crate) use claims::seconds;
pub use claims::{Claims, Subject, TokenType, name};
pub use field_rules::{
    EMAIL_RULES, LONGEST_EMAIL, LONGEST_PASSWORD, LONGEST_USERNAME, PASSWORD_RULES, Rule,
    USERNAME_RULES, is_valid_email, is_valid_username, normalize_email, normalize_typed_username,
    normalize_username,
};
pub use login::{Login, LoginName};
pub use outcome::{Blacklist, RegistrationAnswer, Remaining, Write};
pub use refresh_token::{Rotation, SessionSummary, Successor, TokenRecord, TokenStatus};
pub use session::{Device, EndReason, Except, NewSession, SessionId, SessionRecord};
pub use user::{NewUser, UserId, UserIdField, UserRecord};
pub use user_columns::{OptionalColumn, Requirement, UserColumns};
