//! The session's state machine, through its public API and without a browser: the clock, the
//! network and the server are the tests' own.

mod answers;
mod browser;
mod chance;
mod clocks;
mod invariants;
mod lives;
mod logout;
mod peers;
mod schedule;
mod server;
mod shown;
mod transitions;
mod world;
