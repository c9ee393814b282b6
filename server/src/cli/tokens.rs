//! `signet tokens`: looks after the tables of tokens.

use std::process::ExitCode;

use clap::{ArgMatches, Command};

use crate::auth::{Flushing, IN_USE};
use crate::cli::database::open_store;
use crate::cli::output::print;
use crate::cli::{CliError, with_settings};
use crate::clock::Clock;
use crate::settings::Settings;

pub(super) fn command() -> Command {
    let flush = Command::new("flush-expired")
        .about("Delete the tokens that have ended; blacklisted ones stay for another day")
        .after_help("A running server does the same by itself, every minute.");
    Command::new("tokens")
        .about("Look after the tables of tokens")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(flush, true))
}

pub(super) async fn run(settings: Settings, matches: &ArgMatches) -> Result<ExitCode, CliError> {
    let (action, _) = matches.subcommand().expect("a command is required");
    let store = open_store(&settings).await?;
    match action {
        "flush-expired" => {
            let flushing = Flushing::new(store.clone(), &settings.token_config());
            let flushed = flushing.pass(Clock::System.now()).await;
            let flushed = flushed.map_err(CliError::failed)?;
            print(format_args!("{} expired tokens deleted\n", flushed.deleted))?;
            if flushed.some_are_in_use {
                return Err(CliError::Failed(IN_USE.to_owned()));
            }
        }
        _ => unreachable!("clap knows no other command"),
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}
