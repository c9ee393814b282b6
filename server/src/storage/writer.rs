//! The one who writes to a SQLite file.
//!
//! A commit waits for the disk, some milliseconds, and only one can be under way. So whatever has
//! been asked for in the meantime is committed together, and answered after that.

use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::engine::Connection;
use super::script::{Script, Written};
use super::{StoreError, is_busy};

/// Scripts that wait for their turn; whoever comes then waits to be let in.
const QUEUE: usize = 1_024;

/// Scripts that are committed together at most, so that none waits long for the others.
const GROUP: usize = 256;

/// How long SQLite waits by itself for others who write.
const SHORT_WAIT: Duration = Duration::from_millis(100);

/// How often it is told to, before nothing can be written.
const LOOKS: usize = 15;

type Answer = Result<Option<Written>, StoreError>;

enum Job {
    Write(Script, oneshot::Sender<Answer>),
    Close(oneshot::Sender<()>),
}

/// The way to the task that writes, which ends when the last of them is dropped.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the task, with a connection of its own.
    pub(super) fn start(options: SqliteConnectOptions) -> Self {
        let options = options.busy_timeout(SHORT_WAIT);
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(write(options, queue));
        Self { jobs }
    }

    /// Writes, all or nothing. Once this has answered, it is on the disk.
    pub(super) async fn run(&self, script: Script) -> Answer {
        let gone = || StoreError::Unavailable("it has been closed".to_owned());
        let (answer, answered) = oneshot::channel();
        let job = Job::Write(script, answer);
        self.jobs.send(job).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    /// Writes what is waiting, and ends.
    pub(super) async fn close(&self) {
        let (closed, is_closed) = oneshot::channel();
        if self.jobs.send(Job::Close(closed)).await.is_ok() {
            let _ = is_closed.await;
        }
    }
}

async fn write(options: SqliteConnectOptions, mut queue: mpsc::Receiver<Job>) {
    let mut connection = None;
    let mut closing = None;
    while closing.is_none()
        && let Some(job) = queue.recv().await
    {
        let mut group = Vec::new();
        let mut next = Some(job);
        while let Some(job) = next {
            match job {
                Job::Write(script, waiting) => group.push((script, waiting)),
                Job::Close(closed) => closing = Some(closed),
            }
            let has_room = group.len() < GROUP && closing.is_none();
            next = has_room.then(|| queue.try_recv().ok()).flatten();
        }
        if let Err(error) = commit(&mut connection, &options, group).await {
            tracing::error!(%error, "nothing could be written to the database");
            // What has been begun is undone; the next group finds a connection without a past.
            connection = None;
        }
    }
    if let Some(connection) = connection {
        let _ = connection.close().await;
    }
    if let Some(closed) = closing {
        let _ = closed.send(());
    }
}

/// Commits a group and answers; an error if nothing of it is written, and everybody has been told.
async fn commit(
    connection: &mut Option<SqliteConnection>,
    options: &SqliteConnectOptions,
    group: Vec<(Script, oneshot::Sender<Answer>)>,
) -> Result<(), StoreError> {
    let mut waiting = Vec::with_capacity(group.len());
    let written = try_to_commit(connection, options, group, &mut waiting).await;
    for (waiting, answer) in waiting {
        let answer = match &written {
            Ok(()) => answer,
            Err(error) => Err(StoreError::Unavailable(error.to_string())),
        };
        // Whoever asked may have gone in the meantime.
        let _ = waiting.send(answer);
    }
    written
}

/// Commits a group, and puts down who is to be answered what once that has been done.
async fn try_to_commit(
    connection: &mut Option<SqliteConnection>,
    options: &SqliteConnectOptions,
    group: Vec<(Script, oneshot::Sender<Answer>)>,
    waiting: &mut Vec<(oneshot::Sender<Answer>, Answer)>,
) -> Result<(), StoreError> {
    let begun = async {
        let connection = match connection {
            Some(connection) => connection,
            None => connection.insert(options.connect().await?),
        };
        patiently(connection, "BEGIN IMMEDIATE").await?;
        Ok(connection)
    };
    let mut begun: Result<_, StoreError> = begun.await;
    for (script, answer) in group {
        // Who has been told to come again must find nothing done.
        if answer.is_closed() {
            continue;
        }
        let done = match &mut begun {
            Ok(connection) => one_of_many(connection, script).await,
            Err(_) => Ok(None),
        };
        match done {
            // A full disk ends the whole transaction.
            Err(error) if error.is_unavailable() => {
                waiting.push((answer, Ok(None)));
                begun = Err(error);
            }
            done => waiting.push((answer, done)),
        }
    }
    patiently(begun?, "COMMIT").await
}

/// Takes or gives back the lock of a file that others lock, too. The longer SQLite waits by
/// itself the less often it looks, in the end ten times a second, and beside a Django project
/// under load the file may then never be found free. So each wait is a short one.
async fn patiently(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> Result<(), StoreError> {
    for _ in 1..LOOKS {
        match sqlx::query(statement).execute(&mut *connection).await {
            Err(error) if is_busy(&error) => {}
            done => return Ok(done.map(drop)?),
        }
    }
    sqlx::query(statement).execute(connection).await?;
    Ok(())
}

/// Runs a script so that the others are not undone with it.
async fn one_of_many(connection: &mut SqliteConnection, script: Script) -> Answer {
    if !script.can_half_happen() {
        // A statement that fails has changed nothing.
        return script.run(&mut Connection::Sqlite(connection)).await;
    }
    sqlx::query("SAVEPOINT script")
        .execute(&mut *connection)
        .await?;
    let answer = script.run(&mut Connection::Sqlite(connection)).await;
    if !matches!(answer, Ok(Some(_))) {
        sqlx::query("ROLLBACK TO script")
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query("RELEASE script")
        .execute(&mut *connection)
        .await?;
    answer
}
