//! Reasons that the tables of another application are not served for.

/// A reason that the tables of another application are not served for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForeignSchema {
    /// There is no such table of users.
    #[error("there is no table {0}; name the table of the user model by [user] table")]
    NoUserTable(String),
    /// The user's table lacks a column.
    #[error(
        "the user's table {table} has no column {column}{}; name it by [user] {setting}{}",
        .nearest.as_ref().map(|name| format!(" (the nearest is {name})")).unwrap_or_default(),
        if ["id", "username", "password"].contains(setting) { "" } else { ", or false for none" }
    )]
    NoUserColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The key of `[user]` that names it.
        setting: &'static str,
        /// The column whose name is most like it.
        nearest: Option<String>,
    },
    /// The primary key is neither an integer nor a uuid.
    #[error(
        "the key {column} of the user's table {table} is of the type {kind}; Signet serves integers \
         and uuids"
    )]
    UserKey {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its type.
        kind: String,
    },
    /// A table lacks a column.
    #[error(
        "its table {table} has no column {column}: that is not the table that Django makes, and \
         Signet serves no other"
    )]
    NoColumn {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A row of ours would not be complete.
    #[error(
        "its table {table} has a column {column} of its own that wants a value: that is not the \
         table that Django makes, and Signet serves no other"
    )]
    OwnColumn {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
    },
    /// There are users, but no table of tokens.
    #[error(
        "it belongs to a Django project without the table {0}; put \
         rest_framework_simplejwt.token_blacklist into its INSTALLED_APPS and run `python \
         manage.py migrate`"
    )]
    NoTokens(&'static str),
}
