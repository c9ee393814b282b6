//! The cookie transport of the web UI: the refresh token in an `HttpOnly` cookie, for pages of
//! this server's own origin that ask for it.

use http::header::{COOKIE, HOST, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use signet_api::{HINT_COOKIE, TRANSPORT_COOKIE, TRANSPORT_HEADER};

use super::error::ApiError;
use crate::settings::PublicUrl;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// How cookies are named and written here.
#[derive(Clone, Debug)]
pub struct Cookies {
    /// The name of the cookie that holds the refresh token.
    refresh_name: String,
    /// The name of the cookie that tells the page of it.
    hint_name: String,
    is_secure: bool,
    public_origin: String,
}

impl Cookies {
    /// For a server that browsers find at `public_url`. Over https the name carries the `__Host-`
    /// prefix and the cookie is `Secure`. Over http it is neither, as browsers refuse such cookies
    /// there, and off port 8000 the name carries the port, because cookies are shared by all
    /// ports of a host. The hint's name does the same, but has no prefix.
    pub fn new(public_url: &PublicUrl) -> Self {
        let port = public_url.port().unwrap_or(80);
        let (prefix, suffix) = match (public_url.is_secure(), port) {
            (true, _) => ("__Host-", String::new()),
            (false, 8000) => ("", String::new()),
            (false, port) => ("", format!("-{port}")),
        };
        Self {
            refresh_name: format!("{prefix}signet-refresh{suffix}"),
            hint_name: format!("{HINT_COOKIE}{suffix}"),
            is_secure: public_url.is_secure(),
            public_origin: public_url.origin().to_owned(),
        }
    }

    /// The name of the cookie that tells the page that a refresh token is there.
    pub fn hint_name(&self) -> &str {
        &self.hint_name
    }

    /// `true` if the request asks for the cookie transport.
    ///
    /// # Errors
    /// [`ApiError::CrossSite`] if it asks for it from anywhere but this server's own pages.
    pub fn asked_for(&self, headers: &HeaderMap) -> Result<bool, ApiError> {
        let asked = headers.get(TRANSPORT_HEADER);
        if asked.is_none_or(|value| value != TRANSPORT_COOKIE) {
            return Ok(false);
        }
        match self.is_same_origin(headers) {
            true => Ok(true),
            false => Err(ApiError::CrossSite),
        }
    }

    /// `true` if a page of this server sent the request. Browsers say so in `Sec-Fetch-Site`,
    /// which no page can forge; those that do not are asked for their `Origin`.
    pub fn is_same_origin(&self, headers: &HeaderMap) -> bool {
        if let Some(site) = headers.get(SEC_FETCH_SITE) {
            return site == "same-origin";
        }
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(origin) = text(ORIGIN) else {
            return false;
        };
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        origin == self.public_origin || (authority.is_some() && authority == text(HOST))
    }

    /// The refresh token that the browser holds.
    pub fn refresh_token<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let cookies = headers.get_all(COOKIE).into_iter();
        cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == self.refresh_name)
            .map(|(_, token)| token)
    }

    /// Hands the browser a refresh token for the `seconds` that it has left, and a hint for the
    /// page that it is there.
    pub fn set(&self, headers: &mut HeaderMap, token: &str, seconds: i64) {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let attributes = format!("Path=/; SameSite=Strict; Max-Age={seconds}{secure}");
        let refresh = format!("{}={token}; HttpOnly; {attributes}", self.refresh_name);
        let mut refresh = HeaderValue::from_str(&refresh).expect("a token is plain text");
        // So that no log of headers shows it.
        refresh.set_sensitive(true);
        headers.append(SET_COOKIE, refresh);
        let hint = format!("{}=1; {attributes}", self.hint_name);
        let hint = HeaderValue::from_str(&hint).expect("a hint is plain text");
        headers.append(SET_COOKIE, hint);
    }

    /// Takes both cookies back.
    pub fn clear(&self, headers: &mut HeaderMap) {
        self.set(headers, "", 0);
    }
}
