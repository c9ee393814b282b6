//! The project's tasks: `cargo xtask run`, `cargo xtask test`, `cargo xtask contract`, `cargo xtask
//! bench`, `cargo xtask bundle`.
//!
//! A task sets up missing parts, prints each step, and can be repeated. Only Rust has to be
//! installed; the browser tests also need Node.
//!
//! In reading order: [`workspace`] knows the folders, [`command`] runs programs, [`toolchain`],
//! [`npm`] and [`browser`] fetch missing tools, [`postgres`] makes a database server for the tests,
//! [`bundle`] makes the browser's files, and [`run`], [`test`], [`contract`] and [`bench`] are the
//! commands of the README.

mod bench;
mod browser;
mod bundle;
mod command;
mod contract;
mod npm;
mod postgres;
mod run;
mod test;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::bundle::Mode;
use crate::workspace::Workspace;

const USAGE: &str = "\
Usage: cargo xtask <task>

  run [-- ARGS]         build everything for release and start the server;
                        ARGS go to `signet serve` (see `signet serve --help`)
  test [rust|python|browser]
                        run every test, or one part of them:
                          rust      format, lints, types and `cargo test`, on SQLite and,
                                    where its server is installed, on PostgreSQL
                          python    SimpleJWT itself and the server read each other's tokens,
                                    and share a Django project's database
                          browser   Playwright, a real Chromium on a real server
  contract [ARGS]       play what a Django project was asked, and compare the answers;
                        without ARGS against a server built here (see `contract --help`)
  bench [ARGS]          measure the server: answers a second and how long they take, by
                        operation, clients and users (see `bench --help`)
  bundle [--dev]        make the browser's files in target/site/ and stop;
                        --dev is quicker to build and larger to download
  postgres              start a PostgreSQL server as the tests have it, say its
                        TEST_POSTGRES_URL, and keep it until Ctrl-C
  help                  this text

Each task sets up what is missing first, and can be repeated at will.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("\nxtask: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the task that the command line names.
fn dispatch(arguments: &[String]) -> Result<ExitCode> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["help" | "--help" | "-h", ..] => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        ["bench", ..] => bench::bench(&Workspace::find()?, &arguments[1..]),
        ["bundle"] => {
            bundle::bundle(&Workspace::find()?, Mode::Release).map(|()| ExitCode::SUCCESS)
        }
        ["bundle", "--dev"] => {
            bundle::bundle(&Workspace::find()?, Mode::Dev).map(|()| ExitCode::SUCCESS)
        }
        ["contract", ..] => contract::contract(&Workspace::find()?, &arguments[1..]),
        ["run"] => run::run(&Workspace::find()?, &[]),
        ["run", "--", ..] => run::run(&Workspace::find()?, &arguments[2..]),
        ["test"] => test::test(&Workspace::find()?, test::Part::All),
        ["test", "rust"] => test::test(&Workspace::find()?, test::Part::Rust),
        ["test", "python"] => test::test(&Workspace::find()?, test::Part::Python),
        ["test", "browser"] => test::test(&Workspace::find()?, test::Part::Browser),
        ["postgres"] => postgres::serve(),
        _ => bail!("`{}` is not a task.\n\n{USAGE}", words.join(" ")),
    }
}
