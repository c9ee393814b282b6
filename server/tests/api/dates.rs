//! What a SQLite column holds loosely is read as Django reads it.
//!
//! The tables were measured with Django 5.2.19 on Python 3.11: each value was put into
//! `auth_user` by SQL and read with `User.objects.get`. Where Django itself fails, and so loses the
//! whole row, the value counts as unreadable.

use serde_json::Value;

use crate::app::TestApp;
use crate::engine::{Rows, server};
use crate::process::Place;

/// A literal of SQL, and the moment that Django reads, in microseconds since the epoch.
const TIMES: &[(&str, Option<i64>)] = &[
    ("'2026-01-02 03:04:05'", Some(1767323045000000)),
    ("'2026-01-02 03:04:05.1'", Some(1767323045100000)),
    ("'2026-01-02 03:04:05.123456'", Some(1767323045123456)),
    ("'2026-01-02 03:04:05.123456789'", Some(1767323045123456)),
    (
        "'2026-01-02 03:04:05.1234567890123'",
        Some(1767323045123456),
    ),
    ("'2026-01-02 03:04:05,5'", Some(1767323045500000)),
    ("'2026-01-02T03:04:05Z'", Some(1767323045000000)),
    ("'2026-01-02 03:04:05Z'", Some(1767323045000000)),
    ("'2026-01-02 03:04:05 Z'", Some(1767323045000000)),
    ("'2026-01-02T03:04:05z'", None),
    ("'2026-01-02t03:04:05'", Some(1767323045000000)),
    ("'2026-01-02_03:04:05'", Some(1767323045000000)),
    ("'2026-01-02T03:04:05+02'", Some(1767315845000000)),
    ("'2026-01-02T03:04:05+0200'", Some(1767315845000000)),
    ("'2026-01-02T03:04:05+02:00'", Some(1767315845000000)),
    ("'2026-01-02 03:04:05 +02:00'", Some(1767315845000000)),
    ("'2026-01-02 03:04:05 +0200'", Some(1767315845000000)),
    ("'2026-01-02 03:04:05 -05'", Some(1767341045000000)),
    ("'2026-01-02T03:04:05-05:30'", Some(1767342845000000)),
    ("'2026-01-02T03:04:05+02:00:30'", Some(1767315815000000)),
    ("'2026-01-02T03:04:05+02:00:30.5'", Some(1767315814500000)),
    ("'2026-01-02T03:04:05+23:59'", Some(1767236705000000)),
    ("'2026-01-02T03:04:05+24:00'", None), // Django fails
    ("'2026-01-02T03:04:05 UTC'", None),
    ("'2026-01-02T03:04:05+00:00[UTC]'", None),
    ("'2026-01-02'", Some(1767312000000000)),
    ("'20260102'", Some(1767312000000000)),
    ("'2026-01-02T03'", Some(1767322800000000)),
    ("'2026-01-02T03:04'", Some(1767323040000000)),
    ("'2026-01-02 03:04Z'", Some(1767323040000000)),
    ("'20260102T030405'", Some(1767323045000000)),
    ("'20260102T030405Z'", Some(1767323045000000)),
    ("'20260102T0304'", Some(1767323040000000)),
    ("'20260102030405'", None),
    ("'2026-1-2 3:4'", Some(1767323040000000)),
    ("'2026-1-2 3:4:5'", Some(1767323045000000)),
    ("'2026-1-2 3:4:5.5 Z'", Some(1767323045500000)),
    ("'2026-1-2'", None),
    ("'2026-W01-5'", Some(1767312000000000)),
    ("'2026-W01'", Some(1766966400000000)),
    ("'2026W015'", Some(1767312000000000)),
    ("'2026W01'", Some(1766966400000000)),
    ("'2026W015T03'", Some(1767322800000000)),
    ("'2026-W01-5T03:04:05Z'", Some(1767323045000000)),
    ("'2026-W53-1'", Some(1798416000000000)),
    ("'2026-W54-1'", None),
    ("'2026-002'", None),
    ("'2026-13-01 00:00:00'", None),  // Django fails
    ("'2026-02-29 00:00:00'", None),  // Django fails
    ("'2026-02-30T00:00:00Z'", None), // Django fails
    ("'2026-01-02 24:00:00'", None),  // Django fails
    ("'2026-01-02 23:60:00'", None),  // Django fails
    ("'2026-01-02 23:59:60'", None),  // Django fails
    ("'0000-01-01 00:00:00'", None),  // Django fails
    ("'0001-01-01 00:00:00'", Some(-62135596800000000)),
    ("'9999-12-31 23:59:59.999999'", Some(253402300799999999)),
    ("'9999-12-31T23:59:59-10:00'", Some(253402336799000000)),
    ("'0001-01-01T00:00:00+10:00'", Some(-62135632800000000)),
    ("'10000-01-01 00:00:00'", None),
    ("'-2026-01-02 00:00:00'", None),
    ("'2026/01/02 03:04:05'", None),
    ("'02.01.2026 03:04'", None),
    ("'Jan 2 2026'", None),
    ("' 2026-01-02 03:04:05'", None),
    ("'2026-01-02 03:04:05 '", Some(1767323045000000)),
    ("'2026-01-02 03:04:05\n'", Some(1767323045000000)),
    ("'2026-01-02  03:04:05'", None),
    ("''", None),
    ("'now'", None),
    ("'garbage'", None),
    ("'0'", None),
    ("'1767323045'", None),
    ("'1767323045.5'", None),
    ("1767323045", None),
    ("1767323045.5", None),
    ("20260102", Some(1767312000000000)),
    ("0", None),
    ("NULL", None),
    (
        "CAST('2026-01-02 03:04:05' AS blob)",
        Some(1767323045000000),
    ),
    ("x'fffe'", None), // Django fails
    ("'infinity'", None),
    ("'2026-01-02T03:04:05.Z'", Some(1767323045000000)),
    ("'2026-01-02T03:04:05.'", None),
    ("'2026-01-02T030405.123Z'", Some(1767323045123000)),
    ("'2026-01-02T03:0405'", None),
    ("'2026-01-02T03:04:05+2'", None),
    ("'2026-01-02T03:04:05-0'", None),
    ("'2026-01-02T03:04:05−02:00'", None),
    ("'2026-01-02é03:04:05'", Some(1767323045000000)),
    ("'2026-01-02T03:04:05.5+01'", Some(1767319445500000)),
    ("'2026-01-02T03:04:05.123456+0130'", Some(1767317645123456)),
    ("'2026-01-02T'", None),
    ("'2026-01-02T3'", None),
    ("'2026-01-02T03:04:05Z+01:00'", None),
    ("'2026-01-02T03:04:05ZZ'", None),
    ("'2026-01-02T03Z'", Some(1767322800000000)),
    ("'2026-01-02T03+01'", Some(1767319200000000)),
    ("'2026-01-02-03:04:05'", Some(1767323045000000)),
    ("'2026-01-02 03.5'", Some(1767322800500000)),
    ("'2026-01-02 03:04.5'", Some(1767323040500000)),
    ("'2026-01-02 03:04:05.12a'", None),
    ("'20260102 03:04:05'", Some(1767323045000000)),
    ("'2026-W01-5 03:04:05'", Some(1767323045000000)),
    ("'2026-W01 03:04'", Some(1766977440000000)),
    (
        "'2026-01-02T03:04:05+00:00:00.000001'",
        Some(1767323045000000),
    ),
    ("'2026-01-02T03:04:05.12345678Z'", Some(1767323045123456)),
];

