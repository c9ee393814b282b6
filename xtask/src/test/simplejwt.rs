//! SimpleJWT itself, in Python, against the server, and a Django project on one database with it:
//! what they need, and how they are run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command::{find_program, say};
use crate::npm;
use crate::postgres;
use crate::test::{Counted, counts};
use crate::workspace::Workspace;

/// Makes a virtual environment with the packages of the tests, unless it exists. Returns its
/// Python, or a message why there is none: without Python all other tests still run.
pub(crate) fn ensure_packages(workspace: &Workspace) -> Result<PathBuf, String> {
    let python = ["python3", "python"].iter().find_map(|it| find_program(it));
    let python = python.ok_or("there is no python3")?;
    let is_new = "import sys; sys.exit(sys.version_info < (3, 10))";
    if !succeeds(Command::new(&python).args(["-c", is_new])) {
        return Err("python3 is older than 3.10, which Django 5.2 asks for".to_owned());
    }

    let folder = workspace.target.join("simplejwt");
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let own = programs.join(format!("python{}", std::env::consts::EXE_SUFFIX));
    let requirements = tests(workspace).join("requirements.txt");
    let wanted = fs::read(&requirements).map_err(|error| error.to_string())?;
    let record = folder.join("installed.txt");
    if fs::read(&record).is_ok_and(|installed| installed == wanted) {
        return Ok(own);
    }
    say("Installing SimpleJWT and Django with pip (half a minute)");
    if !succeeds(
        Command::new(&python)
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    ) {
        return Err(
            "python3 cannot make a virtual environment (Debian: `apt-get install python3-venv`)"
                .to_owned(),
        );
    }
    let mut pip = Command::new(&own);
    pip.args(["-m", "pip", "install", "--quiet", "--requirement"]);
    if !succeeds(pip.arg(&requirements)) {
        return Err("pip could not install the packages; is there a network?".to_owned());
    }
    fs::write(&record, wanted).map_err(|error| error.to_string())?;
    Ok(own)
}

/// Runs the tests against the server that a debug build left behind: each reads the other's tokens.
pub(crate) fn run(workspace: &Workspace, python: &Path) -> Counted {
    let mut command = Command::new(python);
    command
        .arg(tests(workspace).join("interop.py"))
        .env("SIGNET_BIN", workspace.server("debug"));
    counts::of_cargo(&mut command)
}

/// Runs the libraries that know the server only by its JWKS: those of Python, and with Node those
/// of npm.
pub(crate) fn run_consumers(workspace: &Workspace, python: &Path) -> Counted {
    let folder = tests(workspace);
    let mut command = Command::new(python);
    command
        .arg(folder.join("consumers.py"))
        .env("SIGNET_BIN", workspace.server("debug"));
    match npm::ensure_packages(&folder).and_then(|()| npm::program("node")) {
        Ok(node) => command.env("NODE", node),
        Err(why) => {
            say(&format!("Without the libraries of Node: {why:#}"));
            command.env_remove("NODE")
        }
    };
    counts::of_cargo(&mut command)
}

/// Runs the tests of a Django project and the same server on one database: on SQLite, and on the
/// server of this URL.
pub(crate) fn run_beside(workspace: &Workspace, python: &Path, postgres: Option<&str>) -> Counted {
    let mut command = Command::new(python);
    command
        .arg(workspace.root.join("server/tests/django/beside.py"))
        .env("SIGNET_BIN", workspace.server("debug"))
        .env(postgres::URL, postgres.unwrap_or_default());
    counts::of_cargo(&mut command)
}

fn tests(workspace: &Workspace) -> PathBuf {
    workspace.root.join("server/tests/simplejwt")
}

/// Runs a program that the reader need not see, but for its complaints.
fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
