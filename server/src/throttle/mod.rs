//! Throttling: limits on failed logins and on registrations.

mod bounded_map;
mod buckets;
mod login;
mod rate;

pub use login::{KNOWN_LOCATION_TTL, Throttle, Throttled};
pub use rate::{Rate, Rates};
