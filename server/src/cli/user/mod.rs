//! `signet user`: what an administrator does to accounts. Passwords come from a prompt or from
//! standard input, never from an argument, which every user of the machine could read.

mod list;
mod sessions;

use std::io::{BufRead, IsTerminal};
use std::num::NonZeroUsize;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;
use signet_api::account::Id;

use crate::auth::{Registration, RegistrationError, create_user};
use crate::cli::database::open_store;
use crate::cli::output::{on_one_line, print};
use crate::cli::{CliError, with_settings};
use crate::clock::{Clock, Timestamp};
use crate::model::{
    EMAIL_RULES, Except, NewUser, PASSWORD_RULES, Rule, USERNAME_RULES, UserRecord, Write,
    normalize_username,
};
use crate::network::Network;
use crate::password::{HashingPool, Password, Requester};
use crate::settings::Settings;
use crate::storage::{Store, StoreError};

pub(super) fn command() -> Command {
    let subcommand = |name: &'static str, about: &'static str| {
        let username = Arg::new("NAME").required(true).help("The username");
        with_settings(Command::new(name).about(about).arg(username), true)
    };
    Command::new("user")
        .about("Make, change, show, list and delete users")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .after_help("Settings come from signet.toml, the environment and options, as `signet serve --help` lists them.")
        .subcommand(
            subcommand("create", "Make a user; the password is read from standard input")
                .arg(Arg::new("email").long("email").value_name("EMAIL").help("The e-mail address"))
                .arg(flag("inactive", "The user may not sign in yet"))
                .arg(flag("no-validate", "Take name and password unjudged; the name is stored in NFKC all the same")),
        )
        .subcommand(
            subcommand("password", "Set a password, read from standard input")
                .arg(flag("no-validate", "Take the password unjudged"))
                .arg(flag("end-sessions", "End all sessions of the user, too: nobody goes on with the former password")),
        )
        .subcommand(subcommand("activate", "Let a user sign in"))
        .subcommand(subcommand("deactivate", "Let a user no longer sign in or refresh"))
        .subcommand(subcommand("delete", "Delete a user; blacklisted tokens stay blacklisted"))
        .subcommand(subcommand("show", "Show a user").arg(flag("json", "As one JSON object")))
        .subcommand(
            subcommand("sessions", "List where a user is logged in, the last used first")
                .arg(flag("json", "As JSON, one object a line")),
        )
        .subcommand(subcommand("end-sessions", "End all sessions of a user, and every refresh token"))
        .subcommand(with_settings(list::command(), true))
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .help(help)
        .action(ArgAction::SetTrue)
}

