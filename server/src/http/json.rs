//! JSON as Python's `json` reads it, since its readings and its words are part of the contract:
//! duplicate keys are no error, a lone surrogate is a character like any other, and an error says
//! what was expected and where.

use std::fmt;

/// Arrays and objects may stand in each other this deep.
const DEEPEST: usize = 256;

/// Digits of the longest integer, as Python limits it.
const LONGEST_INTEGER: usize = 4300;

/// A JSON value, as far as the fields of a form tell values apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool,
    /// An integer, as Python writes it.
    Int(String),
    Float(f64),
    Text(Text),
    List,
    /// In the order of the document, duplicates and all: of one name the last entry counts.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Python's name for the type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "NoneType",
            Self::Bool => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "str",
            Self::List => "list",
            Self::Object(_) => "dict",
        }
    }
}

/// A text, or what keeps it from being one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Text {
    Plain(String),
    /// It holds half of a surrogate pair; the code point of the first.
    Surrogate(u16),
}

/// What is wrong with a document, in Python's words.
#[derive(Debug, PartialEq)]
pub(super) enum JsonError {
    /// The document is no JSON.
    Syntax {
        message: &'static str,
        line: usize,
        column: usize,
        /// Characters before the place.
        offset: usize,
    },
    /// Python reads these, but they are no JSON; the word as it stands.
    NotCompliant(&'static str),
    /// An integer of too many digits; how many.
    TooManyDigits(usize),
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax {
                message,
                line,
                column,
                offset,
            } => write!(f, "{message}: line {line} column {column} (char {offset})"),
            Self::NotCompliant(word) => write!(
                f,
                "Out of range float values are not JSON compliant: '{word}'"
            ),
            Self::TooManyDigits(digits) => write!(
                f,
                "Exceeds the limit ({LONGEST_INTEGER} digits) for integer string conversion: \
                 value has {digits} digits; use sys.set_int_max_str_digits() to increase the limit"
            ),
        }
    }
}

/// Reads one document.
pub(super) fn parse(document: &str) -> Result<Json, JsonError> {
    let mut parser = Parser {
        document,
        at: 0,
        depth: 0,
    };
    if document.starts_with('\u{feff}') {
        return Err(parser.error("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
    }
    parser.skip_space();
    let value = parser.value()?;
    parser.skip_space();
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.error("Extra data", parser.at)),
    }
}

