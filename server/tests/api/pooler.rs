//! A real PgBouncer between Signet and PostgreSQL.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use sqlx::Connection as _;
use tokio::process::{Child, Command};
use url::Url;

use crate::app::{KEY, PASSWORD};
use crate::engine::{Database, server};
use crate::process::{Place, Server};

/// A PgBouncer with a database behind it.
struct Pooler {
    /// The database through it.
    url: String,
    _database: Database,
    _process: Child,
}

/// Debian keeps it where only root looks.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders
        .map(|folder| folder.join("pgbouncer"))
        .find(|program| program.is_file())
}

impl Pooler {
    /// Starts one; `None` where PgBouncer or PostgreSQL is missing.
    async fn start(place: &Place, pool_mode: &str) -> Option<Self> {
        let (Some(program), Some(server)) = (program(), server()) else {
            eprintln!("skipped: there is no pgbouncer, or no PostgreSQL");
            return None;
        };
        let database = Database::new(place.path()).await;
        let server: Url = server.parse().unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        let configuration = format!(
            "[databases]\n* = host={} port={} user={} password={}\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\n\
             unix_socket_dir =\npool_mode = {pool_mode}\n",
            server.host_str().unwrap(),
            server.port().unwrap_or(5432),
            server.username(),
            server.password().unwrap_or_default(),
        );
        let file = place.path().join("pgbouncer.ini");
        std::fs::write(&file, configuration).unwrap();
        let mut command = Command::new(program);
        if file.metadata().unwrap().uid() == 0 {
            // It refuses to be root, and reads its file as somebody else then.
            for path in [place.path(), &file] {
                let open = std::fs::Permissions::from_mode(0o755);
                std::fs::set_permissions(path, open).unwrap();
            }
            command.args(["-u", "nobody"]);
        }
        drop(free);
        let process = command
            .arg(&file)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut url: Url = database.url.parse().unwrap();
        url.set_port(Some(port)).unwrap();
        let url = String::from(url);
        let answers = async {
            while sqlx::PgConnection::connect_with(&plain(&url))
                .await
                .is_err()
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let answers = tokio::time::timeout(Duration::from_secs(60), answers).await;
        answers.expect("PgBouncer answers");
        Some(Self {
            url,
            _database: database,
            _process: process,
        })
    }
}

/// Without the parameter that PgBouncer does not know.
fn plain(url: &str) -> sqlx::postgres::PgConnectOptions {
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    options.extra_float_digits(None::<i8>)
}

#[tokio::test]
async fn a_pooler_that_mixes_prepared_statements_up_stops_the_start() {
    for pool_mode in ["transaction", "statement"] {
        let place = Place::new();
        let Some(pooler) = Pooler::start(&place, pool_mode).await else {
            return;
        };
        let mut command = place.signet(&["serve"]);
        command
            .env("SIGNET_DATABASE_URL", &pooler.url)
            .env("SIGNET_SIGNING_KEY", KEY)
            .env("SIGNET_LISTEN", "127.0.0.1:0");
        let ended = tokio::time::timeout(Duration::from_secs(60), command.output()).await;
        let ended = ended.expect("it ends").unwrap();
        let error = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{error}");
        for part in ["DATABASE_URL", "pool_mode", "session"] {
            assert!(error.contains(part), "{part:?} in: {error}");
        }
    }
}

#[tokio::test]
async fn a_pooler_in_session_mode_works_without_settings_of_its_own() {
    let place = Place::new();
    let Some(pooler) = Pooler::start(&place, "session").await else {
        return;
    };
    let settings = [
        ("SIGNET_DATABASE_URL", pooler.url.as_str()),
        ("SIGNET_SIGNING_KEY", KEY),
        ("SIGNET_ROTATE_REFRESH_TOKENS", "true"),
        ("SIGNET_BLACKLIST_AFTER_ROTATION", "true"),
    ];
    let server = Server::start(&place, &settings).await;
    let user = json!({ "username": "ada", "password": PASSWORD });
    let (status, made) = server.post("/auth/register/", &user).await;
    assert_eq!(status, 201, "{made}");
    let (status, mut tokens) = server.post("/auth/token/", &user).await;
    assert_eq!(status, 200, "{tokens}");
    for _ in 0..20 {
        let (status, next) = server.post("/auth/token/refresh/", &tokens).await;
        assert_eq!(status, 200, "{next}");
        tokens = next;
    }
    server.stop().await;
}
