//! Reasons that the tables of another application are not served for.

/// A reason that the tables of another application are not served for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForeignSchema {
    /// There is a Django project, and its users are not in Django's own table.
    #[error(
        "it belongs to a Django project with a user model of its own (there is no table \
         auth_user), which Signet does not serve"
    )]
    NoUsers,
    /// There is Django's own table of users, and the tokens are not of its users.
    #[error(
        "it belongs to a Django project with a user model of its own (its tokens are of users in \
         the table {0}), which Signet does not serve"
    )]
    OtherUsers(String),
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
