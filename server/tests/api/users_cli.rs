//! `signet user`: what an administrator does to accounts.

use std::process::Output;

use serde_json::{Value, json};

use crate::app::PASSWORD;
use crate::process::{Place, Server};

const NEW_PASSWORD: &str = "N3w-passw0rd-x";

async fn user(place: &Place, arguments: &[&str], input: &str) -> Output {
    let arguments = [&["user"], arguments].concat();
    place.run(&arguments, input).await
}

/// Runs a command that succeeds and says nothing.
#[track_caller]
fn assert_done(ended: &Output) {
    let said = [ended.stdout.clone(), ended.stderr.clone()].concat();
    let said = String::from_utf8(said).unwrap();
    assert_eq!((ended.status.code(), said.as_str()), (Some(0), ""));
}

/// A command that failed with this line.
#[track_caller]
fn assert_failed(ended: &Output, line: &str) {
    let error = String::from_utf8(ended.stderr.clone()).unwrap();
    assert_eq!(error, format!("signet: {line}\n"));
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stdout.is_empty());
}

async fn create(place: &Place, name: &str) {
    assert_done(&user(place, &["create", name], PASSWORD).await);
}

async fn show(place: &Place, name: &str) -> Value {
    let ended = user(place, &["show", name, "--json"], "").await;
    assert_eq!(ended.status.code(), Some(0));
    serde_json::from_slice(&ended.stdout).unwrap()
}

#[tokio::test]
async fn a_user_is_made_and_shown() {
    let place = Place::with_database().await;
    let arguments = ["create", "ada", "--email", "Ada@Example.ORG"];
    assert_done(&user(&place, &arguments, &format!("{PASSWORD}\n")).await);
    let shown = show(&place, "ada").await;
    let names: Vec<&str> = shown
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = [
        "id",
        "username",
        "email",
        "is_active",
        "last_login",
        "date_joined",
    ];
    assert_eq!(names, expected);
    assert_eq!(shown["username"], "ada");
    assert_eq!(shown["email"], "Ada@example.org");
    assert_eq!(shown["is_active"], true);
    assert_eq!(shown["last_login"], Value::Null);
    let joined = shown["date_joined"].as_str().unwrap();
    assert!(
        joined.parse::<signet::clock::Timestamp>().is_ok(),
        "{joined}"
    );

    let ended = user(&place, &["show", "ada"], "").await;
    let text = String::from_utf8(ended.stdout).unwrap();
    assert!(text.contains("ada") && text.contains("never"), "{text}");
    assert!(!text.contains("argon2"), "{text}");
}

#[tokio::test]
async fn what_is_done_to_a_user_counts_at_once_for_a_running_server() {
    let place = Place::with_database().await;
    let server = Server::start(&place, &[("SIGNET_REFRESH_TOKEN_LIFETIME", "1h")]).await;
    let log_in = async |password: &str| {
        let body = json!({ "username": "ada", "password": password });
        server.post("/auth/token/", &body).await
    };
    assert_eq!(log_in(PASSWORD).await.0, 401);
    create(&place, "ada").await;
    let (status, pair) = log_in(PASSWORD).await;
    assert_eq!(status, 200);

    assert_done(&user(&place, &["deactivate", "ada"], "").await);
    assert_eq!(log_in(PASSWORD).await.0, 401);
    assert_eq!(server.post("/auth/token/refresh/", &pair).await.0, 401);
    assert_eq!(show(&place, "ada").await["is_active"], false);
    assert_done(&user(&place, &["activate", "ada"], "").await);
    assert_eq!(log_in(PASSWORD).await.0, 200);

    assert_done(&user(&place, &["password", "ada"], NEW_PASSWORD).await);
    assert_eq!(log_in(PASSWORD).await.0, 401);
    assert_eq!(log_in(NEW_PASSWORD).await.0, 200);

    assert_done(&user(&place, &["delete", "ada"], "").await);
    assert_eq!(log_in(NEW_PASSWORD).await.0, 401);
    assert_eq!(server.post("/auth/token/refresh/", &pair).await.0, 401);
    server.stop().await;
}

#[tokio::test]
async fn a_name_that_nobody_has_is_an_error() {
    let place = Place::with_database().await;
    for action in ["activate", "deactivate", "delete", "show", "password"] {
        let ended = user(&place, &[action, "nobody"], NEW_PASSWORD).await;
        assert_failed(&ended, "there is no user \"nobody\"");
    }
}

#[tokio::test]
async fn a_name_that_somebody_has_is_an_error() {
    let place = Place::with_database().await;
    create(&place, "fiy").await;
    for name in ["fiy", "ﬁy"] {
        for flags in [&[][..], &["--no-validate"], &["--inactive"]] {
            let arguments = [&["create", name], flags].concat();
            let ended = user(&place, &arguments, PASSWORD).await;
            assert_failed(&ended, "a user with that username already exists");
        }
    }
}

#[tokio::test]
async fn a_new_user_may_be_inactive() {
    let place = Place::with_database().await;
    assert_done(&user(&place, &["create", "ada", "--inactive"], PASSWORD).await);
    assert_eq!(show(&place, "ada").await["is_active"], false);
    let arguments = ["create", "bob", "--inactive", "--no-validate"];
    assert_done(&user(&place, &arguments, "x").await);
    assert_eq!(show(&place, "bob").await["is_active"], false);
}

