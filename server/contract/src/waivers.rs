//! The differences that are meant, with the reason of each.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

/// Cases that may differ, by their names; the reason is for the reader.
#[derive(Debug)]
pub struct Waivers(BTreeMap<String, String>);

impl Waivers {
    /// Reads `waivers.json` of a folder.
    ///
    /// # Errors
    /// If the file is missing or malformed.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("waivers.json");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(Self(serde_json::from_str(&text)?))
    }

    /// Returns the reason that a case may differ for, if any.
    pub fn reason(&self, case: &str) -> Option<&str> {
        self.0.get(case).map(String::as_str)
    }

    /// The names of the cases that may differ.
    pub fn cases(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
