//! The sources of settings: the file, the environment, the command line.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use crate::settings::SPECS;
use crate::settings::error::SettingsError;
use crate::settings::python::form_of;
use crate::settings::source::Source;
use crate::settings::table::{Spec, flag_of};
use crate::settings::unsupported::{REFUSED, Refused, instead_of, instead_of_key};
use crate::settings::values::Value;

/// The file that is read when no other one is named.
pub const DEFAULT_FILE: &str = "signet.toml";

/// Returns `true` for variables with the prefix of settings that are none: the name of the file
/// itself, variables of this repository's build and tests, and those that Kubernetes sets in every
/// container for a service named "signet".
fn is_no_setting(variable: &str) -> bool {
    const OTHERS: [&str; 4] = [
        "SIGNET_CONFIG",
        "SIGNET_SITE_DIR",
        "SIGNET_BIN",
        "SIGNET_CI_TARGET_DIR",
    ];
    OTHERS.contains(&variable)
        || variable.starts_with("SIGNET_SERVICE_")
        || variable.starts_with("SIGNET_PORT")
}

/// The one variable whose empty text is a value of its own: no claim tells the types of token apart.
const MAY_BE_EMPTY: &str = "SIGNET_TOKEN_TYPE_CLAIM";

/// The texts that were given, each setting's from the place that counts. Their `Debug` names the
/// places alone: some texts are secrets.
#[derive(Clone, Default)]
pub struct Sources {
    given: BTreeMap<&'static str, (Source, String)>,
    file: Option<PathBuf>,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.given.iter().map(|(name, (source, _))| (name, source));
        f.debug_map().entries(places).finish()
    }
}

impl Sources {
    /// Lays the command line over the environment over the file. An empty variable counts as unset,
    /// as `${NAME:-}` in a compose file makes one, except SIGNET_TOKEN_TYPE_CLAIM. Reads `file`;
    /// with `None` the file that `SIGNET_CONFIG` names, or `signet.toml` if it exists.
    ///
    /// # Errors
    /// [`SettingsError`] if the file cannot be read, or holds unknown or unsupported settings.
    pub fn collect(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        command_line: &HashMap<&'static str, String>,
    ) -> Result<Self, SettingsError> {
        let environment: HashMap<String, String> = environment
            .into_iter()
            .filter(|(name, text)| {
                name.starts_with("SIGNET_") && (!text.is_empty() || name == MAY_BE_EMPTY)
            })
            .collect();
        let mut sources = Self::default();
        let named = environment.get("SIGNET_CONFIG").map(Path::new);
        match file.or(named) {
            Some(path) => sources.add_file(path)?,
            None if Path::new(DEFAULT_FILE).exists() => {
                sources.add_file(Path::new(DEFAULT_FILE))?
            }
            None => {}
        }
        sources.add_environment(environment)?;
        for Refused { name, instead } in REFUSED {
            if command_line.contains_key(name) {
                let source = Source::CommandLine(flag_of(name));
                return Err(SettingsError::refused(*name, source, instead));
            }
        }
        for spec in SPECS {
            if let Some(text) = command_line.get(spec.name) {
                if spec.secret {
                    return Err(SettingsError::SecretOnCommandLine(spec.name));
                }
                sources.add(spec, Source::CommandLine(spec.flag()), text.clone());
            }
        }
        Ok(sources)
    }

    /// Reads one setting.
    pub(super) fn get<T: Value>(&self, spec: &Spec) -> Result<T, SettingsError> {
        let text = self.text_of(spec);
        // Secrets are never shown, and a random secret may look like any form.
        let form = self.given.get(spec.name).filter(|_| !spec.secret);
        if let Some(form) = form.and_then(|(_, text)| form_of(text)) {
            return Err(SettingsError::Python {
                name: spec.name,
                source_text: self.source_of(spec.name),
                found: text.unwrap_or_default().to_owned(),
                form,
                allowed: spec.allowed,
            });
        }
        let value = match text {
            Some(text) => T::parse(text),
            None => T::unset(),
        };
        value.ok_or_else(|| SettingsError::Value {
            name: spec.name,
            source_text: self.source_of(spec.name),
            found: if spec.secret {
                "the value (not shown)".to_owned()
            } else {
                format!("{:?}", text.unwrap_or_default())
            },
            allowed: spec.allowed,
        })
    }

