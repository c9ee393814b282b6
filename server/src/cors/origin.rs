//! Origins, and patterns of them.

use regex::Regex;

/// django-cors-headers' `special_origin_values`.
const SPECIAL: [&str; 2] = ["null", "file://"];

/// An origin as browsers send it: scheme, host, and the port unless it is the scheme's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Takes a text that is written as browsers write it; `None` for every other one.
    pub fn new(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let own_port = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => ":",
        };
        let is_lower =
            |part: &str| !part.contains(|c: char| c.is_ascii_uppercase() || !c.is_ascii());
        let forbidden = |c: char| c.is_whitespace() || "/?#@\\*".contains(c);
        let serialised = is_lower(scheme)
            && is_lower(authority)
            && !scheme.is_empty()
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && !authority.is_empty()
            && !authority.contains(forbidden)
            && !authority.ends_with(own_port);
        serialised.then(|| Self(text.to_owned()))
    }

    /// Takes what browsers send in place of an origin, as the check of django-cors-headers does:
    /// `null` (local files, sandboxed frames, some redirects) and `file://` (local files in Chrome
    /// on Android); `None` for every other text. Any page can have itself sent as `null`.
    pub fn special(text: &str) -> Option<Self> {
        SPECIAL.contains(&text).then(|| Self(text.to_owned()))
    }

    /// Returns `true` for the values of [`Origin::special`].
    pub fn is_special(&self) -> bool {
        SPECIAL.contains(&self.0.as_str())
    }

    /// The text that the header `Origin` is compared with.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `true` if both are the same origin, or the same scheme and port of this machine by two of
    /// its own names, such as `localhost` and `127.0.0.1`.
    pub fn is_same_place(&self, other: &Self) -> bool {
        self == other
            || (self.of_this_machine().is_some()
                && self.of_this_machine() == other.of_this_machine())
    }

    /// The scheme and the port, as text, of an origin on this machine itself.
    fn of_this_machine(&self) -> Option<(&str, &str)> {
        let (scheme, authority) = self.0.split_once("://")?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (authority, ""),
        };
        let is_loopback = host == "localhost"
            || host.ends_with(".localhost")
            || host == "[::1]"
            || host
                .parse()
                .is_ok_and(|address: std::net::Ipv4Addr| address.is_loopback());
        is_loopback.then_some((scheme, port))
    }
}

/// A regular expression that a text matches from its start on, as with Python's `re.match`.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    anchored: Regex,
}

impl Pattern {
    /// Takes a regular expression; `None` for a text that is none, or an empty one.
    pub fn new(text: &str) -> Option<Self> {
        let is_whole = !text.is_empty() && Regex::new(text).is_ok();
        let anchored = Regex::new(&format!(r"\A(?:{text})")).ok();
        anchored.filter(|_| is_whole).map(|anchored| Self {
            text: text.to_owned(),
            anchored,
        })
    }

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `true` if the text matches from its start on.
    pub fn matches(&self, text: &str) -> bool {
        self.anchored.is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_taken_only_as_browsers_send_them() {
        for good in [
            "http://localhost:8001",
            "https://your-frontend-domain.com",
            "http://[::1]:80",
        ] {
            let expected = !good.ends_with(":80");
            assert_eq!(Origin::new(good).is_some(), expected, "{good}");
        }
        for bad in [
            "null",
            "*",
            "localhost:8001",
            "http://a/",
            "http://a/b",
            "http://A",
            "https://a:443",
            "http://a b",
            "http://",
            "http://*.a",
            "http://u@a",
        ] {
            assert_eq!(Origin::new(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_special_values_of_django_cors_headers_are_taken_and_no_others() {
        for special in ["null", "file://"] {
            assert!(Origin::special(special).is_some_and(|origin| origin.is_special()));
        }
        for other in ["NULL", "file:///", "file:", "", "undefined", "about:blank"] {
            assert_eq!(Origin::special(other), None, "{other}");
        }
    }
}
