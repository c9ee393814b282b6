//! The database: the only place that knows SQL.
//!
//! The tables are Django's, so that a Django project can stand on the same database. What must
//! not half-happen is one transaction in one method of [`Store`]. A statement is written once,
//! and runs on SQLite and on Postgres ([`engine`]).

mod engine;
mod flush;
mod schema;
mod time;
mod tokens;
mod users;

use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use engine::{Pool, sql};
use schema::Owner;

pub use flush::FlushedBatch;
pub use schema::ForeignSchema;
pub use tokens::TokenRecord;
pub use users::{NewUser, UserRecord};

/// How long a statement waits for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a request waits for a connection to Postgres.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// The pause before a connection that found the file busy is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// SQLITE_BUSY, as sqlx names it.
const BUSY: &str = "5";

/// Why the database did not do what was asked.
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
    /// The database failed, or is away.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables are somebody else's, and none that can be served.
    #[error("{0}; nothing was changed")]
    Foreign(#[from] ForeignSchema),
    /// The schema could not be made or does not fit.
    #[error("the database could not be prepared: {0}")]
    Migration(#[from] MigrateError),
}

/// The database, ready to use. Clones share one pool of connections.
#[derive(Clone, Debug)]
pub struct Store {
    pool: Pool,
    owner: Owner,
}

impl Store {
    /// Opens the database of a URL, and brings its schema up to date: `postgres://...`, or
    /// `sqlite://` and the path of a file, which is made if there is none.
    ///
    /// What has been answered is on the disk. A file of ours runs in WAL mode with
    /// `synchronous=FULL`; one that a Django project made keeps its journal mode.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let pool = match url.starts_with("sqlite:") {
            true => open_file(url).await?,
            false => {
                let options = PgConnectOptions::from_str(url)?.application_name("signet");
                let pool = PgPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT);
                Pool::Postgres(pool.connect_with(options).await?)
            }
        };
        let owner = schema::prepare(&pool).await?;
        Ok(Self { pool, owner })
    }

    /// Whether other programs may work on the database, too: it is on a server, or a Django
    /// project's. They need the same signing key.
    pub fn is_shared(&self) -> bool {
        self.owner == Owner::Django || matches!(self.pool, Pool::Postgres(_))
    }

    /// Answers once the database does.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.pool.execute(sql("SELECT 1")).await?;
        Ok(())
    }

    /// Ends every connection; what has been answered stays.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

async fn open_file(url: &str) -> Result<Pool, StoreError> {
    let options = SqliteConnectOptions::from_str(url)?
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    if options.get_filename().exists() {
        // Before anything of it is changed.
        let pool = connect(options.clone()).await?;
        let owner = schema::owner(&mut pool.begin().await?).await;
        pool.close().await;
        if owner? == Owner::Django {
            return connect(options).await;
        }
    }
    let ours = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    connect(ours).await
}

/// Connects. A new file becomes WAL only while nobody else has it open, and SQLite does not wait
/// for that by itself; so of several that start at once all but one try again.
async fn connect(options: SqliteConnectOptions) -> Result<Pool, StoreError> {
    let patient = async {
        loop {
            match SqlitePoolOptions::new().connect_with(options.clone()).await {
                Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(BUSY) => {
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                connected => return connected,
            }
        }
    };
    match tokio::time::timeout(BUSY_TIMEOUT, patient).await {
        Ok(connected) => Ok(Pool::Sqlite(connected?)),
        Err(_) => Err(sqlx::Error::PoolTimedOut.into()),
    }
}
