//! Python's messages for malformed JSON.

use std::fmt;

/// Digits of the longest integer, as Python limits it.
pub(super) const LONGEST_INTEGER: usize = 4300;

/// An error in a document, in Python's words.
#[derive(Debug, PartialEq)]
pub(crate) enum JsonError {
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
