//! Diagnosis of an origin that is unexpectedly refused: guesses for the administrator.

use url::{Host, Url};

use crate::cors::origin::Origin;
use crate::cors::rules::AllowedOrigins;

/// The number of letters that a typing error may change.
const SLIP: usize = 2;

/// The number of similar listed origins that are shown.
const MOST_NEIGHBOURS: usize = 3;

impl AllowedOrigins {
    /// Returns guesses at the reason that no rule allows this origin: a line each.
    pub fn doubts(&self, origin: &str) -> Vec<String> {
        let mut lines = Vec::new();
        match Origin::new(origin) {
            Some(_) => lines.extend(self.neighbours(origin)),
            None => lines.extend(self.misspelt(origin)),
        }
        if self.listed.is_empty() && self.patterns.is_empty() {
            let empty = "CORS_ALLOWED_ORIGINS and CORS_ALLOWED_ORIGIN_REGEXES are empty: no origin \
                         is let in";
            lines.push(empty.to_owned());
        } else if lines.is_empty() {
            let none = "CORS_ALLOWED_ORIGINS does not list it, and no pattern of \
                        CORS_ALLOWED_ORIGIN_REGEXES matches it from its start on";
            lines.push(none.to_owned());
        }
        lines
    }

    /// Returns remarks on parts that browsers never send.
    fn misspelt(&self, text: &str) -> Vec<String> {
        let known = match text {
            "" => Some("without an origin there is nothing to let in"),
            "null" => Some(
                "null is what browsers send for local files, sandboxed frames and some redirects: \
                 it may be any page of the web, so better serve the page over http or https than \
                 list null in CORS_ALLOWED_ORIGINS",
            ),
            "file://" => Some(
                "file:// is what Chrome on Android sends for local files: it may be any file, so \
                 better serve the page over http or https than list it in CORS_ALLOWED_ORIGINS",
            ),
            "*" => Some(
                "no browser sends *; what lets every origin in is CORS_ALLOW_ALL_ORIGINS = true",
            ),
            _ if text.contains('*') => Some(
                "* stands for nothing here; CORS_ALLOWED_ORIGIN_REGEXES takes patterns such as \
                 ^https://[a-z]+\\.example\\.com$",
            ),
            _ => None,
        };
        if let Some(line) = known {
            return vec![line.to_owned()];
        }
        if !text.contains("://") {
            let whole = ["https://", "http://"].map(|scheme| format!("{scheme}{text}"));
            let listed = whole.iter().find(|whole| self.rule(whole).is_some());
            let better = listed.map_or_else(String::new, |it| format!(", and {it} is let in"));
            return vec![format!(
                "it has no scheme: browsers send https:// or http:// before the host{better}"
            )];
        }
        let url = Url::parse(text).ok().filter(|url| url.origin().is_tuple());
        let Some(url) = url else {
            return vec!["it is no origin that a browser would send".to_owned()];
        };
        let sent = url.origin().ascii_serialization();
        let (verdict, neighbours) = match self.rule(&sent) {
            Some(_) => ("which is let in", Vec::new()),
            None => ("which is not let in, either", self.neighbours(&sent)),
        };
        let difference = difference(text, &url);
        let line = format!("browsers send {sent}{difference}, {verdict}");
        [vec![line], neighbours].concat()
    }

    /// Listed origins that may be the ones that were meant, each with what sets it apart.
    fn neighbours(&self, origin: &str) -> Vec<String> {
        let listed = self.listed.iter().map(Origin::as_str);
        let lines = listed.filter_map(|known| {
            let apart = apart(&Url::parse(origin).ok()?, &Url::parse(known).ok()?);
            let is_slip = || strsim::damerau_levenshtein(origin, known) <= SLIP;
            let apart = apart.or_else(|| is_slip().then_some("the spelling differs"))?;
            Some(format!("{known} is listed: {apart}"))
        });
        lines.take(MOST_NEIGHBOURS).collect()
    }
}

/// Describes the difference between a text and the origin that browsers send for it.
fn difference(text: &str, url: &Url) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_upper = |part: &str| part.contains(|c: char| c.is_ascii_uppercase());
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    let has_path = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
    let parts = [
        (has_path, "without a path"),
        (
            !has_path && rest.ends_with('/'),
            "without the slash at the end",
        ),
        (authority.contains('@'), "without a user"),
        (is_upper(scheme) || is_upper(authority), "in lower case"),
        (!authority.is_ascii(), "in ASCII"),
        // The parser leaves out the port that is the scheme's own.
        (
            url.port().is_none() && port.is_some_and(is_number),
            "without the scheme's own port",
        ),
    ];
    let parts: Vec<&str> = parts
        .into_iter()
        .filter_map(|(is_so, part)| is_so.then_some(part))
        .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join(", "))
    }
}

/// Describes the difference between an origin and a similar listed one; `None` if they are not
/// similar.
fn apart(asked: &Url, known: &Url) -> Option<&'static str> {
    let (asked_host, known_host) = (asked.host_str()?, known.host_str()?);
    let is_below = |host: &str, above: &str| {
        let rest = host.strip_suffix(above);
        rest.is_some_and(|rest| rest.ends_with('.'))
    };
    if asked_host == known_host {
        let same_scheme = asked.scheme() == known.scheme();
        return match (same_scheme, asked.port() == known.port()) {
            (false, true) => Some("the scheme differs"),
            (true, false) => Some("the port differs"),
            _ => Some("scheme and port differ"),
        };
    }
    if is_loopback(asked) && is_loopback(known) {
        return Some("to a browser localhost and 127.0.0.1 are two hosts");
    }
    if is_below(asked_host, known_host) {
        return Some("that does not let its subdomains in");
    }
    if is_below(known_host, asked_host) {
        return Some("that does not let the domain above it in");
    }
    None
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
