//! Hashes that Django made, or that are of another cost, when their users log in.

use serde_json::json;
use signet::model::Write;
use signet::password::Encoded;
use signet::storage::Store;

use crate::answer::Answer;
use crate::app::{KEY, PASSWORD, TestApp};
use crate::engine::{Database, Rows};
use crate::process::{Place, Server};

const REFUSED: &str = "No active account found with the given credentials";
const CHANGED: &str =
    r#"{"detail":"The user's password has been changed.","code":"password_changed"}"#;

/// Of [`PASSWORD`], by Django.
const PBKDF2: &str =
    "pbkdf2_sha256$1000$c5GHfi2XpTu7WyoKtmLM0O$DrP6i8UXkLU0SOP5SehfggJS9qDemZOF7nMCzm92cOA=";
const SCRYPT: &str = "scrypt$16$DFNpwbqGd7AztRNyrGdRg6$8$1$HU6pyfLIThdv8qy42CD6TKPLs0fY+GXtBOvNz1Wb4KsyY7hSoyteam7BMhRM+aNnk4UkPaz2V45ZMTVRc5CvZA==";
const BCRYPT: &str = "bcrypt$$2b$04$9jYJW6CV/Bhlzio5tPHMl.DegFjWMU.GfGa7lmYvjBtDMVT.gQYMG";
const ARGON2I: &str = "argon2$argon2i$v=19$m=512,t=2,p=2$YWJjZGVmQUJDREVG$jRdiIToT+lJgGBc60Rx8aQ";
/// At the cost of [`TestApp`].
const CURRENT: &str = "argon2$argon2id$v=19$m=64,t=1,p=1$";

async fn app_with(settings: &[(&str, &str)], row: &str) -> TestApp {
    let app = TestApp::with(settings).await;
    app.user("ada").await;
    store(&app, row).await;
    app
}

async fn store(app: &TestApp, row: &str) {
    let stored = app.store.set_password("ada", Encoded(row.to_owned())).await;
    assert_eq!(stored.unwrap(), Write::Done);
}

async fn stored(app: &TestApp) -> String {
    let user = app.store.user_by_name("ada").await.unwrap();
    user.unwrap().password.0
}

async fn try_with(app: &TestApp, password: &str) -> Answer {
    let body = json!({ "username": "ada", "password": password });
    app.post_json("/auth/token/", &body).await
}

/// Has the database run these statements first, in its engine's own words.
async fn before_a_hash_is_stored(rows: &Rows, sqlite: &str, postgres: &str) {
    let trigger = match rows {
        Rows::Sqlite(_) => format!("BEGIN {sqlite} END"),
        Rows::Postgres(_) => {
            let function = format!(
                "CREATE FUNCTION first() RETURNS trigger LANGUAGE plpgsql \
                 AS $$ BEGIN {postgres} END $$"
            );
            rows.execute(&function).await;
            "FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION first()".to_owned()
        }
    };
    let trigger = format!("CREATE TRIGGER first BEFORE UPDATE OF password ON auth_user {trigger}");
    rows.execute(&trigger).await;
}

#[tokio::test]
async fn a_login_replaces_an_outdated_hash_and_the_next_one_leaves_it() {
    let app = TestApp::with_ada().await;
    for row in [PBKDF2, SCRYPT, BCRYPT, ARGON2I] {
        store(&app, row).await;
        app.log_in("ada").await;
        let upgraded = stored(&app).await;
        assert!(upgraded.starts_with(CURRENT), "{row}: {upgraded}");
        app.log_in("ada").await;
        assert_eq!(stored(&app).await, upgraded);
    }
}