#[tokio::test]
async fn names_addresses_and_passwords_are_judged_as_at_registration() {
    let place = Place::with_database().await;
    let short = "This password is too short. It must contain at least 8 characters.";
    let numeric = "This password is too common. This password is entirely numeric.";
    for (arguments, password, line) in [
        (vec!["create", "ada"], "aB3$xyz", short),
        (vec!["create", "ada"], "12345678", numeric),
        (
            vec!["create", "a b"],
            PASSWORD,
            "username: Enter a valid username. This value may contain only letters, numbers, and \
             @/./+/-/_ characters.",
        ),
        (
            vec!["create", "ada", "--email", "bad"],
            PASSWORD,
            "email: Enter a valid email address.",
        ),
        (vec!["create", "ada"], "", "no password was given"),
        (vec!["create", "ada"], "\n", "no password was given"),
    ] {
        let ended = user(&place, &arguments, password).await;
        assert_failed(&ended, line);
    }
    create(&place, "ada").await;
    let ended = user(&place, &["password", "ada"], "aB3$xyz").await;
    assert_failed(&ended, short);
    let like = user(&place, &["create", "somelongname"], "somelongname1").await;
    assert_failed(&like, "The password is too similar to the username.");
}

#[tokio::test]
async fn what_is_too_long_to_register_is_too_long_here() {
    let place = Place::with_database().await;
    let (name, long_name) = ("n".repeat(150), "n".repeat(151));
    create(&place, &name).await;
    let ended = user(&place, &["create", &long_name], PASSWORD).await;
    assert_eq!(ended.status.code(), Some(1), "a username of 151 characters");
    let email = format!("{}@example.com", "a".repeat(254));
    let arguments = ["create", "ada", "--email", &email];
    let ended = user(&place, &arguments, PASSWORD).await;
    assert_eq!(ended.status.code(), Some(1), "an address of 266 characters");
    let ended = user(&place, &["create", "ada"], &"aB3$".repeat(33)).await;
    assert_eq!(ended.status.code(), Some(1), "a password of 132 characters");
}

#[tokio::test]
async fn unjudged_takes_what_registration_would_refuse() {
    let place = Place::with_database().await;
    let arguments = ["create", "Ａ b", "--no-validate"];
    assert_done(&user(&place, &arguments, "x").await);
    assert_eq!(
        show(&place, "A b").await["username"],
        "A b",
        "NFKC all the same"
    );
    let arguments = ["password", "A b", "--no-validate"];
    assert_done(&user(&place, &arguments, "y").await);
}

#[tokio::test]
async fn a_password_is_one_line_and_no_argument() {
    let place = Place::with_database().await;
    let ended = user(&place, &["create", "ada", PASSWORD], "").await;
    assert_eq!(ended.status.code(), Some(2), "a usage error");
    let lines = format!("{PASSWORD}\r\nsecond line\n");
    assert_done(&user(&place, &["create", "ada"], &lines).await);
    let server = Server::start(&place, &[]).await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    assert_eq!(server.post("/auth/token/", &body).await.0, 200);
}

#[tokio::test]
async fn usage_errors_and_help_say_how_it_is_used() {
    let place = Place::with_database().await;
    for (arguments, code) in [
        (&["user"][..], 2),
        (&["user", "nonsense"], 2),
        (&["user", "create"], 2),
        (&["nonsense"], 2),
        (&[], 2),
        (&["--help"], 0),
        (&["--version"], 0),
        (&["user", "create", "--help"], 0),
    ] {
        let ended = place.run(arguments, "").await;
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}");
        assert!(!ended.stdout.is_empty() || !ended.stderr.is_empty());
    }
    assert!(!place.data().exists(), "nothing was made on the way");
}

#[tokio::test]
async fn making_users_needs_no_signing_key_and_makes_none() {
    let place = Place::new();
    create(&place, "ada").await;
    assert!(place.data().join("signet.db").exists());
    assert!(!place.data().join("signing.key").exists());
}

#[tokio::test]
async fn an_administrator_sees_where_a_user_is_logged_in_and_ends_it() {
    let place = Place::with_database().await;
    let server = Server::start(&place, &[("SIGNET_REFRESH_TOKEN_LIFETIME", "1h")]).await;
    create(&place, "ada").await;
    let log_in = async |password: &str| {
        let body = json!({ "username": "ada", "password": password });
        server.post("/auth/token/", &body).await.1
    };
    let sessions = async || {
        let ended = user(&place, &["sessions", "ada", "--json"], "").await;
        assert_eq!(ended.status.code(), Some(0));
        let lines = String::from_utf8(ended.stdout).unwrap();
        let rows = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        rows.collect::<Vec<Value>>()
    };
    let pairs = [log_in(PASSWORD).await, log_in(PASSWORD).await];
    let rows = sessions().await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["address"], "127.0.0.1");
    let ended = user(&place, &["sessions", "ada"], "").await;
    let text = String::from_utf8(ended.stdout).unwrap();
    assert!(
        text.starts_with("id ") && text.lines().count() == 3,
        "{text}"
    );

    assert_done(&user(&place, &["end-sessions", "ada"], "").await);
    assert_eq!(sessions().await.len(), 0);
    for pair in &pairs {
        assert_eq!(server.post("/auth/token/refresh/", pair).await.0, 401);
    }

    // A password alone ends nothing, as in Django, unless that is asked for.
    let pair = log_in(PASSWORD).await;
    assert_done(&user(&place, &["password", "ada"], NEW_PASSWORD).await);
    assert_eq!(server.post("/auth/token/refresh/", &pair).await.0, 200);
    let arguments = ["password", "ada", "--end-sessions"];
    assert_done(&user(&place, &arguments, PASSWORD).await);
    assert_eq!(server.post("/auth/token/refresh/", &pair).await.0, 401);
    let unknown = user(&place, &["end-sessions", "bob"], "").await;
    assert_failed(&unknown, r#"there is no user "bob""#);
    server.stop().await;
}
