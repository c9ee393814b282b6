//! [`Store`]: the database, opened, and the way that every write takes.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::model::UserColumns;
use crate::storage::engine::{Connection, Pool, Row, in_time};
use crate::storage::postgres_pool::PostgresPool;
use crate::storage::schema::{self, Owner};
use crate::storage::sqlite_file::open_file;
use crate::storage::sqlite_writer::SqliteWriter;
use crate::storage::statement::{Statement, sql};
use crate::storage::tables::Tables;
use crate::storage::write_batch::{Ran, WriteBatch, Written};
use crate::storage::{StoreError, postgres_connect};

/// The number of attempts for a write that conflicts.
const ATTEMPTS: usize = 4;

/// The database, ready to use. Clones share one pool of connections.
#[derive(Clone, Debug)]
pub struct Store {
    /// Reads, and writes to Postgres.
    pub(super) pool: Pool,
    /// Writes to a file.
    pub(super) writer: Option<SqliteWriter>,
    /// Places for writes to a server. Fewer than connections, so that reads go on while writes wait
    /// for locks or for the disk.
    writes: Arc<Semaphore>,
    pub(super) owner: Owner,
    pub(super) tables: Arc<Tables>,
    /// The encoding of a PostgreSQL database, such as `LATIN1`; `None` for UTF8.
    pub(super) encoding: Option<String>,
}

/// Connections that are open at the same time unless a setting says otherwise.
pub const DEFAULT_CONNECTIONS: NonZeroUsize = NonZeroUsize::new(10).unwrap();

impl Store {
    /// Opens the database of a URL, and brings its schema up to date: `postgres://...`, or
    /// `sqlite://` and the path of a file, which is made if there is none.
    ///
    /// What has been answered is on the disk. A file of ours runs in WAL mode with
    /// `synchronous=FULL`; one that a Django project made keeps its journal mode.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be opened, migrated or served; its message says the
    /// way out.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, DEFAULT_CONNECTIONS, &UserColumns::default()).await
    }

    /// Opens the database with at most this many connections; a SQLite file has one more, which
    /// writes. `users` names the user's table.
    ///
    /// # Errors
    /// The errors of [`Store::open`].
    pub async fn open_with(
        url: &str,
        connections: NonZeroUsize,
        users: &UserColumns,
    ) -> Result<Self, StoreError> {
        if url.starts_with("sqlite:") {
            let (pool, options) = open_file(url, connections, users).await?;
            let (owner, tables) = schema::prepare(&pool, users).await?;
            let writer = Some(SqliteWriter::start(options));
            return Ok(Self {
                pool,
                writer,
                writes: Arc::new(Semaphore::new(0)),
                owner,
                tables: Arc::new(tables),
                encoding: None,
            });
        }
        let options = postgres_connect::options(url)?;
        postgres_connect::check(&options).await?;
        let pool = PostgresPool::open(options, connections.get()).await?;
        let encoding = pool.other_encoding().map(str::to_owned);
        let pool = Pool::Postgres(pool);
        let writes = places_for_writes(connections.get());
        let (owner, tables) = schema::prepare(&pool, users).await?;
        Ok(Self {
            pool,
            writer: None,
            writes: Arc::new(Semaphore::new(writes)),
            owner,
            tables: Arc::new(tables),
            encoding,
        })
    }

    /// Returns `true` if other programs may use the database: it is on a server, or belongs to a
    /// Django project. They need the same signing key.
    pub fn is_shared(&self) -> bool {
        self.is_djangos() || matches!(self.pool, Pool::Postgres(_))
    }

    /// Whether the tables are a Django project's, which reads what is written.
    pub fn is_djangos(&self) -> bool {
        self.owner == Owner::Django
    }

    /// Returns the column of the user's table that keeps Signet from inserting users, because it
    /// wants a value that Signet does not have.
    pub fn unfilled_user_column(&self) -> Option<&str> {
        self.tables.unfilled.as_deref()
    }

    /// Returns once the database answers.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] from a read-only PostgreSQL server: the next call may reach the
    /// primary. [`StoreError::Unavailable`] if the database does not answer.
    pub async fn ping(&self) -> Result<(), StoreError> {
        match &self.pool {
            Pool::Sqlite(_) => {
                let _: (i64,) = self.pool.row(sql("SELECT CAST(1 AS bigint)")).await?;
                Ok(())
            }
            Pool::Postgres(pool) => in_time(pool.ping()).await,
        }
    }

    /// Ends every connection; what has been answered stays.
    pub async fn close(&self) {
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
        self.pool.close().await;
    }

    /// Returns `true` beside a Django project without the app `token_blacklist`: SimpleJWT blacklists
    /// no tokens there, and Signet keeps its own record.
    pub fn lacks_blacklist_app(&self) -> bool {
        !self.tables.has_blacklist_app
    }

    /// Returns the row of a query that has one.
    pub(super) async fn row<T: Row>(&self, statement: Statement) -> Result<T, StoreError> {
        self.pool.row(statement.of(&self.tables)).await
    }

    /// Returns the row of a query that may have one.
    pub(super) async fn find<T: Row>(&self, statement: Statement) -> Result<Option<T>, StoreError> {
        self.pool.find(statement.of(&self.tables)).await
    }

    /// Returns the rows of a query.
    pub(super) async fn rows<T: Row>(&self, statement: Statement) -> Result<Vec<T>, StoreError> {
        self.pool.rows(statement.of(&self.tables)).await
    }

    /// Writes a batch in one transaction; `None` if the batch aborted. The change is on the disk
    /// when the call returns.
    pub(super) async fn write(&self, batch: WriteBatch) -> Result<Option<Written>, StoreError> {
        let batch = batch.of(&self.tables);
        in_time(async {
            match &self.writer {
                Some(writer) => writer.run(batch).await,
                None => self.write_to_server(batch).await,
            }
        })
        .await
    }

    /// Writes to a server, where other writers are active. Retries after a conflict, or if a user
    /// was deleted meanwhile.
    async fn write_to_server(&self, batch: WriteBatch) -> Result<Option<Written>, StoreError> {
        let _place = self.writes.acquire().await.expect("it is never closed");
        for _ in 1..ATTEMPTS {
            match self.try_to_write(batch.clone()).await {
                Err(StoreError::Database(sqlx::Error::Database(error)))
                    if error.is_foreign_key_violation() => {}
                Err(error) if error.is_conflict() => {}
                done => return done,
            }
        }
        self.try_to_write(batch).await
    }

    async fn try_to_write(&self, batch: WriteBatch) -> Result<Option<Written>, StoreError> {
        if let (false, Pool::Postgres(pool)) = (batch.can_half_happen(), &self.pool) {
            // A statement alone is a transaction, without two more ways to the server.
            let mut connection = pool.acquire().await?;
            let ran = batch.run(&mut Connection::Postgres(connection.get())).await;
            return Ok(connection.after(ran)?.written());
        }
        let mut transaction = self.pool.begin().await?;
        let ran = batch.run(&mut transaction.connection()).await;
        if let Ok(Ran::Refused { .. }) = ran {
            transaction.roll_back().await?;
            return Ok(None);
        }
        Ok(transaction.end(ran).await?.written())
    }
}

/// Returns the number of a server's connections that writes may hold: three of four, and never all.
fn places_for_writes(connections: usize) -> usize {
    let reserved = (connections / 4).max(1);
    connections.saturating_sub(reserved).max(1)
}
