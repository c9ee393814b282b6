//! Errors of the database.

use sqlx::migrate::MigrateError;

use crate::storage::foreign_schema::ForeignSchema;

/// An error of the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is a user of this name already.
    #[error("a user with that username already exists")]
    UsernameTaken,
    /// Rows of a table that is not ours belong to the user.
    #[error(
        "rows of the table {0} belong to the user; delete those first, or deactivate the user \
         instead"
    )]
    InUse(String),
    /// The database is unreachable, or cannot write. The change was made as a whole or not at all.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The server is read-only, such as a standby, or a former primary after a switchover. The next
    /// connection may reach the primary.
    #[error("the database is unavailable: {0}")]
    ReadOnly(String),
    /// A text has characters that the database's encoding lacks, or is too long in it.
    #[error("the database cannot store this text: {0}")]
    Unstorable(String),
    /// The database refused.
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
    /// DATABASE_URL cannot be used as it is; the message says how to mend it.
    #[error("{0}")]
    Unusable(String),
    /// A new user would lack the value of a column.
    #[error(
        "the column {column} of the user's table {table} wants a value, which Signet does not have"
    )]
    Unfilled {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The tables belong to another application, and Signet cannot serve them.
    #[error("{0}; nothing was changed")]
    Foreign(#[from] ForeignSchema),
    /// The schema could not be made or does not fit.
    #[error("the database could not be prepared: {0}")]
    Migration(#[from] MigrateError),
}

impl StoreError {
    /// `true` if the same may succeed once the database is well again.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::ReadOnly(_))
    }

    /// `true` if a database that cannot be opened may be up later. A database that does not exist
    /// (SQLSTATE 3D000) may be made by what starts beside Signet; a wrong password stays wrong.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Database(error)) => {
                error.code().as_deref() == Some("3D000")
            }
            error => error.is_unavailable(),
        }
    }

    /// There was no answer in time.
    pub fn unanswered() -> Self {
        Self::Unavailable("it did not answer in time".to_owned())
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let is_away = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(refused) => match refused.code().as_deref() {
                Some("25006") => return Self::ReadOnly(error.to_string()),
                Some("22P05" | "22021" | "22001") => return Self::Unstorable(error.to_string()),
                code => code.is_some_and(is_of_bad_health),
            },
            _ => false,
        };
        if is_away {
            Self::Unavailable(error.to_string())
        } else {
            Self::Database(error)
        }
    }
}

/// Whether an error's code speaks of the engine's health and not of the statement.
fn is_of_bad_health(code: &str) -> bool {
    // SQLSTATE has five characters, the first two of which name the class: connections, lack of
    // resources, intervention of an operator, errors of the system.
    if code.len() == 5 {
        return ["08", "53", "57", "58"].contains(&&code[..2]);
    }
    // SQLite's code is a number, the low byte of which names the class. Of a statement speak
    // SQL logic, a value too big, a constraint, a type, misuse and a range.
    let class = code.parse::<u32>().unwrap_or_default() & 0xff;
    ![0, 1, 18, 19, 20, 21, 25].contains(&class)
}

/// Whether the server, or a pooler before it, has no room for another connection: SQLSTATE class
/// 53, or PgBouncer's words, which have the SQLSTATE of a protocol violation in some versions.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    let code = error.code().unwrap_or_default();
    code.starts_with("53") || error.message().contains("no more connections allowed")
}

/// Returns `true` while the server starts: the connection is refused, or SQLSTATE 57P03.
pub(super) fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => error.code().as_deref() == Some("57P03"),
        _ => false,
    }
}
