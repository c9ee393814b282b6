//! The single writer of a SQLite file.
//!
//! A commit waits some milliseconds for the disk, and only one can be in progress. So all batches
//! that arrive meanwhile are committed together, and answered afterwards.

use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::storage::engine::Connection;
use crate::storage::error::StoreError;
use crate::storage::sqlite_file::is_busy;
use crate::storage::write_batch::{Ran, WriteBatch, Written};

/// The number of batches that may wait; further callers wait to enqueue.
const QUEUE: usize = 1_024;

/// The largest number of batches in one commit, so that none waits long.
const GROUP: usize = 256;

/// The time that SQLite itself waits for other writers.
const SHORT_WAIT: Duration = Duration::from_millis(100);

/// The number of attempts to take the lock before a write fails.
const LOCK_ATTEMPTS: usize = 15;

type Answer = Result<Option<Written>, StoreError>;

/// A batch with the channel of its answer.
type Request = (WriteBatch, oneshot::Sender<Answer>);

enum Job {
    Write(WriteBatch, oneshot::Sender<Answer>),
    Close(oneshot::Sender<()>),
}

/// The way to the task that writes, which ends when the last of them is dropped.
#[derive(Clone, Debug)]
pub(super) struct SqliteWriter {
    jobs: mpsc::Sender<Job>,
}

impl SqliteWriter {
    /// Starts the task, with a connection of its own.
    pub(super) fn start(options: SqliteConnectOptions) -> Self {
        let options = options.busy_timeout(SHORT_WAIT);
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(write(options, queue));
        Self { jobs }
    }

    /// Writes a batch in one transaction. The change is on the disk when the call returns.
    pub(super) async fn run(&self, batch: WriteBatch) -> Answer {
        let gone = || StoreError::Unavailable("it has been closed".to_owned());
        let (answer, answered) = oneshot::channel();
        let job = Job::Write(batch, answer);
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
                Job::Write(batch, waiting) => group.push((batch, waiting)),
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

/// Commits a group and answers each of its batches. Returns an error if the group was not written;
/// its callers have been answered then, too.
async fn commit(
    connection: &mut Option<SqliteConnection>,
    options: &SqliteConnectOptions,
    group: Vec<Request>,
) -> Result<(), StoreError> {
    let mut committed = try_to_commit(connection, options, &group).await;
    for (place, (_, waiting)) in group.into_iter().enumerate() {
        let answer = match &mut committed {
            Ok(answers) => std::mem::replace(&mut answers[place], Ok(None)),
            Err(error) => Err(StoreError::Unavailable(error.to_string())),
        };
        // The caller may have gone meanwhile.
        let _ = waiting.send(answer);
    }
    committed.map(drop)
}

/// Commits a group; what each is to be answered.
async fn try_to_commit(
    connection: &mut Option<SqliteConnection>,
    options: &SqliteConnectOptions,
    group: &[Request],
) -> Result<Vec<Answer>, StoreError> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(options.connect().await?),
    };
    with_lock_retry(connection, "BEGIN IMMEDIATE").await?;
    let answers = match run_optimistic(connection, group).await? {
        Some(answers) => answers,
        None => {
            execute(connection, "ROLLBACK").await?;
            with_lock_retry(connection, "BEGIN IMMEDIATE").await?;
            run_with_savepoints(connection, group).await?
        }
    };
    with_lock_retry(connection, "COMMIT").await?;
    Ok(answers)
}

/// Runs the batches of a group without savepoints, because hardly any batch has to be undone: each
/// statement is a hop to SQLite's thread and back, and savepoints are two more. Returns `None` if a
/// batch has to be undone, which undoes the whole group.
async fn run_optimistic(
    connection: &mut SqliteConnection,
    group: &[Request],
) -> Result<Option<Vec<Answer>>, StoreError> {
    let mut answers = Vec::with_capacity(group.len());
    for (batch, waiting) in group {
        let ran = run(connection, batch, waiting).await?;
        let is_half_done = match &ran {
            Ok(Ran::Whole(_)) => false,
            Ok(Ran::Refused { changed }) => *changed,
            // A statement that fails changes no rows.
            Err(_) => batch.can_half_happen(),
        };
        if is_half_done {
            return Ok(None);
        }
        answers.push(ran.map(Ran::written));
    }
    Ok(Some(answers))
}

