//! The reverse proxies whose `X-Forwarded-For` is believed.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose `X-Forwarded-For` is believed.
#[derive(Clone, Debug)]
pub struct TrustedProxies {
    networks: Arc<[IpNet]>,
    has_warned: Arc<AtomicBool>,
}

impl TrustedProxies {
    /// Trusts these networks.
    pub fn new(networks: &[IpNet]) -> Self {
        Self {
            networks: networks.into(),
            has_warned: Arc::default(),
        }
    }

    /// Returns `true` if the address belongs to a trusted proxy.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }

    /// Returns the client's address. Each proxy appends the address that it was asked from, so the
    /// list is read from its end, for as long as trusted proxies wrote it and up to the first
    /// malformed entry.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !headers.contains_key(X_FORWARDED_FOR) {
            return client;
        }
        if !self.contains(client) {
            self.warn_once(client);
            return client;
        }
        let lines = headers.get_all(X_FORWARDED_FOR).into_iter().rev();
        let mut entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        while self.contains(client)
            && let Some(address) = entries.next().and_then(address)
        {
            client = address;
        }
        client
    }

    fn warn_once(&self, peer: IpAddr) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "{peer} has sent X-Forwarded-For and is not believed; if it is a proxy of yours, \
                 put it into TRUSTED_PROXIES, or all of its clients are throttled as one"
            );
        }
    }
}

/// An entry of `X-Forwarded-For`: an address, which some proxies follow with a port.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let entry = std::str::from_utf8(entry).ok()?.trim();
    let bare = entry
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = bare.unwrap_or(entry).parse();
    let with_port = || entry.parse::<SocketAddr>().map(|socket| socket.ip());
    let address: IpAddr = address.or_else(|_| with_port()).ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    /// The client of a request that comes from `peer` with these lines of the header, where
    /// `10.0.0.0/8` and `fd00::/8` are trusted.
    pub(crate) fn client(peer: &str, lines: &[&str]) -> String {
        let networks = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, line.parse().unwrap());
        }
        let proxies = TrustedProxies::new(&networks);
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_trusted_proxy_is_believed_as_far_as_it_can_know() {
        let cases: &[(&[&str], &str)] = &[
            (&[], "10.0.0.1"),
            (&[""], "10.0.0.1"),
            (&["192.0.2.7"], "192.0.2.7"),
            (&["  192.0.2.7\t"], "192.0.2.7"),
            // What the client itself has sent stands further left.
            (&["1.1.1.1, 192.0.2.7"], "192.0.2.7"),
            (&["1.1.1.1,192.0.2.7,10.0.0.2 , 10.9.9.9"], "192.0.2.7"),
            (&["1.1.1.1", "192.0.2.7", "10.0.0.2"], "192.0.2.7"),
            (&["1.1.1.1, 192.0.2.7", "10.0.0.2"], "192.0.2.7"),
            // Trusted to its end: the first of them is the client.
            (&["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (&["192.0.2.7:5678"], "192.0.2.7"),
            (&["2001:db8::1"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["[2001:db8::1]:80"], "2001:db8::1"),
            (&["::ffff:192.0.2.7"], "192.0.2.7"),
            (&["192.0.2.7, ::ffff:10.0.0.2"], "192.0.2.7"),
            (&["192.0.2.7, [fd00::1]:443"], "192.0.2.7"),
            // What is no address ends the walk at the last good one.
            (&["unknown"], "10.0.0.1"),
            (&["192.0.2.7, unknown, 10.0.0.2"], "10.0.0.2"),
            (&["192.0.2.7, , 10.0.0.2"], "10.0.0.2"),
            (&["192.0.2.7,"], "10.0.0.1"),
            (&["192.0.2.300"], "10.0.0.1"),
            (&["192.0.2.7:99999"], "10.0.0.1"),
            (&["192.0.2.7 10.0.0.2"], "10.0.0.1"),
            (&["for=192.0.2.7"], "10.0.0.1"),
            (&["\"192.0.2.7\""], "10.0.0.1"),
            (&["192.0.2.7", "caf\u{e9}"], "10.0.0.1"),
        ];
        for (lines, expected) in cases {
            assert_eq!(client("10.0.0.1", lines), *expected, "{lines:?}");
            assert_eq!(client("::ffff:10.0.0.1", lines), *expected, "{lines:?}");
        }
    }

    #[test]
    fn nobody_else_is_believed_and_the_first_who_tries_is_named_in_the_log() {
        let forged: &[&str] = &["192.0.2.7"];
        assert_eq!(client("203.0.113.9", forged), "203.0.113.9");
        assert_eq!(client("::ffff:203.0.113.9", forged), "203.0.113.9");
        assert_eq!(client("2001:db8::2", forged), "2001:db8::2");
        let proxies = TrustedProxies::new(&[]);
        assert!(!proxies.has_warned.load(Ordering::Relaxed));
        let headers = [(X_FORWARDED_FOR, "192.0.2.7".parse().unwrap())];
        proxies.client(Ipv4Addr::LOCALHOST.into(), &headers.into_iter().collect());
        assert!(proxies.has_warned.load(Ordering::Relaxed));
    }
}
