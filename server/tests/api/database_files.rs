//! Only their owner may read the files that Signet makes, wherever their paths lead.
#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::process::{Place, Server};

fn mode(path: &Path) -> u32 {
    let metadata = path.metadata().unwrap();
    metadata.permissions().mode() & 0o777
}

/// The names in a folder whose rights are wider than they should be.
fn readable_by_others(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| mode(path) & 0o077 != 0)
        .map(|path| path.display().to_string())
        .collect()
}

/// Serves on this file under the widest umask, makes a user and a backup.
async fn serve(place: &Place, url: &str) {
    let environment = [("SIGNET_DATABASE_URL", url)];
    let under = ["/bin/sh", "-c", "umask 0; exec \"$0\" \"$@\""];
    let server = Server::start_under(&under, place, &environment).await;
    let user = serde_json::json!({ "username": "ada", "password": "Str0ng-pass-1" });
    assert_eq!(server.post("/auth/register/", &user).await.0, 201);
    assert_eq!(readable_by_others(&place.data()), [""; 0]);
    assert_eq!(mode(&place.data()), 0o700);
    server.stop().await;
}

#[tokio::test]
async fn a_link_to_nowhere_becomes_a_private_file() {
    let place = Place::new();
    let there = place.path().join("there");
    std::fs::create_dir(&there).unwrap();
    symlink(there.join("real.db"), place.path().join("second")).unwrap();
    symlink("second", place.path().join("link.db")).unwrap();
    let url = format!("sqlite://{}", place.path().join("link.db").display());
    let opened = signet::storage::Store::open(&url).await.unwrap();
    assert_eq!(mode(&there.join("real.db")), 0o600);
    assert_eq!(readable_by_others(&there), [""; 0]);
    opened.close().await;
    serve(&place, &url).await;
    assert_eq!(readable_by_others(&there), [""; 0]);
}

#[tokio::test]
async fn leftovers_of_a_former_database_become_private() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["signet.db-wal", "signet.db-shm", "signet.db-journal"] {
        let path = folder.path().join(name);
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap();
    }
    let url = format!("sqlite://{}/signet.db", folder.path().display());
    let store = signet::storage::Store::open(&url).await.unwrap();
    assert_eq!(readable_by_others(folder.path()), [""; 0]);
    store.close().await;
}

#[tokio::test]
async fn a_backup_through_a_link_is_refused_or_private() {
    let place = Place::new();
    place.run(&["user", "list"], "").await;
    let link = place.path().join("copy.db");
    symlink(place.path().join("elsewhere.db"), &link).unwrap();
    let ended = place.run(&["backup", "copy.db"], "").await;
    let elsewhere = place.path().join("elsewhere.db");
    assert!(!ended.status.success() || mode(&elsewhere) == 0o600);
    let ended = place.run(&["backup", "plain.db"], "").await;
    assert!(ended.status.success());
    assert_eq!(mode(&place.path().join("plain.db")), 0o600);
}