/// Runs the batches of a group with a savepoint each, so that a failed batch is undone alone.
async fn run_with_savepoints(
    connection: &mut SqliteConnection,
    group: &[Request],
) -> Result<Vec<Answer>, StoreError> {
    let mut answers = Vec::with_capacity(group.len());
    for (batch, waiting) in group {
        execute(connection, "SAVEPOINT batch").await?;
        let ran = run(connection, batch, waiting).await?;
        if !matches!(ran, Ok(Ran::Whole(_))) {
            execute(connection, "ROLLBACK TO batch").await?;
        }
        execute(connection, "RELEASE batch").await?;
        answers.push(ran.map(Ran::written));
    }
    Ok(answers)
}

/// Runs a batch, unless its caller has gone. Returns an error of its own if the whole transaction
/// is over.
async fn run(
    connection: &mut SqliteConnection,
    batch: &WriteBatch,
    waiting: &oneshot::Sender<Answer>,
) -> Result<Result<Ran, StoreError>, StoreError> {
    // A caller that was told to try again must find no change.
    if waiting.is_closed() {
        return Ok(Ok(Ran::Refused { changed: false }));
    }
    let batch = batch.clone();
    match batch.run(&mut Connection::Sqlite(connection)).await {
        // A full disk ends the whole transaction.
        Err(error) if error.is_unavailable() => Err(error),
        ran => Ok(ran),
    }
}

/// Takes or releases the lock of a file that other processes lock, too. The longer SQLite waits,
/// the less often it tries, in the end ten times a second; beside a busy Django project it may then
/// never find the file free. So each of these waits is short.
async fn with_lock_retry(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> Result<(), StoreError> {
    for _ in 1..LOCK_ATTEMPTS {
        match sqlx::query(statement).execute(&mut *connection).await {
            Err(error) if is_busy(&error) => {}
            done => return Ok(done.map(drop)?),
        }
    }
    sqlx::query(statement).execute(connection).await?;
    Ok(())
}

async fn execute(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> Result<(), StoreError> {
    sqlx::query(statement).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::super::statement::sql;
    use super::*;

    #[tokio::test]
    async fn what_is_undone_in_a_group_is_undone_alone() {
        let options = SqliteConnectOptions::from_str("sqlite::memory:").unwrap();
        let mut connection = options.connect().await.unwrap();
        let table = "CREATE TABLE numbers (number integer PRIMARY KEY)";
        execute(&mut connection, table).await.unwrap();
        let insert = |number: i64| sql("INSERT INTO numbers VALUES ($1)").integer(number);
        let nothing = || sql("DELETE FROM numbers WHERE number = 0");
        let scripts = [
            WriteBatch::default().execute(insert(1)).execute(insert(2)),
            WriteBatch::default().execute(insert(3)).execute(insert(1)),
            WriteBatch::default()
                .execute(insert(4))
                .execute_or_abort(nothing()),
            WriteBatch::default().execute(insert(5)),
        ];
        let (waiting, answers): (Vec<_>, Vec<_>) =
            scripts.iter().map(|_| oneshot::channel()).unzip();
        let group = scripts.into_iter().zip(waiting).collect();
        let mut connection = Some(connection);
        commit(&mut connection, &options, group).await.unwrap();

        let mut written = Vec::new();
        for answer in answers {
            let answer = answer.await.unwrap();
            written.push(answer.is_ok_and(|written| written.is_some()));
        }
        assert_eq!(written, [true, false, false, true]);
        let numbers = sqlx::query_scalar("SELECT number FROM numbers ORDER BY number");
        let mut connection = connection.unwrap();
        let numbers: Vec<i64> = numbers.fetch_all(&mut connection).await.unwrap();
        assert_eq!(numbers, [1, 2, 5]);
    }
}
