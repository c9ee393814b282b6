//! `signet cors explain`: what the server would answer the pages of an origin, and why.

use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command};

use crate::cli::output::print;
use crate::cli::{CliError, with_settings};
use crate::cors::{AllowedOrigins, Rule};
use crate::http::CorsPolicy;
use crate::settings::{Settings, Source};

pub(super) fn command() -> Command {
    let origin = Arg::new("ORIGIN")
        .required(true)
        .allow_hyphen_values(true)
        .help("The origin, as the address bar shows it: http://localhost:8001");
    let explain = Command::new("explain")
        .about("Say whether pages of an origin may read answers, and why")
        .arg(origin)
        .after_help("Exits with 0 if they may and with 1 if not.");
    Command::new("cors")
        .about("Explain which other origins are let in")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(explain, true))
}

pub(super) fn run(settings: &Settings, matches: &ArgMatches) -> Result<ExitCode, CliError> {
    let (_, matches) = matches.subcommand().expect("a command is required");
    let origin = matches
        .get_one::<String>("ORIGIN")
        .expect("ORIGIN is required");
    match settings.allowed_origins().rule(origin) {
        Some(rule) => {
            print(accepted(settings, origin, rule))?;
            Ok(ExitCode::SUCCESS)
        }
        None => {
            print(refused(settings, origin))?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn accepted(settings: &Settings, origin: &str, rule: Rule<'_>) -> String {
    let setting = rule.setting();
    let why = match rule {
        Rule::All => format!("{setting} lets every origin in"),
        Rule::Listed(_) => format!("{setting} lists it"),
        Rule::Pattern(pattern) => {
            format!("the pattern {} of {setting} matches it", pattern.as_str())
        }
    };
    let source = settings.source_of(setting);
    let mut said = format!("{origin} is accepted: {why}, from {source}.\n");
    if let Rule::Listed(listed) = rule
        && let Some(danger) = AllowedOrigins::danger_of(listed)
    {
        said.push_str(&format!("Beware: {danger}.\n"));
    }
    let urls = settings.source_of("CORS_URLS_REGEX");
    let policy = CorsPolicy::new(settings);
    for (is_preflight, asked) in [(false, "requests"), (true, "preflights")] {
        let paths = match &urls {
            Source::Default => "",
            _ => " on paths that CORS_URLS_REGEX matches",
        };
        said.push_str(&format!("Answers to its {asked}{paths} carry:\n"));
        for (name, value) in &policy.headers(origin, is_preflight) {
            let value = String::from_utf8_lossy(value.as_bytes());
            said.push_str(&format!("    {name}: {value}\n"));
        }
    }
    said
}

fn refused(settings: &Settings, origin: &str) -> String {
    let mut lines = settings.allowed_origins().doubts(origin);
    if origin == settings.public_url.origin() {
        lines = vec!["it is PUBLIC_URL: pages of the server itself need no permission".to_owned()];
    }
    let lines: String = lines.iter().map(|line| format!("- {line}\n")).collect();
    format!("{origin} is refused: no rule lets it in.\n{lines}")
}
