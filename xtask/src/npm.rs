//! The packages of Node that tests use.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{find_program, must_succeed, say};

/// Installs the packages that `package-lock.json` in this folder names, unless they are there
/// already.
///
/// # Errors
/// If there is no npm, or it cannot install them.
pub(crate) fn ensure_packages(folder: &Path) -> Result<()> {
    let npm = program("npm")?;
    let shown = folder.display();
    let wanted = fs::read(folder.join("package-lock.json"))
        .with_context(|| format!("{shown}/package-lock.json could not be read"))?;
    // npm's own record of what it installed differs in form; a copy of what was asked for does not.
    let record = folder.join("node_modules/.installed-lock.json");
    if fs::read(&record).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    say("Installing the tests' packages with npm (half a minute)");
    must_succeed(
        Command::new(npm)
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(folder),
    )?;
    fs::write(&record, wanted).with_context(|| format!("{shown}/node_modules/ is not writable"))
}

/// Node's programs: `npm`, `npx`.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    find_program(name).with_context(|| {
        format!(
            "{name} was not found. The browser tests need Node 20 or newer: https://nodejs.org \
             (Debian: `apt-get install nodejs npm`)"
        )
    })
}
