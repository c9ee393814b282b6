//! The record of answered rotations.
//!
//! A rotation is committed before it is answered, and the answer may fail: the commit outlasted the
//! request, or the server was killed in between. The client then repeats the request and is no
//! thief. So a successor counts as handed out only once that is recorded: at once in memory, and in
//! batches in the database, for other servers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration as Pause;

use tokio::sync::{Notify, mpsc, oneshot};

use crate::clock::Timestamp;
use crate::model::Successor;
use crate::storage::{Store, StoreError};

/// The time in which answers are collected for one write.
const COLLECT: Pause = Pause::from_millis(200);

/// The pause after a write that failed.
const RETRY_PAUSE: Pause = Pause::from_secs(1);

/// Successors that are recorded in one statement at most.
const BATCH: usize = 1_000;

/// Records answers in the background; the task ends when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct AnsweredRotations {
    pending: Arc<Pending>,
    settle: mpsc::Sender<oneshot::Sender<()>>,
}

/// Answers that are not in the database yet, by the `jti` of the successor.
#[derive(Debug, Default)]
struct Pending {
    answers: Mutex<HashMap<String, Answer>>,
    added: Notify,
}

/// An answer that handed a successor out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// That of the rotation itself: as good as at the time when the successor was made.
    First(Timestamp),
    /// That of a repeated request, where the first had not been answered.
    Repeated(Timestamp),
}

impl AnsweredRotations {
    /// Starts the task.
    pub fn start(store: Store) -> Self {
        let pending = Arc::<Pending>::default();
        let (settle, settling) = mpsc::channel(1);
        tokio::spawn(record(store, pending.clone(), settling));
        Self { pending, settle }
    }

    /// Records that the successor with this `jti`, made `at` this time, has been handed out by its
    /// rotation.
    pub(super) fn answered(&self, jti: String, at: Timestamp) {
        self.pending.add(jti, Answer::First(at));
    }

    /// Records that a repeated request is answered with this successor, unless that has been
    /// handed out before.
    pub(super) fn repeated(&self, successor: &Successor, now: Timestamp) {
        if self.answered_at(successor).is_none() {
            self.pending
                .add(successor.jti.clone(), Answer::Repeated(now));
        }
    }

    /// Returns the time at which a successor was handed out; `None` if no record says so.
    pub(super) fn answered_at(&self, successor: &Successor) -> Option<Timestamp> {
        let pending = || self.pending.answers().get(&successor.jti).copied();
        successor.answered_at.or_else(|| {
            pending().map(|answer| match answer {
                Answer::First(at) | Answer::Repeated(at) => at,
            })
        })
    }

    /// Waits until the answers so far are in the database, or writing them has failed once.
    pub async fn settle(&self) {
        let (settled, is_settled) = oneshot::channel();
        if self.settle.send(settled).await.is_ok() {
            let _ = is_settled.await;
        }
    }
}

impl Pending {
    fn answers(&self) -> MutexGuard<'_, HashMap<String, Answer>> {
        // The map is consistent at every moment, so a panic leaves no half-made state.
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, jti: String, answer: Answer) {
        self.answers().entry(jti).or_insert(answer);
        self.added.notify_one();
    }

    /// Writes what is there into the database, and forgets it then.
    async fn write(&self, store: &Store) -> Result<(), StoreError> {
        loop {
            let (first, repeated) = self.batch();
            if first.is_empty() && repeated.is_empty() {
                return Ok(());
            }
            if !first.is_empty() {
                store.confirm_answered(&first).await?;
            }
            for (jti, at) in &repeated {
                store.confirm_repeated(jti, *at).await?;
            }
            let mut answers = self.answers();
            let repeated = repeated.iter().map(|(jti, _)| jti);
            for jti in first.iter().chain(repeated) {
                answers.remove(jti);
            }
        }
    }

    fn batch(&self) -> (Vec<String>, Vec<(String, Timestamp)>) {
        let (mut first, mut repeated) = (Vec::new(), Vec::new());
        for (jti, answer) in self.answers().iter().take(BATCH) {
            match answer {
                Answer::First(_) => first.push(jti.clone()),
                Answer::Repeated(at) => repeated.push((jti.clone(), *at)),
            }
        }
        (first, repeated)
    }
}

async fn record(
    store: Store,
    pending: Arc<Pending>,
    mut settling: mpsc::Receiver<oneshot::Sender<()>>,
) {
    loop {
        let settled = tokio::select! {
            () = pending.added.notified() => {
                tokio::time::sleep(COLLECT).await;
                None
            }
            settled = settling.recv() => match settled {
                Some(settled) => Some(settled),
                None => return,
            },
        };
        if let Err(error) = pending.write(&store).await {
            tracing::warn!(%error, "which rotations have been answered could not be recorded yet");
            if settled.is_none() {
                tokio::time::sleep(RETRY_PAUSE).await;
            }
            pending.added.notify_one();
        }
        if let Some(settled) = settled {
            let _ = settled.send(());
        }
    }
}