    /// The text of a setting, given or its default.
    pub(super) fn text_of(&self, spec: &Spec) -> Option<&str> {
        let given = self.given.get(spec.name);
        given.map_or(spec.default, |(_, text)| Some(text))
    }

    /// Returns the source of a setting's value.
    pub fn source_of(&self, name: &str) -> Source {
        let given = self.given.get(name);
        given.map_or(Source::Default, |(source, _)| source.clone())
    }

    /// The file that was read, if there was one.
    pub(super) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    fn add(&mut self, spec: &Spec, source: Source, text: String) {
        self.given.insert(spec.name, (source, text));
    }

    fn add_environment(
        &mut self,
        environment: HashMap<String, String>,
    ) -> Result<(), SettingsError> {
        for (variable, text) in environment {
            if is_no_setting(&variable) {
                continue;
            }
            let source = Source::Environment(variable.clone());
            let name = variable.trim_start_matches("SIGNET_");
            if let Some(instead) = instead_of(name) {
                return Err(SettingsError::refused(name, source, instead));
            }
            let Some(spec) = SPECS.iter().find(|spec| spec.variable() == variable) else {
                return Err(unknown(&variable, source, Spec::variable));
            };
            self.add(spec, source, text);
        }
        Ok(())
    }

    fn add_file(&mut self, path: &Path) -> Result<(), SettingsError> {
        let problem = |problem: String| SettingsError::File {
            path: path.display().to_string(),
            problem: problem.trim().replace('\n', " "),
        };
        let text = std::fs::read_to_string(path).map_err(|error| problem(error.to_string()))?;
        self.file = Some(path.to_owned());
        // Not the error's own words: they quote the line, which may hold a secret.
        let tables: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text[..start].matches('\n').count() + 1;
            problem(format!("line {line} is no TOML: {}", error.message()))
        })?;
        for (table, settings) in tables {
            let toml::Value::Table(settings) = settings else {
                return Err(problem(format!(
                    "{table} stands outside of a table such as [server]"
                )));
            };
            for (key, value) in settings {
                let name = format!("{table}.{key}");
                let in_file = |spec: &Spec| format!("{}.{}", spec.table, spec.key());
                let source = Source::File(path.to_owned());
                if let Some((name, instead)) = instead_of_key(&table, &key) {
                    return Err(SettingsError::refused(name, source, instead));
                }
                let Some(spec) = SPECS.iter().find(|spec| in_file(spec) == name) else {
                    return Err(unknown(&name, source, in_file));
                };
                let Some(text) = as_text(&value, spec) else {
                    return Err(problem(format!(
                        "{name} is a {}; it takes {}",
                        value.type_str(),
                        spec.allowed
                    )));
                };
                self.add(spec, source, text);
            }
        }
        Ok(())
    }
}

fn unknown(name: &str, source_text: Source, in_source: impl Fn(&Spec) -> String) -> SettingsError {
    // Of a short name, a few other letters make any other one.
    let most = (name.trim_start_matches("SIGNET_").len() / 3).min(3);
    let names = SPECS.iter().map(in_source);
    let close = names
        .map(|known| (strsim::damerau_levenshtein(name, &known), known))
        .min()
        .filter(|(distance, _)| *distance <= most);
    SettingsError::Unknown {
        name: name.to_owned(),
        source_text,
        hint: close.map_or_else(String::new, |(_, known)| format!("; did you mean {known}?")),
    }
}

/// A TOML value as the text that the environment would hold.
fn as_text(value: &toml::Value, spec: &Spec) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
            Some(serde_json::to_string(&texts?).expect("texts are written"))
        }
        // A table of its own, such as [user.require].
        toml::Value::Table(_) if spec.takes_table => serde_json::to_string(value).ok(),
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}
