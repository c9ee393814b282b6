//! Starts the log, and escapes control characters in its lines.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, Settings};

/// Starts logging to standard error, as the settings say.
pub fn start(settings: &Settings) {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&settings.log.0))
        .with_writer(|| Printable(std::io::stderr()))
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()));
    match settings.log_format {
        LogFormat::Text => lines.with_target(false).init(),
        LogFormat::Json => lines.json().init(),
    }
}

/// Writes log lines, whose texts may come from clients. Escapes characters that terminals and
/// editors obey, as JSON does: control characters, marks of direction, unusual line ends.
struct Printable<W>(W);

impl<W: Write> Write for Printable<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.write_all(line)?;
        Ok(line.len())
    }

    /// A line is written whole, so no character is cut in two.
    fn write_all(&mut self, line: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(line);
        if !text.contains(is_obeyed) {
            return self.0.write_all(line);
        }
        let mut printable = String::with_capacity(text.len() + 16);
        for character in text.chars() {
            if is_obeyed(character) {
                printable.push_str(&format!("\\u{:04x}", u32::from(character)))
            } else {
                printable.push(character)
            }
        }
        self.0.write_all(printable.as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Returns `true` for characters that change the display of later ones. ASCII control characters
/// are escaped earlier, and the log's own colours and line ends are ASCII.
fn is_obeyed(character: char) -> bool {
    matches!(
        character,
        '\u{80}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}
