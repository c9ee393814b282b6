//! `signet user list`: users by their ids, as many as there are.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::engine::Rows;
use crate::process::Place;

/// More than are read at a time, twice.
const MANY: i64 = 2001;

/// Makes the database and as many users, `user1` and so on; every third is inactive.
async fn with_users(count: i64) -> (Place, Rows) {
    let place = Place::with_database().await;
    assert_eq!(lines(&place, &[]).await.len(), 1, "a heading alone");
    assert_eq!(lines(&place, &["--json"]).await, [""; 0]);
    let rows = place.rows().await;
    let insert = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         INSERT INTO auth_user (username, email, password, is_active, is_staff, is_superuser, \
         first_name, last_name, date_joined) \
         SELECT 'user' || i, 'u' || i || '@Example.com', 'argon2$canary', i % 3 <> 0, FALSE, \
         FALSE, '', '', '2026-01-01 00:00:00' FROM n"
    );
    // Postgres wants to be told that the text is a time.
    let insert = match &rows {
        Rows::Sqlite(_) => insert,
        Rows::Postgres(_) => insert.replace("'2026-01-01 00:00:00'", "timestamptz '2026-01-01Z'"),
    };
    rows.execute(&insert).await;
    (place, rows)
}

async fn lines(place: &Place, arguments: &[&str]) -> Vec<String> {
    let ended = place
        .run(&[&["user", "list"], arguments].concat(), "")
        .await;
    let error = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), error.as_str()), (Some(0), ""));
    let text = String::from_utf8(ended.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The ids that are listed with these arguments.
async fn ids(place: &Place, arguments: &[&str]) -> Vec<i64> {
    let lines = lines(place, &[&["--json"], arguments].concat()).await;
    let users = lines
        .iter()
        .map(|line| -> Value { serde_json::from_str(line).unwrap() });
    users.map(|user| user["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn everybody_is_listed_once_in_the_order_of_the_ids() {
    let (place, rows) = with_users(MANY).await;
    let everybody: Vec<i64> = (1..=MANY).collect();
    assert_eq!(ids(&place, &[]).await, everybody);
    assert_eq!(lines(&place, &[]).await.len(), everybody.len() + 1);
    // Ids may have gaps, and Django's start where they like.
    rows.execute("DELETE FROM auth_user WHERE id % 2 = 0").await;
    rows.execute("UPDATE auth_user SET id = -5 WHERE id = 1")
        .await;
    assert_eq!(ids(&place, &["--limit", "3"]).await, [-5, 3, 5]);
    assert_eq!(ids(&place, &[]).await.len(), 1001);
}

#[tokio::test]
async fn a_line_shows_who_may_sign_in_and_when_somebody_did() {
    let (place, rows) = with_users(3).await;
    let login = "UPDATE auth_user SET last_login = '2026-02-03 04:05:06' WHERE id = 1";
    rows.execute(login).await;
    let shown = lines(&place, &[]).await;
    let columns: Vec<Vec<&str>> = shown
        .iter()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let expected = [
        ["id", "username", "email", "active", "last_login"],
        [
            "1",
            "user1",
            "u1@Example.com",
            "yes",
            "2026-02-03T04:05:06Z",
        ],
        ["2", "user2", "u2@Example.com", "yes", "never"],
        ["3", "user3", "u3@Example.com", "no", "never"],
    ];
    assert_eq!(columns, expected);
    let json: Value = serde_json::from_str(&lines(&place, &["--json"]).await[0]).unwrap();
    let expected = json!({
        "id": 1, "username": "user1", "email": "u1@Example.com", "is_active": true,
        "last_login": "2026-02-03T04:05:06Z", "date_joined": "2026-01-01T00:00:00Z",
    });
    assert_eq!(json, expected);
    assert!(!shown.concat().contains("canary"));
}

#[tokio::test]
async fn a_part_can_be_asked_for() {
    let (place, rows) = with_users(MANY).await;
    let odd = "UPDATE auth_user SET username = '100%_\\ok', email = '' WHERE id = 7";
    rows.execute(odd).await;
    let last_two: Vec<i64> = (MANY - 1..=MANY).collect();
    for (arguments, expected) in [
        (&["--after", "1999"][..], last_two.clone()),
        (&["--after", "-1", "--limit", "2"], vec![1, 2]),
        (&["--after", "2001"], vec![]),
        (&["--limit", "0"], vec![]),
        (&["--search", "USER1999"], vec![1999]),
        (&["--search", "u20@example"], vec![20]),
        (&["--search", "user200", "--limit", "1"], vec![200]),
        (&["--search", "user200", "--after", "1999"], last_two),
        (&["--search", "100%_\\"], vec![7]),
        (&["--search", "%"], vec![7]),
        (&["--search", "nobody"], vec![]),
    ] {
        assert_eq!(ids(&place, arguments).await, expected, "{arguments:?}");
    }
    assert_eq!(ids(&place, &["--limit", "1500"]).await.len(), 1500);
}

#[tokio::test]
async fn a_name_cannot_pretend_to_be_a_line() {
    let (place, rows) = with_users(1).await;
    let name = "UPDATE auth_user SET username = 'a\n\u{1b}[2J'";
    rows.execute(name).await;
    let shown = lines(&place, &[]).await;
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(shown[1].contains(r"a\n\u{1b}[2J"), "{shown:?}");
    assert_eq!(ids(&place, &[]).await, [1]);
}

#[tokio::test]
async fn a_reader_that_has_seen_enough_is_no_error() {
    let (place, _rows) = with_users(MANY).await;
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    for arguments in [&["user", "list"][..], &["user", "show", "user1"]] {
        let mut command = place.signet(arguments);
        let piped = command
            .stdout(writer.try_clone().unwrap())
            .stderr(Stdio::piped());
        let ended = piped.spawn().unwrap().wait_with_output().await.unwrap();
        assert_eq!((ended.status.code(), ended.stderr), (Some(0), vec![]));
    }
}
