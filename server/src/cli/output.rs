//! Output of commands.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use crate::cli::CliError;

/// Prints a text that brings its own newlines. A reader that has seen enough, such as `head`, ends
/// the command and is no error.
pub(super) fn print(text: impl Display) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    let written = write!(stdout, "{text}").and_then(|()| stdout.flush());
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => CliError::BrokenPipe,
        _ => CliError::failed(error),
    })
}

/// Returns a foreign text without characters that would move a terminal's cursor or end the line.
pub(super) fn on_one_line(text: &str) -> String {
    let escaped = |c: char| {
        if c.is_control() {
            c.escape_default().to_string()
        } else {
            c.to_string()
        }
    };
    text.chars().map(escaped).collect()
}
