//! Values, objects and lists.

use crate::http::request::json::error::JsonError;
use crate::http::request::json::value::{Json, Text};

/// Arrays and objects may stand in each other this deep.
const DEEPEST: usize = 256;

/// The position of the parser in a document.
pub(super) struct Parser<'a> {
    pub(super) document: &'a str,
    /// Bytes read; always at the start of a character.
    pub(super) at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// At the beginning of a document.
    pub(super) fn new(document: &'a str) -> Self {
        Self {
            document,
            at: 0,
            depth: 0,
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.document.as_bytes().get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &str {
        &self.document[self.at..]
    }

    pub(super) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    pub(super) fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    pub(super) fn error(&self, message: &'static str, at: usize) -> JsonError {
        let before = &self.document[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        JsonError::Syntax {
            message,
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            offset: before.chars().count(),
        }
    }

    pub(super) fn value(&mut self) -> Result<Json, JsonError> {
        let start = self.at;
        let expected = "Expecting value";
        match self.peek() {
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'{') => self.nested(start, Self::object),
            Some(b'[') => self.nested(start, Self::list),
            Some(b'-' | b'0'..=b'9') => self.number(start),
            _ if self.eat("null") => Ok(Json::Null),
            _ if self.eat("true") || self.eat("false") => Ok(Json::Bool),
            _ if self.eat("NaN") => Err(JsonError::NotCompliant("NaN")),
            _ if self.eat("Infinity") => Err(JsonError::NotCompliant("Infinity")),
            _ => Err(self.error(expected, start)),
        }
    }

    pub(super) fn nested(
        &mut self,
        start: usize,
        read: impl FnOnce(&mut Self) -> Result<Json, JsonError>,
    ) -> Result<Json, JsonError> {
        if self.depth == DEEPEST {
            return Err(self.error("Too deeply nested", start));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    pub(super) fn object(&mut self) -> Result<Json, JsonError> {
        let mut entries: Vec<(String, Json)> = Vec::new();
        let name_expected = "Expecting property name enclosed in double quotes";
        self.skip_space();
        if self.eat("}") {
            return Ok(Json::Object(entries));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.error(name_expected, self.at));
            }
            let name = self.string()?;
            self.skip_space();
            if !self.eat(":") {
                return Err(self.error("Expecting ':' delimiter", self.at));
            }
            self.skip_space();
            let value = self.value()?;
            // Field names are plain text, so an entry with any other name is never read.
            if let Text::Plain(name) = name {
                entries.push((name, value));
            }
            self.skip_space();
            if self.eat("}") {
                return Ok(Json::Object(entries));
            }
            if !self.eat(",") {
                return Err(self.error("Expecting ',' delimiter", self.at));
            }
            self.skip_space();
        }
    }

    pub(super) fn list(&mut self) -> Result<Json, JsonError> {
        self.skip_space();
        if self.eat("]") {
            return Ok(Json::List);
        }
        loop {
            self.value()?;
            self.skip_space();
            if self.eat("]") {
                return Ok(Json::List);
            }
            if !self.eat(",") {
                return Err(self.error("Expecting ',' delimiter", self.at));
            }
            self.skip_space();
        }
    }
}
