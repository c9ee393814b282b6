//! The session's state machine, through its public API and without a browser: the clock, the
//! network and the server are the tests' own.

mod browser;
mod chance;
mod invariants;
mod lives;
mod peers;
mod schedule;
mod server;
mod transitions;
mod world;
