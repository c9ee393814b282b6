//! A database for each test: a SQLite file, or, where `TEST_POSTGRES_URL` names a server on which
//! databases may be made, one of Postgres.

use std::path::Path;

use sqlx::postgres::{PgPoolOptions, PgRow};
use sqlx::sqlite::{SqlitePoolOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Connection, FromRow, PgConnection, PgPool, SqlitePool};
use tokio::runtime::{Handle, RuntimeFlavor};

/// The server that `TEST_POSTGRES_URL` names.
pub(crate) fn server() -> Option<String> {
    std::env::var("TEST_POSTGRES_URL")
        .ok()
        .filter(|url| !url.is_empty())
}

/// A database that nobody else has. One of Postgres is dropped with it.
pub(crate) struct Database {
    pub(crate) url: String,
    name: Option<String>,
}

impl Database {
    /// An empty one, in a folder if it is a file.
    pub(crate) async fn new(folder: &Path) -> Self {
        Self::made_as(folder, "").await
    }

    /// An empty one of Postgres in this encoding; a file is in UTF-8 all the same.
    pub(crate) async fn encoded(folder: &Path, encoding: &str) -> Self {
        let how = format!("ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
        Self::made_as(folder, &how).await
    }

    async fn made_as(folder: &Path, how: &str) -> Self {
        let Some(server) = server() else {
            let file = folder.join("signet.db");
            return Self {
                url: format!("sqlite://{}", file.display()),
                name: None,
            };
        };
        let name = format!("signet_test_{}", uuid::Uuid::new_v4().simple());
        let mut connection = PgConnection::connect(&server).await.unwrap();
        // Copying the template's files takes a fifth of the time of logging all that is in them;
        // before version 15 there was no other way.
        let is_choosy = connection.server_version_num() >= Some(150_000);
        let strategy = if is_choosy { "STRATEGY file_copy" } else { "" };
        let create = AssertSqlSafe(format!("CREATE DATABASE {name} {strategy} {how}"));
        sqlx::query(create).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let mut url: url::Url = server.parse().unwrap();
        url.set_path(&name);
        Self {
            url: url.into(),
            name: Some(name),
        }
    }

    /// Looks into it, beside the server under test.
    pub(crate) async fn rows(&self) -> Rows {
        Rows::of(&self.url).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(name) = self.name.take() else { return };
        let server = server().unwrap();
        let drop_it = async move {
            let mut connection = PgConnection::connect(&server).await?;
            let drop = AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"));
            sqlx::query(drop).execute(&mut connection).await
        };
        // The test's own runtime is at its end.
        let dropping = std::thread::spawn(|| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(drop_it)
        });
        // What is left behind is in nobody's way.
        let wait = || drop(dropping.join());
        match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            // Postgres waits until nobody is half-way through logging in, so other tests of the
            // same runtime must go on.
            Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(wait),
            _ => wait(),
        }
    }
}

/// Rows as they are, without Signet in between.
#[derive(Clone)]
pub(crate) enum Rows {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// What both engines' rows can be read as.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

impl Rows {
    pub(crate) async fn of(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            let pool = SqlitePoolOptions::new().max_connections(2);
            return Self::Sqlite(pool.connect(url).await.unwrap());
        }
        let pool = PgPoolOptions::new().max_connections(2);
        Self::Postgres(pool.connect(url).await.unwrap())
    }

    /// The rows of a statement.
    pub(crate) async fn all<T: Row>(&self, statement: &str) -> Vec<T> {
        let statement = AssertSqlSafe(statement.to_owned());
        let rows = match self {
            Self::Sqlite(pool) => sqlx::query_as(statement).fetch_all(pool).await,
            Self::Postgres(pool) => sqlx::query_as(statement).fetch_all(pool).await,
        };
        rows.unwrap()
    }

    /// The one value of a statement.
    pub(crate) async fn value<T>(&self, statement: &str) -> T
    where
        (T,): Row,
    {
        let mut rows = self.all::<(T,)>(statement).await;
        assert_eq!(rows.len(), 1, "{statement}");
        rows.remove(0).0
    }

    /// Changes rows.
    pub(crate) async fn execute(&self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        match self {
            Self::Sqlite(pool) => drop(sqlx::query(statement).execute(pool).await.unwrap()),
            Self::Postgres(pool) => drop(sqlx::query(statement).execute(pool).await.unwrap()),
        }
    }

    /// The expression of a time's text, `YYYY-MM-DD HH:MM:SS` in UTC.
    pub(crate) fn time(&self, column: &str) -> String {
        match self {
            Self::Sqlite(_) => column.to_owned(),
            Self::Postgres(_) => {
                format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')")
            }
        }
    }
}
