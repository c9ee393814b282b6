//! Measures a release build of the server over HTTP: what each operation answers a second and how
//! long an answer takes, by the number of clients and by the number of users and tokens.
//!
//! In reading order: [`database`] makes and fills one, [`server`] starts the binary on it,
//! [`token`] makes tokens that are on record there, [`client`] is one connection, [`load`] lets
//! many of them ask, and [`table`] prints what came of it.

mod client;
mod database;
mod load;
mod server;
mod table;
mod token;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::database::{Database, Engine};
use crate::load::{Load, Operation};
use crate::server::{Binary, Server};
use crate::token::Forge;

/// The plan of the measurements.
struct Plan {
    binary: Binary,
    engine: Engine,
    folder: PathBuf,
    users: Vec<u64>,
    clients: Vec<usize>,
    operations: Vec<Operation>,
    seconds: u64,
}

// One thread for all clients: they never take more than one core from the server.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let matches = command().get_matches();
    let done = tokio::select! {
        done = run(&matches) => done,
        // What is dropped then ends the server and removes the files.
        _ = tokio::signal::ctrl_c() => Ok(ExitCode::FAILURE),
    };
    match done {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("{problem:#}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let numbers = |name, default: &'static str, help| {
        option(name, "N,...", help)
            .value_delimiter(',')
            .value_parser(value_parser!(u64).range(1..=100_000_000))
            .default_value(default)
    };
    Command::new("bench")
        .about("Measures the server")
        // `cargo xtask bench` passes some arguments, which the command line may override.
        .args_override_self(true)
        .arg(option("bin", "PATH", "The program `signet`, built for release").required(true))
        .arg(numbers(
            "users",
            "1000,1000000",
            "How many users there are, and as many tokens on record",
        ))
        .arg(numbers(
            "clients",
            "1,32,256",
            "How many clients ask at the same time, each over a connection that stays open",
        ))
        .arg(
            option(
                "seconds",
                "N",
                "How long each is measured, after a second to warm up",
            )
            .value_parser(value_parser!(u64).range(1..))
            .default_value("5"),
        )
        .arg(
            option(
                "engine",
                "NAME",
                "The database: a file, or the server of TEST_POSTGRES_URL",
            )
            .value_parser(["sqlite", "postgres"])
            .default_value("sqlite"),
        )
        .arg(
            option("operation", "NAME", "One of the operations [default: all]")
                .value_parser(Operation::ALL.map(Operation::name))
                .action(ArgAction::Append),
        )
        .arg(
            option(
                "folder",
                "PATH",
                "Where the files are kept meanwhile, on the disk to measure",
            )
            .default_value("."),
        )
}

fn plan(matches: &ArgMatches) -> Result<Plan> {
    let text = |name| -> &String { matches.get_one(name).expect("a default, or required") };
    let numbers = |name| matches.get_many(name).expect("a default").copied();
    let engine = match text("engine").as_str() {
        "postgres" => Engine::Postgres(
            std::env::var("TEST_POSTGRES_URL").context("TEST_POSTGRES_URL is not set")?,
        ),
        _ => Engine::Sqlite,
    };
    let chosen: Vec<&String> = matches
        .get_many("operation")
        .into_iter()
        .flatten()
        .collect();
    let is_chosen = |operation: &Operation| {
        chosen.is_empty() || chosen.iter().any(|name| *name == operation.name())
    };
    let clients: Vec<u64> = numbers("clients").collect();
    Ok(Plan {
        binary: Binary::new(text("bin"))?,
        engine,
        folder: PathBuf::from_str(text("folder"))?,
        users: numbers("users").collect(),
        clients: clients
            .into_iter()
            .map(usize::try_from)
            .collect::<Result<_, _>>()?,
        operations: Operation::ALL.into_iter().filter(is_chosen).collect(),
        seconds: *matches.get_one("seconds").expect("a default"),
    })
}

async fn run(matches: &ArgMatches) -> Result<ExitCode> {
    let plan = plan(matches)?;
    let needed: usize = plan.clients.iter().sum();
    if let Some(users) = plan
        .users
        .iter()
        .find(|users| token::live(**users) < needed as u64)
    {
        bail!("{users} users have too few tokens for {needed} clients, one each");
    }
    println!(
        "The clients share the machine with the server: one thread, which signs the tokens that it \
         sends,\nparses no more than it must, and asks again as soon as it is answered."
    );
    let mut failures = 0;
    for &users in &plan.users {
        let folder = tempfile::Builder::new()
            .prefix("signet-bench-")
            .tempdir_in(&plan.folder)?;
        let database = Database::make(&plan.engine, folder.path()).await?;
        let measured = measure(&plan, &database, folder.path(), users).await;
        database.remove().await?;
        failures += measured?;
    }
    Ok(match failures {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Measures every operation on a database of this size; how many answers were failures.
async fn measure(plan: &Plan, database: &Database, folder: &Path, users: u64) -> Result<u64> {
    let forge = Arc::new(Forge::new(users));
    plan.binary.make_first_user(database.url(), folder).await?;
    database.fill(users).await?;
    table::print_head(database, users, plan.seconds);
    let mut failures = 0;
    for rotating in [false, true] {
        let operations = plan.operations.iter().copied();
        let mut operations = operations
            .filter(|operation| operation.rotates() == rotating)
            .peekable();
        if operations.peek().is_none() {
            continue;
        }
        let most = plan.clients.iter().max().copied().unwrap_or_default();
        let server = Server::start(&plan.binary, database.url(), folder, rotating, most).await?;
        for operation in operations {
            for &clients in &plan.clients {
                let load = Load {
                    operation,
                    clients,
                    time: Duration::from_secs(plan.seconds),
                };
                let measured = load.run(&server, &forge).await?;
                failures += measured.failures;
                table::print_row(&load, measured);
            }
        }
        server.stop().await?;
    }
    println!();
    Ok(failures)
}
