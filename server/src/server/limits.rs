//! Limits of the connections of a listener.

use std::num::NonZeroUsize;
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;

use crate::network::TrustedProxies;
use crate::settings::Settings;

/// Limits of the connections of a listener.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at the same time. Further ones are not accepted yet: they wait in the queue
    /// of the system.
    pub connections: NonZeroUsize,
    /// Connections of one client at the same time. Further ones are closed at once.
    pub connections_per_address: NonZeroUsize,
    /// Proxies, whose connections carry many clients: only the first limit applies to them.
    pub trusted_proxies: TrustedProxies,
    /// The time for the first byte of a connection, and for the whole head of a request from its
    /// first byte.
    pub header_timeout: Duration,
    /// The time between an answer and the next request. While all connections are taken,
    /// [`Limits::header_timeout`] applies instead.
    pub keep_alive_timeout: Duration,
    /// The time by which a client may fall behind 1 KiB a second while it receives an answer.
    pub write_timeout: Duration,
    /// The time for unfinished requests after the signal to stop.
    pub drain_timeout: Duration,
    /// Shows how many connections are open.
    pub open: Gauge,
}

impl Limits {
    /// Returns the limits that the settings ask for, with a gauge of their own.
    pub fn new(settings: &Settings) -> Self {
        Self {
            connections: settings.max_connections,
            connections_per_address: settings.max_connections_per_address,
            trusted_proxies: TrustedProxies::new(&settings.trusted_proxies),
            header_timeout: settings.header_timeout.0.unsigned_abs(),
            keep_alive_timeout: settings.keep_alive_timeout.0.unsigned_abs(),
            write_timeout: settings.request_timeout.0.unsigned_abs(),
            drain_timeout: settings.drain_timeout.0.unsigned_abs(),
            open: Gauge::default(),
        }
    }
}
