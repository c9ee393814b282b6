//! Plays the recorded cases against a binary, or against a server that runs already.

mod process;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command};
use signet_contract::cases::{Case, Profile};
use signet_contract::replay::{Clock, Outcome, Server, replay};
use signet_contract::waivers::Waivers;
use signet_contract::wire::Base;

use crate::process::{CommandLine, Started};

const EXAMPLES: &str = "\
A server that runs already must run with the settings of the profile that is played, which \
--settings prints for a shell. Users are made on the command line: by \
`signet user`, in the same settings, or by what --users names, which is given the same arguments \
(`create NAME --no-validate`) and the password on its standard input. Over ssh, for example:

  --url http://api.example:8000 --profile default --users \"ssh api.example signet user\"";

/// The number of cases by outcome.
#[derive(Default)]
struct Sum {
    same: usize,
    waived: usize,
    failed: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let matches = command().get_matches();
    match run(&matches).await {
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
    Command::new("contract")
        .about("Holds a server against what a Django project with SimpleJWT answered")
        .arg(option(
            "bin",
            "PATH",
            "The program `signet`; without --url it is started for each profile",
        ))
        .arg(option("url", "URL", "A server that runs already").requires("profile"))
        .arg(option(
            "users",
            "COMMAND",
            "What makes users in the place of `signet user`",
        ))
        .arg(
            option("profile", "NAME", "One of the profiles [default: all]")
                .action(ArgAction::Append),
        )
        .arg(option("case", "TEXT", "Only cases whose names hold this"))
        .arg(
            Arg::new("waived")
                .long("waived")
                .action(ArgAction::SetTrue)
                .help("Print the differences that are meant, too"),
        )
        .arg(
            option(
                "settings",
                "NAME",
                "Print a profile's settings for a shell, and stop",
            )
            .exclusive(true),
        )
        .after_help(EXAMPLES)
}

async fn run(matches: &ArgMatches) -> Result<ExitCode> {
    let folder = signet_contract::folder().canonicalize()?;
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    if let Some(profile) = text("settings") {
        for (name, value) in Profile::read(&folder, profile)?.settings {
            println!("export {name}='{}'", value.replace('\'', r"'\''"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let profiles = match matches.get_many::<String>("profile") {
        Some(names) => names.cloned().collect(),
        None => Profile::names(&folder)?,
    };
    let waivers = Waivers::read(&folder)?;
    let mut sum = Sum::default();
    for name in profiles {
        let profile = Profile::read(&folder, &name)?;
        let outcomes = outcomes(&profile, matches).await;
        match outcomes {
            Ok(outcomes) => sum.add(&name, outcomes, &waivers, matches.get_flag("waived")),
            Err(problem) => {
                println!("{name}: {problem:#}");
                sum.failed += 1;
            }
        }
    }
    println!(
        "{} passed, {} waived, {} failed",
        sum.same, sum.waived, sum.failed
    );
    Ok(match sum.failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Plays the cases that were asked for, against the server that was named.
async fn outcomes(profile: &Profile, matches: &ArgMatches) -> Result<Vec<Outcome>> {
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let part = text("case").unwrap_or_default();
    let chosen = |case: &Case| case.name.contains(part);
    match (text("url"), text("bin")) {
        (Some(url), bin) => {
            let users = match (text("users"), bin) {
                (Some(command), _) => CommandLine::new(command)?,
                (None, Some(bin)) => CommandLine::of_binary(bin, Vec::new()),
                (None, None) => bail!("--url needs --users or --bin, to make users with"),
            };
            let server = Server {
                base: Base::new(url)?,
                users,
                clock: Clock::System,
            };
            replay(profile, &server, chosen).await
        }
        (None, Some(bin)) => {
            let started = Started::new(bin, profile).await?;
            replay(profile, &started.server, chosen).await
        }
        (None, None) => bail!("--bin or --url says what to ask; see --help"),
    }
}

impl Sum {
    /// Counts a profile's cases and prints unexpected differences.
    fn add(&mut self, profile: &str, outcomes: Vec<Outcome>, waivers: &Waivers, show_waived: bool) {
        let mut of_profile = Self::default();
        for outcome in outcomes {
            if outcome.differences.is_empty() {
                of_profile.same += 1;
            } else if let Some(reason) = waivers.reason(&outcome.case) {
                of_profile.waived += 1;
                if show_waived {
                    println!("{outcome}    waived: {reason}");
                }
            } else {
                of_profile.failed += 1;
                print!("{outcome}");
            }
        }
        let Self {
            same,
            waived,
            failed,
        } = of_profile;
        println!("{profile}: {same} passed, {waived} waived, {failed} failed");
        self.same += same;
        self.waived += waived;
        self.failed += failed;
    }
}
