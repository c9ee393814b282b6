//! Users as flows and storage share them.

use std::fmt;
use std::str::FromStr;

use signet_api::account::Id;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::password::Encoded;

/// The primary key of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserId {
    /// An integer.
    Integer(i64),
    /// A uuid.
    Uuid(Uuid),
}

/// Writes the key as Django does: a uuid with dashes.
impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(id) => id.fmt(f),
            Self::Uuid(id) => id.hyphenated().fmt(f),
        }
    }
}

/// Reads a key as Django does: a uuid with or without dashes, in either case.
impl FromStr for UserId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        match text.parse() {
            Ok(id) => Ok(Self::Integer(id)),
            Err(_) => text.parse().map(Self::Uuid),
        }
    }
}

impl From<UserId> for Id {
    fn from(id: UserId) -> Self {
        match id {
            UserId::Integer(id) => Self::Integer(id),
            UserId::Uuid(_) => Self::Text(id.to_string()),
        }
    }
}

/// The column that tokens name a user by; SimpleJWT's USER_ID_FIELD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserIdField {
    /// The primary key.
    Id,
    /// The username.
    Username,
}

/// A user as the database knows one.
#[derive(Clone, Debug)]
pub struct UserRecord {
    /// The primary key.
    pub id: UserId,
    /// As stored: NFKC.
    pub username: String,
    /// Empty where there is none.
    pub email: String,
    /// The stored hash.
    pub password: Encoded,
    /// Whether the user may sign in.
    pub is_active: bool,
    /// `true` if the user meets `[user.require]`.
    pub meets_requirements: bool,
    /// The last login that was recorded. `None` if there is none, or it cannot be read.
    pub last_login: Option<Timestamp>,
    /// The time of registration. `None` if the column is null or cannot be read.
    pub date_joined: Option<Timestamp>,
    /// The names of the columns whose values hold no time that Django would read. SQLite stores
    /// any value in any column.
    pub unreadable: Vec<&'static str>,
}

/// A user to insert.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The normalized username.
    pub username: String,
    /// Empty for none.
    pub email: String,
    /// The hash to store.
    pub password: Encoded,
    /// Whether the user may sign in.
    pub is_active: bool,
}
