//! Deadlines that survive a laptop's sleep and a corrected clock.

/// One reading of the browser's clocks, handed to every step of the machine, with the only
/// chance that it uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Now {
    /// Milliseconds since the epoch; jumps when the clock is set.
    pub wall: i64,
    /// Milliseconds since the page began; stands still while some machines sleep.
    pub mono: i64,
    /// A fresh draw from `[0, 1)`, for jitter.
    pub chance: f64,
}

/// The delay beyond a planned wait, in milliseconds, that only a sleeping machine or a frozen page
/// explains.
const SLEPT: i64 = 1_000;

impl Now {
    /// Returns `true` if the machine slept, or the page was frozen, in a wait of at most `longest`
    /// milliseconds that began at `began`.
    pub fn has_slept_since(self, began: Self, longest: i64) -> bool {
        Deadline::after(began, longest + SLEPT).passed(self)
    }
}

/// A moment on both clocks. The nearer reading counts, so that neither sleep nor a clock set back
/// can lengthen a lifetime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    wall: i64,
    mono: i64,
}

impl Deadline {
    /// `milliseconds` after `now`.
    pub fn after(now: Now, milliseconds: i64) -> Self {
        Self {
            wall: now.wall + milliseconds,
            mono: now.mono + milliseconds,
        }
    }

    /// Returns `true` if the deadline passed while the machine slept or the page was frozen.
    pub fn was_slept_over(self, now: Now) -> bool {
        self.plus(SLEPT).passed(now)
    }

    /// The same deadline, moved by `milliseconds`.
    pub fn plus(self, milliseconds: i64) -> Self {
        Self {
            wall: self.wall + milliseconds,
            mono: self.mono + milliseconds,
        }
    }

    /// Milliseconds left; negative once it has passed.
    pub fn left(self, now: Now) -> i64 {
        (self.wall - now.wall).min(self.mono - now.mono)
    }

    /// Returns the remaining milliseconds by the clock with the farther reading: at zero both
    /// clocks agree that the deadline has passed.
    pub fn surely_left(self, now: Now) -> i64 {
        (self.wall - now.wall).max(self.mono - now.mono)
    }

    /// Milliseconds left by the monotonic clock alone: for a short pause, which a clock that is
    /// set must neither skip nor stretch.
    pub fn pause_left(self, now: Now) -> i64 {
        self.mono - now.mono
    }

    /// Whichever comes first.
    pub fn sooner(self, other: Self, now: Now) -> Self {
        if self.left(now) <= other.left(now) {
            self
        } else {
            other
        }
    }

    /// Whichever comes last.
    pub fn later(self, other: Self, now: Now) -> Self {
        if self.left(now) >= other.left(now) {
            self
        } else {
            other
        }
    }

    /// Returns `true` if the deadline has passed on both clocks.
    pub fn surely_passed(self, now: Now) -> bool {
        self.surely_left(now) <= 0
    }

    /// Returns `true` if the deadline has passed.
    pub fn passed(self, now: Now) -> bool {
        self.left(now) <= 0
    }
}
