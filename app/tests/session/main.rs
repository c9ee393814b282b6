//! The session's state machine, through its public API and without a browser: the clock, the
//! network and the server are the tests' own.

mod invariants;
mod peers;
mod schedule;
mod transitions;
mod world;
