//! Origins, URLs, and the names of headers.

use crate::cors::{Origin, Pattern};
use crate::settings::values::Value;

impl Value for Origin {
    const ALLOWED: &str = "origins as browsers send them, such as https://example.com or \
                           http://localhost:8001: scheme, host, a port that is not the scheme's \
                           own, and no path; or null or file://";

    fn parse(text: &str) -> Option<Self> {
        Self::special(text).or_else(|| Self::new(text))
    }
}

impl Value for Pattern {
    const ALLOWED: &str = "a regular expression without look-around and back-references";

    fn parse(text: &str) -> Option<Self> {
        Self::new(text)
    }
}

/// The name of a header or a method: a token of RFC 9110, 5.6.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpToken(pub String);

impl Value for HttpToken {
    const ALLOWED: &str = "names of letters, digits and dashes, separated by commas";

    fn parse(text: &str) -> Option<Self> {
        // RFC 9110 allows `'`, too; here it would be Python's quote.
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&*+-.^_`|~".contains(c);
        (!text.is_empty() && text.chars().all(is_token)).then(|| Self(text.to_owned()))
    }
}

/// The name of the header that carries a token. SimpleJWT's AUTH_HEADER_NAME is a key of Django's
/// `request.META`: `HTTP_`, and the name in upper case with underscores for dashes. Both are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthHeaderName(pub String);

/// Headers that have a meaning of their own in every request.
const TAKEN_HEADERS: [&str; 9] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "origin",
    "transfer-encoding",
    "upgrade",
];

impl Value for AuthHeaderName {
    const ALLOWED: &str = "the name of a header, such as Authorization or X-Access-Token, without \
                           underscores, or its key in Django's request.META, such as \
                           HTTP_X_ACCESS_TOKEN; and no header that means something else, such as \
                           Content-Type";

    fn parse(text: &str) -> Option<Self> {
        let name = match text.strip_prefix("HTTP_") {
            Some(key) => header_of_key(key)?,
            None => HttpToken::parse(text)?.0,
        };
        let lower = name.to_ascii_lowercase();
        // A key that is none of META's, such as CONTENT_TYPE or http_authorization.
        let is_ambiguous = name.contains('_') || lower.starts_with("http-");
        let is_taken = TAKEN_HEADERS.contains(&lower.as_str());
        (!is_ambiguous && !is_taken).then_some(Self(name))
    }

    fn written(text: &str) -> toml::Value {
        Self::parse(text).map_or_else(|| text.into(), |name| name.0.into())
    }
}

/// The header of a key of `request.META` without its `HTTP_`: X_ACCESS_TOKEN is X-Access-Token.
fn header_of_key(key: &str) -> Option<String> {
    let words: Option<Vec<String>> = key.split('_').map(capitalized).collect();
    Some(words?.join("-"))
}

fn capitalized(word: &str) -> Option<String> {
    let is_upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    let (first, rest) = word.split_at_checked(1)?;
    word.chars()
        .all(is_upper)
        .then(|| format!("{first}{}", rest.to_ascii_lowercase()))
}

/// The address of this server for browsers.
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

    /// The scheme, `http` or `https`.
    pub fn scheme(&self) -> &str {
        if self.is_secure() { "https" } else { "http" }
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
        let origin = Origin::new(text.strip_suffix('/').unwrap_or(text))?;
        let origin = origin.as_str();
        let is_web = origin.starts_with("http://") || origin.starts_with("https://");
        is_web.then(|| Self {
            origin: origin.to_owned(),
        })
    }
}
