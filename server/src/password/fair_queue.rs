//! The bounded queue before the hashing threads, fair by client network and by account.
//!
//! Each waiting job has a turn (the start tag of start-time fair queueing): one after the last
//! waiting job of the same network or the same account, or one after the turn that is served now if
//! there is none. The lowest turn is served first. A requester that sends jobs without pause queues behind
//! itself, and the first job of any other requester comes before its second.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::network::Network;

/// Every thread is hashing, and the queue has no room for this requester: try again in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("all hashing threads are busy and their queue is full")]
pub struct Busy;

/// The client and the account that a job is done for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requester {
    network: Network,
    /// A hash of the username, so that a long one takes no more memory than a short one.
    account: u64,
}

impl Requester {
    /// A client of this network that logs in, registers or changes a password under this name.
    pub fn new(network: Network, username: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        username.hash(&mut hasher);
        Self {
            network,
            account: hasher.finish(),
        }
    }

    fn shares_with(self, other: Self) -> bool {
        self.network == other.network || self.account == other.account
    }
}

/// Waiting jobs. A queue is short, so it is searched from end to end.
pub(super) struct FairQueue<J> {
    /// In the order of arrival.
    waiting: Vec<Waiting<J>>,
    capacity: usize,
    /// The turn of the job that was taken last.
    turn: u64,
}

struct Waiting<J> {
    job: J,
    requester: Requester,
    turn: u64,
}

impl<J> FairQueue<J> {
    /// An empty queue for at most `capacity` jobs.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            waiting: Vec::with_capacity(capacity),
            capacity,
            turn: 0,
        }
    }

    /// Returns the number of waiting jobs.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Adds a job. If the queue is full, drops the job with the last turn, which may be this job.
    ///
    /// # Errors
    /// [`Busy`] if this job was dropped.
    pub(super) fn push(&mut self, requester: Requester, job: J) -> Result<(), Busy> {
        let of_requester = self
            .waiting
            .iter()
            .filter(|waiting| waiting.requester.shares_with(requester));
        let last = of_requester.map(|waiting| waiting.turn).max();
        let turn = last.unwrap_or_default().max(self.turn) + 1;
        if self.waiting.len() >= self.capacity {
            // Of equal turns `max_by_key` finds the one that came last.
            let by_turn = self.waiting.iter().enumerate();
            let (at, last) = by_turn.max_by_key(|(_, job)| job.turn).ok_or(Busy)?;
            if last.turn <= turn {
                return Err(Busy);
            }
            self.waiting.remove(at);
        }
        self.waiting.push(Waiting {
            job,
            requester,
            turn,
        });
        Ok(())
    }

    /// Takes the job whose turn has come; of equal turns the oldest.
    pub(super) fn take(&mut self) -> Option<J> {
        let by_turn = self.waiting.iter().enumerate();
        let (at, next) = by_turn.min_by_key(|(_, job)| job.turn)?;
        self.turn = next.turn;
        Some(self.waiting.remove(at).job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requester(address: &str, username: &str) -> Requester {
        Requester::new(Network::of(address.parse().unwrap()), username)
    }

    /// Everything that waits, in the order in which it is taken.
    fn drain<J>(queue: &mut FairQueue<J>) -> Vec<J> {
        std::iter::from_fn(|| queue.take()).collect()
    }

    #[test]
    fn jobs_of_one_requester_are_taken_in_the_order_of_arrival() {
        let mut queue = FairQueue::new(8);
        for job in 0..5 {
            queue.push(requester("192.0.2.1", "ada"), job).unwrap();
        }
        assert_eq!(drain(&mut queue), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_newcomer_comes_before_the_second_job_of_everyone_else() {
        let mut queue = FairQueue::new(8);
        for job in ["first", "second", "third"] {
            queue.push(requester("192.0.2.1", "ada"), job).unwrap();
        }
        queue.push(requester("192.0.2.2", "bob"), "other").unwrap();
        assert_eq!(drain(&mut queue), ["first", "other", "second", "third"]);
    }

    #[test]
    fn addresses_of_one_ipv6_network_and_names_of_one_network_share_a_turn() {
        let mut queue = FairQueue::new(8);
        for (address, name) in [("2001:db8::1", "a"), ("2001:db8::2", "b")] {
            queue.push(requester(address, name), name).unwrap();
        }
        queue.push(requester("2001:db8:1::1", "c"), "c").unwrap();
        assert_eq!(drain(&mut queue), ["a", "c", "b"]);
    }

    #[test]
    fn one_account_in_many_networks_shares_a_turn() {
        let mut queue = FairQueue::new(8);
        for network in 1..=3 {
            let address = format!("192.0.2.{network}");
            queue.push(requester(&address, "ada"), network).unwrap();
        }
        queue.push(requester("198.51.100.1", "bob"), 9).unwrap();
        assert_eq!(drain(&mut queue), [1, 9, 2, 3]);
    }

    #[test]
    fn a_full_queue_makes_room_for_a_newcomer_and_not_for_those_who_fill_it() {
        let mut queue = FairQueue::new(4);
        for job in 0..4 {
            queue.push(requester("192.0.2.1", "ada"), job).unwrap();
        }
        assert_eq!(queue.push(requester("192.0.2.1", "eve"), 4), Err(Busy));
        queue.push(requester("192.0.2.2", "bob"), 10).unwrap();
        queue.push(requester("192.0.2.3", "cyd"), 20).unwrap();
        assert_eq!(queue.len(), 4);
        assert_eq!(drain(&mut queue), [0, 10, 20, 1]);
    }

    #[test]
    fn a_queue_full_of_first_turns_refuses_the_next() {
        let mut queue = FairQueue::new(2);
        queue.push(requester("192.0.2.1", "ada"), 1).unwrap();
        queue.push(requester("192.0.2.2", "bob"), 2).unwrap();
        assert_eq!(queue.push(requester("192.0.2.3", "cyd"), 3), Err(Busy));
    }

    #[test]
    fn whoever_sends_without_pause_gets_no_more_than_their_share() {
        let mut queue = FairQueue::new(32);
        let mut served = Vec::new();
        for round in 0..100 {
            while queue.push(requester("192.0.2.1", "eve"), "eve").is_ok() {}
            if round % 2 == 0 {
                queue.push(requester("192.0.2.2", "bob"), "bob").unwrap();
            }
            served.extend(queue.take());
        }
        let bobs = served.iter().filter(|job| **job == "bob").count();
        assert!(bobs >= 49, "{bobs} of 50 were served at once");
    }
}
