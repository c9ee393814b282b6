//! Why settings are of no use, in one line each.

use crate::settings::source::Source;
use crate::settings::table::flag_of;

/// Why the settings are of no use. One line: which setting, where its value came from, and what
/// is allowed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value of the wrong form.
    #[error("{name} from {source_text}: {found} is not allowed; it takes {allowed}")]
    Value {
        /// The setting.
        name: &'static str,
        /// Where the value came from.
        source_text: Source,
        /// The value, quoted; redacted for a secret.
        found: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A value in the form that a Django project's settings have.
    #[error("{name} from {source_text}: {found:?} is {form}; it takes {allowed}")]
    Python {
        /// The setting.
        name: &'static str,
        /// Where the value came from.
        source_text: Source,
        /// The value.
        found: String,
        /// What it is in Python.
        form: &'static str,
        /// What is allowed.
        allowed: &'static str,
    },
    /// Settings that do not go together, or something that the value points to is missing.
    #[error("{name} from {source_text}: {problem}")]
    Combination {
        /// The setting.
        name: &'static str,
        /// Where the value came from.
        source_text: Source,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// A secret where every user of the machine can read it.
    #[error("{0} from the command line (--{flag}): secrets are not taken from the command line, where every user of the machine could read them; it takes the environment or the file", flag = flag_of(.0))]
    SecretOnCommandLine(&'static str),
    /// A variable that holds bytes which are no text.
    #[error("{name} from the environment ({0}): the value is no text in UTF-8; it takes text", name = .0.trim_start_matches("SIGNET_"))]
    NotText(String),
    /// A name that no setting has.
    #[error("{name} from {source_text}: there is no such setting{hint}")]
    Unknown {
        /// The name.
        name: String,
        /// Where it came from.
        source_text: Source,
        /// A setting of a similar name, if there is one.
        hint: String,
    },
    /// A setting of Django projects that has no meaning here.
    #[error("{name} from {source_text}: {instead}")]
    Refused {
        /// The setting.
        name: String,
        /// Where it came from.
        source_text: Source,
        /// Why it is not taken, and what to do instead.
        instead: &'static str,
    },
    /// The file cannot be read, or is no TOML.
    #[error("{path}: {problem}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl SettingsError {
    pub(super) fn refused(
        name: impl Into<String>,
        source_text: Source,
        instead: &'static str,
    ) -> Self {
        Self::Refused {
            name: name.into(),
            source_text,
            instead,
        }
    }
}
