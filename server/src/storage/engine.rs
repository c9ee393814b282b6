//! Two engines, one way to speak to them: a statement is written once, and runs on both.

use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, PgConnection, Sqlite, SqliteConnection, SqlitePool};

use crate::storage::error::StoreError;
use crate::storage::postgres_pool::{PooledConnection, PostgresPool};
use crate::storage::statement::Statement;

/// The longest wait for the database.
pub(super) const QUERY_TIMEOUT: Duration = Duration::from_secs(2);

/// The connections to the database.
#[derive(Clone, Debug)]
pub(super) enum Pool {
    /// A file, in this process.
    Sqlite(SqlitePool),
    /// A server that speaks Postgres's protocol.
    Postgres(PostgresPool),
}

/// Begins a transaction on Postgres. READ WRITE is said once for each connection: here a server
/// that stands by would refuse it with another SQLSTATE than it refuses to write.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

impl StoreError {
    /// Returns `true` if PostgreSQL rolled back a transaction because of a deadlock (SQLSTATE
    /// 40P01) or a serialization failure (40001). A retry may succeed at once.
    pub fn is_conflict(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else {
            return false;
        };
        // SQLite's codes are shorter.
        error
            .code()
            .is_some_and(|code| code.len() == 5 && code.starts_with("40"))
    }
}

/// A type that rows of both engines can be read into.
pub(super) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

impl Pool {
    /// The row of a statement that has one.
    pub(super) async fn row<T: Row>(&self, statement: Statement) -> Result<T, StoreError> {
        self.find(statement)
            .await?
            .ok_or_else(|| sqlx::Error::RowNotFound.into())
    }

    /// The row of a statement that may have one.
    pub(super) async fn find<T: Row>(&self, statement: Statement) -> Result<Option<T>, StoreError> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// The rows of a statement.
    pub(super) async fn rows<T: Row>(&self, statement: Statement) -> Result<Vec<T>, StoreError> {
        let is_beyond_ascii = statement.is_beyond_ascii();
        let rows = in_time(async {
            match self {
                Self::Sqlite(pool) => Ok(statement.rows_of_sqlite().fetch_all(pool).await?),
                Self::Postgres(pool) => {
                    let mut connection = pool.acquire().await?;
                    let rows = Connection::Postgres(connection.get()).rows(statement).await;
                    connection.after(rows)
                }
            }
        });
        match rows.await {
            // No row holds what the database cannot store.
            Err(StoreError::Unstorable(_)) if is_beyond_ascii => Ok(Vec::new()),
            rows => rows,
        }
    }

    /// Begins a transaction that writes, with an isolation level of its own, independent of the
    /// database's default.
    ///
    /// On SQLite it takes the write lock at its start, so that it never fails half-way for a faster
    /// writer.
    ///
    /// # Errors
    /// [`StoreError`] if the transaction cannot begin.
    pub(super) async fn begin(&self) -> Result<Transaction, StoreError> {
        Ok(match self {
            Self::Sqlite(pool) => Transaction::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                if let Err(error) = tell(connection.get(), BEGIN).await {
                    connection.give_up(&error);
                    return Err(error);
                }
                Transaction::Postgres(connection)
            }
        })
    }

    /// Ends every connection.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Gives up waiting for a database that does not answer.
pub(super) async fn in_time<T>(
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    within(QUERY_TIMEOUT, work).await
}

/// Gives up waiting after this time.
pub(super) async fn within<T>(
    time: Duration,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(time, work).await {
        Ok(done) => done,
        Err(_) => Err(StoreError::unanswered()),
    }
}

/// Runs a statement without values.
async fn tell(connection: &mut PgConnection, statement: &'static str) -> Result<(), StoreError> {
    sqlx::raw_sql(statement).execute(connection).await?;
    Ok(())
}

/// A transaction. Dropping it rolls it back and closes its connection to a server.
pub(super) enum Transaction {
    /// Of a SQLite file.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// Of a Postgres server.
    Postgres(PooledConnection),
}

impl Transaction {
    /// Returns the connection that runs statements.
    pub(super) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(transaction) => Connection::Sqlite(transaction),
            Self::Postgres(connection) => Connection::Postgres(connection.get()),
        }
    }

    /// Runs a statement; how many rows it changed.
    pub(super) async fn execute(&mut self, statement: Statement) -> Result<u64, StoreError> {
        self.connection().execute(statement).await
    }

    /// The rows of a statement.
    pub(super) async fn rows<T: Row>(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<T>, StoreError> {
        self.connection().rows(statement).await
    }

    /// Commits. The change is on the disk when the call returns.
    ///
    /// # Errors
    /// [`StoreError`] if the commit failed or its outcome is unknown.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => Ok(transaction.commit().await?),
            Self::Postgres(mut connection) => {
                let committed = tell(connection.get(), "COMMIT").await;
                connection.after(committed)
            }
        }
    }

    /// Undoes it, so that its connection can be used again.
    pub(super) async fn roll_back(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => Ok(transaction.rollback().await?),
            Self::Postgres(mut connection) => {
                let undone = tell(connection.get(), "ROLLBACK").await;
                connection.after(undone)
            }
        }
    }

    /// Commits what has succeeded, and undoes the rest. An error that speaks of the server's
    /// health closes the connection.
    pub(super) async fn end<T>(self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        match (&done, self) {
            (Ok(_), transaction) => transaction.commit().await?,
            (Err(error), Self::Postgres(connection)) if error.is_unavailable() => {
                connection.give_up(error);
            }
            // The first error is the one to tell.
            (Err(_), transaction) => drop(transaction.roll_back().await),
        }
        done
    }
}

/// One connection, in the middle of a transaction.
pub(super) enum Connection<'c> {
    /// To a SQLite file.
    Sqlite(&'c mut SqliteConnection),
    /// To a Postgres server.
    Postgres(&'c mut PgConnection),
}

impl Connection<'_> {
    /// Runs a statement; how many rows it changed.
    pub(super) async fn execute(&mut self, statement: Statement) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Sqlite(connection) => {
                let done = statement.for_sqlite().execute(&mut **connection).await?;
                done.rows_affected()
            }
            Self::Postgres(connection) => {
                let done = statement.for_postgres().execute(&mut **connection).await?;
                done.rows_affected()
            }
        })
    }

    /// The rows of a statement.
    pub(super) async fn rows<T: Row>(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<T>, StoreError> {
        Ok(match self {
            Self::Sqlite(connection) => {
                let query = statement.rows_of_sqlite();
                query.fetch_all(&mut **connection).await?
            }
            Self::Postgres(connection) => {
                let query = statement.rows_of_postgres();
                query.fetch_all(&mut **connection).await?
            }
        })
    }
}
