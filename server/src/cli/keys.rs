//! `signet keys`: shows and rotates the keys that sign tokens.

use std::process::ExitCode;

use clap::{ArgMatches, Command};

use super::{CliError, with_settings};
use crate::clock::Clock;
use crate::keys::{FormerFile, Key, KeyFolder};
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
    let (new, former) = folder.rotate().map_err(CliError::because)?;
    println!(
        "{} signs from now on, {} only verifies.",
        new.id(),
        former.id()
    );
    println!("Send a running server SIGHUP, or start it again, for it to take this up.");
    Ok(())
}

fn list(settings: &Settings) -> Result<(), CliError> {
    let now = Clock::System.now();
    if let Some((name, text)) = settings.given_key()? {
        let key = Key::new(settings.algorithm, &text);
        let key = key.map_err(|error| settings.problem(name, error))?;
        println!("{}  {}  signs, from {name}", key.id(), key.algorithm());
        return Ok(());
    }
    let folder = KeyFolder::new(&settings.data_dir, settings.algorithm);
    if !folder.signing_path().exists() {
        println!("There is no key yet; the first start makes one.");
        return Ok(());
    }
    let (key, _) = folder.signing().map_err(CliError::because)?;
    let algorithm = key.algorithm();
    println!("{}  {algorithm}  signs", key.id());
    for FormerFile { id, until, .. } in folder.former().map_err(CliError::because)? {
        match until {
            Some(until) if until <= now => println!("{id}  {algorithm}  is over"),
            Some(until) => println!("{id}  {algorithm}  verifies until {until}"),
            None => println!("{id}  {algorithm}  verifies; no server has taken up its successor"),
        }
    }
    Ok(())
}
