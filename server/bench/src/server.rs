//! The binary that is measured, in a process of its own, with what it has in production but for
//! throttles and short lifetimes.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use crate::token::KEY;

/// The id of the user that [`Binary::make_first_user`] makes.
pub(crate) const FIRST_USER: u64 = 1;

/// The password of every user.
pub(crate) const PASSWORD: &str = "correct-horse-42";

/// The longest time for a server to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ticks of the processor's time that Linux counts in a second.
const TICKS: f64 = 100.0;

/// The program `signet`.
pub(crate) struct Binary(PathBuf);

impl Binary {
    /// The one at this path.
    pub(crate) fn new(path: &str) -> Result<Self> {
        Ok(Self(
            fs::canonicalize(path).with_context(|| path.to_owned())?,
        ))
    }

    /// Returns a command of the server with the database and the key, and none of this process's
    /// settings.
    fn command(&self, url: &str, folder: &Path) -> Command {
        let mut command = Command::new(&self.0);
        command
            .current_dir(folder)
            .env_clear()
            .env("SIGNET_DATABASE_URL", url)
            .env("SIGNET_SIGNING_KEY", KEY)
            .kill_on_drop(true);
        command
    }

    /// Makes the tables, and `user1` with a hash of the default cost.
    pub(crate) async fn make_first_user(&self, url: &str, folder: &Path) -> Result<()> {
        let name = format!("user{FIRST_USER}");
        let mut child = self
            .command(url, folder)
            .args(["user", "create", &name])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let mut stdin = child.stdin.take().context("a standard input")?;
        stdin.write_all(format!("{PASSWORD}\n").as_bytes()).await?;
        drop(stdin);
        let status = child.wait().await?;
        if !status.success() {
            bail!("`signet user create` failed ({status})");
        }
        Ok(())
    }
}

/// A server that runs. It ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts one, with its log in the folder, and waits until it serves.
    pub(crate) async fn start(
        binary: &Binary,
        url: &str,
        folder: &Path,
        rotating: bool,
        clients: usize,
    ) -> Result<Self> {
        let log = folder.join("signet.log");
        // Connections of the measurement before may not have ended yet.
        let connections = (2 * clients + 64).to_string();
        let rotating = rotating.to_string();
        let mut child = binary
            .command(url, folder)
            .arg("serve")
            .env("SIGNET_LISTEN", "127.0.0.1:0")
            .env("SIGNET_ACCESS_TOKEN_LIFETIME", "1h")
            .env("SIGNET_REFRESH_TOKEN_LIFETIME", "30d")
            .env("SIGNET_ROTATE_REFRESH_TOKENS", &rotating)
            .env("SIGNET_BLACKLIST_AFTER_ROTATION", &rotating)
            .env("SIGNET_THROTTLE_LOGIN", "off")
            .env("SIGNET_THROTTLE_LOGIN_ADDRESS", "off")
            .env("SIGNET_MAX_CONNECTIONS", &connections)
            .env("SIGNET_MAX_CONNECTIONS_PER_ADDRESS", &connections)
            .stdin(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()?;
        let address = said_address(&mut child, &log).await;
        let address = address.with_context(|| fs::read_to_string(&log).unwrap_or_default())?;
        Ok(Self { child, address })
    }

    /// The seconds of a core that it has used; none where Linux does not say.
    pub(crate) fn cpu(&self) -> Option<f64> {
        cpu_of(&self.child.id()?.to_string())
    }

    /// Ends it.
    pub(crate) async fn stop(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// The seconds of a core that this process has used.
pub(crate) fn own_cpu() -> Option<f64> {
    cpu_of("self")
}

fn cpu_of(process: &str) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in brackets, may hold anything. After it come the state and ten more fields.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let mut next = || times.next()?.parse::<u32>().ok();
    Some(f64::from(next()? + next()?) / TICKS)
}

/// The address that a server which is starting names in its log, on a port that the system chose.
async fn said_address(child: &mut Child, log: &Path) -> Result<SocketAddr> {
    let began = Instant::now();
    loop {
        let said = fs::read_to_string(log)?;
        let rest = said.split_once("Signet listens on ");
        if let Some((address, _)) = rest.and_then(|(_, rest)| rest.split_once(';')) {
            return Ok(address.parse()?);
        }
        if let Some(status) = child.try_wait()? {
            bail!("the server ended with {status}");
        }
        if began.elapsed() > PATIENCE {
            bail!("the server does not serve");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
