//! A browser for the browser tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::command::{find_program, must_succeed, say};
use crate::npm;
use crate::workspace::Workspace;

/// Names under which systems install Chromium.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];

/// Finds a Chromium, or installs one: what CHROMIUM_PATH names, then an installed one, then
/// Playwright's own download, then Debian's package.
pub(crate) fn ensure_chromium(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM_PATH").filter(|path| !path.is_empty()) {
        let named = PathBuf::from(named);
        if !named.is_file() {
            bail!(
                "CHROMIUM_PATH names {}, which is not there",
                named.display()
            );
        }
        return Ok(named);
    }
    if let Some(installed) = installed().or_else(|| downloaded(workspace)) {
        return Ok(installed);
    }
    say("Downloading Chromium with Playwright (a minute)");
    let download = must_succeed(
        Command::new(npm::program("npx")?)
            .args(["playwright", "install", "chromium"])
            .current_dir(workspace.end2end()),
    );
    if download.is_ok()
        && let Some(downloaded) = downloaded(workspace)
    {
        return Ok(downloaded);
    }
    if find_program("apt-get").is_some() && is_root() {
        say("That did not work; installing Debian's Chromium instead (a minute)");
        must_succeed(Command::new("apt-get").args(["update", "--quiet"]))?;
        must_succeed(
            Command::new("apt-get")
                .args([
                    "install",
                    "--yes",
                    "--quiet",
                    "--no-install-recommends",
                    "chromium",
                ])
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )?;
        if let Some(installed) = installed() {
            return Ok(installed);
        }
    }
    bail!(
        "no browser was found, and none could be downloaded. Install Chromium (Debian: \
         `apt-get install chromium`), or let CHROMIUM_PATH name one"
    )
}

/// A Chromium that the system brings along.
fn installed() -> Option<PathBuf> {
    let on_a_mac = Path::new("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    NAMES
        .iter()
        .find_map(|name| find_program(name))
        .or_else(|| on_a_mac.is_file().then(|| on_a_mac.to_owned()))
}

/// The Chromium that Playwright has downloaded, if it has.
fn downloaded(workspace: &Workspace) -> Option<PathBuf> {
    let print = "process.stdout.write(require('@playwright/test').chromium.executablePath())";
    let output = Command::new(find_program("node")?)
        .args(["-e", print])
        .current_dir(workspace.end2end())
        .output()
        .ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?);
    path.is_file().then_some(path)
}

/// Whether this process may install packages; known from Linux's own record of it.
fn is_root() -> bool {
    fs::read_to_string("/proc/self/status")
        .context("no /proc")
        .is_ok_and(|status| status.lines().any(|line| line.starts_with("Uid:\t0\t")))
}
