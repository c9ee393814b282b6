//! The level and the format of the log.

use tracing_subscriber::EnvFilter;

use crate::settings::values::Value;

/// The log level or filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(pub String);

impl Value for LogFilter {
    const ALLOWED: &str =
        "error, warn, info, debug, trace, off, or a filter such as warn,signet=debug";

    fn parse(text: &str) -> Option<Self> {
        let is_filter = !text.is_empty() && EnvFilter::try_new(text).is_ok();
        is_filter.then(|| Self(text.to_owned()))
    }
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

impl Value for LogFormat {
    const ALLOWED: &str = "text or json";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}
