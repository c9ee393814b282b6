//! `signet user list`: users in the order of their ids, as many as there are.

use clap::{Arg, ArgMatches, Command, value_parser};

use crate::cli::CliError;
use crate::cli::output::{on_one_line, print};
use crate::cli::user::{as_json, flag, last_login, warn_about_unreadable};
use crate::model::{UserId, UserRecord};
use crate::storage::Store;

/// The number of users in memory at a time.
const BATCH: u32 = 1000;

pub(super) fn command() -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let id = value_parser!(UserId);
    let number = value_parser!(u32);
    Command::new("list")
        .about("List users in the order of their ids")
        .arg(flag("json", "As JSON, one object a line"))
        .arg(option(
            "search",
            "TEXT",
            "Those alone whose name or e-mail address holds this text; ASCII letters match in either case",
        ))
        .arg(
            option("after", "ID", "Those alone with a greater id")
                .value_parser(id)
                .allow_negative_numbers(true),
        )
        .arg(option("limit", "N", "At most so many").value_parser(number))
}

pub(super) async fn run(store: &Store, matches: &ArgMatches) -> Result<(), CliError> {
    let text = matches.get_one::<String>("search").map(String::as_str);
    let mut after = matches.get_one("after").copied();
    let mut left = matches.get_one("limit").copied().unwrap_or(u32::MAX);
    let is_json = matches.get_flag("json");
    if !is_json {
        print(row("id", "username", "email", "active", "last_login"))?;
    }
    while left > 0 {
        let users = store.users_after(after, text, left.min(BATCH)).await;
        let users = users.map_err(CliError::failed)?;
        let Some(last) = users.last() else { break };
        after = Some(last.id);
        left -= users.len() as u32;
        let lines = users.iter().map(|user| {
            if is_json {
                format!("{}\n", as_json(user))
            } else {
                line(user)
            }
        });
        print(lines.collect::<String>())?;
        users.iter().for_each(warn_about_unreadable);
    }
    Ok(())
}

fn line(user: &UserRecord) -> String {
    row(
        &user.id.to_string(),
        &on_one_line(&user.username),
        &on_one_line(&user.email),
        if user.is_active { "yes" } else { "no" },
        &last_login(user),
    )
}

fn row(id: &str, username: &str, email: &str, active: &str, last_login: &str) -> String {
    format!("{id:>8}  {username:<24}  {email:<32}  {active:<6}  {last_login}\n")
}
