//! The database: the only place that knows SQL.
//!
//! The tables are Django's, so that a Django project can stand on the same database. What must
//! not half-happen is one transaction in one method of [`Store`]. A statement is written once,
//! and runs on SQLite and on Postgres ([`engine`]).

mod backup;
mod connecting;
mod engine;
mod families;
mod flush;
mod known_locations;
mod schema;
mod script;
mod sessions;
mod time;
mod tokens;
mod unanswered;
mod users;
mod writer;

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
#[cfg(test)]
use sqlx::{ConnectOptions, Connection as _};
use tokio::sync::Semaphore;

use engine::{Connection, Pool, in_time, sql};
use schema::Owner;
use script::{Script, Written};
use writer::Writer;

pub use backup::BackupError;
pub use families::{Family, Rotation, Standing, Successor};
pub use flush::FlushedBatch;
pub use schema::ForeignSchema;
pub use sessions::{Kept, Login, NewSession, SessionRecord};
pub use tokens::TokenRecord;
pub use users::{NewUser, UserRecord};

/// How long anything waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a statement waits for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_millis(1_500);

/// How long a start waits for another one that makes the file.
const START_PATIENCE: Duration = Duration::from_secs(5);

/// How often a write is tried that was in the way of another one.
const ATTEMPTS: usize = 4;

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
    /// The database is away, or cannot write. Nothing has been answered; what was asked for has
    /// been done, if at all, as a whole.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database refused.
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
    /// What DATABASE_URL names cannot be used as it is; the words say how to go on.
    #[error("{0}")]
    Unusable(String),
    /// The tables are somebody else's, and none that can be served.
    #[error("{0}; nothing was changed")]
    Foreign(#[from] ForeignSchema),
    /// The schema could not be made or does not fit.
    #[error("the database could not be prepared: {0}")]
    Migration(#[from] MigrateError),
}

impl StoreError {
    /// `true` if the same may succeed once the database is well again.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
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
            sqlx::Error::Database(error) => {
                error.code().is_some_and(|code| is_of_bad_health(&code))
            }
            _ => false,
        };
        match is_away {
            true => Self::Unavailable(error.to_string()),
            false => Self::Database(error),
        }
    }
}

/// Whether an error's code speaks of the engine's health and not of the statement.
fn is_of_bad_health(code: &str) -> bool {
    // SQLSTATE has five characters, the first two of which name the class: connections, lack of
    // resources, intervention of an operator, errors of the system. A read-only transaction is
    // what a server is given that stands by for another one.
    if code.len() == 5 {
        return ["08", "53", "57", "58"].contains(&&code[..2]) || code == "25006";
    }
    // SQLite's code is a number, the low byte of which names the class. Of a statement speak
    // SQL logic, a value too big, a constraint, a type, misuse and a range.
    let class = code.parse::<u32>().unwrap_or_default() & 0xff;
    ![0, 1, 18, 19, 20, 21, 25].contains(&class)
}

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
}

impl Store {
    /// Opens the database of a URL, and brings its schema up to date: `postgres://...`, or
    /// `sqlite://` and the path of a file, which is made if there is none.
    ///
    /// What has been answered is on the disk. A file of ours runs in WAL mode with
    /// `synchronous=FULL`; one that a Django project made keeps its journal mode.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("sqlite:") {
            let (pool, options) = open_file(url).await?;
            let owner = schema::prepare(&pool).await?;
            let writer = Some(Writer::start(options));
            return Ok(Self {
                pool,
                writer,
                writes: Arc::new(Semaphore::new(0)),
                owner,
            });
        }
        let options = connecting::options(url)?;
        // The pool would try until its time is over, and not say why.
        connecting::check(&options).await?;
        let pool = PgPoolOptions::new()
            .acquire_timeout(PATIENCE)
            .after_connect(|connection, _| Box::pin(connecting::set_up(connection)));
        let writes = places_for_writes(pool.get_max_connections());
        let pool = Pool::Postgres(pool.connect_with(options).await?);
        let owner = schema::prepare(&pool).await?;
        Ok(Self {
            pool,
            writer: None,
            writes: Arc::new(Semaphore::new(writes)),
            owner,
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
    pub async fn ping(&self) -> Result<(), StoreError> {
        let _: (i64,) = self.pool.row(sql("SELECT CAST(1 AS bigint)")).await?;
        Ok(())
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
            let ran = script.run(&mut Connection::Postgres(&mut connection)).await;
            return Ok(ran?.written());
        }
        let mut transaction = self.pool.begin().await?;
        let written = script.run(&mut transaction.connection()).await?.written();
        if written.is_some() {
            transaction.commit().await?;
        }
        Ok(written)
    }
}

