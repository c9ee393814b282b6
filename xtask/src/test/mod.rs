//! `cargo xtask test`: every test there is, and a plain summary.
//!
//! A check that fails does not stop the ones after it, unless they need what it makes: one run
//! says everything there is to say.

mod counts;
mod simplejwt;
mod summary;

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::bundle::{self, Mode};
use crate::command::{cargo, find_program, must_succeed};
use crate::postgres::{self, Durability, Server};
use crate::test::counts::Counts;
use crate::test::summary::Summary;
use crate::toolchain::WASM;
use crate::workspace::Workspace;
use crate::{browser, npm, toolchain};

/// Which tests to run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Everything.
    All,
    /// The tests that need neither a browser nor Python.
    Rust,
    /// SimpleJWT itself against the server, and a Django project beside it.
    Python,
    /// Playwright's tests.
    Browser,
}

/// Runs the tests. Returns an error if a tool that they need is missing.
pub(crate) fn test(workspace: &Workspace, part: Part) -> Result<ExitCode> {
    let mut summary = Summary::default();
    if part == Part::Python {
        // It looks at no page, so a server without a bundle will do.
        let built = build_server(workspace, &mut summary);
        test_python(workspace, built, &mut summary);
        return Ok(summary.print());
    }
    toolchain::ensure_wasm_target()?;
    let chromium = if part == Part::Rust {
        None
    } else {
        npm::ensure_packages(&workspace.end2end())?;
        Some(browser::ensure_chromium(workspace)?)
    };

    // First of all, since the server embeds it. The release bundle, so that what is tested is what
    // ships; the server itself is a quick build, of which only the password hash is optimised.
    let bundled = summary.check("bundle", || bundle::bundle(workspace, Mode::Release));
    if part != Part::Browser {
        test_rust(workspace, &mut summary);
    }
    let built = part != Part::Rust && build_server(workspace, &mut summary);
    if part == Part::All {
        test_python(workspace, built, &mut summary);
    }
    if let Some(chromium) = chromium {
        if bundled {
            test_browser(workspace, &chromium, built, &mut summary);
        } else {
            summary.skip("playwright", "there is no bundle to test");
        }
    }
    Ok(summary.print())
}

/// Format, lints, and `cargo test`.
fn test_rust(workspace: &Workspace, summary: &mut Summary) {
    summary.check("cargo fmt", || {
        must_succeed(cargo(workspace).args(["fmt", "--all", "--check"]))
            .context("`cargo fmt` mends this")
    });
    summary.check("cargo clippy, native", || {
        must_succeed(cargo(workspace).args([
            "clippy",
            "--workspace",
            // A library for the browser alone; the next check is its own.
            "--exclude=signet-frontend",
            "--all-targets",
            "--",
            "--deny=warnings",
        ]))
    });
    summary.check("cargo clippy, browser", || {
        must_succeed(cargo(workspace).args([
            "clippy",
            "--package=signet-frontend",
            "--target",
            WASM,
            "--",
            "--deny=warnings",
        ]))
    });
    test_dependencies(workspace, summary);
    summary.count("cargo test", || {
        let mut command = cargo(workspace);
        command
            .args([
                "test",
                "--workspace",
                "--exclude=signet-frontend",
                "--no-fail-fast",
            ])
            .env_remove(postgres::URL);
        counts::of_cargo(&mut command)
    });
    test_on_postgres(workspace, summary);
}

/// Licences, sources and bans of the crates that Signet is built from, as `deny.toml` says. Known
/// vulnerabilities (`cargo deny check advisories`) are left to a run with a network.
fn test_dependencies(workspace: &Workspace, summary: &mut Summary) {
    const NAME: &str = "cargo deny";
    if find_program("cargo-deny").is_none() {
        let why = "cargo-deny is not installed (`cargo install --locked cargo-deny`)".to_owned();
        summary.leave_out(NAME, why, || Ok(Counts::default()));
        return;
    }
    summary.check(NAME, || {
        must_succeed(cargo(workspace).args([
            "deny",
            "--log-level=error",
            "check",
            "licenses",
            "bans",
            "sources",
        ]))
    });
}

/// The tests that have a database once more, on the other engine.
fn test_on_postgres(workspace: &Workspace, summary: &mut Summary) {
    const NAME: &str = "cargo test, PostgreSQL";
    let tests = || {
        let mut command = cargo(workspace);
        command
            .args(["test", "--package=signet", "--test=api", "--test=contract"])
            .arg("--no-fail-fast");
        command
    };
    match Server::find(Durability::None) {
        Ok(Some(server)) => summary.count(NAME, || {
            counts::of_cargo(tests().env(postgres::URL, server.url()))
        }),
        Ok(None) => summary.leave_out(NAME, postgres::MISSING.to_owned(), || {
            counts::listed(tests().args(["--", "--list"]))
        }),
        Err(problem) => summary.count(NAME, || Err(problem)),
    }
}

/// The server as the tests of other languages start it.
fn build_server(workspace: &Workspace, summary: &mut Summary) -> bool {
    summary.check("build of the server", || {
        must_succeed(cargo(workspace).args(["build", "--package=signet"]))
    })
}

/// SimpleJWT and the server read each other's tokens, and a Django project and the server each
/// other's database, where there is a Python.
fn test_python(workspace: &Workspace, built: bool, summary: &mut Summary) {
    const NAMES: [&str; 3] = [
        "SimpleJWT (Python)",
        "consumers of the JWKS (Python, Node)",
        "beside Django (Python)",
    ];
    if !built {
        for name in NAMES {
            summary.skip(name, "there is no server to test");
        }
        return;
    }
    let python = match simplejwt::ensure_packages(workspace) {
        Ok(python) => python,
        Err(why) => {
            // Only its own language can count its tests.
            let tests = || {
                Ok(Counts {
                    skipped: 1,
                    ..Counts::default()
                })
            };
            for name in NAMES {
                summary.leave_out(name, why.clone(), tests);
            }
            return;
        }
    };
    summary.count(NAMES[0], || simplejwt::run(workspace, &python));
    summary.count(NAMES[1], || simplejwt::run_consumers(workspace, &python));
    summary.count(NAMES[2], || {
        let server = Server::find(Durability::None)?;
        simplejwt::run_beside(workspace, &python, server.as_ref().map(Server::url))
    });
}

/// The browser tests, on a server built for them.
fn test_browser(workspace: &Workspace, chromium: &Path, built: bool, summary: &mut Summary) {
    summary.check("TypeScript", || {
        must_succeed(&mut node(workspace, "typescript/bin/tsc")?)
    });
    if !built {
        summary.skip("playwright", "there is no server to test");
        return;
    }
    summary.count("playwright", || {
        let mut command = node(workspace, "@playwright/test/cli.js")?;
        command
            .args(["test", "--project=chromium"])
            .env("CHROMIUM_PATH", chromium)
            .env("SIGNET_BIN", workspace.server("debug"));
        counts::of_playwright(
            &mut command,
            &workspace.end2end().join("test-results/report.json"),
        )
    });
}

/// Returns a command for a program of the npm packages, run by Node from the tests' folder. Not
/// through `npx`, which would search the network for a missing program.
fn node(workspace: &Workspace, program: &str) -> Result<Command> {
    let folder = workspace.end2end();
    let program = folder.join("node_modules").join(program);
    if !program.is_file() {
        bail!(
            "{} is missing; delete end2end/node_modules and try again",
            program.display()
        );
    }
    let mut command = Command::new(npm::program("node")?);
    command.arg(program).current_dir(folder);
    Ok(command)
}

/// The counts of a step.
type Counted = Result<Counts>;
