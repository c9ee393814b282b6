//! SIGHUP: what a running server takes up of a file of settings that has changed.
#![cfg(unix)]

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::process::{Place, Server};

const KEPT: &str = "the settings stay as they were: ";
const REREAD: &str = "the settings have been reread";

fn write_file(place: &Place, text: &str) {
    std::fs::write(place.path().join("signet.toml"), text).unwrap();
}

fn allow(origin: &str) -> String {
    format!("[cors]\nallowed_origins = [\"{origin}\"]\n")
}

/// Whether a preflight of this origin is granted.
async fn is_let_in(server: &Server, origin: &str) -> bool {
    let mut stream = server.connect().await;
    let request = format!(
        "OPTIONS /auth/token/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         origin: {origin}\r\naccess-control-request-method: POST\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    answer.contains(&format!("access-control-allow-origin: {origin}\r\n"))
}

#[tokio::test]
async fn changed_rules_of_cors_take_effect() {
    let place = Place::new();
    write_file(&place, &allow("https://former.example"));
    let server = Server::start(&place, &[]).await;
    assert!(is_let_in(&server, "https://former.example").await);
    assert!(!is_let_in(&server, "https://new.example").await);

    write_file(&place, &allow("https://new.example"));
    server.hang_up().await;
    let line = format!("{REREAD}; taken up: CORS_ALLOWED_ORIGINS\n");
    server.wait_until_it_logs(&line, 1).await;
    assert!(is_let_in(&server, "https://new.example").await);
    assert!(!is_let_in(&server, "https://former.example").await);

    server.hang_up().await;
    let line = format!("{REREAD}; there was nothing to take up\n");
    server.wait_until_it_logs(&line, 1).await;
    assert!(is_let_in(&server, "https://new.example").await);

    let all = "[cors]\nallow_all_origins = true\nallow_credentials = true\n";
    write_file(&place, all);
    server.hang_up().await;
    server.wait_until_it_logs("visitors' cookies", 1).await;
    assert!(is_let_in(&server, "https://anybody.example").await);
    let log = server.stop().await;
    assert!(!log.contains(KEPT), "{log}");
    let names = "taken up: CORS_ALLOWED_ORIGINS, CORS_ALLOW_ALL_ORIGINS, CORS_ALLOW_CREDENTIALS\n";
    assert!(log.contains(names), "{log}");
}

#[tokio::test]
async fn a_bad_file_changes_nothing_and_the_log_says_why() {
    let place = Place::new();
    let origin = "https://former.example";
    write_file(&place, &allow(origin));
    let server = Server::start(&place, &[]).await;
    let new = allow("https://new.example");
    let cases = [
        (
            "[cors]\nallowed_origins = [\"https://new.example/\"]\n".to_owned(),
            "CORS_ALLOWED_ORIGINS from signet.toml: \"[\\\"https://new.example/\\\"]\" is not \
             allowed; it takes origins as browsers send them",
        ),
        (
            format!("{new}[server]\nlisten = \"nowhere\"\n[password]\nmin_length = 8.5\n"),
            "signet.toml: password.min_length is a float; it takes a whole number",
        ),
        (
            format!("{new}[password]\nmin_length = 1000\n"),
            "PASSWORD_MIN_LENGTH from signet.toml: no password is longer than 128 characters",
        ),
        (format!("{new}[cors\n"), "signet.toml: line 3 is no TOML"),
        (
            format!("{new}allow_credential = true\n"),
            "did you mean cors.allow_credentials?",
        ),
        (
            format!("{new}model = \"x\"\n"),
            "CORS_MODEL from signet.toml",
        ),
    ];
    for (times, (text, why)) in cases.iter().enumerate() {
        write_file(&place, text);
        server.hang_up().await;
        server.wait_until_it_logs(KEPT, times + 1).await;
        let log = server.log();
        let line = log.lines().last().unwrap();
        assert!(line.contains(KEPT) && line.contains(why), "{why} in: {log}");
        assert!(line.contains("ERROR"), "{line}");
        assert!(is_let_in(&server, origin).await, "{text}");
    }
    std::fs::remove_file(place.path().join("signet.toml")).unwrap();
    server.hang_up().await;
    let gone = format!("{KEPT}signet.toml is there no longer\n");
    server.wait_until_it_logs(&gone, 1).await;
    assert!(is_let_in(&server, origin).await);

    write_file(&place, &new);
    server.hang_up().await;
    server
        .wait_until_it_logs("taken up: CORS_ALLOWED_ORIGINS\n", 1)
        .await;
    assert!(is_let_in(&server, "https://new.example").await);
    server.stop().await;
}

#[tokio::test]
async fn what_takes_effect_at_the_next_start_is_named() {
    let place = Place::new();
    write_file(&place, "");
    // The environment beats the file, before as after.
    let server = Server::start(&place, &[("SIGNET_ISSUER", "me")]).await;
    let text = "[simple_jwt]\nleeway = \"5s\"\nissuer = \"you\"\nauth_header_types = [\"Bearer\"]\n\
                [password]\nmin_length = 15\n[cors]\npreflight_max_age = 1\n";
    write_file(&place, text);
    for times in 1..=2 {
        server.hang_up().await;
        let left =
            "changed, but takes effect at the next start only: LEEWAY, PASSWORD_MIN_LENGTH\n";
        server.wait_until_it_logs(left, times).await;
    }
    write_file(&place, "[cors]\npreflight_max_age = 1\n");
    server.hang_up().await;
    server.wait_until_it_logs(REREAD, 3).await;
    let log = server.stop().await;
    assert_eq!(log.matches("next start").count(), 2, "{log}");
    let taken_up = "taken up: CORS_PREFLIGHT_MAX_AGE\n";
    assert_eq!(log.matches(taken_up).count(), 1, "{log}");
    assert_eq!(log.matches("nothing to take up").count(), 2, "{log}");
}

#[tokio::test]
async fn a_new_key_is_named_too_and_is_looked_for_in_the_folder_of_the_start() {
    let place = Place::new();
    let server = Server::start(&place, &[]).await;
    let rotated = place.run(&["keys", "rotate"], "").await;
    let rotated = String::from_utf8(rotated.stdout).unwrap();
    let (new, _) = rotated
        .split_once(" signs")
        .expect("it says which key signs");
    server.hang_up().await;
    let line = format!("{REREAD}; taken up: the signing key {new}\n");
    server.wait_for_log(&line).await;

    write_file(&place, "[server]\ndata_dir = \"elsewhere\"\n");
    server.hang_up().await;
    server.wait_for_log("next start only: DATA_DIR\n").await;
    assert!(!place.path().join("elsewhere").exists());
    let log = server.stop().await;
    assert_eq!(log.matches("the signing key").count(), 1, "{log}");
}
