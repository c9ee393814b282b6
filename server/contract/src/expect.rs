//! The expected answer, and its differences from the actual one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Result;
use serde_json::{Map, Value};

use crate::compact::{claims_of, decoded, segment};
use crate::expected::{Body, COMPARED, Expected, Shape};
use crate::forge::Keys;
use crate::template::{Into, Names};
use crate::wire::Received;

/// A difference from the recorded answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which part of the answer.
    pub part: String,
    /// The recorded value.
    pub expected: String,
    /// The server's value.
    pub got: String,
}

/// Compares the answers of one case. It remembers the ids that it has seen: `<id 1>` is the same
/// in all of them.
pub(crate) struct Comparer<'a> {
    pub(crate) shapes: &'a HashMap<String, Shape>,
    pub(crate) keys: &'a Keys,
    /// Seconds by which a time may be off.
    pub(crate) tolerance: i64,
    ids: BTreeMap<String, String>,
    found: Vec<Difference>,
}

impl<'a> Comparer<'a> {
    pub(crate) fn new(shapes: &'a HashMap<String, Shape>, keys: &'a Keys, tolerance: i64) -> Self {
        Self {
            shapes,
            keys,
            tolerance,
            ids: BTreeMap::new(),
            found: Vec::new(),
        }
    }

    /// Everything in which an answer to a request of this method differs.
    pub(crate) fn compare(
        &mut self,
        method: &str,
        expected: &Expected,
        got: &Received,
        names: &Names,
    ) -> Result<Vec<Difference>> {
        if let Some(status) = expected.status {
            self.same("status", &status.to_string(), &got.status.to_string());
        }
        for name in COMPARED {
            if !(method == "HEAD" && name == "content-length") {
                self.header(name, expected.head.0.get(name), got);
            }
        }
        self.body(&expected.body, got, names)?;
        Ok(std::mem::take(&mut self.found))
    }

    fn same(&mut self, part: &str, expected: &str, got: &str) {
        if expected != got {
            self.found.push(Difference {
                part: part.to_owned(),
                expected: expected.to_owned(),
                got: got.to_owned(),
            });
        }
    }

    fn header(&mut self, name: &str, expected: Option<&String>, got: &Received) {
        let lines: Vec<_> = got.headers.get_all(name).into_iter().collect();
        let lines: Vec<_> = lines
            .into_iter()
            .map(|line| String::from_utf8_lossy(line.as_bytes()))
            .collect();
        let joined = match (name, lines.is_empty()) {
            (_, true) => "none".to_owned(),
            ("set-cookie", false) => "<present>".to_owned(),
            ("content-length", false) if lines[0] == got.body.len().to_string() => {
                "<length>".to_owned()
            }
            // Their members stand in no order.
            ("vary", false) => members(&lines.join(",").to_lowercase()),
            ("allow", false) => members(&lines.join(",")),
            (_, false) => lines.join(", "),
        };
        let expected = expected.map_or("none", String::as_str);
        if expected != "*" {
            self.same(name, expected, &joined);
        }
    }

    fn body(&mut self, expected: &Body, got: &Received, names: &Names) -> Result<()> {
        let text = String::from_utf8_lossy(&got.body);
        let json: Option<Value> = serde_json::from_slice(&got.body).ok();
        match (expected, json) {
            (Body::Any, _) => {}
            (Body::Empty, _) => self.same("body", "", &text),
            (Body::Page, _) => {
                let is_page = got.headers.get("content-type").is_some_and(|content_type| {
                    content_type.as_bytes().starts_with(b"text/html") && !got.body.is_empty()
                });
                let shown = if is_page { "a page" } else { text.as_ref() };
                self.same("body", "a page", shown);
            }
            (Body::Json(value), Some(found)) => {
                self.value("body", value, &found, names)?;
                self.same("body's spacing", &found.to_string(), &text);
            }
            (Body::With(members), Some(Value::Object(found))) => {
                for (name, value) in members {
                    let found = found.get(name).unwrap_or(&Value::Null);
                    self.value(&format!("body.{name}"), value, found, names)?;
                }
            }
            (Body::Json(value), None) => self.same("body", &value.to_string(), &text),
            (Body::With(members), _) => {
                let members = Value::Object(members.clone());
                self.same("body", &members.to_string(), &text);
            }
        }
        Ok(())
    }

