//! The database: the only place that knows SQL.
//!
//! The tables are Django's, so that a Django project can stand on the same database. What must
//! not half-happen is one transaction in one method of [`Store`].

mod flush;
mod time;
mod tokens;
mod users;

use std::str::FromStr;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

pub use flush::FlushedBatch;
pub use tokens::TokenRecord;
pub use users::{NewUser, UserRecord};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a statement waits for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

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
    /// The database failed, or is away.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables are there, and somebody else has made them.
    #[error(
        "it holds the tables of a Django project; to serve those is not supported yet, and nothing \
         was changed; give Signet a file of its own"
    )]
    Foreign,
    /// The schema could not be made or does not fit.
    #[error("the database could not be prepared: {0}")]
    Migration(#[from] MigrateError),
}

/// The database, ready to use. Clones share one pool of connections.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
}

impl Store {
    /// Opens the SQLite database of a URL such as `sqlite://data/signet.db`, makes the file if
    /// there is none, and brings its schema up to date.
    ///
    /// The file runs in WAL mode with `synchronous=FULL`: what has been answered is on the disk.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(url)?
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        refuse_foreign(&options).await?;
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal);
        let store = Self {
            pool: connect(options).await?,
        };
        store.migrate().await?;
        Ok(store)
    }

    /// Brings the schema up to date, all of it or nothing; of several processes that start at
    /// once one does, and the others wait.
    async fn migrate(&self) -> Result<(), StoreError> {
        let mut migrations = Migrator::with_migrations(MIGRATIONS.iter().cloned().collect());
        migrations.dangerous_set_table_name("signet_migrations");
        let mut transaction = self.begin().await?;
        migrations
            .run_direct(None, &mut *transaction, false)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Answers once the database does.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Ends every connection; what has been answered stays.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A transaction that holds the write lock from its start, so that it never has to give up
    /// half-way because another one was faster.
    async fn begin(&self) -> Result<sqlx::Transaction<'static, sqlx::Sqlite>, StoreError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// Looks into a file before anything of it is changed: one that a Django project made keeps its
/// journal mode.
async fn refuse_foreign(options: &SqliteConnectOptions) -> Result<(), StoreError> {
    if !options.get_filename().exists() {
        return Ok(());
    }
    let pool = connect(options.clone()).await?;
    let is_foreign: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'auth_user') \
         AND NOT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'signet_migrations')",
    )
    .fetch_one(&pool)
    .await?;
    pool.close().await;
    match is_foreign {
        true => Err(StoreError::Foreign),
        false => Ok(()),
    }
}

/// Connects. A new file becomes WAL only while nobody else has it open, and SQLite does not wait
/// for that by itself; so of several that start at once all but one try again.
async fn connect(options: SqliteConnectOptions) -> Result<SqlitePool, StoreError> {
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
        Ok(connected) => Ok(connected?),
        Err(_) => Err(sqlx::Error::PoolTimedOut.into()),
    }
}
