//! A PostgreSQL server as operators have it: what it has for its defaults changes nothing, writes
//! that wait are in no way of reads, and a start says what is wrong with a URL.

use std::net::TcpListener;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::app::{KEY, PASSWORD, ROTATING, TestApp};
use crate::engine::Rows;
use crate::process::{Place, Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_serializable_and_read_only_by_default_is_served_all_the_same() {
    let app = TestApp::with(&ROTATING).await;
    let Rows::Postgres(_) = &app.rows else { return };
    for default in [
        "default_transaction_isolation = 'serializable'",
        "default_transaction_read_only = on",
    ] {
        let set = format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {}', current_database()); END $$",
            default.replace('\'', "''")
        );
        app.rows.execute(&set).await;
    }
    let store = signet::storage::Store::open(&app.database.url)
        .await
        .unwrap();
    let app = std::sync::Arc::new(app.beside_with(store));
    app.user("ada").await;
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let app = app.clone();
        clients.spawn(async move {
            let mut token = app.log_in("ada").await.refresh;
            for _ in 0..5 {
                token = app.refresh(&token).await.field("refresh");
            }
        });
    }
    clients.join_all().await;
}

#[tokio::test]
async fn a_write_that_others_are_in_the_way_of_to_the_last_try_is_put_off() {
    for code in ["40001", "40P01"] {
        let app = TestApp::with(&ROTATING).await;
        let Rows::Postgres(_) = &app.rows else { return };
        app.user("ada").await;
        let fail = format!(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION USING ERRCODE = '{code}'; END $$"
        );
        app.rows.execute(&fail).await;
        let trigger = "CREATE TRIGGER fail BEFORE INSERT ON token_blacklist_outstandingtoken \
             FOR EACH ROW EXECUTE FUNCTION fail()";
        app.rows.execute(trigger).await;
        let user = json!({ "username": "ada", "password": PASSWORD });
        let put_off = app.post_json("/auth/token/", &user).await;
        assert_eq!(put_off.status, 503, "{}", put_off.text());
        assert_eq!(put_off.header("retry-after"), "1");
    }
}

#[tokio::test]
async fn writes_that_wait_leave_room_for_reads() {
    let app = TestApp::with(&ROTATING).await;
    let Rows::Postgres(pool) = &app.rows else {
        return;
    };
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    let mut lock = pool.begin().await.unwrap();
    let lock_writes = "LOCK TABLE signet_session IN EXCLUSIVE MODE";
    sqlx::query(lock_writes).execute(&mut *lock).await.unwrap();
    let app = std::sync::Arc::new(app);
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let app = app.clone();
        let user = json!({ "username": "ada", "password": PASSWORD });
        writers.spawn(async move { app.post_json("/auth/token/", &user).await.status });
    }
    let waiting = "SELECT count(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while app.value::<i64>(waiting).await < 5 {
        tokio::task::yield_now().await;
    }
    for _ in 0..20 {
        app.get("/readyz").await.is(200, "ready\n");
        app.verify(&pair.refresh).await.is(200, "{}");
        assert_eq!(app.me(&pair.access).await.status, 200);
    }
    lock.rollback().await.unwrap();
    writers.join_all().await;
    assert_eq!(app.refresh(&pair.refresh).await.status, 200, "at once");
}

/// What a start says that fails.
async fn said(url: &str) -> String {
    let place = Place::new();
    let mut command = place.signet(&["serve"]);
    command
        .env("SIGNET_DATABASE_URL", url)
        .env("SIGNET_SIGNING_KEY", KEY)
        .env("SIGNET_LISTEN", "127.0.0.1:0");
    let ended = command.output().await.unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(error.contains("DATABASE_URL"), "{error}");
    assert!(!error.contains("canary"), "{error}");
    error
}

#[tokio::test]
async fn a_start_says_what_is_wrong_with_the_url_of_a_server_and_the_way_out() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    tokio::spawn(async move {
        let mut answers = false;
        while let Ok((mut client, _)) = listener.accept().await {
            let mut request = [0; 8];
            let _ = client.read_exact(&mut request).await;
            answers = !answers;
            if answers {
                let _ = client.write_all(b"HTTP/1.1 503\r\n\r\n").await;
            }
        }
    });
    let no_server = format!("postgres://ada:canary@127.0.0.1:{port}/x");
    for (url, parts) in [
        // Once it answers something else, and once it closes the connection, as HAProxy does.
        (no_server.as_str(), ["not PostgreSQL", "proxy"]),
        (no_server.as_str(), ["not PostgreSQL", "proxy"]),
        (
            "postgres://ada:canary@a:1,b:2/x",
            ["several hosts", "a proxy"],
        ),
        (
            "postgres://ada:canary@db/x?sslmod=canary",
            ["sslmod ", "sslmode"],
        ),
        (
            "postgres://ada:canary@db/x?sslrootcert=system",
            ["system", "leave it out"],
        ),
    ] {
        let said = said(url).await;
        for part in parts {
            assert!(said.contains(part), "{part:?} in: {said}");
        }
    }
}

#[tokio::test]
async fn a_second_start_says_nothing_of_tables_that_are_there() {
    let place = Place::with_database().await;
    let mut logs = String::new();
    for _ in 0..2 {
        let server = Server::start(&place, &[]).await;
        let user = json!({ "username": "ada", "password": PASSWORD });
        server.post("/auth/token/", &user).await;
        logs = server.stop().await;
    }
    assert!(!logs.contains("exists"), "{logs}");
}
