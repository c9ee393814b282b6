//! The threads that hash and judge passwords. Each hash takes some 20 MiB and 30 ms of a core, so there are as many
//! threads as there is room for, a short [fair queue](crate::password::fair_queue) before them, and [`Busy`] beyond.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use argon2::Block;
use tokio::sync::oneshot;

use crate::password::Password;
use crate::password::fair_queue::{Busy, FairQueue, Requester};
use crate::password::hashers::{Cost, Encoded};
use crate::password::policy::{Policy, Weakness};

/// Jobs that may wait for a thread.
const QUEUE: usize = 32;

/// The outcome of a password check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verification {
    /// The password is the one that was hashed.
    Match,
    /// It is another password, or the hash cannot be verified.
    Mismatch,
}

/// The load of a hashing pool at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Jobs that a thread is at work on.
    pub running: usize,
    /// Jobs that wait for a thread.
    pub waiting: usize,
}

type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// The state that threads and pool share.
struct Shared {
    state: Mutex<State>,
    /// Wakes a thread: a job waits, or the pool is gone.
    wake: Condvar,
}

struct State {
    queue: FairQueue<Job>,
    running: usize,
    is_closed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Jobs run outside of the lock, so a panic leaves no half-made state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the threads to end once the queue is empty, when the last pool is dropped.
struct Threads(Arc<Shared>);

impl Drop for Threads {
    fn drop(&mut self) {
        self.0.state().is_closed = true;
        self.0.wake.notify_all();
    }
}

/// A bounded pool of threads that hash and verify passwords. Its threads end when the last clone
/// is dropped.
#[derive(Clone)]
pub struct HashingPool {
    threads: Arc<Threads>,
    cost: Cost,
    /// A hash of a random password, verified in place of a missing one.
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
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                queue: FairQueue::new(QUEUE),
                running: 0,
                is_closed: false,
            }),
            wake: Condvar::new(),
        });
        for slot in 0..slots.get() {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name(format!("hashing-{slot}"))
                .spawn(move || work(&shared, cost))
                .expect("the system starts a thread");
        }
        let stand_in = Encoded::hash(&Password::new("nobody's"), cost, &mut Vec::new());
        Self {
            threads: Arc::new(Threads(shared)),
            cost,
            stand_in,
        }
    }

    /// Returns the current load.
    pub fn load(&self) -> Load {
        let state = self.threads.0.state();
        Load {
            running: state.running,
            waiting: state.queue.len(),
        }
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`Busy`] if the queue has no room for this requester.
    pub async fn hash(&self, requester: Requester, password: Password) -> Result<Encoded, Busy> {
        let cost = self.cost;
        self.run(requester, move |memory| {
            Encoded::hash(&password, cost, memory)
        })
        .await
    }

    /// Judges a new password; looking it up takes a while too.
    ///
    /// # Errors
    /// [`Busy`] if the queue has no room for this requester.
    pub async fn judge(
        &self,
        requester: Requester,
        policy: Policy,
        password: Password,
        username: String,
        email: String,
    ) -> Result<Vec<Weakness>, Busy> {
        self.run(requester, move |_| {
            policy.weaknesses(&password, &username, &email)
        })
        .await
    }

    /// Compares the password with `stored`. Without a stored hash, or with one that
    /// cannot be verified, returns [`Verification::Mismatch`] after the time of a verification.
    ///
    /// # Errors
    /// [`Busy`] if the queue has no room for this requester.
    pub async fn verify(
        &self,
        requester: Requester,
        password: Password,
        stored: Option<Encoded>,
    ) -> Result<Verification, Busy> {
        let stand_in = self.stand_in.clone();
        self.run(requester, move |memory| {
            let verdict = stored.and_then(|stored| stored.verify(&password, memory));
            match verdict {
                Some(true) => Verification::Match,
                Some(false) => Verification::Mismatch,
                None => {
                    stand_in.verify(&password, memory);
                    Verification::Mismatch
                }
            }
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
        requester: Requester,
        job: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(move |memory| {
            // The client may have hung up while the job waited.
            if !answer.is_closed() {
                let _ = answer.send(job(memory));
            }
        });
        let shared = &self.threads.0;
        shared.state().queue.push(requester, job)?;
        shared.wake.notify_one();
        // A job that had to make room for another requester's is dropped, and its answer with it.
        result.await.map_err(|_| Busy)
    }
}

fn work(shared: &Shared, cost: Cost) {
    let mut memory = Vec::new();
    while let Some(job) = next(shared) {
        // A job that panics takes its own answer with it, not the thread.
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(&mut memory)));
        shared.state().running -= 1;
        if caught.is_err() {
            memory = Vec::new();
        }
        // A stored hash that took more than ours does not keep it.
        memory.truncate(cost.blocks());
        memory.shrink_to_fit();
    }
}

