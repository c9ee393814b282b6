//! Programs: a server started for one profile, and the command line that makes its users.

use std::fs::{File, read_to_string};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use signet_contract::cases::Profile;
use signet_contract::replay::{Change, Clock, LastLogin, Server, Users};
use signet_contract::wire::Base;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

/// The longest time for a server to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// Users by way of `signet user`, or of a command that takes the same arguments.
#[derive(Debug)]
pub(crate) struct CommandLine {
    words: Vec<String>,
    /// Settings; empty: as this process has them.
    settings: Vec<(String, String)>,
}

impl CommandLine {
    /// A command with its first arguments, separated by spaces.
    pub(crate) fn new(command: &str) -> Result<Self> {
        let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        if words.is_empty() {
            bail!("--users is empty");
        }
        let settings = Vec::new();
        Ok(Self { words, settings })
    }

    /// A binary's own.
    pub(crate) fn of_binary(binary: &str, settings: Vec<(String, String)>) -> Self {
        let words = vec![binary.to_owned(), "user".to_owned()];
        Self { words, settings }
    }

    /// Runs it to its end, with a password on its standard input; what it printed.
    async fn run(&self, arguments: &[&str], password: &str) -> Result<String> {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::piped());
        set(&mut command, &self.settings);
        let mut child = command.spawn().with_context(|| self.words.join(" "))?;
        let mut stdin = child.stdin.take().context("a standard input")?;
        // A command that reads no input may have ended already.
        let _ = stdin.write_all(format!("{password}\n").as_bytes()).await;
        drop(stdin);
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!(
                "{} {}: {}",
                self.words.join(" "),
                arguments.join(" "),
                said.trim()
            );
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

impl Users for CommandLine {
    async fn change(&self, change: Change<'_>) -> Result<()> {
        let (arguments, password) = match change {
            Change::Create {
                username,
                password,
                is_active: true,
            } => (vec!["create", username, "--no-validate"], password),
            Change::Create {
                username, password, ..
            } => (
                vec!["create", username, "--no-validate", "--inactive"],
                password,
            ),
            Change::SetActive(username, true) => (vec!["activate", username], ""),
            Change::SetActive(username, false) => (vec!["deactivate", username], ""),
            Change::SetPassword(username, password) => {
                (vec!["password", username, "--no-validate"], password)
            }
            Change::Delete(username) => (vec!["delete", username], ""),
        };
        self.run(&arguments, password).await.map(drop)
    }

    async fn last_login(&self, username: &str) -> Result<LastLogin> {
        let shown = self.run(&["show", username, "--json"], "").await?;
        let shown: serde_json::Value = serde_json::from_str(&shown)?;
        Ok(if shown["last_login"].is_null() {
            LastLogin::Missing
        } else {
            LastLogin::Recorded
        })
    }
}

/// A server of a binary, with an empty folder for its data. It ends when this is dropped.
pub(crate) struct Started {
    pub(crate) server: Server<CommandLine>,
    _child: Child,
    _folder: TempDir,
}

impl Started {
    /// Starts one with a profile's settings and waits until it serves.
    pub(crate) async fn new(binary: &str, profile: &Profile) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut settings = profile.settings.clone();
        let data = folder
            .path()
            .to_str()
            .context("the folder's name is no text")?;
        for (name, value) in [
            ("SIGNET_LISTEN", "127.0.0.1:0".to_owned()),
            ("SIGNET_DATA_DIR", data.to_owned()),
            // The line that names the port is at `info`.
            ("SIGNET_LOG", "warn,signet::cli::serve=info".to_owned()),
            // Cheap hashes, because hundreds are made and none protects a password.
            ("SIGNET_HASH_MEMORY_KIB", "64".to_owned()),
            ("SIGNET_HASH_ITERATIONS", "1".to_owned()),
        ] {
            settings.push((name.to_owned(), value));
        }
        let mut command = Command::new(binary);
        command.arg("serve").stdin(Stdio::null()).kill_on_drop(true);
        set(&mut command, &settings);
        let log = folder.path().join("signet.log");
        command.stderr(File::create(&log)?);
        let mut child = command.spawn().with_context(|| binary.to_owned())?;
        let address = tokio::time::timeout(PATIENCE, said_address(&mut child, &log)).await;
        let address = address.context("it does not serve")?;
        let address = address.with_context(|| read_to_string(&log).unwrap_or_default())?;
        Ok(Self {
            server: Server {
                base: Base::new(&format!("http://{address}"))?,
                users: CommandLine::of_binary(binary, settings),
                clock: Clock::System,
            },
            _child: child,
            _folder: folder,
        })
    }
}

/// The address that a server which is starting names in its log, on a port that the system chose.
async fn said_address(child: &mut Child, log: &Path) -> Result<String> {
    loop {
        let said = read_to_string(log)?;
        let rest = said.split_once("Signet listens on ");
        if let Some((address, _)) = rest.and_then(|(_, rest)| rest.split_once(';')) {
            return Ok(address.to_owned());
        }
        if let Some(status) = child.try_wait()? {
            bail!("the server ended with {status}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Sets environment variables in place of this process's own.
fn set(command: &mut Command, settings: &[(String, String)]) {
    if settings.is_empty() {
        return;
    }
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("SIGNET_"))
        {
            command.env_remove(name);
        }
    }
    command.envs(settings.iter().map(|(name, value)| (name, value)));
}