/// A literal of SQL, and whether a user whose `is_active` it is may sign in to Django.
const TRUTHS: &[(&str, bool)] = &[
    ("1", true),
    ("0", false),
    ("2", false),
    ("-1", false),
    ("'1'", true),
    ("'0'", false),
    ("'t'", false),
    ("'true'", false),
    ("'yes'", false),
    ("1.0", true),
    ("0.5", false),
    ("''", false),
    ("CAST('1' AS blob)", true),
    ("CAST('0' AS blob)", false),
    ("'01'", true),
    ("' 1'", true),
];

#[tokio::test]
async fn a_time_is_read_wherever_django_reads_one_and_is_in_the_way_of_no_login() {
    let app = TestApp::with_ada().await;
    let Rows::Sqlite(_) = app.rows else { return };
    for (literal, expected) in TIMES {
        let joined = if *literal == "NULL" { "''" } else { literal };
        let set = format!("UPDATE auth_user SET last_login = {literal}, date_joined = {joined}");
        app.rows.execute(&set).await;
        let user = app.store.user_by_name("ada").await.unwrap().unwrap();
        let read = user.last_login.map(|time| time.as_microsecond());
        // jiff's last moment is 22 hours before Python's.
        let last = signet::clock::Timestamp::MAX.as_microsecond();
        assert_eq!(read, expected.map(|time| time.min(last)), "{literal}");
        assert_eq!(user.date_joined, user.last_login, "{literal}");
        app.log_in("ada").await;
    }
}

