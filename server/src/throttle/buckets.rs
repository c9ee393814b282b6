//! Counts by key, each in a window of time of its own.

use crate::clock::{Duration, Timestamp};
use crate::throttle::bounded_map::Recent;
use crate::throttle::rate::Rate;

/// The count of one key since its first event.
#[derive(Clone, Copy, Debug)]
struct Window {
    began: Timestamp,
    count: u32,
}

impl Window {
    /// Returns the rest of the window; `None` when it is over. A window that begins in the future
    /// is valid: the clock was set back, or a slightly earlier request came first.
    fn left(&self, rate: Rate, now: Timestamp) -> Option<Duration> {
        let age = now.duration_since(self.began);
        (age.abs() < rate.period).then(|| rate.period - age.max(Duration::ZERO))
    }
}

/// Buckets of one kind. A bucket's rate is given with every question, so that it may change while
/// the counts stay.
#[derive(Debug, Default)]
pub(super) struct Buckets(Recent<Window>);

impl Buckets {
    /// Returns the time until the limit allows an event again; `None` if it allows one now.
    pub(super) fn wait(&self, key: u64, rate: Rate, now: Timestamp) -> Option<Duration> {
        let window = self.0.get(key)?;
        let left = window.left(rate, now)?;
        (window.count >= rate.most.get()).then_some(left)
    }

    /// Counts one.
    pub(super) fn count(&mut self, key: u64, rate: Rate, now: Timestamp) {
        let window = self
            .0
            .get(key)
            .filter(|window| window.left(rate, now).is_some());
        let window = match window {
            Some(window) => Window {
                began: window.began,
                count: window.count.saturating_add(1),
            },
            None => Window {
                began: now,
                count: 1,
            },
        };
        self.0.put(key, window, rate.period, now);
    }

    /// Takes one back that was counted.
    pub(super) fn undo(&mut self, key: u64, rate: Rate, now: Timestamp) {
        if let Some(&window) = self.0.get(key) {
            let count = window.count.saturating_sub(1);
            self.0
                .put(key, Window { count, ..window }, rate.period, now);
        }
    }
}
