//! The threads that hash and judge passwords. Each hash takes some 20 MiB and 30 ms of a core, so there are as many
//! threads as there is room for, a short queue before them, and an honest "busy" beyond.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::Block;
use tokio::sync::oneshot;

use super::{Cost, Encoded, Password, Policy, Weakness};

/// Jobs that may wait for a thread.
const QUEUE: usize = 32;

/// Every thread is hashing and the queue is full: try again in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("all hashing threads are busy and their queue is full")]
pub struct Busy;

/// What a pool has to do at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Jobs that a thread is at work on.
    pub running: usize,
    /// Jobs that wait for a thread.
    pub waiting: usize,
}

/// The same, while it changes.
#[derive(Debug, Default)]
struct Counts {
    running: AtomicUsize,
    waiting: AtomicUsize,
}

type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// A bounded pool of threads that hash and verify passwords. Its threads end when the last clone
/// is dropped.
#[derive(Clone)]
pub struct HashingPool {
    jobs: SyncSender<Job>,
    counts: Arc<Counts>,
    cost: Cost,
    /// A hash of nobody's password, to be checked in place of one that is not there.
    stand_in: Encoded,
}

impl fmt::Debug for HashingPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashingPool")
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}

impl HashingPool {
    /// Starts `slots` threads that hash at `cost`.
    pub fn start(slots: NonZeroUsize, cost: Cost) -> Self {
        let (jobs, queue) = sync_channel::<Job>(QUEUE);
        let queue = Arc::new(Mutex::new(queue));
        let counts = Arc::new(Counts::default());
        for slot in 0..slots.get() {
            let (queue, counts) = (Arc::clone(&queue), Arc::clone(&counts));
            std::thread::Builder::new()
                .name(format!("hashing-{slot}"))
                .spawn(move || work(&queue, &counts, cost))
                .expect("the system starts a thread");
        }
        let stand_in = Encoded::hash(&Password::new("nobody's"), cost, &mut Vec::new());
        Self {
            jobs,
            counts,
            cost,
            stand_in,
        }
    }

    /// What there is to do now.
    pub fn load(&self) -> Load {
        Load {
            running: self.counts.running.load(Ordering::Relaxed),
            waiting: self.counts.waiting.load(Ordering::Relaxed),
        }
    }

    /// Hashes a new password.
    pub async fn hash(&self, password: Password) -> Result<Encoded, Busy> {
        let cost = self.cost;
        self.run(move |memory| Encoded::hash(&password, cost, memory))
            .await
    }

    /// Judges a new password; looking it up takes a while too.
    pub async fn judge(
        &self,
        policy: Policy,
        password: Password,
        username: String,
        email: String,
    ) -> Result<Vec<Weakness>, Busy> {
        self.run(move |_| policy.weaknesses(&password, &username, &email))
            .await
    }

    /// Says whether the password is the one of `stored`. Where there is no stored hash, or none
    /// that can be checked, the answer is `false` after the time of a check.
    pub async fn verify(&self, password: Password, stored: Option<Encoded>) -> Result<bool, Busy> {
        let stand_in = self.stand_in.clone();
        self.run(move |memory| {
            let verdict = stored.and_then(|stored| stored.verify(&password, memory));
            verdict.unwrap_or_else(|| {
                stand_in.verify(&password, memory);
                false
            })
        })
        .await
    }

    /// Whether a stored hash is one as [`HashingPool::hash`] makes them: the same algorithm, at the
    /// same cost.
    pub fn is_current(&self, stored: &Encoded) -> bool {
        stored.is_current(self.cost)
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(move |memory| {
            // Whoever asked may have hung up while the job waited.
            if !answer.is_closed() {
                let _ = answer.send(job(memory));
            }
        });
        let waiting = &self.counts.waiting;
        // Counted before a thread can have taken it.
        waiting.fetch_add(1, Ordering::Relaxed);
        self.jobs.try_send(job).map_err(|error| {
            waiting.fetch_sub(1, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) | TrySendError::Disconnected(_) => Busy,
            }
        })?;
        result.await.map_err(|_| Busy)
    }
}

fn work(queue: &Mutex<Receiver<Job>>, counts: &Counts, cost: Cost) {
    let mut memory = Vec::new();
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            // A job that panics takes its own answer with it, not the thread.
            Ok(job) => {
                counts.waiting.fetch_sub(1, Ordering::Relaxed);
                counts.running.fetch_add(1, Ordering::Relaxed);
                let caught =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(&mut memory)));
                counts.running.fetch_sub(1, Ordering::Relaxed);
                if caught.is_err() {
                    memory = Vec::new();
                }
                // A stored hash that took more than ours does not keep it.
                memory.truncate(cost.blocks());
                memory.shrink_to_fit();
            }
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> HashingPool {
        let cost = Cost::new(64, 1, 1).unwrap();
        HashingPool::start(NonZeroUsize::MIN, cost)
    }

    #[tokio::test]
    async fn a_password_that_was_hashed_verifies_and_no_other_does() {
        let pool = pool();
        let stored = pool.hash(Password::new("right")).await.unwrap();
        let verify = |text: &str, stored: Option<Encoded>| pool.verify(Password::new(text), stored);
        assert_eq!(verify("right", Some(stored.clone())).await, Ok(true));
        assert_eq!(verify("wrong", Some(stored)).await, Ok(false));
        assert_eq!(verify("right", None).await, Ok(false));
        assert_eq!(verify("right", Some(Encoded("!".into()))).await, Ok(false));
    }

    #[tokio::test]
    async fn beyond_the_threads_and_the_queue_it_says_busy() {
        let pool = pool();
        let (release, gate) = std::sync::mpsc::channel::<()>();
        let (started, running) = oneshot::channel();
        let blocked = tokio::spawn({
            let pool = pool.clone();
            async move {
                pool.run(move |_| {
                    started.send(()).unwrap();
                    gate.recv()
                })
                .await
            }
        });
        running.await.unwrap();
        let waiting: Vec<_> = (0..QUEUE)
            .map(|_| {
                let (answer, result) = oneshot::channel();
                let job: Job = Box::new(move |_| answer.send(()).unwrap());
                pool.jobs
                    .try_send(job)
                    .unwrap_or_else(|_| panic!("there is room in the queue"));
                result
            })
            .collect();
        assert_eq!(pool.hash(Password::new("x")).await.unwrap_err(), Busy);
        release.send(()).unwrap();
        blocked.await.unwrap().unwrap().unwrap();
        for result in waiting {
            result.await.unwrap();
        }
        assert!(pool.hash(Password::new("x")).await.is_ok());
    }
}
