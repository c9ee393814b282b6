//! `signet keys`: shows and rotates the keys that sign tokens.

use std::process::ExitCode;

use clap::{ArgMatches, Command};

use crate::cli::output::print;
use crate::cli::{CliError, with_settings};
use crate::clock::Clock;
use crate::keys::{Key, KeyFolder, RetiredFile};
use crate::settings::Settings;

pub(super) fn command() -> Command {
    let subcommand = |name, about| with_settings(Command::new(name).about(about), true);
    Command::new("keys")
        .about("Show and rotate the keys that sign tokens")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            subcommand(
                "rotate",
                "Make a new signing key; the former one verifies until its tokens are gone",
            )
            .after_help(
                "A running server takes it up on SIGHUP, or when it is started again. Only \
                     keys that Signet made are rotated so. One that was given as \
                     SIGNING_KEY_FILE is rotated by putting another one into the file and \
                     sending SIGHUP: the server keeps the former one in memory until the last \
                     token that it signed has ended.",
            ),
        )
        .subcommand(subcommand(
            "list",
            "Show the names of the keys, and what they are for",
        ))
}

pub(super) fn run(settings: &Settings, matches: &ArgMatches) -> Result<ExitCode, CliError> {
    let (action, _) = matches.subcommand().expect("a command is required");
    match action {
        "rotate" => rotate(settings)?,
        "list" => list(settings)?,
        _ => unreachable!("clap knows no other command"),
    }
    Ok(ExitCode::SUCCESS)
}

fn rotate(settings: &Settings) -> Result<(), CliError> {
    if let Some((name, _)) = settings.given_key()? {
        let how = match name {
            "SIGNING_KEY_FILE" => "put another key into the file and send the server SIGHUP",
            _ => {
                "give another key there and start the server again, which ends every session; a \
                 key in SIGNING_KEY_FILE can be replaced without that"
            }
        };
        return Err(CliError::Failed(format!(
            "the signing key is not one that Signet made, it comes from {name}: {how}. A Django \
             project that shares it needs the new one at the same time"
        )));
    }
    settings.make_data_dir()?;
    let folder = KeyFolder::new(&settings.data_dir, settings.algorithm);
    let (new, former) = folder.rotate().map_err(CliError::failed)?;
    print(format_args!(
        "{} signs from now on, {} only verifies.\n\
         Send a running server SIGHUP, or start it again, for it to take this up.\n",
        new.id(),
        former.id()
    ))
}

fn list(settings: &Settings) -> Result<(), CliError> {
    let now = Clock::System.now();
    if let Some((name, text)) = settings.given_key()? {
        let key = Key::new(settings.algorithm, &text);
        let key = key.map_err(|error| settings.problem(name, error))?;
        let (id, algorithm) = (key.id(), key.algorithm());
        return print(format_args!("{id}  {algorithm}  signs, from {name}\n"));
    }
    let folder = KeyFolder::new(&settings.data_dir, settings.algorithm);
    if !folder.signing_path().exists() {
        return print("There is no key yet; the first start makes one.\n");
    }
    let (key, _) = folder.signing().map_err(CliError::failed)?;
    let algorithm = key.algorithm();
    print(format_args!("{}  {algorithm}  signs\n", key.id()))?;
    for RetiredFile { id, until, .. } in folder.former().map_err(CliError::failed)? {
        let role = match until {
            Some(until) if until <= now => "is over".to_owned(),
            Some(until) => format!("verifies until {until}"),
            None => "verifies; no server has taken up its successor".to_owned(),
        };
        print(format_args!("{id}  {algorithm}  {role}\n"))?;
    }
    Ok(())
}
