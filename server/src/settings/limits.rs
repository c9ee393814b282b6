//! The settings of limits, as those want them who keep to them.

use super::Settings;
use crate::http::{BodyLimits, TrustedProxies};
use crate::server::Limits;
use crate::throttle::Rates;

impl Settings {
    /// How often logins may fail, and how often somebody may register.
    pub fn throttle_rates(&self) -> Rates {
        Rates {
            login: self.throttle_login.0,
            login_address: self.throttle_login_address.0,
            register: self.throttle_register.0,
        }
    }

    /// What is read of a body.
    pub fn body_limits(&self) -> BodyLimits {
        BodyLimits::new(self.max_body.0, self.request_timeout.0.unsigned_abs())
    }

    /// What is accepted of connections.
    pub fn connection_limits(&self) -> Limits {
        Limits {
            connections: self.max_connections,
            connections_per_address: self.max_connections_per_address,
            trusted_proxies: TrustedProxies::new(&self.trusted_proxies),
            header_timeout: self.header_timeout.0.unsigned_abs(),
            keep_alive_timeout: self.keep_alive_timeout.0.unsigned_abs(),
            write_timeout: self.request_timeout.0.unsigned_abs(),
            drain_timeout: self.drain_timeout.0.unsigned_abs(),
            open: Default::default(),
        }
    }
}
