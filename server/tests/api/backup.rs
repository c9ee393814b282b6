//! `signet backup`: a copy of the database while it is used.

use serde_json::json;

use crate::app::PASSWORD;
use crate::engine::{Rows, server};
use crate::process::{Place, Server};

#[tokio::test]
async fn a_backup_holds_what_was_answered_before_it_began() {
    let place = Place::new();
    let server = Server::start(&place, &[]).await;
    let user = |name: String| json!({ "username": name, "password": PASSWORD });
    let register = async |name| server.post("/auth/register/", &user(name)).await.0;
    for number in 0..20 {
        assert_eq!(register(format!("before{number}")).await, 201);
    }
    // Others go on writing meanwhile.
    let beside = async {
        for number in 0..20 {
            assert_eq!(register(format!("beside{number}")).await, 201);
        }
    };
    let (copied, ()) = tokio::join!(place.run(&["backup", "copy.db"], ""), beside);
    assert!(copied.status.success(), "{copied:?}");
    server.stop().await;

    let copy = place.path().join("copy.db");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&copy).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "it holds hashes");
    }
    let rows = Rows::of(&format!("sqlite://{}", copy.display())).await;
    let check: String = rows.value("PRAGMA integrity_check").await;
    assert_eq!(check, "ok");
    let before = "SELECT count(*) FROM auth_user WHERE username LIKE 'before%'";
    assert_eq!(rows.value::<i64>(before).await, 20);

    // It is a database like any other.
    let url = format!("sqlite://{}", copy.display());
    let server = Server::start(&place, &[("SIGNET_DATABASE_URL", &url)]).await;
    let login = server
        .post("/auth/token/", &user("before0".to_owned()))
        .await;
    assert_eq!(login.0, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_backup_overwrites_nothing() {
    let place = Place::new();
    std::fs::write(place.path().join("copy.db"), "precious").unwrap();
    let ended = place.run(&["backup", "copy.db"], "").await;
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(
        !ended.status.success() && error.contains("copy.db"),
        "{error}"
    );
    let kept = std::fs::read_to_string(place.path().join("copy.db")).unwrap();
    assert_eq!(kept, "precious");
}

#[tokio::test]
async fn a_database_on_a_server_has_tools_of_its_own() {
    if server().is_none() {
        return;
    }
    let place = Place::with_database().await;
    let ended = place.run(&["backup", "copy.db"], "").await;
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(
        !ended.status.success() && error.contains("pg_dump"),
        "{error}"
    );
    assert!(!place.path().join("copy.db").exists());
}
