//! Origins, URLs, and the names of headers.

use regex::Regex;

use super::Value;

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
}
