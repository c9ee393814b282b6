//! Paths of endpoints.

use super::Value;

/// A path on the server, such as `/api/login`, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndpointPath(String);

impl EndpointPath {
    /// Returns the path without a slash at its end; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path of an endpoint below this mount.
    pub fn join(&self, endpoint: &str) -> Self {
        Self(format!("{}{}", self.0, endpoint.trim_end_matches('/')))
    }
}

/// Accepts the unreserved characters and sub-delimiters of RFC 3986, because any other character
/// arrives percent-encoded.
impl Value for EndpointPath {
    const ALLOWED: &str = "paths that begin with a slash, such as /api/login/";

    fn parse(text: &str) -> Option<Self> {
        let path = text.strip_suffix('/').unwrap_or(text);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()+,;=@/".contains(c);
        let is_segment = |segment: &str| !["", ".", ".."].contains(&segment);
        let well_formed = match path.strip_prefix('/') {
            Some(rest) => rest.chars().all(is_plain) && rest.split('/').all(is_segment),
            // The root.
            None => text == "/",
        };
        well_formed.then(|| Self(path.to_owned()))
    }
}