#[tokio::test]
async fn a_boolean_is_true_where_django_takes_it_for_true() {
    let app = TestApp::with_ada().await;
    let Rows::Sqlite(_) = app.rows else { return };
    for (literal, expected) in TRUTHS {
        let set = format!("UPDATE auth_user SET is_active = {literal}");
        app.rows.execute(&set).await;
        let user = app.store.user_by_name("ada").await.unwrap().unwrap();
        assert_eq!(user.is_active, *expected, "{literal}");
    }
}

#[tokio::test]
async fn what_lacks_its_constraints_may_be_null() {
    let app = TestApp::with_ada().await;
    let Rows::Sqlite(_) = app.rows else { return };
    // As a table that another tool has copied.
    for statement in [
        "ALTER TABLE auth_user RENAME TO former",
        "CREATE TABLE auth_user AS SELECT * FROM former",
        "UPDATE auth_user SET date_joined = NULL, email = NULL",
    ] {
        app.rows.execute(statement).await;
    }
    let users = app.store.users_after(None, None, 9).await.unwrap();
    assert_eq!((users.len(), users[0].email.as_str()), (1, ""));
    assert_eq!((users[0].date_joined, users[0].unreadable.len()), (None, 0));
    app.rows
        .execute("UPDATE auth_user SET is_active = NULL")
        .await;
    let user = app.store.user_by_name("ada").await.unwrap().unwrap();
    assert!(!user.is_active);
}

#[tokio::test]
async fn a_list_goes_on_after_a_row_that_cannot_be_read_and_says_so() {
    if server().is_some() {
        return;
    }
    let place = Place::with_database().await;
    for name in ["ada", "bob", "eve"] {
        let made = place
            .run(&["user", "create", name], "Str0ng-pass-1\n")
            .await;
        assert!(made.status.success());
    }
    let rows = place.rows().await;
    let spoil = "UPDATE auth_user SET date_joined = 'yesterday', last_login = 'never', \
                 email = CAST(x'ff40' AS text) WHERE username = 'bob'";
    rows.execute(spoil).await;
    rows.execute("UPDATE auth_user SET date_joined = '2026-01-02T03:04:05Z' WHERE id = 1")
        .await;
    let listed = place.run(&["user", "list", "--json"], "").await;
    let lines = String::from_utf8(listed.stdout).unwrap();
    let users: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(users.len(), 3, "{lines}");
    assert_eq!(users[0]["date_joined"], "2026-01-02T03:04:05Z");
    assert_eq!(users[1]["date_joined"], Value::Null);
    assert_eq!(users[1]["last_login"], Value::Null);
    assert_eq!(users[1]["email"], "\u{fffd}@");
    let words = "signet: user 2: last_login and date_joined cannot be read as a date and time\n";
    assert_eq!(String::from_utf8(listed.stderr).unwrap(), words);
    assert_eq!(listed.status.code(), Some(0));
    let shown = place.run(&["user", "show", "bob"], "").await;
    assert_eq!(String::from_utf8(shown.stderr).unwrap(), words);
    assert_eq!(shown.status.code(), Some(0));
}
