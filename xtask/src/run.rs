//! `cargo xtask run`: everything built for release, and the server started.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::bundle::{self, Mode};
use crate::command::{cargo, must_succeed, say, without_xtask_variables};
use crate::workspace::Workspace;

/// Builds what is missing and becomes the server, with `arguments` for `signet serve`.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    bundle::bundle(workspace, Mode::Release)?;
    say("Compiling the server (four to six minutes when new, seconds afterwards)");
    must_succeed(cargo(workspace).args(["build", "--release", "--package", "signet"]))?;

    say("Starting Signet; Ctrl-C stops it");
    let mut server = Command::new(workspace.server("release"));
    // In the caller's folder: that is where its signet.toml and its data are.
    server.arg("serve").args(arguments);
    without_xtask_variables(&mut server);
    start(server)
}

/// Becomes the server, so that signals reach it and its exit status is ours.
#[cfg(unix)]
fn start(mut server: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    let problem = server.exec();
    Err(anyhow::Error::new(problem).context("the server could not be started"))
}

/// Runs the server and forwards its exit status; a console's Ctrl-C reaches both.
#[cfg(not(unix))]
fn start(mut server: Command) -> Result<ExitCode> {
    use anyhow::Context;
    let status = server.status().context("the server could not be started")?;
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    Ok(ExitCode::from(code))
}
