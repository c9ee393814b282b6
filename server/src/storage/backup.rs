//! Backups of a database in use.

use std::fs::{File, OpenOptions};
use std::path::Path;

use crate::storage::engine::Pool;
use crate::storage::error::StoreError;
use crate::storage::store::Store;

/// Reasons that no backup was made for.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database is on a server, which has tools of its own.
    #[error("the database is on a PostgreSQL server; `pg_dump` copies it")]
    OnServer,
    /// The copy cannot be written.
    #[error("{path}: {source}")]
    File {
        /// The file in question.
        path: String,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Copies a SQLite database to a new file that only its owner may read. Readers and writers
    /// continue meanwhile.
    ///
    /// The copy is complete and consistent: it holds every change that was answered before the
    /// call. It is on the disk when the call returns.
    ///
    /// # Errors
    /// [`BackupError`] if the file exists, cannot be written, or the database is on a server.
    pub async fn back_up(&self, path: &Path) -> Result<(), BackupError> {
        let Pool::Sqlite(pool) = &self.pool else {
            return Err(BackupError::OnServer);
        };
        let at = |source| BackupError::File {
            path: path.display().to_string(),
            source,
        };
        let text = path
            .to_str()
            .ok_or_else(|| at(std::io::ErrorKind::InvalidFilename.into()))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(at)?;
        let copy = sqlx::query("VACUUM INTO $1").bind(text.to_owned());
        if let Err(error) = copy.execute(pool).await {
            // Half a copy is none.
            let _ = std::fs::remove_file(path);
            return Err(StoreError::from(error).into());
        }
        file.sync_all().map_err(at)?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = File::open(folder.unwrap_or(Path::new("."))).map_err(at)?;
        folder.sync_all().map_err(at)
    }
}
