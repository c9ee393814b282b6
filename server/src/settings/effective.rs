//! The settings in effect, for people and programs to look at.

use crate::settings::source::Source;
use crate::settings::table::Spec;
use crate::settings::{SPECS, Settings};

/// A setting in effect.
#[derive(Clone, Debug)]
pub struct Effective {
    /// The setting.
    pub spec: &'static Spec,
    /// Where its value came from.
    pub source: Source,
    /// The value, if it may be seen.
    pub shown: Shown,
}

/// What may be seen of a setting's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// It has none.
    Unset,
    /// It is a secret that was given.
    Hidden,
    /// As `signet.toml` would hold it.
    Value(toml::Value),
    /// The same, but nobody gave it: it follows from something else.
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

    /// The settings whose values were others before, in the order of the manual.
    pub fn changed_since(&self, former: &Self) -> impl Iterator<Item = &'static Spec> {
        SPECS.iter().filter(|spec| {
            let value = |settings: &Self| settings.sources.text_of(spec).map(spec.written);
            value(self) != value(former)
        })
    }

    /// The value of a setting that was not given, where it follows from another one, or from the
    /// machine.
    fn derived(&self, name: &str) -> Option<(String, &'static str)> {
        match name {
            "PUBLIC_URL" => Some((self.public_url.origin().to_owned(), "LISTEN")),
            "DATABASE_URL" => Some((self.database(), "DATA_DIR")),
            "HASH_SLOTS" => Some((self.hashing_slots().to_string(), "the machine's cores")),
            _ => None,
        }
    }
}
