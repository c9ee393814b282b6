//! `signet backup`: copies the database while it is in use.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command, value_parser};

use crate::cli::database::open_store;
use crate::cli::{CliError, with_settings};
use crate::settings::Settings;

pub(super) fn command() -> Command {
    let file = Arg::new("FILE")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help("The file to write; it must not be there yet");
    let command = Command::new("backup")
        .about("Copy the SQLite database to a file, while the server may run")
        .arg(file)
        .after_help("The key in DATA_DIR/signing.key is not part of it. A PostgreSQL database is copied by pg_dump.");
    with_settings(command, true)
}

pub(super) async fn run(settings: Settings, matches: &ArgMatches) -> Result<ExitCode, CliError> {
    let file = matches
        .get_one::<PathBuf>("FILE")
        .expect("FILE is required");
    let store = open_store(&settings).await?;
    let copied = store.back_up(file).await;
    store.close().await;
    copied.map_err(CliError::failed)?;
    Ok(ExitCode::SUCCESS)
}
