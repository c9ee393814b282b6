//! `cargo xtask contract`: the recorded cases against a real binary, or any server.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::command::{cargo, must_succeed, say, shown};
use crate::workspace::Workspace;

/// Builds the player of cases and runs it with `arguments`. Unless they say what to ask, that is
/// this repository's server, built for the purpose.
pub(crate) fn contract(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let says_what = ["--bin", "--url", "--settings", "--help"];
    let is_told = arguments.iter().any(|argument| {
        let name = argument.split('=').next();
        name.is_some_and(|name| says_what.contains(&name))
    });
    if !is_told {
        say("Building the server");
        must_succeed(cargo(workspace).args(["build", "--package=signet"]))?;
    }
    let mut command = cargo(workspace);
    command
        .args(["run", "--quiet", "--package=signet-contract"])
        .arg("--manifest-path")
        .arg(workspace.root.join("Cargo.toml"))
        .arg("--")
        .args(arguments)
        // In the caller's folder: paths among the arguments begin there.
        .current_dir(std::env::current_dir()?);
    if !is_told {
        command.arg("--bin").arg(workspace.server("debug"));
    }
    let status = command.status();
    let status = status.with_context(|| format!("`{}` could not be started", shown(&command)))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
