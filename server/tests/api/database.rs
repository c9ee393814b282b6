//! The database: its engine, its tables, how it is made.

use signet::clock::Timestamp;
use signet::model::{Blacklist, TokenRecord, Write};
use signet::storage::Store;
use sqlx::SqlitePool;

use crate::app::{NOW, TestApp};
use crate::engine::{Database, Rows, server};

#[tokio::test]
async fn the_bundled_sqlite_is_one_that_does_not_corrupt_its_wal() {
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(&pool)
        .await
        .unwrap();
    let parts: Vec<u32> = version
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    assert!(parts.as_slice() >= &[3, 51, 3][..], "SQLite {version}");
}

#[tokio::test]
async fn the_tables_are_djangos_and_what_is_ours_is_called_signet() {
    let app = TestApp::start().await;
    let tables = match app.rows {
        Rows::Sqlite(_) => {
            "SELECT name FROM sqlite_master WHERE type = 'table' \
             AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'signet_%' ORDER BY name"
        }
        Rows::Postgres(_) => {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' \
             AND tablename NOT LIKE 'signet_%' ORDER BY tablename"
        }
    };
    let tables: Vec<(String,)> = app.rows.all(tables).await;
    let django = [
        "auth_user",
        "token_blacklist_blacklistedtoken",
        "token_blacklist_outstandingtoken",
    ];
    assert_eq!(tables, django.map(|name| (name.to_owned(),)));
}

#[tokio::test]
async fn our_own_file_runs_in_wal_mode() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/signet.db", folder.path().display());
    Store::open(&url).await.unwrap().close().await;
    let mode: String = Rows::of(&url).await.value("PRAGMA journal_mode").await;
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn opening_again_keeps_everything() {
    let app = TestApp::with_ada().await;
    for _ in 0..2 {
        let store = Store::open(&app.database.url).await.unwrap();
        assert!(store.user_by_name("ada").await.unwrap().is_some());
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_open_a_new_database_at_once_none_fails() {
    for _ in 0..if server().is_some() { 5 } else { 30 } {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::new(folder.path()).await;
        let mut opening = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let url = database.url.clone();
            opening.spawn(async move {
                let opened = Store::open(&url).await;
                opened.map(drop).map_err(|error| error.to_string())
            });
        }
        for opened in opening.join_all().await {
            assert_eq!(opened, Ok(()));
        }
    }
}

#[tokio::test]
async fn a_column_may_change_its_length_meanwhile() {
    let app = TestApp::with_ada().await;
    app.log_in("ada").await;
    if let Rows::Postgres(_) = app.rows {
        for column in ["username", "password", "email"] {
            let longer = format!("ALTER TABLE auth_user ALTER {column} TYPE varchar(300)");
            app.rows.execute(&longer).await;
        }
    }
    app.rows
        .execute("ALTER TABLE auth_user ADD mood text")
        .await;
    app.log_in("ada").await;
}

#[tokio::test]
async fn the_ends_of_time_in_django_are_no_end_for_a_user() {
    let app = TestApp::with_ada().await;
    for end in ["0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"] {
        let seen = format!("UPDATE auth_user SET last_login = '{end}', date_joined = '{end}'");
        app.rows.execute(&seen).await;
        app.log_in("ada").await;
    }
}

#[tokio::test]
async fn a_token_from_before_the_year_1_leaves_no_time_that_python_cannot_read() {
    let app = TestApp::with_ada().await;
    let now = Timestamp::from_second(NOW).unwrap();
    let record = TokenRecord {
        jti: "old".to_owned(),
        user: None,
        created_at: Some(Timestamp::from_second(-62_135_596_801).unwrap()),
        expires_at: i64::MAX,
        lives_until: i64::MAX,
    };
    app.store.blacklist(&record, now, now).await.unwrap();
    let times = "SELECT count(created_at) FROM token_blacklist_outstandingtoken";
    assert_eq!(app.value::<i64>(times).await, 0);
}

#[tokio::test]
async fn sql_in_a_field_is_text() {
    let app = TestApp::with_ada().await;
    for hostile in [
        "'; DROP TABLE auth_user; --",
        "\" OR \"\"=\"",
        "ada'--",
        "$1",
        "?1",
        "%",
    ] {
        let user = app.store.user_by_name(hostile).await.unwrap();
        assert!(user.is_none(), "{hostile}");
        assert_eq!(
            app.store.blacklist_entry(hostile).await.unwrap(),
            Blacklist::NotListed
        );
        assert_eq!(
            app.store.delete_user(hostile).await.unwrap(),
            Write::Refused
        );
    }
    assert!(app.store.user_by_name("ada").await.unwrap().is_some());
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_may_read_a_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/signet.db", folder.path().display());
    let store = Store::open(&url).await.unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
    }
    store.close().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_made_is_named() {
    let error = Store::open("sqlite:///nonexistent/signet.db").await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("/nonexistent/signet.db"), "{error}");
}