/// How many of a server's connections writes may have at a time: three of four, and not all.
fn places_for_writes(connections: u32) -> usize {
    let reserved = (connections / 4).max(1);
    connections.saturating_sub(reserved).max(1) as usize
}

/// Opens a file, and says how.
async fn open_file(url: &str) -> Result<(Pool, SqliteConnectOptions), StoreError> {
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
            return Ok((connect(options.clone()).await?, options));
        }
    }
    make_private(options.get_filename())?;
    let ours = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    Ok((connect(ours.clone()).await?, ours))
}

/// Makes an empty file that only its owner may read, since it is going to hold hashes; SQLite
/// gives the files beside it the same rights. One that is there already stays as it is.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            let problem = format!("{}: {error}", path.display());
            Err(StoreError::Unavailable(problem))
        }
        _ => Ok(()),
    }
}

/// Whether somebody else has locked the file.
fn is_busy(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.code().as_deref() == Some(BUSY))
}

/// Connects. A new file becomes WAL only while nobody else has it open, and SQLite does not wait
/// for that by itself; so of several that start at once all but one try again.
async fn connect(options: SqliteConnectOptions) -> Result<Pool, StoreError> {
    let patient = async {
        loop {
            // A file does not go away, so a connection to it is not asked whether it is well: that
            // would cost as much as what is asked then.
            let pool = SqlitePoolOptions::new()
                .acquire_timeout(PATIENCE)
                .test_before_acquire(false);
            match pool.connect_with(options.clone()).await {
                Err(error) if is_busy(&error) => tokio::time::sleep(RETRY_PAUSE).await,
                connected => return connected,
            }
        }
    };
    match tokio::time::timeout(START_PATIENCE, patient).await {
        Ok(connected) => Ok(Pool::Sqlite(connected?)),
        Err(_) => Err(sqlx::Error::PoolTimedOut.into()),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::SqliteConnection;

    use super::*;

    async fn durability(connection: &mut SqliteConnection) -> (String, i64, i64) {
        let mode = sqlx::query_scalar("PRAGMA journal_mode");
        let mode = mode.fetch_one(&mut *connection).await.unwrap();
        let synchronous = sqlx::query_scalar("PRAGMA synchronous");
        let synchronous = synchronous.fetch_one(&mut *connection).await.unwrap();
        let keys = sqlx::query_scalar("PRAGMA foreign_keys");
        (mode, synchronous, keys.fetch_one(connection).await.unwrap())
    }

    #[tokio::test]
    async fn every_connection_to_our_file_waits_for_the_disk() {
        const FULL: i64 = 2;
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/signet.db", folder.path().display());
        let (Pool::Sqlite(pool), options) = open_file(&url).await.unwrap() else {
            panic!("a file is opened with SQLite");
        };
        let expected = ("wal".to_owned(), FULL, 1);
        let mut connections = Vec::new();
        for _ in 0..pool.options().get_max_connections() {
            connections.push(pool.acquire().await.unwrap());
        }
        for connection in &mut connections {
            assert_eq!(durability(connection).await, expected);
        }
        let mut writer = options.connect().await.unwrap();
        assert_eq!(durability(&mut writer).await, expected);
        writer.close().await.unwrap();
    }
}