/// Waits for the next job; `None` once the pool is gone and the queue empty.
fn next(shared: &Shared) -> Option<Job> {
    let mut state = shared.state();
    loop {
        if let Some(job) = state.queue.take() {
            state.running += 1;
            return Some(job);
        }
        if state.is_closed {
            return None;
        }
        let woken = shared.wake.wait(state);
        state = woken.unwrap_or_else(PoisonError::into_inner);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::network::Network;

    fn pool() -> HashingPool {
        let cost = Cost::new(64, 1, 1).unwrap();
        HashingPool::start(NonZeroUsize::MIN, cost)
    }

    fn requester(address: &str) -> Requester {
        Requester::new(Network::of(address.parse().unwrap()), address)
    }

    #[tokio::test]
    async fn a_password_that_was_hashed_verifies_and_no_other_does() {
        let pool = pool();
        let ada = requester("192.0.2.1");
        let stored = pool.hash(ada, Password::new("right")).await.unwrap();
        let verify =
            |text: &str, stored: Option<Encoded>| pool.verify(ada, Password::new(text), stored);
        assert_eq!(
            verify("right", Some(stored.clone())).await,
            Ok(Verification::Match)
        );
        assert_eq!(
            verify("wrong", Some(stored)).await,
            Ok(Verification::Mismatch)
        );
        assert_eq!(verify("right", None).await, Ok(Verification::Mismatch));
        assert_eq!(
            verify("right", Some(Encoded("!".into()))).await,
            Ok(Verification::Mismatch)
        );
    }

    #[tokio::test]
    async fn beyond_the_threads_and_the_queue_one_client_is_told_busy_and_another_is_served() {
        let pool = pool();
        let (eve, bob) = (requester("192.0.2.1"), requester("192.0.2.2"));
        let (release, gate) = std::sync::mpsc::channel::<()>();
        let (started, running) = oneshot::channel();
        let blocked = pool.run(eve, move |_| {
            started.send(()).unwrap();
            gate.recv()
        });
        let mut blocked = std::pin::pin!(blocked);
        assert!((&mut blocked).now_or_never().is_none());
        running.await.unwrap();
        let mut waiting: Vec<_> = (0..QUEUE)
            .map(|number| Box::pin(pool.run(eve, move |_| number)))
            .collect();
        for job in &mut waiting {
            assert!(job.now_or_never().is_none());
        }
        assert_eq!(pool.hash(eve, Password::new("x")).await, Err(Busy));
        let mut other = std::pin::pin!(pool.hash(bob, Password::new("x")));
        assert!((&mut other).now_or_never().is_none());
        assert_eq!(pool.load().waiting, QUEUE);
        release.send(()).unwrap();
        blocked.await.unwrap().unwrap();
        assert!(other.await.is_ok());
        for (number, job) in waiting.into_iter().enumerate() {
            let expected = if number == QUEUE - 1 {
                Err(Busy)
            } else {
                Ok(number)
            };
            assert_eq!(job.await, expected, "only the last had to make room");
        }
        assert!(pool.hash(eve, Password::new("x")).await.is_ok());
    }
}
