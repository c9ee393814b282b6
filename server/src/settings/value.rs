//! The forms that values take, each with the words that say what is allowed.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use regex::Regex;
use tracing_subscriber::EnvFilter;

use crate::claims::TokenType;
use crate::clock::Duration;
use crate::token::Audience;
use crate::user::UserIdField;

/// Something a setting may hold.
pub trait Value: Sized {
    /// What is allowed, to follow "it takes".
    const ALLOWED: &str;

    /// Reads a text that is there; `None` if it is not allowed.
    fn parse(text: &str) -> Option<Self>;

    /// The value of a setting that has no text; `None` where it must have one.
    fn unset() -> Option<Self> {
        None
    }
}

impl<T: Value> Value for Option<T> {
    const ALLOWED: &str = T::ALLOWED;

    fn parse(text: &str) -> Option<Self> {
        T::parse(text).map(Some)
    }

    fn unset() -> Option<Self> {
        Some(None)
    }
}

/// A comma-separated list, or a JSON array of texts.
impl<T: Value> Value for Vec<T> {
    const ALLOWED: &str = T::ALLOWED;

    fn parse(text: &str) -> Option<Self> {
        let items: Vec<String> = match text.trim_start().starts_with('[') {
            true => serde_json::from_str(text).ok()?,
            false => text.split(',').map(|item| item.trim().to_owned()).collect(),
        };
        let items = items.iter().filter(|item| !item.is_empty());
        items.map(|item| T::parse(item)).collect()
    }
}

impl Value for bool {
    const ALLOWED: &str = "true or false";

    fn parse(text: &str) -> Option<Self> {
        text.to_ascii_lowercase().parse().ok()
    }
}

impl Value for u32 {
    const ALLOWED: &str = "a whole number";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Value for usize {
    const ALLOWED: &str = "a whole number";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Value for NonZeroUsize {
    const ALLOWED: &str = "a whole number above 0";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Value for String {
    const ALLOWED: &str = "a text";

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| text.to_owned())
    }
}

impl Value for PathBuf {
    const ALLOWED: &str = "a path";

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| text.into())
    }
}

impl Value for SocketAddr {
    const ALLOWED: &str = "an address and a port, such as 127.0.0.1:8000";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// How long a token lives: whole seconds, at least one.
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

/// A text with commas is a list, as is a JSON array.
impl Value for Audience {
    const ALLOWED: &str = "a text, or a list of texts";

    fn parse(text: &str) -> Option<Self> {
        let is_list = text.trim_start().starts_with('[') || text.contains(',');
        match is_list {
            false => String::parse(text).map(Self::One),
            true => <Vec<String> as Value>::parse(text)
                .filter(|audiences| !audiences.is_empty())
                .map(Self::Several),
        }
    }
}

impl Value for TokenType {
    const ALLOWED: &str = "access, sliding, or both separated by a comma";

    fn parse(text: &str) -> Option<Self> {
        [Self::Access, Self::Sliding]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

impl Value for UserIdField {
    const ALLOWED: &str = "id or username";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "id" => Some(Self::Id),
            "username" => Some(Self::Username),
            _ => None,
        }
    }
}

/// The name of a claim that there may be none of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimName(pub Option<String>);

impl Value for ClaimName {
    const ALLOWED: &str = "the name of a claim, or the empty text for none";

    fn parse(text: &str) -> Option<Self> {
        Some(Self((!text.is_empty()).then(|| text.to_owned())))
    }
}

/// What is logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(pub String);

impl Value for LogFilter {
    const ALLOWED: &str =
        "error, warn, info, debug, trace, off, or a filter such as warn,signet=debug";

    fn parse(text: &str) -> Option<Self> {
        let is_filter = !text.is_empty() && EnvFilter::try_new(text).is_ok();
        is_filter.then(|| Self(text.to_owned()))
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

impl Value for LogFormat {
    const ALLOWED: &str = "text or json";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(pub String);

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(redacted)")
    }
}

impl Value for SecretText {
    const ALLOWED: &str = "a text of at least 32 bytes";

    fn parse(text: &str) -> Option<Self> {
        (text.len() >= crate::keys::SHORTEST_KEY).then(|| Self(text.to_owned()))
    }
}

/// An origin as a browser sends it: scheme, host, and the port unless it is the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// The text that the header `Origin` is compared with.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for Origin {
    const ALLOWED: &str = "origins as browsers send them, such as https://example.com or \
                           http://localhost:8001: scheme, host, a port that is not the scheme's \
                           own, and no path";

    fn parse(text: &str) -> Option<Self> {
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
}

/// A regular expression that a text matches from its start on, as with Python's `re.match`.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// `true` if the text matches from its start on.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl Value for Pattern {
    const ALLOWED: &str = "a regular expression without look-around and back-references";

    fn parse(text: &str) -> Option<Self> {
        let is_whole = !text.is_empty() && Regex::new(text).is_ok();
        let anchored = Regex::new(&format!(r"\A(?:{text})")).ok();
        anchored.filter(|_| is_whole).map(Self)
    }
}

/// The name of a header or a method: a token of RFC 9110, 5.6.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpToken(pub String);

impl Value for HttpToken {
    const ALLOWED: &str = "names of letters, digits and dashes, separated by commas";

    fn parse(text: &str) -> Option<Self> {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        (!text.is_empty() && text.chars().all(is_token)).then(|| Self(text.to_owned()))
    }
}

/// Where browsers find this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
}

impl PublicUrl {
    /// This machine, over http.
    pub fn localhost(port: u16) -> Self {
        let origin = match port {
            80 => "http://localhost".to_owned(),
            port => format!("http://localhost:{port}"),
        };
        Self { origin }
    }

    /// The origin: scheme, host and port, without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// `true` for https.
    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// The port as it stands in the URL; `None` for the scheme's own.
    pub fn port(&self) -> Option<u16> {
        let (_, port) = self.origin.rsplit_once(':')?;
        port.parse().ok()
    }
}

impl Value for PublicUrl {
    const ALLOWED: &str = "a URL without a path, such as https://signet.example.com";

    fn parse(text: &str) -> Option<Self> {
        let origin = Origin::parse(text.strip_suffix('/').unwrap_or(text))?;
        let is_web = origin.0.starts_with("http://") || origin.0.starts_with("https://");
        is_web.then_some(Self { origin: origin.0 })
    }
}

/// The URL of a database. It may hold a password, so it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The URL, for connecting.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(redacted)")
    }
}

impl Value for DatabaseUrl {
    const ALLOWED: &str = "sqlite:// and the path of a file, such as sqlite://data/signet.db";

    fn parse(text: &str) -> Option<Self> {
        let path = text.strip_prefix("sqlite://")?;
        let is_file = !path.is_empty() && !path.starts_with(":memory:");
        is_file.then(|| Self(text.to_owned()))
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

    #[test]
    fn origins_are_taken_only_as_browsers_send_them() {
        for good in [
            "http://localhost:8001",
            "https://your-frontend-domain.com",
            "http://[::1]:80",
        ] {
            let expected = !good.ends_with(":80");
            assert_eq!(Origin::parse(good).is_some(), expected, "{good}");
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
            assert_eq!(Origin::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn lists_are_comma_separated_or_json() {
        let texts = |text| <Vec<String> as Value>::parse(text);
        assert_eq!(texts("a, b,"), Some(vec!["a".into(), "b".into()]));
        assert_eq!(
            texts(r#"["a,b", "c"]"#),
            Some(vec!["a,b".into(), "c".into()])
        );
        assert_eq!(texts(""), Some(vec![]));
        assert_eq!(texts("[1]"), None);
    }
}
