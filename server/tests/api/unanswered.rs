//! A request that was answered 503 may have been done all the same, because its commit went
//! through later. The client repeats it, as `Retry-After` says, and is given what it asked for.

use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::answer::Answer;
use crate::app::{NOW, PASSWORD, ROTATING, TestApp};
use crate::engine::Rows;

const AWAY: &str =
    r#"{"detail":"The database is unavailable. Try again in 1 second.","code":"unavailable"}"#;

const TAKEN: &str = r#"{"username":["A user with that username already exists."]}"#;

async fn app(grace: &str) -> TestApp {
    let app = TestApp::with(&[&ROTATING[..2], &[("ROTATION_GRACE", grace)]].concat()).await;
    app.user("ada").await;
    app
}

async fn reuses(app: &TestApp) -> i64 {
    app.value("SELECT count(*) FROM signet_session WHERE ended_by = 'reuse'")
        .await
}

/// Makes every rotation one that was committed and not answered, as a kill between the two does.
async fn lose_answers(app: &TestApp) {
    app.settle().await;
    let lose = "UPDATE signet_session_token SET answered_at = NULL WHERE spent_jti IS NOT NULL";
    app.rows.execute(lose).await;
}

/// Holds up the commits that write to a table, until the connection that this returns is closed;
/// `None` on SQLite, where a commit waits for nothing but the disk.
async fn hold_up_commits(app: &TestApp, table: &str) -> Option<sqlx::PgConnection> {
    let Rows::Postgres(_) = &app.rows else {
        eprintln!("skipped: commits cannot be held up on SQLite");
        return None;
    };
    // An advisory lock is of one database, and this test has its own.
    for statement in [
        "CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END'",
        &format!(
            "CREATE CONSTRAINT TRIGGER wait_for_test AFTER INSERT ON {table} \
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_for_test()"
        ),
    ] {
        app.rows.execute(statement).await;
    }
    let mut holder = sqlx::PgConnection::connect(&app.database.url)
        .await
        .unwrap();
    let lock = sqlx::query("SELECT pg_advisory_lock(1)");
    lock.execute(&mut holder).await.unwrap();
    Some(holder)
}

#[tokio::test]
async fn a_rotation_that_was_put_off_and_committed_later_may_be_repeated_at_any_server() {
    for grace in ["2s", "0s"] {
        let app = app(grace).await;
        let other = app.beside();
        let pair = app.log_in("ada").await;
        let Some(holder) = hold_up_commits(&app, "signet_session_token").await else {
            return;
        };
        app.refresh(&pair.refresh).await.is(503, AWAY);
        holder.close().await.unwrap();
        app.pass(10);
        other.pass(10);
        let repeated = other.refresh(&pair.refresh).await;
        let successor = repeated.field("refresh");
        let made = "SELECT count(*) FROM signet_session_token WHERE spent_jti IS NOT NULL";
        assert_eq!(app.value::<i64>(made).await, 1, "the late one was kept");
        assert_eq!(other.me(&repeated.field("access")).await.status, 200);
        assert_eq!(reuses(&app).await, 0);
        assert_eq!(app.refresh(&successor).await.status, 200, "and it goes on");
    }
}

#[tokio::test]
async fn a_rotation_whose_answer_was_lost_with_the_server_may_be_repeated_once() {
    let app = app("2s").await;
    let other = app.beside();
    let pair = app.log_in("ada").await;
    let successor = app.refresh(&pair.refresh).await.field("refresh");
    lose_answers(&app).await;
    app.pass(10);
    other.pass(10);
    let repeated = other.refresh(&pair.refresh).await.field("refresh");
    assert_eq!(repeated, successor, "letter by letter");

    // The grace counts from this answer, for all servers.
    other.settle().await;
    app.pass_millis(1_999);
    assert_eq!(app.refresh(&pair.refresh).await.field("refresh"), successor);
    app.pass_millis(1);
    let late = app.refresh(&pair.refresh).await;
    late.is_bad_token("Token is blacklisted");
    assert_eq!(reuses(&app).await, 1);
}