struct Parser<'a> {
    document: &'a str,
    /// Bytes read; always at the start of a character.
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.document.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        &self.document[self.at..]
    }

    fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn error(&self, message: &'static str, at: usize) -> JsonError {
        let before = &self.document[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        JsonError::Syntax {
            message,
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            offset: before.chars().count(),
        }
    }

    fn value(&mut self) -> Result<Json, JsonError> {
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

    fn nested(
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

    fn object(&mut self) -> Result<Json, JsonError> {
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
            // No field has a name that is no text, so nobody asks for such an entry.
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

    fn list(&mut self) -> Result<Json, JsonError> {
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

    fn number(&mut self, start: usize) -> Result<Json, JsonError> {
        self.eat("-");
        let digits = self.digits();
        let whole = &self.document[self.at - digits..self.at];
        if digits == 0 {
            return match self.eat("Infinity") {
                true => Err(JsonError::NotCompliant("-Infinity")),
                false => Err(self.error("Expecting value", start)),
            };
        }
        // After a leading zero the number is over: what follows is extra.
        if whole.len() > 1 && whole.starts_with('0') {
            self.at -= digits - 1;
            return Ok(Json::Int("0".to_owned()));
        }
        let is_float = self.fraction() | self.exponent();
        let text = &self.document[start..self.at];
        if is_float {
            let float: f64 = text.parse().expect("a JSON number is a number of Rust");
            return match float.is_finite() {
                true => Ok(Json::Float(float)),
                false if float > 0.0 => Err(JsonError::NotCompliant("inf")),
                false => Err(JsonError::NotCompliant("-inf")),
            };
        }
        match digits {
            too_many if too_many > LONGEST_INTEGER => Err(JsonError::TooManyDigits(too_many)),
            _ if text == "-0" => Ok(Json::Int("0".to_owned())),
            _ => Ok(Json::Int(text.to_owned())),
        }
    }

    fn digits(&mut self) -> usize {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += count;
        count
    }

    fn fraction(&mut self) -> bool {
        let start = self.at;
        if self.eat(".") && self.digits() > 0 {
            return true;
        }
        self.at = start;
        false
    }

    fn exponent(&mut self) -> bool {
        let start = self.at;
        if self.eat("e") || self.eat("E") {
            let _sign = self.eat("+") || self.eat("-");
            if self.digits() > 0 {
                return true;
            }
        }
        self.at = start;
        false
    }

    fn string(&mut self) -> Result<Text, JsonError> {
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
    fn escape(&mut self, string_start: usize) -> Result<Result<char, u16>, JsonError> {
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

    fn unicode(&mut self, backslash: usize) -> Result<Result<char, u16>, JsonError> {
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

    fn four_digits(&mut self) -> Option<u16> {
        let digits = self.rest().get(..4)?;
        let all_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let code = u16::from_str_radix(digits, 16).ok().filter(|_| all_hex)?;
        self.at += 4;
        Some(code)
    }
}

/// A float as Python's `str` writes it.
pub(super) fn python_float(float: f64) -> String {
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific
        .split_once('e')
        .expect("an exponent was asked for");
    let exponent: i32 = exponent.parse().expect("an exponent is a number");
    if (-4..16).contains(&exponent) {
        let plain = float.to_string();
        return match plain.contains('.') {
            true => plain,
            false => format!("{plain}.0"),
        };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Json {
        Json::Text(Text::Plain(text.to_owned()))
    }

    fn message(document: &str) -> String {
        parse(document).unwrap_err().to_string()
    }

    #[test]
    fn a_document_is_read() {
        let document = r#" {"a": "x\ny\u00e9\ud83d\ude00", "b": [1, {"c": null}], "d": -0, "e": 1.50, "f": true} "#;
        let Json::Object(entries) = parse(document).unwrap() else {
            panic!("an object")
        };
        let expected = [
            ("a", text("x\nyé😀")),
            ("b", Json::List),
            ("d", Json::Int("0".into())),
            ("e", Json::Float(1.5)),
            ("f", Json::Bool),
        ];
        assert_eq!(
            entries,
            expected.map(|(name, value)| (name.to_owned(), value))
        );
    }

    #[test]
    fn half_a_surrogate_pair_is_told_apart() {
        for half in [r#""x\ud800y""#, r#""\ud800\u0041""#, r#""\ud800\ud800""#] {
            assert_eq!(
                parse(half),
                Ok(Json::Text(Text::Surrogate(0xd800))),
                "{half}"
            );
        }
        assert_eq!(
            parse(r#""\udc00""#),
            Ok(Json::Text(Text::Surrogate(0xdc00)))
        );
    }

    #[test]
    fn errors_are_said_in_pythons_words() {
        let cases = [
            ("", "Expecting value: line 1 column 1 (char 0)"),
            ("hello", "Expecting value: line 1 column 1 (char 0)"),
            (
                "{",
                "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
            ),
            (
                "{\"a\":1,}",
                "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)",
            ),
            (
                "{\"a\" 1}",
                "Expecting ':' delimiter: line 1 column 6 (char 5)",
            ),
            ("{\"a\":}", "Expecting value: line 1 column 6 (char 5)"),
            ("[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"),
            ("[1,\n é]", "Expecting value: line 2 column 2 (char 5)"),
            ("{}x", "Extra data: line 1 column 3 (char 2)"),
            ("01", "Extra data: line 1 column 2 (char 1)"),
            ("1.", "Extra data: line 1 column 2 (char 1)"),
            (
                "\"a",
                "Unterminated string starting at: line 1 column 1 (char 0)",
            ),
            (
                "\"a\nb\"",
                "Invalid control character at: line 1 column 3 (char 2)",
            ),
            (r#""\x41""#, "Invalid \\escape: line 1 column 2 (char 1)"),
            (
                r#""\u12g4""#,
                "Invalid \\uXXXX escape: line 1 column 3 (char 2)",
            ),
            (
                "NaN",
                "Out of range float values are not JSON compliant: 'NaN'",
            ),
            (
                "[-Infinity]",
                "Out of range float values are not JSON compliant: '-Infinity'",
            ),
        ];
        for (document, expected) in cases {
            assert_eq!(message(document), expected, "{document:?}");
        }
    }

    #[test]
    fn a_hundred_thousand_brackets_are_an_error_and_no_crash() {
        assert!(message(&"[".repeat(100_000)).starts_with("Too deeply nested: line 1 column 257"));
    }

    #[test]
    fn floats_are_written_as_python_writes_them() {
        let cases = [
            (1.0, "1.0"),
            (1.5, "1.5"),
            (-0.0, "-0.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
        ];
        for (float, expected) in cases {
            assert_eq!(python_float(float), expected);
        }
    }
}
