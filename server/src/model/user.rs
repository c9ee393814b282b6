//! Users as flows and storage share them.

use std::fmt;

use crate::clock::Timestamp;
use crate::password::Encoded;

/// The primary key of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserId(pub i64);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
