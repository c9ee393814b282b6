//! Limits: rates, sizes, exempt networks.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::clock::Duration;
use crate::settings::values::Value;
use crate::throttle::Rate;

/// A rate limit; `None` for unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(pub Option<Rate>);

impl Value for Limit {
    const ALLOWED: &str = "a whole number above 0 and a period, such as 10/min: second, minute, \
                           hour or day; or off";

    /// Django REST Framework's form. It looks at the first letter of the period alone; here
    /// `10/month` is not ten a minute.
    fn parse(text: &str) -> Option<Self> {
        if text == "off" {
            return Some(Self(None));
        }
        let (most, period) = text.split_once('/')?;
        let seconds = match period {
            "s" | "sec" | "second" => 1,
            "m" | "min" | "minute" => 60,
            "h" | "hour" => 3_600,
            "d" | "day" => 86_400,
            _ => return None,
        };
        Some(Self(Some(Rate {
            most: most.parse().ok()?,
            period: Duration::from_secs(seconds),
        })))
    }
}

/// A number of bytes, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSize(pub usize);

impl Value for ByteSize {
    const ALLOWED: &str = "a whole number of bytes above 0, or one with the unit KiB or MiB, such \
                           as 256KiB";

    fn parse(text: &str) -> Option<Self> {
        let units = [("KiB", 1024), ("MiB", 1024 * 1024)];
        let with_unit = |(unit, bytes)| Some((text.strip_suffix(unit)?.trim_end(), bytes));
        let (number, bytes) = units.into_iter().find_map(with_unit).unwrap_or((text, 1));
        let total = number.parse::<usize>().ok()?.checked_mul(bytes)?;
        (total > 0).then_some(Self(total))
    }
}

impl Value for IpNet {
    const ALLOWED: &str = "addresses and networks, such as 127.0.0.1 or 10.0.0.0/8";

    fn parse(text: &str) -> Option<Self> {
        let network = || text.parse::<Self>().ok();
        text.parse::<IpAddr>().ok().map(Self::from).or_else(network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_a_number_and_a_period_as_django_rest_framework_writes_them() {
        for (text, most, seconds) in [
            ("10/min", 10, 60),
            ("1/s", 1, 1),
            ("2/sec", 2, 1),
            ("3/second", 3, 1),
            ("4/m", 4, 60),
            ("5/minute", 5, 60),
            ("6/h", 6, 3_600),
            ("20/hour", 20, 3_600),
            ("7/d", 7, 86_400),
            ("1000/day", 1000, 86_400),
        ] {
            let rate = Limit::parse(text).unwrap().0.unwrap();
            assert_eq!((rate.most.get(), rate.period.as_secs()), (most, seconds));
        }
        assert_eq!(Limit::parse("off"), Some(Limit(None)));
        for bad in [
            "", "10", "10/", "/min", "0/min", "-1/min", "1.5/min", "10/month", "10/week",
            "10 /min", "10/5min", "none",
        ] {
            assert_eq!(Limit::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn sizes_are_bytes_or_have_a_binary_unit() {
        for (text, bytes) in [
            ("1", 1),
            ("262144", 262_144),
            ("256KiB", 262_144),
            ("256 KiB", 262_144),
            ("2MiB", 2_097_152),
        ] {
            assert_eq!(ByteSize::parse(text), Some(ByteSize(bytes)), "{text}");
        }
        for bad in [
            "",
            "0",
            "0KiB",
            "-1",
            "1.5MiB",
            "256kb",
            "KiB",
            "1GiB",
            "99999999999999MiB",
        ] {
            assert_eq!(ByteSize::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        let network = |text| IpNet::parse(text).map(|network| network.to_string());
        assert_eq!(network("10.0.0.0/8").unwrap(), "10.0.0.0/8");
        assert_eq!(network("127.0.0.1").unwrap(), "127.0.0.1/32");
        assert_eq!(network("::1").unwrap(), "::1/128");
        for bad in [
            "",
            "localhost",
            "10.0.0.0/33",
            "10.0.0",
            "127.0.0.1:80",
            "*",
        ] {
            assert_eq!(network(bad), None, "{bad}");
        }
    }
}
