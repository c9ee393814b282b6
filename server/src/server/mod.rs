//! Serving on a socket: the listener, its limits, the streams of clients, the signals.

mod client_stream;
mod connection_limiter;
mod limits;
mod listener;
mod open_files;
mod signals;

pub use limits::Limits;
pub use listener::run;
pub use signals::{Asked, Signals};
