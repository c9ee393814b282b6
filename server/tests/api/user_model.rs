//! A Django project with a user model of its own: the table, its columns and its key.

use serde_json::json;
use signet::clock::Timestamp;
use signet::model::NewUser;
use signet::network::Network;
use signet::password::{Cost, Encoded, HashingPool, Password, Requester};
use signet::storage::Store;
use tempfile::TempDir;

use crate::app::{PASSWORD, TestApp, settings_with};
use crate::engine::{Database, Rows, server};
use crate::forge::claims_of;

/// A user model whose names need quotes: a keyword, a space, a quote and a dot.
const TABLE: &str = "the \"user\" table.of";

/// The settings of [`TABLE`].
pub(crate) const SETTINGS: [(&str, &str); 9] = [
    ("USER_TABLE", TABLE),
    ("USER_ID", "primary key"),
    ("USER_USERNAME", "select"),
    ("USER_USERNAME_FIELD", "email"),
    ("USER_PASSWORD", "pass\"word"),
    ("USER_EMAIL", "select"),
    ("USER_IS_ACTIVE", "is.active"),
    ("USER_LAST_LOGIN", "false"),
    ("USER_DATE_JOINED", "false"),
];

const INTEGER_KEY: &str = "42";
pub(crate) const UUID_KEY: &str = "0f0e8e6c-2f50-4f0c-9d4b-3a51a8f0a001";

/// The kinds of keys, each with a key.
pub(crate) const KEYS: [&str; 2] = [INTEGER_KEY, UUID_KEY];

/// Looks into a database, and makes its file.
async fn open(database: &Database) -> Rows {
    match database.url.starts_with("sqlite:") {
        true => Rows::of(&format!("{}?mode=rwc", database.url)).await,
        false => database.rows().await,
    }
}

/// Makes the tables of a Django project without the app `token_blacklist`, and a user.
pub(crate) async fn project_without_app(folder: &TempDir, key: &str, more: &str) -> Database {
    let database = Database::new(folder.path()).await;
    let rows = open(&database).await;
    let is_uuid = key == UUID_KEY;
    let (kind, stored) = match (&rows, is_uuid) {
        (Rows::Sqlite(_), false) => ("integer", key.to_owned()),
        (Rows::Sqlite(_), true) => ("char(32)", format!("'{}'", key.replace('-', ""))),
        (Rows::Postgres(_), false) => ("integer", key.to_owned()),
        (Rows::Postgres(_), true) => ("uuid", format!("'{key}'")),
    };
    let quoted = TABLE.replace('"', "\"\"");
    let hashing = HashingPool::start(1.try_into().unwrap(), Cost::new(64, 1, 1).unwrap());
    let requester = Requester::new(Network::of([192, 0, 2, 1].into()), "ada");
    let hash = hashing
        .hash(requester, Password::new(PASSWORD))
        .await
        .unwrap()
        .0;
    for statement in [
        "CREATE TABLE django_migrations (id integer)".to_owned(),
        format!(
            "CREATE TABLE \"{quoted}\" (\"primary key\" {kind} NOT NULL PRIMARY KEY, \
             \"select\" varchar(254) NOT NULL UNIQUE, \"pass\"\"word\" varchar(128) NOT NULL, \
             \"is.active\" boolean NOT NULL {more})"
        ),
        format!(
            "INSERT INTO \"{quoted}\" (\"primary key\", \"select\", \"pass\"\"word\", \
             \"is.active\") VALUES ({stored}, 'ada@example.com', '{hash}', TRUE)"
        ),
    ] {
        rows.execute(&statement).await;
    }
    database
}

/// Makes the tables of the app `token_blacklist`, as its migrations do.
pub(crate) async fn add_blacklist_app(database: &Database, key: &str) {
    let rows = open(database).await;
    let (kind, big, time) = match (&rows, key == UUID_KEY) {
        (Rows::Sqlite(_), false) => ("integer", "integer", "datetime"),
        (Rows::Sqlite(_), true) => ("char(32)", "integer", "datetime"),
        (Rows::Postgres(_), false) => ("integer", "bigserial", "timestamptz"),
        (Rows::Postgres(_), true) => ("uuid", "bigserial", "timestamptz"),
    };
    let quoted = TABLE.replace('"', "\"\"");
    for statement in [
        format!(
            "CREATE TABLE token_blacklist_outstandingtoken (id {big} NOT NULL PRIMARY KEY, \
             token text NOT NULL, created_at {time} NULL, expires_at {time} NOT NULL, \
             user_id {kind} NULL REFERENCES \"{quoted}\" (\"primary key\"), \
             jti varchar(255) NOT NULL UNIQUE)"
        ),
        format!(
            "CREATE TABLE token_blacklist_blacklistedtoken (id {big} NOT NULL PRIMARY KEY, \
             blacklisted_at {time} NOT NULL, token_id bigint NOT NULL UNIQUE \
             REFERENCES token_blacklist_outstandingtoken (id))"
        ),
    ] {
        rows.execute(&statement).await;
    }
}

