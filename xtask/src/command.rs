//! Running other programs, and saying so.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, cargo_program};

/// Announces a step.
pub(crate) fn say(step: &str) {
    println!("==> {step}");
}

/// `cargo`, in the repository, without the variables that Cargo set to describe xtask itself: they
/// would make build scripts believe that their surroundings had changed, and rebuild.
pub(crate) fn cargo(workspace: &Workspace) -> Command {
    let mut command = Command::new(cargo_program());
    command.current_dir(&workspace.root);
    without_xtask_variables(&mut command);
    command
}

/// Removes what `cargo run` told xtask about itself.
pub(crate) fn without_xtask_variables(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
}

/// Runs a program whose output the reader sees; an error unless it succeeds.
pub(crate) fn must_succeed(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command
        .status()
        .with_context(|| format!("`{shown}` could not be started"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// A command as one would type it, without its path.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(program.as_os_str());
    let mut words = vec![name.to_string_lossy()];
    words.extend(
        command
            .get_args()
            .map(|argument| argument.to_string_lossy()),
    );
    words.join(" ")
}

/// The first program of that name on PATH.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut names = vec![format!("{name}{}", std::env::consts::EXE_SUFFIX)];
    if cfg!(windows) {
        // npm's own commands are batch files there.
        names.push(format!("{name}.cmd"));
    }
    std::env::split_paths(&path)
        .flat_map(|folder| {
            names
                .iter()
                .map(move |name| folder.join(name))
                .collect::<Vec<_>>()
        })
        .find(|candidate| candidate.is_file())
}
