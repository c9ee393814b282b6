//! The tables are those that Django's own migrations make, however the making of them went.
//!
//! In `tests/schema/` stand, for each engine, a query and what it says of a database that Django's
//! `manage.py migrate` has made.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Child;

use crate::app::TestApp;
use crate::engine::Rows;
use crate::process::Place;

/// A command that needs the tables.
const COMMAND: [&str; 2] = ["user", "list"];

#[tokio::test]
async fn the_tables_are_those_of_djangos_migrations() {
    let app = TestApp::start().await;
    assert_is_djangos(&app.rows).await;
}

#[tokio::test]
async fn of_processes_that_start_at_once_on_an_empty_database_all_find_the_tables() {
    let place = Place::with_database().await;
    let start = || place.run(&COMMAND, "");
    let ended = tokio::join!(start(), start(), start(), start());
    for output in [ended.0, ended.1, ended.2, ended.3] {
        assert_is_good(&output);
    }
    assert_is_djangos(&place.rows().await).await;
}

#[tokio::test]
async fn a_process_that_is_killed_while_it_makes_the_tables_leaves_no_half_of_them() {
    let place = Place::with_database().await;
    if place.is_on_a_server() {
        kill_in_the_middle(&place).await;
        assert_is_whole(&place).await;
        return;
    }
    // A file cannot be made to wait in the middle, but it shows how far the making has come.
    for (file, size) in [("signet.db", 0), ("signet.db-wal", 0), ("signet.db-wal", 1)] {
        let place = Place::with_database().await;
        kill_once_there_is(&place, &place.data().join(file), size).await;
        assert_is_whole(&place).await;
    }
}

/// Lets a process wait for the last of the tables, and kills it.
async fn kill_in_the_middle(place: &Place) {
    let rows = place.rows().await;
    let Rows::Postgres(pool) = &rows else {
        unreachable!("only a server lets it wait")
    };
    // A name that somebody else may be about to take.
    let mut other = pool.begin().await.unwrap();
    let taken = "CREATE TABLE token_blacklist_blacklistedtoken (id integer)";
    sqlx::query(taken).execute(&mut *other).await.unwrap();

    let mut process = start(place);
    let waiting = "SELECT count(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waits = async {
        while rows.value::<i64>(waiting).await == 0 {
            assert!(process.try_wait().unwrap().is_none(), "it waits");
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waits)
        .await
        .unwrap();
    process.kill().await.unwrap();
    other.rollback().await.unwrap();
}

/// Kills a process as soon as it has made this file of this size, unless it is quicker.
async fn kill_once_there_is(place: &Place, file: &Path, size: u64) {
    let mut process = start(place);
    while file.metadata().map_or(true, |found| found.len() < size)
        && process.try_wait().unwrap().is_none()
    {
        tokio::task::yield_now().await;
    }
    process.kill().await.unwrap();
}

fn start(place: &Place) -> Child {
    let mut command = place.signet(&COMMAND);
    command.stdout(Stdio::null()).spawn().unwrap()
}

/// The next process finds the tables, or makes them.
async fn assert_is_whole(place: &Place) {
    assert_is_good(&place.run(&COMMAND, "").await);
    assert_is_djangos(&place.rows().await).await;
}

fn assert_is_good(output: &Output) {
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
}

async fn assert_is_djangos(rows: &Rows) {
    let (query, djangos) = match rows {
        Rows::Sqlite(_) => (
            include_str!("../schema/sqlite.sql"),
            include_str!("../schema/sqlite.txt"),
        ),
        Rows::Postgres(_) => (
            include_str!("../schema/postgres.sql"),
            include_str!("../schema/postgres.txt"),
        ),
    };
    let lines: Vec<(String,)> = rows.all(query).await;
    let lines: Vec<String> = lines
        .into_iter()
        .map(|(line,)| in_one_line(&line))
        .collect();
    let djangos: Vec<&str> = djangos.lines().collect();
    assert_eq!(lines, djangos);
}

/// A statement as Django writes it: SQLite keeps the layout of ours, too.
fn in_one_line(statement: &str) -> String {
    let words: Vec<&str> = statement.split_whitespace().collect();
    words.join(" ").replace("( ", "(").replace(" )", ")")
}
