//! The place that a setting came from.

use std::fmt;
use std::path::PathBuf;

/// The source of a setting's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It was not given.
    Default,
    /// The file of this name.
    File(PathBuf),
    /// The environment variable of this name.
    Environment(String),
    /// The option of this name.
    CommandLine(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("its default"),
            Self::File(path) => path.display().fmt(f),
            Self::Environment(name) => write!(f, "the environment ({name})"),
            Self::CommandLine(flag) => write!(f, "the command line (--{flag})"),
        }
    }
}
