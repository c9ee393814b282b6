//! Texts and their escapes.

use crate::http::request::json::error::JsonError;
use crate::http::request::json::parser::Parser;
use crate::http::request::json::value::Text;

impl Parser<'_> {
    pub(super) fn string(&mut self) -> Result<Text, JsonError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut surrogate = None;
        loop {
            let stop = self
                .rest()
                .find(|c| c == '"' || c == '\\' || c < ' ')
                .ok_or_else(|| self.error("Unterminated string starting at", start))?;
            text.push_str(&self.document[self.at..self.at + stop]);
            self.at += stop;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(match surrogate {
                        Some(code) => Text::Surrogate(code),
                        None => Text::Plain(text),
                    });
                }
                Some(b'\\') => match self.escape(start)? {
                    Ok(c) => text.push(c),
                    Err(code) => surrogate = surrogate.or(Some(code)),
                },
                _ => return Err(self.error("Invalid control character at", self.at)),
            }
        }
    }

    /// Reads from a backslash on: a character, or half of a surrogate pair.
    pub(super) fn escape(&mut self, string_start: usize) -> Result<Result<char, u16>, JsonError> {
        let backslash = self.at;
        let Some(kind) = self.rest().chars().nth(1) else {
            return Err(self.error("Unterminated string starting at", string_start));
        };
        self.at += 1 + kind.len_utf8();
        let c = match kind {
            '"' | '\\' | '/' => kind,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode(backslash),
            _ => return Err(self.error("Invalid \\escape", backslash)),
        };
        Ok(Ok(c))
    }

    pub(super) fn unicode(&mut self, backslash: usize) -> Result<Result<char, u16>, JsonError> {
        let high = self
            .four_digits()
            .ok_or_else(|| self.error("Invalid \\uXXXX escape", backslash + 1))?;
        let after_high = self.at;
        if (0xd800..0xdc00).contains(&high) && self.eat("\\u") {
            let low = self.four_digits();
            let pair = low.map(|low| char::decode_utf16([high, low]).next());
            if let Some(Some(Ok(c))) = pair {
                return Ok(Ok(c));
            }
            self.at = after_high;
        }
        Ok(char::from_u32(u32::from(high)).ok_or(high))
    }

    pub(super) fn four_digits(&mut self) -> Option<u16> {
        let digits = self.rest().get(..4)?;
        let all_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let code = u16::from_str_radix(digits, 16).ok().filter(|_| all_hex)?;
        self.at += 4;
        Some(code)
    }
}