#[tokio::test]
async fn a_successor_that_was_handed_out_is_given_to_no_thief_at_any_server() {
    for (grace, seconds) in [("2s", 2), ("2s", 20), ("0s", 0), ("0s", 20)] {
        let app = app(grace).await;
        let other = app.beside();
        let pair = app.log_in("ada").await;
        let successor = app.refresh(&pair.refresh).await.field("refresh");
        app.settle().await;
        other.pass(seconds);
        let stolen = other.refresh(&pair.refresh).await;
        stolen.is_bad_token("Token is blacklisted");
        assert_eq!(reuses(&app).await, 1);
        let refused = app.refresh(&successor).await;
        refused.is_bad_token("Token is blacklisted");
    }
}

#[tokio::test]
async fn a_successor_that_was_used_was_handed_out_whatever_is_recorded() {
    let app = app("2s").await;
    let pair = app.log_in("ada").await;
    let second = app.refresh(&pair.refresh).await.field("refresh");
    let third = app.refresh(&second).await.field("refresh");
    lose_answers(&app).await;
    let other = app.beside();
    other.pass(10);
    let stolen = other.refresh(&pair.refresh).await;
    stolen.is_bad_token("Token is blacklisted");
    assert_eq!(reuses(&app).await, 1);
    let refused = app.refresh(&third).await;
    refused.is_bad_token("Token is blacklisted");
}

#[tokio::test]
async fn logging_out_with_a_token_whose_rotation_was_not_answered_ends_the_session() {
    let app = app("0s").await;
    let pair = app.log_in("ada").await;
    let successor = app.refresh(&pair.refresh).await.field("refresh");
    lose_answers(&app).await;
    let app = app.beside();
    app.pass(10);
    app.blacklist(&pair.refresh).await.is(200, "{}");
    let refused = app.refresh(&successor).await;
    refused.is_bad_token("Token is blacklisted");
    assert_eq!(reuses(&app).await, 0);
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_no_spent_token_give_its_successor() {
    for grace in ["2s", "0s"] {
        let app = app(grace).await;
        let pair = app.log_in("ada").await;
        app.pass(20);
        let successor = app.refresh(&pair.refresh).await.field("refresh");
        app.pass(-10);
        let refused = app.refresh(&pair.refresh).await;
        refused.is_bad_token("Token is blacklisted");
        assert_eq!(reuses(&app).await, 0, "it may be a lost answer");
        app.pass(10);
        assert_eq!(app.refresh(&successor).await.status, 200);
    }
}

async fn register(app: &TestApp, user: &Value) -> Answer {
    app.post_json("/auth/register/", user).await
}

#[tokio::test]
async fn a_registration_that_was_put_off_and_committed_later_may_be_repeated() {
    let app = TestApp::start().await;
    let Some(holder) = hold_up_commits(&app, "auth_user").await else {
        return;
    };
    let user = json!({ "username": "ada", "password": PASSWORD, "email": "ada@example.com" });
    register(&app, &user).await.is(503, AWAY);
    holder.close().await.unwrap();
    app.pass(3);
    let repeated = register(&app.beside(), &user).await;
    assert_eq!(repeated.status, 201, "{}", repeated.text());
    let users = app.value::<i64>("SELECT count(*) FROM auth_user").await;
    assert_eq!(users, 1);
    app.log_in("ada").await;
}

#[tokio::test]
async fn a_registration_is_repeated_only_with_its_own_password_and_address_and_only_once() {
    let app = TestApp::start().await;
    let user = json!({ "username": "Ada", "password": PASSWORD, "email": "ada@EXAMPLE.com" });
    let first = register(&app, &user).await;
    assert_eq!(first.status, 201, "{}", first.text());
    register(&app, &user).await.is(400, TAKEN);

    let time = match app.rows {
        Rows::Sqlite(_) => format!("datetime({NOW}, 'unixepoch')"),
        Rows::Postgres(_) => format!("to_timestamp({NOW})"),
    };
    let lose =
        format!("INSERT INTO signet_registration (username, created_at) VALUES ('Ada', {time})");
    app.rows.execute(&lose).await;
    register(&app, &user).await.is(400, TAKEN);
    app.pass(1);
    for (field, value) in [("password", "An0ther-pass-1"), ("email", "eve@example.com")] {
        let mut other = user.clone();
        other[field] = value.into();
        register(&app, &other).await.is(400, TAKEN);
    }
    register(&app, &user).await.is(201, first.text());
    register(&app, &user).await.is(400, TAKEN);

    app.rows.execute(&lose).await;
    app.pass(10 * 60 - 1);
    register(&app, &user).await.is(400, TAKEN);
}
