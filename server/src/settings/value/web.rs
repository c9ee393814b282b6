//! Origins, URLs, and the names of headers.

use super::Value;
use crate::cors::{Origin, Pattern};

impl Value for Origin {
    const ALLOWED: &str = "origins as browsers send them, such as https://example.com or \
                           http://localhost:8001: scheme, host, a port that is not the scheme's \
                           own, and no path";

    fn parse(text: &str) -> Option<Self> {
        Self::new(text)
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
        let origin = Origin::new(text.strip_suffix('/').unwrap_or(text))?;
        let origin = origin.as_str();
        let is_web = origin.starts_with("http://") || origin.starts_with("https://");
        is_web.then(|| Self {
            origin: origin.to_owned(),
        })
    }
}
