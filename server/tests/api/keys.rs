//! Keys: those that are given, and those that Signet makes for itself.

use std::path::Path;
use std::sync::{Arc, Barrier};

use signet::clock::{Duration, Timestamp};
use signet::keys::{ALGORITHMS, Algorithm, Key, KeyError, KeyFolder, KeyText, Keyring};

use crate::app::NOW;

const TEXT: &str = "Zq3vN8xLw1Tb7RkYp5MdGh2CfJs9UaEe";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn hs256(folder: &Path) -> KeyFolder<'_> {
    KeyFolder::new(folder, Algorithm::HS256)
}

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

fn key_of(text: &str) -> Result<Key, KeyError> {
    Key::new(Algorithm::HS256, &KeyText::new(text))
}

#[test]
fn a_key_is_made_once_and_kept() {
    let folder = folder();
    let (first, is_new) = hs256(folder.path()).signing().unwrap();
    assert!(is_new);
    let (second, is_new) = hs256(folder.path()).signing().unwrap();
    assert!(!is_new);
    assert_eq!(first.id(), second.id());
    let kept = ["signing.key"];
    assert_eq!(names_in(folder.path()), kept, "nothing is left behind");
}

#[test]
fn an_hmac_key_is_64_random_bytes_as_base64url_text() {
    let mut made = std::collections::HashSet::new();
    for _ in 0..4 {
        let folder = folder();
        let keys = hs256(folder.path());
        keys.signing().unwrap();
        let text = std::fs::read_to_string(keys.signing_path()).unwrap();
        let text = text.trim_end_matches('\n').to_owned();
        assert_eq!(text.len(), 86);
        let is_base64url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(text.chars().all(is_base64url));
        assert!(made.insert(text), "no two are the same");
    }
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_a_key() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let keys = hs256(folder.path());
    keys.signing().unwrap();
    keys.rotate().unwrap();
    for name in names_in(folder.path()) {
        let file = std::fs::metadata(folder.path().join(&name)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn of_many_first_starts_at_once_all_end_with_one_key() {
    for _ in 0..10 {
        let folder = Arc::new(folder());
        let together = Arc::new(Barrier::new(8));
        let starts: Vec<_> = (0..8)
            .map(|_| {
                let (folder, together) = (folder.clone(), together.clone());
                std::thread::spawn(move || {
                    together.wait();
                    let made = hs256(folder.path()).signing();
                    made.map_err(|error| error.to_string())
                })
            })
            .collect();
        let made: Vec<_> = starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect();
        let (kept, is_new) = hs256(folder.path()).signing().unwrap();
        assert!(!is_new);
        for start in &made {
            let (key, _) = start.as_ref().expect("every start finds a key");
            assert_eq!(key.id(), kept.id(), "one key for all");
        }
        let makers = made.iter().filter(|start| start.as_ref().unwrap().1);
        assert_eq!(makers.count(), 1);
        assert_eq!(names_in(folder.path()), ["signing.key"]);
    }
}

#[test]
fn a_draft_that_a_killed_process_left_behind_hinders_no_start() {
    let folder = folder();
    let draft = folder.path().join("signing.key.0123456789abcdef");
    std::fs::write(draft, "half a k").unwrap();
    let (key, _) = hs256(folder.path())
        .signing()
        .expect("a start after a crash");
    let (again, is_new) = hs256(folder.path()).signing().unwrap();
    assert!(key.id() == again.id() && !is_new);
}

#[test]
fn one_newline_at_the_end_of_a_key_file_does_not_belong_to_the_key() {
    let folder = folder();
    let path = folder.path().join("key");
    let read = |content: &str| {
        std::fs::write(&path, content).unwrap();
        KeyText::read(&path).unwrap()
    };
    let key = KeyText::new(TEXT);
    for same in [TEXT.to_owned(), format!("{TEXT}\n"), format!("{TEXT}\r\n")] {
        assert!(read(&same) == key);
    }
    for other in [
        format!("{TEXT}\n\n"),
        format!(" {TEXT}"),
        format!("{TEXT} "),
    ] {
        assert!(read(&other) != key);
    }
}

#[test]
fn a_key_that_is_too_short_or_missing_is_an_error_that_says_so() {
    let folder = folder();
    let path = hs256(folder.path()).signing_path();
    let missing = KeyText::read(&path).unwrap_err().to_string();
    assert!(missing.contains(path.to_str().unwrap()), "{missing}");
    std::fs::write(&path, "canary\n").unwrap();
    for error in [
        hs256(folder.path()).signing().unwrap_err(),
        key_of("canary").unwrap_err(),
    ] {
        let error = error.to_string();
        assert!(error.contains("at least 32"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn a_published_secret_is_refused_and_one_that_differs_by_a_letter_is_not() {
    let published = "REPLACE THIS WITH YOUR JWT SECRET";
    let another = "REPLACE THIS WITH YOUR JWT SECReT";
    assert!(matches!(key_of(published), Err(KeyError::Leaked)));
    assert!(key_of(another).is_ok());
}

/// `JWT_SECRETS` names the file of Wallarm's list.
#[test]
fn every_secret_of_the_public_list_is_refused() {
    let Some(list) = std::env::var_os("JWT_SECRETS") else {
        eprintln!("skipped: JWT_SECRETS names no list of secrets");
        return;
    };
    let list = std::fs::read(list).unwrap();
    let mut tried = 0;
    for secret in list.split(|byte| *byte == b'\n') {
        let secret = secret.strip_suffix(b"\r").unwrap_or(secret);
        let Ok(secret) = std::str::from_utf8(secret) else {
            continue;
        };
        assert!(key_of(secret).is_err(), "{secret}");
        tried += 1;
    }
    assert!(tried > 100_000, "{tried} secrets");
}

#[test]
fn keys_do_not_show_in_debug() {
    let text = KeyText::new("canary-key-of-the-tests-that-never-prints");
    assert!(!format!("{text:?}").contains("canary"));
    let key = Key::new(Algorithm::HS256, &text).unwrap();
    assert!(!format!("{key:?}").contains("canary"));
    assert!(!format!("{:?}", Keyring::new(key, Vec::new())).contains("canary"));
}

#[test]
fn the_text_itself_is_the_hmac_key() {
    // Signed by Python's hmac.
    let expected = "9JeMveuANAnDW3t9OFSUC246l1hyzXVsyh1yikE3QSE";
    let message = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30";
    let key = key_of(TEXT).unwrap();
    assert_eq!(key.sign(message), expected);
    assert!(key.verify(message, expected));
    assert!(!key.verify("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e31", expected));
}

#[test]
fn a_key_of_every_algorithm_can_be_made_and_read_back() {
    for (name, algorithm) in ALGORITHMS {
        let folder = folder();
        let keys = KeyFolder::new(folder.path(), algorithm);
        let (made, _) = keys.signing().unwrap();
        let (read, _) = keys.signing().unwrap();
        assert_eq!(made.algorithm(), name);
        assert!(read.verify("message", &made.sign("message")), "{name}");
        assert!(!read.verify("massage", &made.sign("message")), "{name}");
        let is_secret = name.starts_with("HS");
        assert_eq!(made.public().is_none(), is_secret, "{name}");
    }
}

#[test]
fn a_rotation_leaves_the_former_key_to_verify_until_its_last_token_has_ended() {
    let folder = folder();
    let keys = hs256(folder.path());
    let (first, _) = keys.signing().unwrap();
    let (second, former) = keys.rotate().unwrap();
    assert_eq!(former.id(), first.id());
    let (signing, is_new) = keys.signing().unwrap();
    assert!(signing.id() == second.id() && !is_new);

    // Nobody has taken it up for an hour: it counts from then on.
    let taken_up = now() + Duration::from_hours(1);
    let until = taken_up + Duration::from_secs(30);
    let found = keys.take_up_former(taken_up, until).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].key.id(), found[0].until), (first.id(), until));

    // The next start finds the same end, however late it comes.
    let later = taken_up + Duration::from_secs(29);
    let much_later = later + Duration::from_secs(30);
    let found = keys.take_up_former(later, much_later).unwrap();
    assert_eq!(found[0].until, until);
    assert!(keys.take_up_former(until, much_later).unwrap().is_empty());
    assert_eq!(names_in(folder.path()), ["signing.key"], "its file is gone");
}

#[test]
fn a_key_that_was_deleted_takes_the_former_ones_with_it() {
    let folder = folder();
    let keys = hs256(folder.path());
    keys.signing().unwrap();
    keys.rotate().unwrap();
    std::fs::remove_file(keys.signing_path()).unwrap();
    let (_, is_new) = keys.signing().unwrap();
    assert!(is_new);
    assert_eq!(names_in(folder.path()), ["signing.key"]);
}

#[test]
fn of_many_that_take_a_former_key_up_at_once_none_fails_and_all_agree() {
    for _ in 0..10 {
        let folder = Arc::new(folder());
        hs256(folder.path()).signing().unwrap();
        hs256(folder.path()).rotate().unwrap();
        let together = Arc::new(Barrier::new(8));
        let taking: Vec<_> = (1..=8)
            .map(|later| {
                let (folder, together) = (folder.clone(), together.clone());
                std::thread::spawn(move || {
                    together.wait();
                    let until = now() + Duration::from_secs(later);
                    let found = hs256(folder.path()).take_up_former(now(), until);
                    found.unwrap().remove(0).until
                })
            })
            .collect();
        let ends: Vec<_> = taking
            .into_iter()
            .map(|taking| taking.join().unwrap())
            .collect();
        assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    }
}

#[test]
fn rotations_at_once_lose_no_key() {
    let folder = Arc::new(folder());
    let (first, _) = hs256(folder.path()).signing().unwrap();
    let together = Arc::new(Barrier::new(4));
    let rotations: Vec<_> = (0..4)
        .map(|_| {
            let (folder, together) = (folder.clone(), together.clone());
            std::thread::spawn(move || {
                together.wait();
                hs256(folder.path()).rotate().unwrap().0.id().to_owned()
            })
        })
        .collect();
    let mut made: Vec<String> = rotations
        .into_iter()
        .map(|rotation| rotation.join().unwrap())
        .collect();
    made.push(first.id().to_owned());
    let keys = hs256(folder.path());
    let mut kept: Vec<String> = keys
        .former()
        .unwrap()
        .into_iter()
        .map(|file| file.id)
        .collect();
    kept.push(keys.signing().unwrap().0.id().to_owned());
    made.sort();
    kept.sort();
    assert_eq!(made, kept);
}
