//! JSON as Python's `json` reads it, since its readings and its words are part of the contract:
//! duplicate keys are no error, a lone surrogate is a character like any other, and an error says
//! what was expected and where.

mod error;
mod number;
mod parser;
mod string;
mod value;

use crate::http::request::json::parser::Parser;

pub(crate) use error::JsonError;
pub(crate) use number::python_float;
pub(crate) use value::{Json, Text};

/// Reads one document.
pub(crate) fn parse(document: &str) -> Result<Json, JsonError> {
    let mut parser = Parser::new(document);
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
