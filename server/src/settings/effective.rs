//! The settings in effect, for people and programs to look at.

use crate::settings::source::Source;
use crate::settings::table::Spec;
use crate::settings::{SPECS, Settings};

/// A setting in effect.
#[derive(Clone, Debug)]
pub struct Effective {
    /// The setting.
    pub spec: &'static Spec,
    /// The source of its value.
    pub source: Source,
    /// The value, if it may be seen.
    pub shown: Shown,
}

/// The printable part of a setting's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// It has none.
    Unset,
    /// A secret that was given.
    Hidden,
    /// As `signet.toml` would hold it.
    Value(toml::Value),
    /// A value that was not given and follows from another setting.
    Derived(toml::Value, &'static str),
}

impl Settings {
    /// Every setting in effect, in the order of the manual.
    pub fn effective(&self) -> impl Iterator<Item = Effective> {
        SPECS.iter().map(|spec| {
            let source = self.source_of(spec.name);
            let derived = self.derived(spec.name);
            let shown = match (derived, self.sources.text_of(spec)) {
                (Some((text, from)), _) if source == Source::Default => {
                    Shown::Derived((spec.written)(&text), from)
                }
                (_, None) => Shown::Unset,
                (_, Some(_)) if spec.secret => Shown::Hidden,
                (_, Some(text)) => Shown::Value((spec.written)(text)),
            };
            Effective {
                spec,
                source,
                shown,
            }
        })
    }

    /// Returns the settings whose values differ from `former`, in the order of the manual.
    pub fn changed_since(&self, former: &Self) -> impl Iterator<Item = &'static Spec> {
        SPECS.iter().filter(|spec| {
            let value = |settings: &Self| settings.sources.text_of(spec).map(spec.written);
            value(self) != value(former)
        })
    }

    /// Returns the value of a setting that was not given and follows from another setting, or from
    /// the machine.
    fn derived(&self, name: &str) -> Option<(String, &'static str)> {
        match name {
            "PUBLIC_URL" => Some((self.public_url.origin().to_owned(), "LISTEN")),
            "DATABASE_URL" => Some((self.database(), "DATA_DIR")),
            "HASH_SLOTS" => Some((self.hashing_slots().to_string(), "the machine's cores")),
            _ => None,
        }
    }
}