#[tokio::test]
async fn a_sliding_login_and_the_form_of_a_page_do_as_well() {
    let app = app_with(&[], PBKDF2).await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    let answer = app.post_json("/auth/token/sliding/", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(stored(&app).await.starts_with(CURRENT));

    store(&app, PBKDF2).await;
    let headers = [("sec-fetch-site", "same-origin")];
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let answer = app.post_form("/login", &headers, &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert!(stored(&app).await.starts_with(CURRENT));
}

#[tokio::test]
async fn a_hash_of_another_cost_is_outdated() {
    let app = TestApp::with_ada().await;
    let cheap = stored(&app).await;
    let app = app_with(&[("HASH_ITERATIONS", "2")], &cheap).await;
    app.log_in("ada").await;
    let dear = "argon2$argon2id$v=19$m=64,t=2,p=1$";
    assert!(stored(&app).await.starts_with(dear));
}

#[tokio::test]
async fn whoever_is_refused_changes_nothing() {
    let app = app_with(&[], PBKDF2).await;
    try_with(&app, "wrong").await.is_unauthorized(REFUSED);
    assert_eq!(stored(&app).await, PBKDF2);
    app.store.set_active("ada", false).await.unwrap();
    try_with(&app, PASSWORD).await.is_unauthorized(REFUSED);
    assert_eq!(stored(&app).await, PBKDF2);
}

#[tokio::test]
async fn without_password_upgrade_every_hash_stays() {
    let app = app_with(&[("PASSWORD_UPGRADE", "false")], PBKDF2).await;
    for row in [PBKDF2, SCRYPT, BCRYPT, ARGON2I] {
        store(&app, row).await;
        app.log_in("ada").await;
        assert_eq!(stored(&app).await, row);
    }
}

#[tokio::test]
async fn tokens_of_a_login_that_replaced_the_hash_are_good_and_former_ones_are_not() {
    let app = app_with(&[("CHECK_REVOKE_TOKEN", "true")], PBKDF2).await;
    let pair = app.log_in("ada").await;
    assert_eq!(app.me(&pair.access).await.status, 200);
    store(&app, PBKDF2).await;
    let successor = app.log_in("ada").await;
    assert_eq!(app.me(&successor.access).await.status, 200);
    app.me(&pair.access).await.is(401, CHANGED);
}

#[tokio::test]
async fn of_several_logins_at_once_all_tokens_are_good() {
    let settings = [("CHECK_REVOKE_TOKEN", "true"), ("HASH_SLOTS", "2")];
    let app = app_with(&settings, PBKDF2).await;
    for _ in 0..5 {
        store(&app, PBKDF2).await;
        let (one, two, three) =
            tokio::join!(app.log_in("ada"), app.log_in("ada"), app.log_in("ada"));
        for pair in [one, two, three] {
            assert_eq!(app.me(&pair.access).await.status, 200);
        }
        assert!(stored(&app).await.starts_with(CURRENT));
    }
}

#[tokio::test]
async fn a_password_that_is_changed_meanwhile_stays_changed() {
    let app = app_with(&[], PBKDF2).await;
    // What another one would do between the check and the upgrade.
    let change = "UPDATE auth_user SET password = '!changed' WHERE id = OLD.id;";
    before_a_hash_is_stored(
        &app.rows,
        &format!("{change} SELECT RAISE(IGNORE);"),
        &format!("{change} RETURN NULL;"),
    )
    .await;
    try_with(&app, PASSWORD).await.is_unauthorized(REFUSED);
    assert_eq!(stored(&app).await, "!changed");
}

#[tokio::test]
async fn a_database_that_does_not_take_the_new_hash_stops_nobody_from_logging_in() {
    let app = app_with(&[("CHECK_REVOKE_TOKEN", "true")], PBKDF2).await;
    before_a_hash_is_stored(
        &app.rows,
        "SELECT RAISE(ABORT, 'no');",
        "RAISE EXCEPTION 'no';",
    )
    .await;
    let pair = app.log_in("ada").await;
    assert_eq!(stored(&app).await, PBKDF2);
    assert_eq!(app.me(&pair.access).await.status, 200);
}

#[tokio::test]
async fn beside_a_django_project_the_log_says_what_django_needs_until_the_setting_is_given() {
    let place = Place::new();
    let database = Database::new(place.path()).await;
    Store::open(&database.url).await.unwrap().close().await;
    let environment = [
        ("SIGNET_DATABASE_URL", database.url.as_str()),
        ("SIGNET_SIGNING_KEY", KEY),
    ];
    let warns = async |environment: &[(&str, &str)]| {
        let log = Server::start(&place, environment).await.stop().await;
        let lines: Vec<_> = log
            .lines()
            .filter(|line| line.contains("argon2-cffi"))
            .collect();
        assert!(
            lines.iter().all(|line| line.contains("PASSWORD_UPGRADE")),
            "{log}"
        );
        lines.len()
    };
    assert_eq!(warns(&environment).await, 0);
    // The tables are there, and Signet did not make them.
    database
        .rows()
        .await
        .execute("DROP TABLE signet_migrations")
        .await;
    assert_eq!(warns(&environment).await, 1);
    for choice in ["true", "false"] {
        let [url, key] = environment;
        let chosen = [url, key, ("SIGNET_PASSWORD_UPGRADE", choice)];
        assert_eq!(warns(&chosen).await, 0);
    }
}
