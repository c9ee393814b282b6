//! The rules that allow origins.

use crate::cors::origin::{Origin, Pattern};

/// The origins that are let in.
#[derive(Clone, Debug)]
pub struct AllowedOrigins {
    /// Every origin; CORS_ALLOW_ALL_ORIGINS.
    pub all: bool,
    /// These; CORS_ALLOWED_ORIGINS.
    pub listed: Vec<Origin>,
    /// Patterns of allowed origins; CORS_ALLOWED_ORIGIN_REGEXES.
    pub patterns: Vec<Pattern>,
}

/// A rule that allows an origin.
#[derive(Clone, Copy, Debug)]
pub enum Rule<'a> {
    /// Every origin is let in.
    All,
    /// The origin is listed.
    Listed(&'a Origin),
    /// A pattern matches it.
    Pattern(&'a Pattern),
}

impl Rule<'_> {
    /// The setting that holds the rule.
    pub fn setting(&self) -> &'static str {
        match self {
            Self::All => "CORS_ALLOW_ALL_ORIGINS",
            Self::Listed(_) => "CORS_ALLOWED_ORIGINS",
            Self::Pattern(_) => "CORS_ALLOWED_ORIGIN_REGEXES",
        }
    }
}

impl AllowedOrigins {
    /// `true` if there may be an origin that is let in.
    pub fn are_any(&self) -> bool {
        self.all || !self.listed.is_empty() || !self.patterns.is_empty()
    }

    /// Returns a warning about a listed origin that any page can have.
    pub fn danger_of(origin: &Origin) -> Option<String> {
        let name = origin.as_str();
        let danger = format!(
            "CORS_ALLOWED_ORIGINS lists {name}, which is nobody's own: browsers send it for local \
             files, and null for sandboxed frames of any page, too"
        );
        origin.is_special().then_some(danger)
    }

    /// The rule that lets this origin in; `None` if none does.
    pub fn rule(&self, origin: &str) -> Option<Rule<'_>> {
        if origin.is_empty() {
            return None;
        }
        if self.all {
            return Some(Rule::All);
        }
        let listed = self.listed.iter().find(|known| known.as_str() == origin);
        let matching = || self.patterns.iter().find(|pattern| pattern.matches(origin));
        let listed = listed.map(Rule::Listed);
        listed.or_else(|| matching().map(Rule::Pattern))
    }
}
