//! Time as an argument: the one file that reads the system clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

pub use jiff::{SignedDuration as Duration, Timestamp};

/// The source of the current time. Clones share a fixed clock's hands.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until [`Clock::advance`] moves it, for tests. Microseconds since
    /// the epoch.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now`.
    pub fn fixed(now: Timestamp) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(now.as_microsecond())))
    }

    /// The time, to the microsecond.
    pub fn now(&self) -> Timestamp {
        let microseconds = match self {
            Self::System => Timestamp::now().as_microsecond(),
            Self::Fixed(hands) => hands.load(Ordering::SeqCst),
        };
        Timestamp::from_microsecond(microseconds).expect("a clock shows a time before year 9999")
    }

    /// Moves a fixed clock forward.
    ///
    /// # Panics
    /// On the system's clock, which cannot be moved.
    pub fn advance(&self, by: Duration) {
        match self {
            Self::System => panic!("the system's clock cannot be moved"),
            Self::Fixed(hands) => {
                let microseconds = i64::try_from(by.as_micros()).expect("a span below millennia");
                hands.fetch_add(microseconds, Ordering::SeqCst);
            }
        }
    }
}
