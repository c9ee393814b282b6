//! `signet serve` with a database that is not up yet.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::app::KEY;
use crate::engine::{Database, server};
use crate::forwarder::Forwarder;
use crate::process::{Place, Server};

const WAITING: &str = "waiting for the database";

fn file(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("volume/signet.db").display())
}

fn waiting(place: &Place, url: &str, how_long: &str) -> Server {
    let settings = [
        ("SIGNET_DATABASE_URL", url),
        ("SIGNET_WAIT_FOR_DATABASE", how_long),
        ("SIGNET_SIGNING_KEY", KEY),
    ];
    Server::spawn(place, &settings)
}

#[tokio::test]
async fn a_folder_that_is_mounted_late_is_waited_for() {
    let place = Place::new();
    let mut server = waiting(&place, &file(place.path()), "60s");
    server.wait_for_log(WAITING).await;
    std::fs::create_dir(place.path().join("volume")).unwrap();
    server.wait_until_it_serves().await;
    server.stop().await;
}

#[tokio::test]
async fn after_the_time_is_over_the_last_failure_is_said() {
    let place = Place::new();
    let server = waiting(&place, &file(place.path()), "1s");
    let (status, log) = server.ended().await;
    assert_eq!(status.code(), Some(1), "{log}");
    let last = log.lines().last().unwrap();
    assert!(last.starts_with("signet: DATABASE_URL from"), "{log}");
    assert!(last.contains("volume/signet.db"), "{log}");
    assert_eq!(log.matches(WAITING).count(), 1, "{log}");
}

#[tokio::test]
async fn without_the_setting_nothing_is_waited_for() {
    let place = Place::new();
    let (status, log) = waiting(&place, &file(place.path()), "0s").ended().await;
    assert_eq!(
        (status.code(), log.contains(WAITING)),
        (Some(1), false),
        "{log}"
    );
}

#[tokio::test]
async fn sigterm_ends_the_wait() {
    let place = Place::new();
    let server = waiting(&place, &file(place.path()), "10m");
    server.wait_for_log(WAITING).await;
    let log = server.stop().await;
    assert!(log.contains("told to stop while waiting"), "{log}");
}

#[tokio::test]
async fn a_server_that_stalls_and_a_database_that_is_made_later_are_waited_for() {
    let Some(root) = server() else { return };
    let place = Place::new();
    let database = Database::new(place.path()).await;
    let forwarder = Forwarder::new(&root).await;
    forwarder.freeze();
    let later = format!("signet_later_{}", uuid::Uuid::new_v4().simple());
    let mut url: url::Url = forwarder.before(&root).parse().unwrap();
    url.set_path(&later);
    let mut server = waiting(&place, url.as_str(), "60s");
    server.wait_for_log("it did not answer within").await;
    forwarder.switch();
    server.wait_for_log("does not exist").await;
    let rows = database.rows().await;
    rows.execute(&format!("CREATE DATABASE {later}")).await;
    server.wait_until_it_serves().await;
    server.stop().await;
    rows.execute(&format!("DROP DATABASE {later} WITH (FORCE)"))
        .await;
}

#[tokio::test]
async fn a_wrong_password_is_not_waited_for() {
    let Some(root) = server() else { return };
    let place = Place::new();
    let mut url: url::Url = root.parse().unwrap();
    url.set_password(Some("canary")).unwrap();
    let began = Instant::now();
    let (status, log) = waiting(&place, url.as_str(), "10m").ended().await;
    if status.code() == Some(0) {
        return;
    }
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("password authentication failed"), "{log}");
    assert!(!log.contains("canary") && !log.contains(WAITING), "{log}");
    assert!(began.elapsed() < Duration::from_secs(50));
}

#[tokio::test]
async fn sigterm_ends_a_server_whose_database_stalls() {
    let Some(_) = server() else { return };
    let place = Place::new();
    let database = Database::new(place.path()).await;
    let forwarder = Forwarder::new(&database.url).await;
    let url = forwarder.before(&database.url);
    let settings = [
        ("SIGNET_DATABASE_URL", url.as_str()),
        ("SIGNET_SIGNING_KEY", KEY),
        ("SIGNET_DRAIN_TIMEOUT", "1s"),
    ];
    let server = Server::start(&place, &settings).await;
    forwarder.freeze();
    let (status, _) = server.request("GET", "/readyz", &[], "").await;
    assert_eq!(status, 503);
    let began = Instant::now();
    server.stop().await;
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}
