//! Numbers, as Python reads and writes them.

use crate::http::request::json::error::{JsonError, LONGEST_INTEGER};
use crate::http::request::json::parser::Parser;
use crate::http::request::json::value::Json;

/// A float as Python's `str` writes it.
pub(crate) fn python_float(float: f64) -> String {
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific
        .split_once('e')
        .expect("an exponent was asked for");
    let exponent: i32 = exponent.parse().expect("an exponent is a number");
    if (-4..16).contains(&exponent) {
        let plain = float.to_string();
        return if plain.contains('.') {
            plain
        } else {
            format!("{plain}.0")
        };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

impl Parser<'_> {
    pub(super) fn number(&mut self, start: usize) -> Result<Json, JsonError> {
        self.eat("-");
        let digits = self.digits();
        let whole = &self.document[self.at - digits..self.at];
        if digits == 0 {
            return if self.eat("Infinity") {
                Err(JsonError::NotCompliant("-Infinity"))
            } else {
                Err(self.error("Expecting value", start))
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

    pub(super) fn digits(&mut self) -> usize {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += count;
        count
    }

    pub(super) fn fraction(&mut self) -> bool {
        let start = self.at;
        if self.eat(".") && self.digits() > 0 {
            return true;
        }
        self.at = start;
        false
    }

    pub(super) fn exponent(&mut self) -> bool {
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
}
