//! Opens a SQLite file.

use std::num::NonZeroUsize;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::model::UserColumns;
use crate::storage::engine::{Pool, QUERY_TIMEOUT};
use crate::storage::error::StoreError;
use crate::storage::schema::{self, Owner};

/// The longest time that a statement waits for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_millis(1_500);

/// The longest time that a start waits for another process that creates the file.
const START_PATIENCE: Duration = Duration::from_secs(5);

/// The pause before a connection that found the file busy is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// SQLITE_BUSY, as sqlx names it.
const BUSY: &str = "5";

/// Opens a file, and says how.
pub(super) async fn open_file(
    url: &str,
    connections: NonZeroUsize,
    users: &UserColumns,
) -> Result<(Pool, SqliteConnectOptions), StoreError> {
    let options = SqliteConnectOptions::from_str(url)?
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    if options.get_filename().exists() {
        // Before the first change to the file.
        let pool = connect(options.clone(), connections).await?;
        let owner = schema::owner(&mut pool.begin().await?.connection(), users).await;
        pool.close().await;
        if owner?.0 == Owner::Django {
            return Ok((connect(options.clone(), connections).await?, options));
        }
    }
    make_private(options.get_filename())?;
    let ours = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    Ok((connect(ours.clone(), connections).await?, ours))
}

/// Creates an empty file that only its owner may read, because it will hold hashes; SQLite gives
/// the files beside it the same mode. Leaves an existing file as it is. Follows a symbolic link to
/// a missing file and creates that file.
fn make_private(path: &Path) -> Result<(), StoreError> {
    if path.exists() {
        return Ok(());
    }
    let problem = |error| StoreError::Unavailable(format!("{}: {error}", path.display()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(problem)?;
    #[cfg(unix)]
    close_leftovers(path).map_err(problem)?;
    Ok(())
}

/// Removes other users' permissions from files that a former database may have left beside a new
/// one, because SQLite would write into them.
#[cfg(unix)]
fn close_leftovers(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // SQLite puts them beside the file itself, not beside a link to it.
    let path = path.canonicalize()?.into_os_string();
    for suffix in ["-wal", "-shm", "-journal"] {
        let mut leftover = path.clone();
        leftover.push(suffix);
        let private = std::fs::Permissions::from_mode(0o600);
        match std::fs::set_permissions(leftover, private) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Returns `true` if another process has locked the file.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.code().as_deref() == Some(BUSY))
}

/// Connects. A new file enters WAL mode only while a single connection is open, and SQLite does not
/// wait for that. So of several processes that start at once, all but one try again.
async fn connect(
    options: SqliteConnectOptions,
    connections: NonZeroUsize,
) -> Result<Pool, StoreError> {
    let connections = u32::try_from(connections.get()).unwrap_or(u32::MAX);
    let patient = async {
        loop {
            // A file stays reachable, so connections are not pinged: a ping would cost as much as
            // the query.
            let pool = SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(QUERY_TIMEOUT)
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
    use sqlx::{ConnectOptions, Connection as _, SqliteConnection};

    use super::super::DEFAULT_CONNECTIONS;
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
        let (Pool::Sqlite(pool), options) =
            open_file(&url, DEFAULT_CONNECTIONS, &UserColumns::default())
                .await
                .unwrap()
        else {
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
