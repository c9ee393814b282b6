//! The description of a setting, without its value.

/// One setting: its names, its default, its manual.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its one name, such as `ACCESS_TOKEN_LIFETIME`. The environment puts `SIGNET_` before it.
    pub name: &'static str,
    /// Its table in `signet.toml`.
    pub table: &'static str,
    /// The default as text; `None` if unset.
    pub default: Option<&'static str>,
    /// The lines of its manual.
    pub manual: &'static [&'static str],
    /// The allowed values.
    pub allowed: &'static str,
    /// `true` if its value is a table of `signet.toml`, such as `[user.require]`.
    pub takes_table: bool,
    /// Secrets are not taken from the command line, where every user of the machine reads them.
    pub secret: bool,
    /// Writes a text of its as its table would hold it.
    pub written: fn(&str) -> toml::Value,
}

impl Spec {
    /// Its key in [`Spec::table`]: the name in lower case, without the table's name before it.
    pub fn key(&self) -> String {
        let lower = self.name.to_ascii_lowercase();
        match lower.strip_prefix(&format!("{}_", self.table)) {
            Some(rest) => rest.to_owned(),
            None => lower,
        }
    }

    /// Its name in the environment.
    pub fn variable(&self) -> String {
        format!("SIGNET_{}", self.name)
    }

    /// Its name on the command line, without the dashes before it.
    pub fn flag(&self) -> String {
        flag_of(self.name)
    }
}

/// A setting's name on the command line, without the dashes before it.
pub fn flag_of(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}
