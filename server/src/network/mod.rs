//! Networks of clients, and the proxies whose word is believed.

mod client_network;
mod trusted_proxies;

pub use client_network::Network;
pub use trusted_proxies::TrustedProxies;
