//! Spans of time.

use crate::clock::Duration;
use crate::settings::values::Value;

/// The lifetime of a token: whole seconds, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(pub Duration);

impl Value for Lifetime {
    const ALLOWED: &str = "a whole number with a unit, such as 10s, 5m, 12h or 30d, up to 36500d";

    fn parse(text: &str) -> Option<Self> {
        const LONGEST: i64 = 36_500 * 86_400;
        let unit = text.chars().last()?;
        let number = text.strip_suffix(unit)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        let is_whole = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let total = number.parse::<i64>().ok()?.checked_mul(seconds)?;
        (is_whole && (1..=LONGEST).contains(&total)).then(|| Self(Duration::from_secs(total)))
    }
}

/// A span of whole seconds, of none too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl Value for Span {
    const ALLOWED: &str = "0s, or a whole number with a unit, such as 5s or 1m, up to 36500d";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "0" | "0s" => Some(Self(Duration::ZERO)),
            text => Lifetime::parse(text).map(|lifetime| Self(lifetime.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_need_a_unit() {
        assert_eq!(
            Lifetime::parse("10s"),
            Some(Lifetime(Duration::from_secs(10)))
        );
        assert_eq!(
            Lifetime::parse("5m"),
            Some(Lifetime(Duration::from_secs(300)))
        );
        assert_eq!(
            Lifetime::parse("1d"),
            Some(Lifetime(Duration::from_secs(86_400)))
        );
        for bad in [
            "",
            "10",
            "s",
            "0s",
            "-1s",
            "+1s",
            "1.5s",
            "1w",
            "99999999d",
            "1é",
        ] {
            assert_eq!(Lifetime::parse(bad), None, "{bad}");
        }
    }
}
