//! `cargo xtask bench`: how fast the server is.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, must_succeed, say, shown};
use crate::postgres::{self, Durability, Server};
use crate::workspace::Workspace;

/// Builds the server and the program that measures it for release, and runs it with `arguments`;
/// on PostgreSQL, if they say so, with a server whose answers are on the disk.
pub(crate) fn bench(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    say("Compiling (some minutes when new, seconds afterwards)");
    // One after the other, so that the server is the one that is shipped: together they would
    // share what either asks of a package.
    for package in ["signet", "signet-bench"] {
        must_succeed(cargo(workspace).args(["build", "--release", "--package", package]))?;
    }
    let mut command = cargo(workspace);
    command
        .args([
            "run",
            "--release",
            "--quiet",
            "--package=signet-bench",
            "--",
        ])
        .arg("--bin")
        .arg(workspace.server("release"))
        // On the disk of the repository: the folder of temporary files may be in memory.
        .arg("--folder")
        .arg(&workspace.target)
        .args(arguments);
    let server = if is_about_postgres(arguments) {
        Server::find(Durability::Full)?
    } else {
        None
    };
    match &server {
        Some(server) => command.env(postgres::URL, server.url()),
        None if is_about_postgres(arguments) => bail!("{}", postgres::MISSING),
        None => &mut command,
    };
    let status = command.status();
    let status = status.with_context(|| format!("`{}` could not be started", shown(&command)))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Whether the arguments hold `--engine postgres`, in either form.
fn is_about_postgres(arguments: &[String]) -> bool {
    let follows = |pair: &[String]| pair[0] == "--engine" && pair[1] == "postgres";
    arguments.windows(2).any(follows) || arguments.iter().any(|one| one == "--engine=postgres")
}
