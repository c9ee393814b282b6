//! The header that carries a token to a protected endpoint.

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::http::error::ApiError;
use crate::settings::Settings;

/// SimpleJWT's; settings that name none are refused.
const DEFAULT_SCHEME: &str = "Bearer";

/// The header that carries an access token: SimpleJWT's AUTH_HEADER_NAME and AUTH_HEADER_TYPES.
#[derive(Clone, Debug)]
pub struct AuthHeader {
    name: HeaderName,
    schemes: Vec<String>,
    challenge: HeaderValue,
}

impl AuthHeader {
    /// As the settings say.
    pub fn new(settings: &Settings) -> Self {
        let schemes: Vec<String> = settings
            .auth_header_types
            .iter()
            .map(|t| t.0.clone())
            .collect();
        let first = schemes.first().map_or(DEFAULT_SCHEME, String::as_str);
        let challenge = HeaderValue::from_str(&format!("{first} realm=\"api\""));
        let name = settings.auth_header_name.0.parse();
        Self {
            challenge: challenge.expect("a token of RFC 9110 is header text"),
            name: name.expect("a token of RFC 9110 is a header name"),
            schemes,
        }
    }

    /// The header's name.
    pub(crate) fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The word before the token; of several that are taken, the first.
    pub(crate) fn scheme(&self) -> &str {
        self.schemes.first().map_or(DEFAULT_SCHEME, String::as_str)
    }

    /// Tells a client that has been refused how to ask.
    pub(crate) fn challenge(&self, headers: &mut HeaderMap) {
        headers.insert(WWW_AUTHENTICATE, self.challenge.clone());
    }

    /// The token after the scheme, whose case matters. White space of any amount stands between.
    pub(crate) fn token(&self, headers: &HeaderMap) -> Result<String, ApiError> {
        // A header that stands there twice is one with a comma (RFC 9110, 5.3), and that is no
        // token.
        let values = headers.get_all(&self.name).iter();
        let values: Vec<&[u8]> = values.map(|value| value.as_bytes()).collect();
        let header = values.join(&b',');
        let mut words = header
            .split(|byte| byte.is_ascii_whitespace() || *byte == 0x0b)
            .filter(|word| !word.is_empty());
        let scheme = words.next().unwrap_or_default();
        if !self.schemes.iter().any(|known| known.as_bytes() == scheme) {
            return Err(ApiError::NotAuthenticated);
        }
        match (words.next(), words.next()) {
            // Bytes that are no text are no token either, which the verdict on it says.
            (Some(token), None) => Ok(String::from_utf8_lossy(token).into_owned()),
            _ => Err(ApiError::BadAuthorizationHeader),
        }
    }
}
