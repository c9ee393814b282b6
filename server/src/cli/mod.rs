//! The command line: `serve`, and what else an administrator does.

mod backup;
mod config;
mod cors;
mod database;
mod keys;
mod output;
mod reload;
mod serve;
mod tokens;
mod user;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command, value_parser};

use crate::settings::{REFUSED, SPECS, Settings, SettingsError, Sources, flag_of};

/// The reason that a command failed for: one line for its user.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The settings are of no use.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The reader of the output has gone.
    #[error("nobody reads the output")]
    BrokenPipe,
    /// Everything else, in words.
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Runs one command to its end.
///
/// # Errors
/// [`CliError`] in one line for the user of the command.
pub async fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<ExitCode, CliError> {
    let matches = match command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        // Help and the version are no errors, but come this way too.
        Err(answer) => {
            let _ = answer.print();
            let code = u8::try_from(answer.exit_code()).unwrap_or(2);
            return Ok(ExitCode::from(code));
        }
    };
    let (name, matches) = matches.subcommand().expect("a command is required");
    let environment = texts(environment)?;
    let read = || read_settings(innermost(matches), &environment);
    let settings = read()?;
    let ended = match name {
        "serve" => serve::run(settings, read).await,
        "keys" => keys::run(&settings, matches),
        "tokens" => tokens::run(settings, matches).await,
        "backup" => backup::run(settings, matches).await,
        "user" => user::run(settings, matches).await,
        "config" => config::run(&settings, matches),
        "cors" => cors::run(&settings, matches),
        _ => unreachable!("clap knows no other command"),
    };
    match ended {
        Err(CliError::BrokenPipe) => Ok(ExitCode::SUCCESS),
        ended => ended,
    }
}

fn command() -> Command {
    Command::new("signet")
        .about("SimpleJWT as a server: JSON Web Tokens for your API, with a web UI")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            with_settings(
                Command::new("serve").about("Serve the REST API and the web UI"),
                false,
            )
            .after_help(
                "A setting comes from, in rising precedence: its default, signet.toml, the \
                 environment, the command line.",
            ),
        )
        .subcommand(keys::command())
        .subcommand(tokens::command())
        .subcommand(backup::command())
        .subcommand(user::command())
        .subcommand(config::command())
        .subcommand(cors::command())
}

/// Every setting as an option. They are the same for each command; `serve` shows them.
fn with_settings(command: Command, hidden: bool) -> Command {
    let file = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .hide(hidden)
        .help("The file of settings [env: SIGNET_CONFIG] [default: signet.toml, if there is one]");
    let settings = SPECS.iter().map(|spec| {
        let manual: String = spec.manual.concat();
        let default = match spec.default {
            Some("") => " [default: none]".to_owned(),
            Some(default) => format!(" [default: {default}]"),
            None => String::new(),
        };
        let help = format!("{} [env: {}]{default}", manual.trim(), spec.variable());
        let option = Arg::new(spec.name)
            .help(help)
            .help_heading(format!("[{}]", spec.table))
            .hide(hidden);
        // A secret is a known option, so that the message can say that secrets are not taken from
        // the command line.
        let takes = if spec.secret {
            "(environment or file only)"
        } else {
            "VALUE"
        };
        option.long(spec.flag()).value_name(takes)
    });
    // Known, so that the answer can be what to do instead.
    let refused = REFUSED.iter().map(|refused| {
        let option = Arg::new(refused.name).long(flag_of(refused.name));
        option.value_name("VALUE").hide(true)
    });
    command.arg(file).args(settings).args(refused)
}

fn innermost(matches: &ArgMatches) -> &ArgMatches {
    match matches.subcommand() {
        Some((_, inner)) => innermost(inner),
        None => matches,
    }
}

fn read_settings(
    matches: &ArgMatches,
    environment: &[(String, String)],
) -> Result<Settings, SettingsError> {
    let given = |name: &'static str| Some((name, matches.get_one::<String>(name)?.clone()));
    let settings = SPECS.iter().map(|spec| spec.name);
    let refused = REFUSED.iter().map(|refused| refused.name);
    let command_line: HashMap<_, _> = settings.chain(refused).filter_map(given).collect();
    let file = matches.get_one::<PathBuf>("config");
    let environment = environment.iter().cloned();
    let sources = Sources::collect(file.map(PathBuf::as_path), environment, &command_line)?;
    Settings::read(&sources)
}

/// Returns Signet's environment variables as text. Foreign variables may hold any bytes; one of
/// Signet's that is not text is an error.
fn texts(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, SettingsError> {
    let ours = environment.into_iter().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        name.starts_with("SIGNET_").then_some((name, value))
    });
    ours.map(|(name, value)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(SettingsError::NotText(name)),
    })
    .collect()
}
