//! The connections to a PostgreSQL server: fewer than wished for, stalled, or to the wrong server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use crate::app::{PASSWORD, TestApp};
use crate::engine::{Database, Rows, server};
use crate::forge;
use crate::forwarder::Forwarder;

/// How soon an outage is forgotten.
const RECOVERY: Duration = Duration::from_secs(5);

/// The statuses of as many answers, each client asking one after the other.
async fn statuses(app: &Arc<TestApp>, clients: usize, each: usize) -> Vec<u16> {
    let mut asking = JoinSet::new();
    for _ in 0..clients {
        let app = app.clone();
        asking.spawn(async move {
            let mut statuses = Vec::new();
            for _ in 0..each {
                let token = forge::unique_refresh_token(1);
                statuses.push(app.refresh(&token).await.status.as_u16());
            }
            statuses
        });
    }
    asking.join_all().await.concat()
}

/// A role that may have three connections, with all rights on the tables of a database.
async fn limited_role(app: &TestApp) -> (String, String) {
    let role = format!("signet_limited_{}", uuid::Uuid::new_v4().simple());
    for statement in [
        format!("CREATE ROLE {role} LOGIN PASSWORD 'limited' CONNECTION LIMIT 3"),
        format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"),
        format!("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}"),
        format!("GRANT ALL ON SCHEMA public TO {role}"),
    ] {
        app.rows.execute(&statement).await;
    }
    let mut url: url::Url = app.database.url.parse().unwrap();
    url.set_username(&role).unwrap();
    url.set_password(Some("limited")).unwrap();
    (role, url.into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_of_three_connections_serves_every_client() {
    if server().is_none() {
        return;
    }
    let owner = TestApp::with_ada().await;
    let (role, url) = limited_role(&owner).await;
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("ROTATE_REFRESH_TOKENS", "true"),
    ];
    let app = Arc::new(owner.beside_with_settings(&settings).await);
    let statuses = statuses(&app, 8, 50).await;
    let refused = statuses.iter().filter(|status| **status != 200).count();
    assert_eq!((statuses.len(), refused), (400, 0));
    app.store.close().await;
    drop(app);
    owner.rows.execute(&format!("DROP OWNED BY {role}")).await;
    owner.rows.execute(&format!("DROP ROLE {role}")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_of_two_opens_no_third_connection() {
    let settings = [
        ("DATABASE_POOL_SIZE", "2"),
        ("ROTATE_REFRESH_TOKENS", "true"),
    ];
    let app = Arc::new(TestApp::with(&settings).await);
    app.user("ada").await;
    let statuses = statuses(&app, 8, 10).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    if let Rows::Postgres(_) = app.rows {
        let open = "SELECT count(*) FROM pg_stat_activity \
                    WHERE application_name = 'signet' AND datname = current_database()";
        assert!(app.value::<i64>(open).await <= 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stalls_and_is_replaced_is_left_within_seconds() {
    if server().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let database = Database::new(folder.path()).await;
    let forwarder = Forwarder::new(&database.url).await;
    let url = forwarder.before(&database.url);
    let app = Arc::new(TestApp::on(folder, database, &[("DATABASE_URL", &url)]).await);
    app.user("ada").await;
    let before = statuses(&app, 12, 2).await;
    assert!(before.iter().all(|status| *status == 200), "{before:?}");
    forwarder.freeze();
    let stalled = statuses(&app, 12, 1).await;
    assert!(stalled.iter().all(|status| *status == 503), "{stalled:?}");
    forwarder.switch();
    let switched = Instant::now();
    while statuses(&app, 1, 1).await != [200] {
        assert!(switched.elapsed() < RECOVERY, "it serves again");
    }
    let after = statuses(&app, 12, 2).await;
    assert!(after.iter().all(|status| *status == 200), "{after:?}");
}

/// The connections of the server under test.
const CONNECTIONS: &str = "FROM pg_stat_activity \
     WHERE application_name = 'signet' AND datname = current_database()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_no_writes_any_more_is_left_at_once() {
    let app = Arc::new(TestApp::with_ada().await);
    let Rows::Postgres(_) = app.rows else { return };
    statuses(&app, 8, 2).await;
    // What a primary says once it has become a standby.
    for statement in [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         RAISE EXCEPTION 'read-only' USING ERRCODE = '25006'; END $$",
        "CREATE TRIGGER refuse BEFORE INSERT ON signet_session EXECUTE FUNCTION refuse()",
    ] {
        app.rows.execute(statement).await;
    }
    let pids = format!("SELECT string_agg(pid::text, ',') {CONNECTIONS}");
    let before: String = app.value(&pids).await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    let answer = app.post_json("/auth/token/", &body).await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    let left = format!("SELECT count(*) {CONNECTIONS} AND pid IN ({before})");
    let began = Instant::now();
    while app.value::<i64>(&left).await > 0 {
        assert!(began.elapsed() < RECOVERY, "its connections are closed");
    }
    app.rows
        .execute("DROP TRIGGER refuse ON signet_session")
        .await;
    app.log_in("ada").await;
    app.get("/readyz").await.is(200, "ready\n");
}
