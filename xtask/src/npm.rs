//! The browser tests' packages.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{find_program, must_succeed, say};
use crate::workspace::Workspace;

/// Installs the packages that `end2end/package-lock.json` names, unless they are there already.
pub(crate) fn ensure_packages(workspace: &Workspace) -> Result<()> {
    let npm = program("npm")?;
    let folder = workspace.end2end();
    let wanted = fs::read(folder.join("package-lock.json"))
        .context("end2end/package-lock.json could not be read")?;
    // npm's own record of what it installed differs in form; a copy of what was asked for does not.
    let record = folder.join("node_modules/.installed-lock.json");
    if fs::read(&record).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    say("Installing the browser tests' packages with npm (half a minute)");
    must_succeed(
        Command::new(npm)
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&folder),
    )?;
    fs::write(&record, wanted).context("end2end/node_modules/ could not be written")
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
