//! Programs: a server started for one profile, and the command line that makes its users.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use signet_contract::cases::Profile;
use signet_contract::replay::{Change, Clock, Server, Users};
use signet_contract::wire::Base;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

/// How long a server may take until it serves.
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
        // A command that reads nothing may have ended already.
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

    async fn has_logged_in(&self, username: &str) -> Result<bool> {
        let shown = self.run(&["show", username, "--json"], "").await?;
        let shown: serde_json::Value = serde_json::from_str(&shown)?;
        Ok(!shown["last_login"].is_null())
    }
}

/// A server of a binary, with an empty folder for its data. It ends when this is dropped.
pub(crate) struct Started {
    pub(crate) server: Server<CommandLine>,
    child: Child,
    _folder: TempDir,
}

impl Started {
    /// Starts one with a profile's settings and waits until it serves.
    pub(crate) async fn new(binary: &str, profile: &Profile) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = free_port()?;
        let mut settings = profile.settings.clone();
        let data = folder
            .path()
            .to_str()
            .context("the folder's name is no text")?;
        for (name, value) in [
            ("SIGNET_LISTEN", format!("127.0.0.1:{port}")),
            ("SIGNET_DATA_DIR", data.to_owned()),
            ("SIGNET_LOG", "warn".to_owned()),
            // Hashes are made by the hundred here, for nobody to guess.
            ("SIGNET_HASH_MEMORY_KIB", "64".to_owned()),
            ("SIGNET_HASH_ITERATIONS", "1".to_owned()),
        ] {
            settings.push((name.to_owned(), value));
        }
        let mut command = Command::new(binary);
        command.arg("serve").stdin(Stdio::null()).kill_on_drop(true);
        set(&mut command, &settings);
        let child = command.spawn().with_context(|| binary.to_owned())?;
        let mut started = Self {
            server: Server {
                base: Base::new(&format!("http://127.0.0.1:{port}"))?,
                users: CommandLine::of_binary(binary, settings),
                clock: Clock::System,
            },
            child,
            _folder: folder,
        };
        let serves = tokio::time::timeout(PATIENCE, started.wait_until_it_serves()).await;
        serves.context("it does not serve")??;
        Ok(started)
    }

    async fn wait_until_it_serves(&mut self) -> Result<()> {
        while self.server.base.is_healthy().await.is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

/// Sets variables in the place of those that this process has.
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

/// A port that nobody listens on.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