pub(super) async fn run(settings: Settings, matches: &ArgMatches) -> Result<ExitCode, CliError> {
    let (action, matches) = matches.subcommand().expect("a command is required");
    let store = open_store(&settings).await?;
    match action {
        "list" => list::run(&store, matches).await?,
        action => act(action, &settings, &store, matches).await?,
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Does what is done to one user.
async fn act(
    action: &str,
    settings: &Settings,
    store: &Store,
    matches: &ArgMatches,
) -> Result<(), CliError> {
    let name = matches.get_one::<String>("NAME").expect("NAME is required");
    match action {
        "create" => create(settings, store, name, matches).await,
        "password" => set_password(settings, store, name, matches).await,
        "activate" => known(name, store.set_active(name, true).await),
        "deactivate" => known(name, store.set_active(name, false).await),
        "delete" => known(name, store.delete_user(name).await),
        "sessions" => sessions::list(settings, store, name, matches).await,
        "end-sessions" => sessions::end(settings, store, name).await,
        "show" => show(&find(store, name).await?, matches.get_flag("json")),
        _ => unreachable!("clap knows no other command"),
    }
}

async fn create(
    settings: &Settings,
    store: &Store,
    name: &str,
    matches: &ArgMatches,
) -> Result<(), CliError> {
    let email = matches
        .get_one::<String>("email")
        .cloned()
        .unwrap_or_default();
    let is_active = !matches.get_flag("inactive");
    let hashing = start_hashing(settings);
    let now = Clock::System.now();
    if matches.get_flag("no-validate") {
        let requester = Requester::new(Network::LOOPBACK, name);
        let password = hashing
            .hash(requester, read_password()?)
            .await
            .map_err(CliError::failed)?;
        let user = NewUser {
            username: normalize_username(name),
            email,
            password,
            is_active,
        };
        store
            .create_user(user, now)
            .await
            .map_err(CliError::failed)?;
        return Ok(());
    }
    let password = read_password()?;
    judge("username", name, &USERNAME_RULES)?;
    if !email.is_empty() {
        judge("email", &email, &EMAIL_RULES)?;
    }
    judge("password", password.reveal(), &PASSWORD_RULES)?;
    let registration = Registration {
        username: name.to_owned(),
        password,
        email,
        is_active,
    };
    let made = create_user(
        store,
        &hashing,
        settings.password_policy(),
        registration,
        Network::LOOPBACK,
        now,
    )
    .await;
    made.map_err(|error| match error {
        RegistrationError::WeakPassword(weaknesses) => CliError::Failed(in_words(&weaknesses)),
        error => CliError::failed(error),
    })?;
    Ok(())
}

async fn set_password(
    settings: &Settings,
    store: &Store,
    name: &str,
    matches: &ArgMatches,
) -> Result<(), CliError> {
    let user = find(store, name).await?;
    let password = read_password()?;
    if !matches.get_flag("no-validate") {
        judge("password", password.reveal(), &PASSWORD_RULES)?;
        let weaknesses =
            settings
                .password_policy()
                .weaknesses(&password, &user.username, &user.email);
        if !weaknesses.is_empty() {
            return Err(CliError::Failed(in_words(&weaknesses)));
        }
    }
    let requester = Requester::new(Network::LOOPBACK, name);
    let hash = start_hashing(settings).hash(requester, password).await;
    let hash = hash.map_err(CliError::failed)?;
    if !matches.get_flag("end-sessions") {
        return known(name, store.set_password(name, hash).await);
    }
    let now = Clock::System.now();
    let cutoff = settings.token_config().recorded_expiry_cutoff(now);
    let none = Except::default();
    let changed = store.change_password(user.id, None, &hash, &none, cutoff, now);
    known(name, changed.await)
}

fn show(user: &UserRecord, is_json: bool) -> Result<(), CliError> {
    warn_about_unreadable(user);
    if is_json {
        return print(format_args!("{}\n", as_json(user)));
    }
    let lines = [
        ("id", user.id.to_string()),
        ("username", on_one_line(&user.username)),
        ("email", on_one_line(&user.email)),
        ("is_active", user.is_active.to_string()),
        ("last_login", last_login(user)),
        ("date_joined", text_of(user.date_joined)),
    ];
    let lines = lines.map(|(name, value)| format!("{name:<11}  {value}\n"));
    print(lines.concat())
}

fn as_json(user: &UserRecord) -> serde_json::Value {
    json!({
        "id": Id::from(user.id),
        "username": user.username,
        "email": user.email,
        "is_active": user.is_active,
        "last_login": user.last_login.map(|time| time.to_string()),
        "date_joined": user.date_joined.map(|time| time.to_string()),
    })
}

/// The last login in a line for people: `never`, or empty if the column cannot be read.
fn last_login(user: &UserRecord) -> String {
    match user.last_login {
        None if !user.unreadable.contains(&"last_login") => "never".to_owned(),
        last_login => text_of(last_login),
    }
}

fn text_of(time: Option<Timestamp>) -> String {
    time.map_or_else(String::new, |time| time.to_string())
}

/// Says on standard error which columns of a user cannot be read.
fn warn_about_unreadable(user: &UserRecord) {
    if !user.unreadable.is_empty() {
        let columns = user.unreadable.join(" and ");
        eprintln!(
            "signet: user {}: {columns} cannot be read as a date and time",
            user.id
        );
    }
}

async fn find(store: &Store, name: &str) -> Result<UserRecord, CliError> {
    let user = store.user_by_name(name).await.map_err(CliError::failed)?;
    user.ok_or_else(|| no_such_user(name))
}

/// Turns an unknown username into an error.
fn known(name: &str, changed: Result<Write, StoreError>) -> Result<(), CliError> {
    match changed.map_err(CliError::failed)? {
        Write::Done => Ok(()),
        Write::Refused => Err(no_such_user(name)),
    }
}

fn no_such_user(name: &str) -> CliError {
    CliError::Failed(format!("there is no user {name:?}"))
}

fn in_words(weaknesses: &[crate::password::Weakness]) -> String {
    let messages: Vec<String> = weaknesses.iter().map(ToString::to_string).collect();
    messages.join(" ")
}

/// Finds a text that registration would refuse.
fn judge(what: &str, text: &str, rules: &[Rule]) -> Result<(), CliError> {
    let message = rules.iter().find_map(|rule| rule.judge(text));
    message.map_or(Ok(()), |message| {
        Err(CliError::Failed(format!("{what}: {message}")))
    })
}

fn start_hashing(settings: &Settings) -> HashingPool {
    HashingPool::start(NonZeroUsize::MIN, settings.cost())
}

/// Asks twice on a terminal; otherwise reads one line.
fn read_password() -> Result<Password, CliError> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let ask = |prompt| rpassword::prompt_password(prompt).map_err(CliError::failed);
        let password = ask("Password: ")?;
        return if password == ask("Password (again): ")? {
            nonempty(password)
        } else {
            Err(CliError::Failed("the two passwords differ".to_owned()))
        };
    }
    let mut line = String::new();
    stdin
        .lock()
        .read_line(&mut line)
        .map_err(CliError::failed)?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    nonempty(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

/// A login trims what is typed; a password with space around it would never match.
fn nonempty(password: String) -> Result<Password, CliError> {
    match password.trim() {
        "" => Err(CliError::Failed("no password was given".to_owned())),
        trimmed => Ok(Password::new(trimmed)),
    }
}
