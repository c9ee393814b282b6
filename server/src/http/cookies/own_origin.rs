//! The server's own origin, and the check that one of its pages sent a request.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::header::{ACCEPT, HOST, ORIGIN};
use http::{HeaderMap, HeaderName};

use crate::cors::Origin;
use crate::settings::PublicUrl;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Characters of a request's header that an answer repeats.
const LONGEST_QUOTE: usize = 200;

/// The origin of this server, as PUBLIC_URL says it.
#[derive(Clone, Debug)]
pub struct OwnOrigin {
    public_url: PublicUrl,
    has_warned: Arc<AtomicBool>,
}

impl OwnOrigin {
    /// The origin of a server that browsers find at `public_url`.
    pub fn new(public_url: &PublicUrl) -> Self {
        Self {
            public_url: public_url.clone(),
            has_warned: Arc::default(),
        }
    }

    /// Checks that a page of this server sent the request. Browsers say so in `Sec-Fetch-Site`
    /// (Fetch Metadata), which pages cannot forge. From older browsers, the `Origin` must be
    /// PUBLIC_URL or name the request's own `Host`. Logs an origin other than PUBLIC_URL's once.
    ///
    /// # Errors
    /// [`ForeignPage`] says what the request named.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), ForeignPage> {
        let origin = headers.get(ORIGIN).map(http::HeaderValue::as_bytes);
        let host = headers.get(HOST).map(http::HeaderValue::as_bytes);
        let mut sites = headers.get_all(SEC_FETCH_SITE).into_iter().peekable();
        let is_own = if sites.peek().is_some() {
            sites.all(|site| site == "same-origin")
        } else {
            origin.is_some_and(|origin| {
                let authority = authority_of(origin);
                origin == self.public_url.origin().as_bytes()
                    || (authority.is_some() && authority == host)
            })
        };
        if !is_own {
            return Err(ForeignPage::new(headers, &self.public_url));
        }
        if let Some(origin) = origin.and_then(|origin| std::str::from_utf8(origin).ok()) {
            self.compare(origin, None);
        }
        Ok(())
    }

    /// Compares the address that a browser asks for a page at with PUBLIC_URL; a difference is
    /// logged once. `scheme` is what a trusted proxy says, `None` if there is none that does: then
    /// only the hosts are compared.
    pub fn compare_page(&self, headers: &HeaderMap, scheme: Option<&str>) {
        // Probes and programs use any address that they are given.
        let mut accepted = headers.get_all(ACCEPT).into_iter();
        if !accepted.any(|value| value.as_bytes().starts_with(b"text/html")) {
            return;
        }
        let host = headers.get(HOST).map(http::HeaderValue::as_bytes);
        let Some(host) = host.and_then(|host| std::str::from_utf8(host).ok()) else {
            return;
        };
        match scheme {
            Some(scheme) => self.compare(&format!("{scheme}://{host}"), None),
            None => self.compare(
                &format!("{}://{host}", self.public_url.scheme()),
                Some(host),
            ),
        }
    }

    /// Logs once that a browser is at another origin than PUBLIC_URL; `called` in its place where
    /// its scheme is only assumed.
    fn compare(&self, seen: &str, called: Option<&str>) {
        let public = self.public_url.origin();
        // A malformed origin tells no detail, and is not written into the log.
        let Some(seen) = Origin::new(seen).filter(|_| seen.len() <= LONGEST_QUOTE) else {
            return;
        };
        let own = Origin::new(public).expect("a public URL is an origin");
        if seen.is_same_place(&own) || self.has_warned.swap(true, Ordering::Relaxed) {
            return;
        }
        let seen = called.unwrap_or(seen.as_str());
        let consequence = if self.public_url.is_secure() && seen.starts_with("http://") {
            " Browsers may drop the Secure cookies of the web UI there, and with them a sign-in on \
             the next page."
        } else if !self.public_url.is_secure() && seen.starts_with("https://") {
            " The cookies of the web UI are not Secure."
        } else {
            ""
        };
        tracing::warn!(
            "a browser found the web UI at {seen}, but PUBLIC_URL is {public}.{consequence} \
             Set PUBLIC_URL to where browsers find this server"
        );
    }
}

/// A request that no page of this server sent: what it named, and where browsers find the server.
#[derive(Debug)]
pub struct ForeignPage {
    site: Option<String>,
    origin: Option<String>,
    host: Option<String>,
    public_url: String,
}

impl ForeignPage {
    fn new(headers: &HeaderMap, public_url: &PublicUrl) -> Self {
        let quote = |name| {
            let value = headers.get(name)?;
            let text = String::from_utf8_lossy(value.as_bytes());
            Some(text.chars().take(LONGEST_QUOTE).collect())
        };
        Self {
            site: quote(SEC_FETCH_SITE),
            origin: quote(ORIGIN),
            host: quote(HOST),
            public_url: public_url.origin().to_owned(),
        }
    }
}

impl fmt::Display for ForeignPage {
    /// Says what was seen, and what to set if the page is this server's all the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &Option<String>| value.as_deref().unwrap_or("none").to_owned();
        let (origin, host) = (text(&self.origin), text(&self.host));
        let public_url = &self.public_url;
        if let Some(site) = &self.site {
            return write!(
                f,
                "The browser says that another site's page sent this request (Sec-Fetch-Site: \
                 {site}, Origin: {origin}). PUBLIC_URL is {public_url}."
            );
        }
        write!(
            f,
            "The request names Origin: {origin} and Host: {host}, and PUBLIC_URL is {public_url}. \
             If the page is this server's own, set PUBLIC_URL to the origin that the browser \
             shows, or let the reverse proxy pass the Host header on."
        )
    }
}

/// The host and port of an origin.
fn authority_of(origin: &[u8]) -> Option<&[u8]> {
    let at = origin.windows(3).position(|window| window == b"://")?;
    Some(&origin[at + 3..])
}
