//! `signet config`: every setting in effect, and where it came from.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

use crate::cli::output::print;
use crate::cli::{CliError, with_settings};
use crate::settings::{Effective, Settings, Shown, Source};

pub(super) fn command() -> Command {
    let json = Arg::new("json")
        .long("json")
        .action(ArgAction::SetTrue)
        .help("As a JSON array of objects: name, table, value, source; null for no value, and for a secret");
    let config = Command::new("config")
        .about("Show every setting in effect, and where it came from")
        .arg(json)
        .after_help(
            "What is shown is a file of settings: signet.toml may hold it. Secrets are left out. \
             Settings come from signet.toml, the environment and options, as `signet serve --help` \
             lists them.",
        );
    with_settings(config, true)
}

pub(super) fn run(settings: &Settings, matches: &ArgMatches) -> Result<ExitCode, CliError> {
    if matches.get_flag("json") {
        let all: Vec<Value> = settings.effective().map(as_json).collect();
        print(format_args!("{:#}\n", Value::from(all)))?;
    } else {
        print(as_file(settings))?
    }
    Ok(ExitCode::SUCCESS)
}

fn as_file(settings: &Settings) -> String {
    let mut text = "# The settings in effect.\n".to_owned();
    let mut table = "";
    for setting in settings.effective() {
        if setting.spec.table != table {
            table = setting.spec.table;
            text.push_str(&format!("\n[{table}]\n"));
        }
        let (key, source) = (setting.spec.key(), setting.source);
        let line = match setting.shown {
            Shown::Unset => format!("# {key} = (not set)\n"),
            Shown::Hidden => format!("# {key} = (set, not shown)  # from {source}\n"),
            // What was not given is not settled either.
            Shown::Derived(value, from) => format!("# {key} = {value}  # from {from}\n"),
            Shown::Value(value) => match source {
                Source::Default => format!("# {key} = {value}  # default\n"),
                given => format!("{key} = {value}  # from {given}\n"),
            },
        };
        text.push_str(&line);
    }
    text
}

fn as_json(setting: Effective) -> Value {
    json!({
        "name": setting.spec.name,
        "table": setting.spec.table,
        "value": match setting.shown {
            Shown::Unset | Shown::Hidden => Value::Null,
            Shown::Value(value) | Shown::Derived(value, _) => json!(value),
        },
        "source": match setting.source {
            Source::Default => "default".to_owned(),
            Source::File(path) => path.display().to_string(),
            Source::Environment(variable) => variable,
            Source::CommandLine(flag) => format!("--{flag}"),
        },
    })
}