/// Makes the tables of a Django project, and a user.
async fn project(folder: &TempDir, key: &str, more: &str) -> Database {
    let database = project_without_app(folder, key, more).await;
    add_blacklist_app(&database, key).await;
    database
}

async fn app(key: &str) -> TestApp {
    let folder = tempfile::tempdir().unwrap();
    let database = project(&folder, key, "").await;
    let settings = [
        &SETTINGS[..],
        &[
            ("ROTATE_REFRESH_TOKENS", "true"),
            ("BLACKLIST_AFTER_ROTATION", "true"),
            ("UPDATE_LAST_LOGIN", "true"),
        ],
    ];
    TestApp::on(folder, database, &settings.concat()).await
}

pub(crate) async fn log_in(app: &TestApp) -> (String, String) {
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let answer = app.post_json("/auth/token/", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    (answer.field("refresh"), answer.field("access"))
}

#[tokio::test]
async fn users_of_a_model_of_its_own_log_in_refresh_and_log_out() {
    for key in KEYS {
        let app = app(key).await;
        let (refresh, access) = log_in(&app).await;
        assert_eq!(claims_of(&access)["user_id"], key);
        let me = app.me(&access).await;
        let id = if key == UUID_KEY {
            json!(key)
        } else {
            json!(42)
        };
        assert_eq!(me.json()["id"], id);
        assert_eq!(me.json()["username"], "ada@example.com");
        let rotated = app.refresh(&refresh).await;
        assert_eq!(rotated.status, 200, "{}", rotated.text());
        let successor = rotated.field("refresh");
        app.blacklist(&successor).await.is(200, "{}");
        app.refresh(&successor)
            .await
            .is_bad_token("Token is blacklisted");
        let owned: i64 = app
            .value(
                "SELECT count(*) FROM token_blacklist_outstandingtoken WHERE user_id IS NOT NULL",
            )
            .await;
        assert_eq!(owned, 2, "{key}");
    }
}

#[tokio::test]
async fn sessions_and_the_password_of_such_a_user_can_be_changed() {
    for key in KEYS {
        let app = app(key).await;
        let (kept, access) = log_in(&app).await;
        let (lost, _) = log_in(&app).await;
        let bearer = format!("Bearer {access}");
        let headers = [("authorization", bearer.as_str())];
        let sessions = app.call("GET", "/auth/sessions/", &headers).await.json();
        assert_eq!(sessions.as_array().unwrap().len(), 2, "{key}");
        let change = json!({
            "current_password": PASSWORD, "new_password": "An0ther-pass-2", "refresh": kept,
        });
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let path = "/auth/password/change/";
        let changed = app.post_raw(path, &headers, &change.to_string()).await;
        changed.is(200, "{}");
        assert_eq!(app.refresh(&kept).await.status, 200, "{key}");
        assert_eq!(app.refresh(&lost).await.status, 401, "{key}");
    }
}

#[tokio::test]
async fn the_field_of_a_login_has_the_name_of_the_model() {
    let app = app(INTEGER_KEY).await;
    let answer = app
        .post_json("/auth/token/", &json!({ "username": "ada" }))
        .await;
    answer.is(
        400,
        r#"{"email":["This field is required."],"password":["This field is required."]}"#,
    );
}

#[tokio::test]
async fn users_are_made_if_no_column_wants_a_value_of_the_project() {
    for key in KEYS {
        let app = app(key).await;
        // An integer key of PostgreSQL without a sequence has no value of its own.
        let is_plain = key == INTEGER_KEY && server().is_some();
        assert_eq!(
            app.store.unfilled_user_column().is_some(),
            is_plain,
            "{key}"
        );
        let user = NewUser {
            username: "eve@example.com".to_owned(),
            email: String::new(),
            password: Encoded("!".to_owned()),
            is_active: true,
        };
        let made = app.store.create_user(user, Timestamp::UNIX_EPOCH).await;
        if is_plain {
            let error = made.unwrap_err().to_string();
            assert!(error.contains("primary key"), "{error}");
            continue;
        }
        let id = made.unwrap();
        let found = app.store.user_by_id(id).await.unwrap().unwrap();
        assert_eq!(
            (found.id, &*found.username),
            (id, "eve@example.com"),
            "{key}"
        );
        // Names of another kind than Django's are not judged yet.
        let body = json!({ "username": "bob", "password": PASSWORD });
        let refused = app.post_json("/auth/register/", &body).await;
        assert_eq!(refused.status, 404, "{key}");
    }
}

#[tokio::test]
async fn users_do_not_register_where_a_column_wants_a_value_of_the_project() {
    let folder = tempfile::tempdir().unwrap();
    let database = project(&folder, UUID_KEY, ", phone varchar(20) NOT NULL DEFAULT ''").await;
    let rows = open(&database).await;
    let quoted = TABLE.replace('"', "\"\"");
    if server().is_some() {
        let drop = format!("ALTER TABLE \"{quoted}\" ALTER COLUMN phone DROP DEFAULT");
        rows.execute(&drop).await;
        let app = TestApp::on(folder, database, &SETTINGS).await;
        assert_eq!(app.store.unfilled_user_column(), Some("phone"));
        let body = json!({ "username": "eve", "password": PASSWORD });
        app.post_json("/auth/register/", &body)
            .await
            .is(404, r#"{"detail":"Not found."}"#);
    }
}

#[tokio::test]
async fn a_table_or_column_that_is_not_there_stops_the_start_in_one_line() {
    for (name, value, words) in [
        (
            "USER_TABLE",
            "people",
            "there is no table people; name the table",
        ),
        (
            "USER_USERNAME",
            "selected",
            "has no column selected (the nearest is select); name it by [user] username",
        ),
        (
            "USER_DATE_JOINED",
            "date_joined",
            "name it by [user] date_joined, or false for none",
        ),
        ("USER_ID", "select", "Signet serves integers and uuids"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let database = project(&folder, INTEGER_KEY, "").await;
        let mut settings: Vec<_> = SETTINGS.into_iter().filter(|one| one.0 != name).collect();
        settings.push((name, value));
        let settings = settings_with(folder.path(), &database.url, &settings);
        let size = settings.database_pool_size;
        let opened = Store::open_with(&database.url, size, &settings.user_columns()).await;
        let error = opened.unwrap_err().to_string();
        assert!(error.contains(words), "{words:?} in: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[tokio::test]
async fn a_login_may_be_looked_for_in_several_columns_ignoring_case() {
    let folder = tempfile::tempdir().unwrap();
    let more = ", phone varchar(20) NOT NULL DEFAULT '555', \"level\" integer NULL";
    let database = project(&folder, UUID_KEY, more).await;
    let settings = [
        &SETTINGS[..],
        &[
            ("USER_LOGIN", "select,phone"),
            ("USER_LOGIN_IGNORES_CASE", "true"),
        ],
    ];
    let app = TestApp::on(folder, database, &settings.concat()).await;
    let log_in = async |name: &str| {
        let body = json!({ "email": name, "password": PASSWORD });
        app.post_json("/auth/token/", &body).await.status.as_u16()
    };
    for (name, status) in [
        ("ada@example.com", 200),
        ("ADA@Example.com", 200),
        ("555", 200),
        ("55", 401),
        ("%", 401),
        ("ada@example.co_", 401),
    ] {
        assert_eq!(log_in(name).await, status, "{name}");
    }
    // Two users of one phone number: nobody logs in by it.
    let bob = NewUser {
        username: "bob@example.com".to_owned(),
        email: String::new(),
        password: Encoded("!".to_owned()),
        is_active: true,
    };
    let made = app.store.create_user(bob, Timestamp::UNIX_EPOCH).await;
    made.unwrap();
    assert_eq!(log_in("555").await, 401);
    assert_eq!(log_in("ada@example.com").await, 200);
}

#[tokio::test]
async fn a_login_may_require_values_of_columns() {
    let more = ", phone varchar(20) NULL, \"level\" integer NULL, verified boolean NULL";
    for (required, set, status) in [
        (r#"{"phone": "null"}"#, "", 200),
        (r#"{"phone": "null"}"#, "phone = '1'", 401),
        (r#"{"phone": "it's"}"#, "phone = 'it''s'", 200),
        (r#"{"level": 3}"#, "\"level\" = 3", 200),
        (r#"{"level": 3}"#, "", 401),
        (r#"{"verified": true}"#, "verified = TRUE", 200),
        (r#"{"verified": true}"#, "verified = FALSE", 401),
        (r#"{"verified": true}"#, "", 401),
        (r#"{"verified": true, "level": 3}"#, "verified = TRUE", 401),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let database = project(&folder, INTEGER_KEY, more).await;
        let settings = [&SETTINGS[..], &[("USER_REQUIRE", required)]].concat();
        let app = TestApp::on(folder, database, &settings).await;
        if !set.is_empty() {
            let quoted = TABLE.replace('"', "\"\"");
            let update = format!("UPDATE \"{quoted}\" SET {set}");
            app.rows.execute(&update).await;
        }
        let body = json!({ "email": "ada@example.com", "password": PASSWORD });
        let answer = app.post_json("/auth/token/", &body).await;
        assert_eq!(answer.status, status, "{required} {set}");
        if status == 401 {
            answer.is_unauthorized("No active account found with the given credentials");
        }
    }
}
