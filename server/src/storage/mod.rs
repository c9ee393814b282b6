//! The database: the only place that knows SQL.
//!
//! The tables are Django's, so that a Django project can stand on the same database. What must
//! not half-happen is one transaction in one method of [`Store`]. A statement is written once,
//! and runs on SQLite and on Postgres ([`engine`]).

mod backup;
mod columns;
mod connecting;
mod datetime;
mod engine;
mod error;
mod families;
mod file;
mod flush;
mod known_locations;
mod postgres;
mod schema;
mod script;
mod sessions;
mod time;
mod tokens;
mod unanswered;
mod users;
mod writer;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use engine::{Connection, Pool, in_time, sql};
use file::open_file;
use postgres::PostgresPool;
use schema::Owner;
use script::{Ran, Script, Written};
use writer::Writer;

pub use backup::BackupError;
pub use error::StoreError;
pub use families::{Family, Rotation, Standing, Successor};
pub use flush::FlushedBatch;
pub use schema::ForeignSchema;
pub use sessions::{Kept, Login, NewSession, SessionRecord};
pub use tokens::TokenRecord;
pub use users::{NewUser, UserRecord};

/// How long anything waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often a write is tried that was in the way of another one.
const ATTEMPTS: usize = 4;

/// The database, ready to use. Clones share one pool of connections.
#[derive(Clone, Debug)]
pub struct Store {
    /// Reads, and writes to Postgres.
    pool: Pool,
    /// Writes to a file.
    writer: Option<Writer>,
    /// Places for writes to a server. Fewer than connections, so that reads go on while writes wait
    /// for locks or for the disk.
    writes: Arc<Semaphore>,
    owner: Owner,
    /// The encoding of a PostgreSQL database, such as `LATIN1`, unless it is UTF8.
    encoding: Option<String>,
}

/// Connections that are open at the same time unless a setting says otherwise.
pub const DEFAULT_CONNECTIONS: NonZeroUsize = NonZeroUsize::new(10).unwrap();

impl Store {
    /// Opens the database of a URL, and brings its schema up to date: `postgres://...`, or
    /// `sqlite://` and the path of a file, which is made if there is none.
    ///
    /// What has been answered is on the disk. A file of ours runs in WAL mode with
    /// `synchronous=FULL`; one that a Django project made keeps its journal mode.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, DEFAULT_CONNECTIONS).await
    }

    /// The same, with at most so many connections; a SQLite file has one more, which writes.
    pub async fn open_with(url: &str, connections: NonZeroUsize) -> Result<Self, StoreError> {
        if url.starts_with("sqlite:") {
            let (pool, options) = open_file(url, connections).await?;
            let owner = schema::prepare(&pool).await?;
            let writer = Some(Writer::start(options));
            return Ok(Self {
                pool,
                writer,
                writes: Arc::new(Semaphore::new(0)),
                owner,
                encoding: None,
            });
        }
        let options = connecting::options(url)?;
        connecting::check(&options).await?;
        let pool = PostgresPool::open(options, connections.get()).await?;
        let encoding = pool.other_encoding().map(str::to_owned);
        let pool = Pool::Postgres(pool);
        let writes = places_for_writes(connections.get());
        let owner = schema::prepare(&pool).await?;
        Ok(Self {
            pool,
            writer: None,
            writes: Arc::new(Semaphore::new(writes)),
            owner,
            encoding,
        })
    }

    /// Whether other programs may work on the database, too: it is on a server, or a Django
    /// project's. They need the same signing key.
    pub fn is_shared(&self) -> bool {
        self.is_djangos() || matches!(self.pool, Pool::Postgres(_))
    }

    /// Whether the tables are a Django project's, which reads what is written.
    pub fn is_djangos(&self) -> bool {
        self.owner == Owner::Django
    }

    /// Answers once the database does.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] from a PostgreSQL server that takes no writes: the next call may
    /// find another one.
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

    /// Writes a script, all of it or nothing; `None` if it decided to write nothing. Once this
    /// has answered, it is on the disk.
    async fn write(&self, script: Script) -> Result<Option<Written>, StoreError> {
        in_time(async {
            match &self.writer {
                Some(writer) => writer.run(script).await,
                None => self.write_to_server(script).await,
            }
        })
        .await
    }

    /// On a server others write at the same time: who was in the way of another one, or had a
    /// user deleted under the hands, tries again.
    async fn write_to_server(&self, script: Script) -> Result<Option<Written>, StoreError> {
        let _place = self.writes.acquire().await.expect("it is never closed");
        for _ in 1..ATTEMPTS {
            match self.try_to_write(script.clone()).await {
                Err(StoreError::Database(sqlx::Error::Database(error)))
                    if error.is_foreign_key_violation() => {}
                Err(error) if error.is_conflict() => {}
                done => return done,
            }
        }
        self.try_to_write(script).await
    }

    async fn try_to_write(&self, script: Script) -> Result<Option<Written>, StoreError> {
        if let (false, Pool::Postgres(pool)) = (script.can_half_happen(), &self.pool) {
            // A statement alone is a transaction, without two more ways to the server.
            let mut connection = pool.acquire().await?;
            let ran = script
                .run(&mut Connection::Postgres(connection.get()))
                .await;
            return Ok(connection.after(ran)?.written());
        }
        let mut transaction = self.pool.begin().await?;
        let ran = script.run(&mut transaction.connection()).await;
        if let Ok(Ran::Refused { .. }) = ran {
            transaction.roll_back().await?;
            return Ok(None);
        }
        Ok(transaction.end(ran).await?.written())
    }
}

/// How many of a server's connections writes may have at a time: three of four, and not all.
fn places_for_writes(connections: usize) -> usize {
    let reserved = (connections / 4).max(1);
    connections.saturating_sub(reserved).max(1)
}
