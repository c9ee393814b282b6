//! Two engines, one way to speak to them: a statement is written once, and runs on both.

use std::borrow::Cow;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Query, QueryAs};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{FromRow, PgPool, Postgres, Sqlite, SqlitePool};

use super::StoreError;
use super::time::DjangoTime;
use crate::clock::Timestamp;

/// The connections to the database.
#[derive(Clone, Debug)]
pub(super) enum Pool {
    /// A file, in this process.
    Sqlite(SqlitePool),
    /// A server that speaks Postgres's protocol.
    Postgres(PgPool),
}

/// A statement with what it is about. Both engines know `$1`.
#[derive(Clone)]
pub(super) struct Statement<'a> {
    sql: &'static str,
    values: Vec<Value<'a>>,
}

/// What a statement is given.
#[derive(Clone)]
enum Value<'a> {
    Integer(Option<i64>),
    Text(Cow<'a, str>),
    Truth(bool),
    Time(Option<DjangoTime>),
}

/// A statement that is given nothing yet.
pub(super) fn sql<'a>(sql: &'static str) -> Statement<'a> {
    Statement {
        sql,
        values: Vec::new(),
    }
}

impl<'a> Statement<'a> {
    /// The next value: a whole number, or NULL.
    pub(super) fn integer(self, value: impl Into<Option<i64>>) -> Self {
        self.with(Value::Integer(value.into()))
    }

    /// The next value: a text.
    pub(super) fn text(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.with(Value::Text(value.into()))
    }

    /// The next value: true or false.
    pub(super) fn truth(self, value: bool) -> Self {
        self.with(Value::Truth(value))
    }

    /// The next value: a time, or NULL.
    pub(super) fn time(self, value: impl Into<Option<Timestamp>>) -> Self {
        self.with(Value::Time(value.into().map(DjangoTime)))
    }

    fn with(mut self, value: Value<'a>) -> Self {
        self.values.push(value);
        self
    }
}

/// Gives a query of either engine the values of a statement.
macro_rules! bind {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Integer(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Truth(value) => query.bind(value),
                Value::Time(value) => query.bind(value),
            };
        }
        query
    }};
}

impl<'a> Statement<'a> {
    fn for_sqlite(self) -> Query<'a, Sqlite, SqliteArguments> {
        bind!(sqlx::query(self.sql), self.values)
    }

    fn for_postgres(self) -> Query<'a, Postgres, PgArguments> {
        bind!(sqlx::query(self.sql), self.values)
    }

    fn rows_of_sqlite<T>(self) -> QueryAs<'a, Sqlite, T, SqliteArguments>
    where
        T: for<'r> FromRow<'r, SqliteRow>,
    {
        bind!(sqlx::query_as(self.sql), self.values)
    }

    fn rows_of_postgres<T>(self) -> QueryAs<'a, Postgres, T, PgArguments>
    where
        T: for<'r> FromRow<'r, PgRow>,
    {
        bind!(sqlx::query_as(self.sql), self.values)
    }
}

/// What both engines' rows can be read as.
pub(super) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

impl Pool {
    /// Runs a statement in a transaction of its own; how many rows it changed.
    pub(super) async fn execute(&self, statement: Statement<'_>) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Sqlite(pool) => statement.for_sqlite().execute(pool).await?.rows_affected(),
            Self::Postgres(pool) => statement
                .for_postgres()
                .execute(pool)
                .await?
                .rows_affected(),
        })
    }

    /// The row of a statement that has one.
    pub(super) async fn row<T: Row>(&self, statement: Statement<'_>) -> Result<T, StoreError> {
        Ok(match self {
            Self::Sqlite(pool) => statement.rows_of_sqlite().fetch_one(pool).await?,
            Self::Postgres(pool) => statement.rows_of_postgres().fetch_one(pool).await?,
        })
    }

    /// The row of a statement that may have one.
    pub(super) async fn find<T: Row>(
        &self,
        statement: Statement<'_>,
    ) -> Result<Option<T>, StoreError> {
        Ok(match self {
            Self::Sqlite(pool) => statement.rows_of_sqlite().fetch_optional(pool).await?,
            Self::Postgres(pool) => statement.rows_of_postgres().fetch_optional(pool).await?,
        })
    }

    /// The rows of a statement.
    pub(super) async fn rows<T: Row>(
        &self,
        statement: Statement<'_>,
    ) -> Result<Vec<T>, StoreError> {
        Ok(match self {
            Self::Sqlite(pool) => statement.rows_of_sqlite().fetch_all(pool).await?,
            Self::Postgres(pool) => statement.rows_of_postgres().fetch_all(pool).await?,
        })
    }

    /// Begins a transaction that is going to write. On SQLite it holds the write lock from its
    /// start, so that it never has to give up half-way because another one was faster.
    pub(super) async fn begin(&self) -> Result<Transaction, StoreError> {
        Ok(match self {
            Self::Sqlite(pool) => Transaction::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Transaction::Postgres(pool.begin().await?),
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

/// All or nothing. Dropped, it is undone.
pub(super) enum Transaction {
    /// Of a SQLite file.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// Of a Postgres server.
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    /// Runs a statement; how many rows it changed.
    pub(super) async fn execute(&mut self, statement: Statement<'_>) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Sqlite(transaction) => {
                let done = statement.for_sqlite().execute(&mut **transaction).await?;
                done.rows_affected()
            }
            Self::Postgres(transaction) => {
                let done = statement.for_postgres().execute(&mut **transaction).await?;
                done.rows_affected()
            }
        })
    }

    /// The rows of a statement.
    pub(super) async fn rows<T: Row>(
        &mut self,
        statement: Statement<'_>,
    ) -> Result<Vec<T>, StoreError> {
        Ok(match self {
            Self::Sqlite(transaction) => {
                let query = statement.rows_of_sqlite();
                query.fetch_all(&mut **transaction).await?
            }
            Self::Postgres(transaction) => {
                let query = statement.rows_of_postgres();
                query.fetch_all(&mut **transaction).await?
            }
        })
    }

    /// Makes it so. Once this has answered, it is on the disk.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}
