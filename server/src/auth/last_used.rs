//! Records the last use of sessions in the background, so that no refresh waits for it.

use futures_util::{StreamExt, stream};
use tokio::sync::{mpsc, oneshot};

use crate::clock::{Duration, Timestamp};
use crate::model::SessionId;
use crate::storage::Store;

/// Between two of a session that are written down.
const INTERVAL: Duration = Duration::from_secs(60);

/// The number of uses that may wait to be written; further ones are dropped.
const QUEUE: usize = 1_024;

/// Uses that are taken from the queue together.
const GROUP: usize = 256;

/// Writes at a time. Each is by itself: a transaction of several would be in the way of one that
/// ends them.
const AT_ONCE: usize = 8;

/// The way to the task that writes, which ends when the last of them is dropped.
#[derive(Clone, Debug)]
pub struct LastUsed {
    uses: mpsc::Sender<Job>,
}

#[derive(Debug)]
enum Job {
    Write(SessionId, Timestamp),
    Settle(oneshot::Sender<()>),
}

impl LastUsed {
    /// Starts the task.
    pub fn start(store: Store) -> Self {
        let (uses, queue) = mpsc::channel(QUEUE);
        tokio::spawn(write(store, queue));
        Self { uses }
    }

    /// Has it written down that a session is used, unless it was a minute ago or less that it was
    /// used `before`. It may be lost.
    pub(super) fn used(&self, session: SessionId, before: Timestamp, now: Timestamp) {
        if now.duration_since(before) >= INTERVAL {
            let _ = self.uses.try_send(Job::Write(session, now));
        }
    }

    /// Waits until what has been used so far is written.
    pub async fn settle(&self) {
        let (settled, is_settled) = oneshot::channel();
        if self.uses.send(Job::Settle(settled)).await.is_ok() {
            let _ = is_settled.await;
        }
    }
}

async fn write(store: Store, mut queue: mpsc::Receiver<Job>) {
    let mut jobs = Vec::new();
    while queue.recv_many(&mut jobs, GROUP).await > 0 {
        let mut uses = Vec::new();
        let mut waiting = Vec::new();
        for job in jobs.drain(..) {
            match job {
                Job::Write(session, at) => uses.push((session, at)),
                Job::Settle(settled) => waiting.push(settled),
            }
        }
        let writing = uses.into_iter().map(|(session, at)| {
            let store = store.clone();
            async move { store.touch(&session, at).await }
        });
        let mut written = stream::iter(writing).buffer_unordered(AT_ONCE);
        let mut lost = None;
        while let Some(result) = written.next().await {
            lost = lost.or(result.err());
        }
        if let Some(error) = lost {
            tracing::warn!(%error, "when sessions were last used could not be written down");
        }
        for settled in waiting {
            let _ = settled.send(());
        }
    }
}
