//! The expected answer of a case.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

/// The compared headers. An answer may hold one of these only if the case names it.
pub(crate) const COMPARED: [&str; 20] = [
    "content-type",
    "www-authenticate",
    "allow",
    "vary",
    "location",
    "retry-after",
    "set-cookie",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-max-age",
    "access-control-expose-headers",
    "access-control-allow-private-network",
    "content-length",
    "x-frame-options",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "content-language",
];

/// An answer as it was recorded.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    /// `None`: any.
    pub(crate) status: Option<u16>,
    pub(crate) head: Head,
    pub(crate) body: Body,
}

/// The headers of an answer, in lower case; `*` is any value or none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head(pub(crate) BTreeMap<String, String>);

/// The body of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Any,
    Empty,
    /// Some HTML.
    Page,
    /// Exactly this JSON, in this order.
    Json(Value),
    /// An object with at least these members.
    With(Map<String, Value>),
}

/// A token in an answer: what its header and its claims hold, in this order.
#[derive(Debug, Clone)]
pub struct Shape {
    /// The header.
    pub header: Value,
    /// The claims, with placeholders such as `<now+10>`.
    pub claims: Value,
}

impl Head {
    /// Takes a line: `NAME: VALUE`, or `no NAME`.
    pub(crate) fn correct(&mut self, line: &str) -> Result<()> {
        if let Some(name) = line.strip_prefix("no ") {
            self.0.remove(name);
            return Ok(());
        }
        let (name, value) = line.split_once(": ").context("< NAME: VALUE")?;
        if !COMPARED.contains(&name) {
            bail!("{name} is no header that is compared");
        }
        self.0.insert(name.to_owned(), value.to_owned());
        Ok(())
    }
}

impl Body {
    /// Reads how the cases write it.
    pub(crate) fn read(text: &str) -> Result<Self> {
        Ok(match text {
            "*" => Self::Any,
            "empty" => Self::Empty,
            "page" => Self::Page,
            _ => match text.strip_prefix("with ") {
                Some(members) => Self::With(serde_json::from_str(members)?),
                None => Self::Json(serde_json::from_str(text)?),
            },
        })
    }
}
