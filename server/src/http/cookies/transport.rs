//! The cookie transport of the web UI: the refresh token in an `HttpOnly` cookie, for pages of
//! this server's own origin that ask for it.

use http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use signet_api::{HINT_COOKIE, LOGOUT_SUFFIX, TRANSPORT_COOKIE, TRANSPORT_HEADER};

use crate::http::cookies::own_origin::OwnOrigin;
use crate::http::error::ApiError;
use crate::settings::PublicUrl;

/// The number of cookies of Signet's name that are read. Of several, other applications or other
/// paths of the host have set the rest.
const MOST_READ: usize = 8;

/// The way in which a request hands over its refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In a cookie, as the web UI does.
    Cookie,
    /// In a field of the body.
    Body,
}

/// The names and attributes of the cookies.
#[derive(Clone, Debug)]
pub struct Cookies {
    /// The name of the cookie that holds the refresh token.
    refresh_name: String,
    /// The name of the cookie that tells the page of it.
    hint_name: String,
    is_secure: bool,
    /// Which pages may use them.
    pub(crate) own_origin: OwnOrigin,
}

impl Cookies {
    /// Creates the cookies of a server whose address is `public_url`. Over https the name has the
    /// `__Host-` prefix and the cookie is `Secure`; over http neither, because browsers refuse such
    /// cookies there. Both names end in the port, unless it is 443 (https) or 8000 (http), because
    /// browsers share cookies among all ports of a host (RFC 6265, 8.5).
    pub fn new(public_url: &PublicUrl) -> Self {
        let is_secure = public_url.is_secure();
        let (prefix, plain_port, unnamed_port) = if is_secure {
            ("__Host-", 443, 443)
        } else {
            ("", 80, 8000)
        };
        let port = public_url.port().unwrap_or(plain_port);
        let suffix = if port == unnamed_port {
            String::new()
        } else {
            format!("-{port}")
        };
        Self {
            refresh_name: format!("{prefix}signet-refresh{suffix}"),
            hint_name: format!("{HINT_COOKIE}{suffix}"),
            is_secure,
            own_origin: OwnOrigin::new(public_url),
        }
    }

    /// The name of the cookie that tells the page that a refresh token is there.
    pub fn hint_name(&self) -> &str {
        &self.hint_name
    }

    /// Returns the way in which the request hands over its refresh token.
    ///
    /// # Errors
    /// [`ApiError::CrossSite`] if it asks for it from anywhere but this server's own pages.
    pub fn transport(&self, headers: &HeaderMap) -> Result<Transport, ApiError> {
        let asked = headers.get(TRANSPORT_HEADER);
        if asked.is_none_or(|value| value != TRANSPORT_COOKIE) {
            return Ok(Transport::Body);
        }
        self.own_origin.check(headers)?;
        Ok(Transport::Cookie)
    }

    /// The refresh tokens that the browser sent, each once, in the order of their cookies and at
    /// most eight: one, unless another application sets cookies of the same name. Cookies are read
    /// as bytes and one by one, so that no other cookie hides them; quotes around a value do not
    /// belong to it (RFC 6265, 4.1.1). A value that is no text is a token that will be refused.
    pub fn refresh_tokens(&self, headers: &HeaderMap) -> Vec<String> {
        let mut tokens = Vec::new();
        for (name, value) in pairs(headers) {
            if name != self.refresh_name.as_bytes() {
                continue;
            }
            let unquoted = value
                .strip_prefix(b"\"")
                .and_then(|v| v.strip_suffix(b"\""));
            let token = String::from_utf8_lossy(unquoted.unwrap_or(value)).into_owned();
            if tokens.len() < MOST_READ && !tokens.contains(&token) {
                tokens.push(token);
            }
        }
        tokens
    }

    /// Returns `true` if the page has logged out and the server has not confirmed it: the refresh
    /// token of the request no longer signs in.
    pub fn is_logged_out(&self, headers: &HeaderMap) -> bool {
        let name = self.logout_name();
        pairs(headers).any(|(other, value)| other == name.as_bytes() && value == b"1")
    }

    /// Clears the mark of such a logout if `request` carries one, because `response` signs a user
    /// in.
    pub fn forget_logout(&self, request: &HeaderMap, response: &mut HeaderMap) {
        if self.is_logged_out(request) {
            let mark = format!("{}=; {}", self.logout_name(), self.attributes(0));
            let mark = HeaderValue::from_str(&mark).expect("a mark is plain text");
            response.append(SET_COOKIE, mark);
        }
    }

    fn logout_name(&self) -> String {
        format!("{}{LOGOUT_SUFFIX}", self.hint_name)
    }

    /// Sets the refresh token for its remaining `seconds`, and the hint cookie that scripts may
    /// read. No cache may keep the answer.
    pub fn set(&self, headers: &mut HeaderMap, token: &str, seconds: i64) {
        let attributes = self.attributes(seconds);
        let refresh = format!("{}={token}; HttpOnly; {attributes}", self.refresh_name);
        let mut refresh = HeaderValue::from_str(&refresh).expect("a token is plain text");
        // So that no log of headers shows it.
        refresh.set_sensitive(true);
        headers.append(SET_COOKIE, refresh);
        self.set_hint(headers, seconds);
    }

    /// Takes both cookies back.
    pub fn clear(&self, headers: &mut HeaderMap) {
        self.set(headers, "", 0);
    }

    /// Takes the hint alone back: there is no cookie that it tells of.
    pub fn clear_hint(&self, headers: &mut HeaderMap) {
        self.set_hint(headers, 0);
    }

    fn set_hint(&self, headers: &mut HeaderMap, seconds: i64) {
        let hint = format!("{}=1; {}", self.hint_name, self.attributes(seconds));
        let hint = HeaderValue::from_str(&hint).expect("a hint is plain text");
        headers.append(SET_COOKIE, hint);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }

    fn attributes(&self, seconds: i64) -> String {
        let secure = if self.is_secure { "; Secure" } else { "" };
        format!("Path=/; SameSite=Strict; Max-Age={seconds}{secure}")
    }
}

/// Names and values of all cookies, as bytes. What is no pair is left out.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = headers.get_all(COOKIE).into_iter();
    let cookies = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    cookies.filter_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        Some((pair[..at].trim_ascii(), pair[at + 1..].trim_ascii()))
    })
}
