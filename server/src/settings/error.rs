//! Errors of settings, in one line each.

use crate::settings::source::Source;
use crate::settings::table::flag_of;

/// An error of the settings. One line: the setting, the source of its value, and the allowed
/// values.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value of the wrong form.
    #[error("{name} from {source_text}: {found} is not allowed; it takes {allowed}")]
    Value {
        /// The setting.
        name: &'static str,
        /// The source of the value.
        source_text: Source,
        /// The value, quoted; redacted for a secret.
        found: String,
        /// The allowed values.
        allowed: &'static str,
    },
    /// A value in the form that a Django project's settings have.
    #[error("{name} from {source_text}: {found:?} is {form}; it takes {allowed}")]
    Python {
        /// The setting.
        name: &'static str,
        /// The source of the value.
        source_text: Source,
        /// The value.
        found: String,
        /// Its form in Python.
        form: &'static str,
        /// The allowed values.
        allowed: &'static str,
    },
    /// Settings that contradict each other, or a value that points to a missing file.
    #[error("{name} from {source_text}: {problem}")]
    Combination {
        /// The setting.
        name: &'static str,
        /// The source of the value.
        source_text: Source,
        /// The problem, and the allowed values.
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
        /// Its source.
        source_text: Source,
        /// A setting of a similar name, if there is one.
        hint: String,
    },
    /// A setting of Django projects that has no meaning here.
    #[error("{name} from {source_text}: {instead}")]
    Refused {
        /// The setting.
        name: String,
        /// Its source.
        source_text: Source,
        /// The reason that it is unsupported, and the alternative.
        instead: &'static str,
    },
    /// The file cannot be read, or is no TOML.
    #[error("{path}: {problem}")]
    File {
        /// The file.
        path: String,
        /// The problem.
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
