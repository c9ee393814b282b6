//! The folder `target/site/`: collected in memory, then written without touching what is right.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::bundle::{Mode, compress, fingerprint};

/// The files of the site, by their path below its folder.
#[derive(Default)]
pub(crate) struct Site {
    files: BTreeMap<String, Vec<u8>>,
}

impl Site {
    /// Adds a file named after its content, with its compress; returns the address it will have.
    pub(crate) fn add_named(&mut self, extension: &str, content: Vec<u8>, mode: Mode) -> String {
        let path = format!("pkg/signet-{}.{extension}", fingerprint(&content));
        self.add(&path, content, mode);
        format!("/{path}")
    }

    /// Adds a file and its compressed compress.
    pub(crate) fn add(&mut self, path: &str, content: Vec<u8>, mode: Mode) {
        self.add_alone(&format!("{path}.br"), compress::brotli(&content, mode));
        self.add_alone(&format!("{path}.gz"), compress::gzip(&content, mode));
        self.add_alone(path, content);
    }

    /// Adds a file without compressed copies.
    pub(crate) fn add_alone(&mut self, path: &str, content: Vec<u8>) {
        self.files.insert(path.to_owned(), content);
    }

    /// Returns the bytes of `address` that travel to a current browser.
    pub(crate) fn compressed_size(&self, address: &str) -> usize {
        self.files
            .get(&format!("{}.br", address.trim_start_matches('/')))
            .map_or(0, Vec::len)
    }

    /// One line for each file that has compress: its size, and what of it travels.
    pub(crate) fn print_sizes(&self) {
        println!("    {:<44} {:>10} {:>10}", "", "bytes", "brotli");
        for (path, content) in &self.files {
            if self.files.contains_key(&format!("{path}.br")) {
                println!(
                    "    {path:<44} {:>10} {:>10}",
                    content.len(),
                    self.compressed_size(path)
                );
            }
        }
    }

    /// Makes `folder` hold exactly these files. A file that is right already keeps its modification
    /// time, because Cargo rebuilds the server when that changes.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        for (path, content) in &self.files {
            let target = folder.join(path);
            if fs::read(&target).is_ok_and(|present| present == *content) {
                continue;
            }
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent).with_context(|| {
                    format!("the folder {} could not be made", parent.display())
                })?;
            }
            fs::write(&target, content)
                .with_context(|| format!("{} could not be written", target.display()))?;
        }
        self.remove_others(folder, "")
    }

    /// Removes files of earlier bundles from `folder/below`, and folders that this leaves empty.
    fn remove_others(&self, folder: &Path, below: &str) -> Result<()> {
        let here = folder.join(below);
        let unreadable = || format!("the folder {} could not be read", here.display());
        for entry in fs::read_dir(&here).with_context(unreadable)? {
            let entry = entry.with_context(unreadable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if below.is_empty() {
                name
            } else {
                format!("{below}/{name}")
            };
            if entry.path().is_dir() {
                self.remove_others(folder, &path)?;
                // Succeeds on empty folders alone, which is what is wanted.
                let _ = fs::remove_dir(entry.path());
            } else if !self.files.contains_key(&path) {
                fs::remove_file(entry.path())
                    .with_context(|| format!("{} could not be removed", entry.path().display()))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_again_touches_nothing_and_removes_what_is_stale() {
        let folder = std::env::temp_dir().join(format!("signet-xtask-site-{}", std::process::id()));
        let mut site = Site::default();
        site.add("pkg/a.js", b"content".to_vec(), Mode::Dev);
        site.write(&folder).unwrap();
        let written = fs::metadata(folder.join("pkg/a.js"))
            .unwrap()
            .modified()
            .unwrap();
        fs::create_dir_all(folder.join("pkg/old")).unwrap();
        fs::write(folder.join("pkg/old/b.js"), "stale").unwrap();

        site.write(&folder).unwrap();

        let now = fs::metadata(folder.join("pkg/a.js"))
            .unwrap()
            .modified()
            .unwrap();
        assert_eq!(now, written);
        assert!(!folder.join("pkg/old").exists());
        assert!(folder.join("pkg/a.js.br").exists());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_file_is_named_after_its_content() {
        let mut site = Site::default();
        let one = site.add_named("css", b"one".to_vec(), Mode::Dev);
        let two = site.add_named("css", b"two".to_vec(), Mode::Dev);
        assert_ne!(one, two);
        assert_eq!(one, site.add_named("css", b"one".to_vec(), Mode::Dev));
        assert!(one.starts_with("/pkg/signet-") && one.ends_with(".css"));
    }
}