    fn value(&mut self, at: &str, expected: &Value, got: &Value, names: &Names) -> Result<()> {
        match (expected, got) {
            (Value::Object(expected), Value::Object(got)) => {
                let keys = |map: &Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
                let (wanted, found) = (keys(expected).join(", "), keys(got).join(", "));
                self.same(&format!("members of {at}"), &wanted, &found);
                for (name, value) in expected {
                    if let Some(found) = got.get(name) {
                        self.value(&format!("{at}.{name}"), value, found, names)?;
                    }
                }
            }
            (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
                for (number, (value, found)) in expected.iter().zip(got).enumerate() {
                    self.value(&format!("{at}[{number}]"), value, found, names)?;
                }
            }
            (Value::String(text), got) => self.text(at, text, got, names)?,
            _ if expected == got => {}
            _ => self.same(at, &expected.to_string(), &got.to_string()),
        }
        Ok(())
    }

    /// Compares a text, which may stand for a value that changes every time.
    fn text(&mut self, at: &str, expected: &str, got: &Value, names: &Names) -> Result<()> {
        let inner = expected
            .strip_prefix('<')
            .and_then(|text| text.strip_suffix('>'));
        let Some(inner) = inner else {
            let expected = Value::String(names.fill(expected, Into::Text)?);
            self.same(at, &expected.to_string(), &got.to_string());
            return Ok(());
        };
        let is_good = match (inner, got) {
            ("hex32", Value::String(text)) => is_hex(text) && *text == text.to_lowercase(),
            ("md5", Value::String(text)) => is_hex(text) && *text == text.to_uppercase(),
            (id, Value::String(text)) if id.starts_with("id ") => self.is_id(&id[3..], text),
            (id, Value::Number(number)) if id.starts_with("number ") => {
                number.is_i64() && self.is_id(&id[7..], &number.to_string())
            }
            (time, Value::Number(number)) if time.starts_with("now") => {
                let offset: i64 = time[3..].parse().unwrap_or(0);
                let wanted = names.now.floor() as i64 + offset;
                let off = number.as_i64().map(|number| (number - wanted).abs());
                off.is_some_and(|off| off <= self.tolerance)
            }
            (shape, Value::String(token)) if self.shapes.contains_key(shape) => {
                return self.token(at, shape, token, names);
            }
            _ => false,
        };
        if !is_good {
            self.same(at, expected, &got.to_string());
        }
        Ok(())
    }

    /// Whether this is the id that goes by this number, which its first sight decides.
    fn is_id(&mut self, number: &str, id: &str) -> bool {
        let is_new = !self.ids.values().any(|known| known == id);
        match self.ids.get(number) {
            Some(known) => known == id,
            None if is_new => {
                self.ids.insert(number.to_owned(), id.to_owned());
                true
            }
            None => false,
        }
    }

    fn token(&mut self, at: &str, shape: &str, token: &str, names: &Names) -> Result<()> {
        let read = || -> Result<(Value, Value)> {
            let header = serde_json::from_str(&decoded(segment(token, 0)?)?)?;
            Ok((header, Value::Object(claims_of(token)?)))
        };
        let Ok((mut header, claims)) = read() else {
            self.same(at, &format!("the token <{shape}>"), token);
            return Ok(());
        };
        let shape = &self.shapes[shape];
        // The reference names no key; Signet names every public one, for clients of the JWKS.
        if shape.header.get("kid").is_none()
            && let Some(members) = header.as_object_mut()
        {
            members.shift_remove("kid");
        }
        self.value(&format!("header of {at}"), &shape.header, &header, names)?;
        self.value(at, &shape.claims, &claims, names)?;
        if self.keys.check_signature(token).is_err() {
            self.same(at, "a token that the server's key signed", token);
        }
        Ok(())
    }
}

fn members(list: &str) -> String {
    let members: BTreeSet<&str> = list.split(',').map(str::trim).collect();
    members.into_iter().collect::<Vec<_>>().join(", ")
}

fn is_hex(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
