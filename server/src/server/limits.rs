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
    /// Whose connections are those of many clients: they have the first limit alone.
    pub trusted_proxies: TrustedProxies,
    /// How long a client may take for its first byte, and for the whole head of a request once
    /// it has begun.
    pub header_timeout: Duration,
    /// How long a client may take to begin a further request after an answer. While all
    /// connections are taken, [`Limits::header_timeout`] holds instead.
    pub keep_alive_timeout: Duration,
    /// How far a client may fall behind 1 KiB a second while an answer waits for it.
    pub write_timeout: Duration,
    /// How long requests that are under way may take after the signal to stop.
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
