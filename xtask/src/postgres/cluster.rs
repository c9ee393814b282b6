//! A PostgreSQL server made for this run.

use std::env;
use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use uuid::Uuid;

use super::{Durability, programs};

/// Many tests at once have a pool each.
const OPTIONS: [&str; 2] = ["max_connections=300", "unix_socket_directories="];

/// The data ends with the tests, so no write waits for the disk.
const CARELESS: [&str; 5] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
];

/// Runs the server until this program has ended, in any way: only then does `cat` reach the end of
/// its input. SIGTERM ends a server that is still starting, SIGINT one with connections. The
/// server's own messages end with the server, since no other process holds them open.
const GUARD: &str = r#"
    "$@" &
    exec 2>/dev/null
    cat
    kill -TERM $!
    kill -INT $!
    wait
    rm -rf "$FOLDER"
"#;

/// A server with a database folder of its own, both gone when this is dropped or the program ends.
pub(crate) struct Cluster {
    url: String,
    guard: Child,
    _folder: TempDir,
}

impl Cluster {
    /// Makes and starts a server, which accepts connections when this returns; none if
    /// PostgreSQL is not installed.
    pub(super) fn start(durability: Durability) -> Result<Option<Self>> {
        let Some(programs) = programs::folder() else {
            return Ok(None);
        };
        let started = Self::start_from(&programs, durability);
        started.map(Some).with_context(|| {
            format!(
                "PostgreSQL in {} did not start with a folder in {}",
                programs.display(),
                env::temp_dir().display()
            )
        })
    }

    fn start_from(programs: &Path, durability: Durability) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("signet-postgres-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()?;
        // Every user of this machine reaches the port, and this role may do everything.
        let password = Uuid::new_v4().simple().to_string();
        let password_file = folder.path().join("password");
        fs::write(&password_file, &password)?;
        let user = User::for_server(folder.path())?;
        user.own(&[folder.path(), &password_file])?;

        let data = folder.path().join("data");
        let made = user
            .command(&programs.join("initdb"), folder.path())
            .args(["--username=postgres", "--auth=password", "--pwfile"])
            .arg(&password_file)
            .args(["--no-locale", "--encoding=UTF8", "--no-sync", "--pgdata"])
            .arg(&data)
            .output()?;
        if !made.status.success() {
            bail!("{}", String::from_utf8_lossy(&made.stderr).trim());
        }

        let careless: &[&str] = match durability {
            Durability::None => &CARELESS,
            Durability::Full => &[],
        };
        let options = OPTIONS.iter().chain(careless);
        let port = free_port()?;
        let guard = user
            .command(Path::new("/bin/sh"), folder.path())
            .args(["-c", GUARD, "sh"])
            .arg(programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-h", "127.0.0.1", "-p", &port.to_string()])
            .args(options.flat_map(|option| ["-c", option]))
            .env("FOLDER", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // Ctrl-C is for this program; the server ends after it.
            .process_group(0)
            .spawn()?;
        let mut cluster = Self {
            url: format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres"),
            guard,
            _folder: folder,
        };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// The URL of a database on it, of a role that may do everything.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Reads the server's messages up to the one that says so.
    fn wait_until_ready(&mut self) -> Result<()> {
        let messages = self.guard.stderr.take();
        let mut messages = BufReader::new(messages.context("the messages were not piped")?);
        let mut said = String::new();
        while !said.ends_with("database system is ready to accept connections\n") {
            if messages.read_line(&mut said)? == 0 {
                bail!("{}", said.trim());
            }
        }
        // The tests provoke errors; a full pipe would stop the server.
        thread::spawn(move || io::copy(&mut messages, &mut io::sink()));
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // This closes its standard input first.
        let _ = self.guard.wait();
    }
}

/// The user that runs the server.
enum User {
    /// The user of this program.
    Caller,
    /// An unprivileged user, because PostgreSQL refuses to run as root.
    Unprivileged { uid: u32, gid: u32 },
}

impl User {
    /// Returns the user that may run the server, by the owner of a new folder.
    fn for_server(folder: &Path) -> Result<Self> {
        if folder.metadata()?.uid() != 0 {
            return Ok(Self::Caller);
        }
        let users = fs::read_to_string("/etc/passwd")?;
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| Self::named(name, &users))
            .context("it does not run as root, and there is no user postgres or nobody")
    }

    /// Reads `name:password:uid:gid:...`.
    fn named(name: &str, users: &str) -> Option<Self> {
        users.lines().find_map(|line| {
            let mut fields = line
                .strip_prefix(name)?
                .strip_prefix(':')?
                .split(':')
                .skip(1);
            Some(Self::Unprivileged {
                uid: fields.next()?.parse().ok()?,
                gid: fields.next()?.parse().ok()?,
            })
        })
    }

    /// Makes files theirs.
    fn own(&self, paths: &[&Path]) -> io::Result<()> {
        if let Self::Unprivileged { uid, gid } = *self {
            for path in paths {
                chown(path, Some(uid), Some(gid))?;
            }
        }
        Ok(())
    }

    /// A program as theirs, in a folder of theirs, that speaks English.
    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env("LC_ALL", "C");
        if let Self::Unprivileged { uid, gid } = *self {
            command.uid(uid).gid(gid);
        }
        command
    }
}

/// Returns a free port. It is unlikely to be taken before it is used.
fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}
