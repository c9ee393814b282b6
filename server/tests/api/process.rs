//! The real binary: commands that end, and a server on a port of its own.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::app::KEY;
use crate::engine::{Database, Rows, server};

/// How long anything may take that is waited for. Long: the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A folder to run in, with its data in `data`, and a database.
pub(crate) struct Place {
    folder: TempDir,
    /// On a server; without one, it is a file of Signet's own choosing.
    database: Option<Database>,
}

impl Place {
    /// With a file as its database, and the keys that Signet makes.
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            database: None,
        }
    }

    /// With a database of the engine that is tested.
    pub(crate) async fn with_database() -> Self {
        let mut place = Self::new();
        if server().is_some() {
            place.database = Some(Database::new(place.path()).await);
        }
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Whether its database is a server's, and no file.
    pub(crate) fn is_on_a_server(&self) -> bool {
        self.database.is_some()
    }

    /// Looks into the database.
    pub(crate) async fn rows(&self) -> Rows {
        match &self.database {
            Some(database) => database.rows().await,
            None => {
                let file = self.data().join("signet.db");
                Rows::of(&format!("sqlite://{}", file.display())).await
            }
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// The command, with cheap hashes and nothing of this process's environment.
    pub(crate) fn signet(&self, arguments: &[&str]) -> Command {
        self.signet_under(&[], arguments)
    }

    /// The same, started by another program.
    fn signet_under(&self, starter: &[&str], arguments: &[&str]) -> Command {
        let signet = [env!("CARGO_BIN_EXE_signet")];
        let words = [starter, &signet, arguments].concat();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .current_dir(self.path())
            .env_clear()
            .env("SIGNET_HASH_MEMORY_KIB", "64")
            .env("SIGNET_HASH_ITERATIONS", "1")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(database) = &self.database {
            command.env("SIGNET_DATABASE_URL", &database.url);
            command.env("SIGNET_SIGNING_KEY", KEY);
        }
        command
    }

    /// Runs a command to its end, with this on its standard input.
    pub(crate) async fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.signet(arguments);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that reads nothing may have ended already.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let ended = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
        ended.expect("the command ends").unwrap()
    }
}

/// A server that runs until it is told to stop.
pub(crate) struct Server {
    child: Child,
    /// 0 until it serves.
    port: u16,
    log: PathBuf,
}

impl Server {
    /// Starts one and waits until it serves.
    pub(crate) async fn start(place: &Place, environment: &[(&str, &str)]) -> Self {
        Self::start_under(&[], place, environment).await
    }

    /// The same, started by another program, which must become the server.
    pub(crate) async fn start_under(
        starter: &[&str],
        place: &Place,
        environment: &[(&str, &str)],
    ) -> Self {
        let mut server = Self::spawn_under(starter, place, environment);
        server.wait_until_it_serves().await;
        server
    }

    /// Starts one without waiting. It throttles nobody unless the environment says so.
    pub(crate) fn spawn(place: &Place, environment: &[(&str, &str)]) -> Self {
        Self::spawn_under(&[], place, environment)
    }

    fn spawn_under(starter: &[&str], place: &Place, environment: &[(&str, &str)]) -> Self {
        let unique = uuid::Uuid::new_v4().simple();
        let log = place.path().join(format!("log-{unique}"));
        let child = place
            .signet_under(starter, &["serve"])
            .env("SIGNET_LISTEN", "127.0.0.1:0")
            .env("SIGNET_ROTATION_GRACE", "0s")
            .env("SIGNET_THROTTLE_LOGIN", "off")
            .env("SIGNET_THROTTLE_LOGIN_ADDRESS", "off")
            .env("SIGNET_THROTTLE_REGISTER", "off")
            .envs(environment.iter().copied())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn();
        let child = child.unwrap();
        let port = 0;
        Self { child, port, log }
    }

    pub(crate) async fn wait_until_it_serves(&mut self) {
        let serves = async {
            loop {
                if let Some(port) = self.logged_port() {
                    return port;
                }
                if let Some(status) = self.child.try_wait().unwrap() {
                    panic!("the server ended with {status}: {}", self.log());
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        self.port = tokio::time::timeout(PATIENCE, serves).await.unwrap();
        let healthy = self.request("GET", "/healthz", &[], "").await;
        assert_eq!(healthy, (200, "ok\n".to_owned()));
    }

    /// The port that the system chose, once the server says it.
    fn logged_port(&self) -> Option<u16> {
        let log = self.log();
        let (_, rest) = log.split_once("Signet listens on 127.0.0.1:")?;
        let (port, _) = rest.split_once(';')?;
        port.parse().ok()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.unwrap()
    }

    /// One request on a connection of its own: status and body.
    pub(crate) async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, String) {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        let host = format!("localhost:{}", self.port);
        let length = body.len().to_string();
        let own = [("host", host.as_str()), ("content-length", &length)];
        let is_given = |name| headers.iter().any(|(given, _)| *given == name);
        let own = own.iter().filter(|(name, _)| !is_given(*name));
        for (name, value) in own.chain(headers) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = self.connect().await;
        let request = format!("{head}\r\n{body}");
        stream.write_all(request.as_bytes()).await.unwrap();
        read_answer(stream).await
    }

    /// Posts JSON to a server that may die at any moment; `None` without a whole answer.
    pub(crate) async fn try_to_post(&self, path: &str, body: &Value) -> Option<(u16, Value)> {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let connected = TcpStream::connect(("127.0.0.1", self.port)).await;
        let mut stream = connected.ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, serde_json::from_str(body).ok()?))
    }

    /// Posts JSON; the answer's JSON.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let headers = [("content-type", "application/json")];
        let (status, body) = self
            .request("POST", path, &headers, &body.to_string())
            .await;
        (status, serde_json::from_str(&body).unwrap())
    }

    /// Sends SIGTERM.
    pub(crate) async fn terminate(&self) {
        self.signal("-TERM").await;
    }

    /// Ends it as a crash does: nothing can be finished.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// The same, while others still hold on to it.
    pub(crate) async fn kill_now(&self) {
        self.signal("-KILL").await;
    }

    /// Stops its threads where they are, as a machine that is too busy would.
    pub(crate) async fn freeze(&self) {
        self.signal("-STOP").await;
    }

    /// Lets them go on.
    pub(crate) async fn unfreeze(&self) {
        self.signal("-CONT").await;
    }

    /// Memory that it has of the system (VmRSS).
    #[cfg(target_os = "linux")]
    pub(crate) fn memory_mib(&self) -> u64 {
        let pid = self.child.id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.unwrap().trim().strip_suffix(" kB").unwrap();
        kibibytes.parse::<u64>().unwrap() / 1024
    }

    /// Sends SIGHUP.
    pub(crate) async fn hang_up(&self) {
        self.signal("-HUP").await;
    }

    async fn signal(&self, signal: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().await;
        assert!(sent.unwrap().success());
    }

    /// Waits until the log holds this text.
    pub(crate) async fn wait_for_log(&self, text: &str) {
        self.wait_until_it_logs(text, 1).await;
    }

    /// Waits until the log holds this as often.
    pub(crate) async fn wait_until_it_logs(&self, text: &str, times: usize) {
        let logged = async {
            while self.log().matches(text).count() < times {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let logged = tokio::time::timeout(PATIENCE, logged).await;
        assert!(logged.is_ok(), "{text:?} in: {}", self.log());
    }

    /// Waits for its end.
    pub(crate) async fn ended(mut self) -> (ExitStatus, String) {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        (ended.expect("the server ends").unwrap(), self.log())
    }

    /// Sends SIGTERM and waits for a good end.
    pub(crate) async fn stop(self) -> String {
        self.terminate().await;
        let (status, log) = self.ended().await;
        assert_eq!(status.code(), Some(0), "{log}");
        log
    }

    /// Waits until no connection is accepted any more.
    pub(crate) async fn wait_until_it_accepts_no_more(&self) {
        let closed = async {
            while TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, closed).await.unwrap();
    }
}

/// Reads an answer to the end of its connection: status and body.
pub(crate) async fn read_answer(mut stream: TcpStream) -> (u16, String) {
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}
