//! The signing key that Signet makes for itself.

use std::path::Path;
use std::sync::{Arc, Barrier};

use signet::keys::{KEY_FILE, KeyText, Keys};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[test]
fn a_key_is_made_once_and_kept() {
    let folder = folder();
    let (first, is_new) = KeyText::kept_in(folder.path()).unwrap();
    assert!(is_new);
    let (second, is_new) = KeyText::kept_in(folder.path()).unwrap();
    assert!(!is_new);
    assert!(first == second);
    assert_eq!(
        names_in(folder.path()),
        [KEY_FILE],
        "nothing is left behind"
    );
}

#[test]
fn a_key_is_64_random_bytes_as_base64url_text() {
    let mut made = std::collections::HashSet::new();
    for _ in 0..4 {
        let folder = folder();
        KeyText::kept_in(folder.path()).unwrap();
        let text = std::fs::read_to_string(folder.path().join(KEY_FILE)).unwrap();
        let text = text.trim_end_matches('\n').to_owned();
        assert_eq!(text.len(), 86);
        let is_base64url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(text.chars().all(is_base64url));
        assert!(made.insert(text), "no two are the same");
    }
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_the_key() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    KeyText::kept_in(folder.path()).unwrap();
    let file = std::fs::metadata(folder.path().join(KEY_FILE)).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
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
                    KeyText::kept_in(folder.path()).map_err(|error| error.to_string())
                })
            })
            .collect();
        let made: Vec<_> = starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect();
        let (kept, is_new) = KeyText::kept_in(folder.path()).unwrap();
        assert!(!is_new);
        for start in &made {
            let (key, _) = start.as_ref().expect("every start finds a key");
            assert!(*key == kept, "one key for all");
        }
        let makers = made.iter().filter(|start| start.as_ref().unwrap().1);
        assert_eq!(makers.count(), 1);
        assert_eq!(names_in(folder.path()), [KEY_FILE]);
    }
}

#[test]
fn a_draft_that_a_killed_process_left_behind_hinders_no_start() {
    let folder = folder();
    // In a container every process may have the same id.
    let draft = format!("{KEY_FILE}.{}", std::process::id());
    std::fs::write(folder.path().join(draft), "half a k").unwrap();
    let (key, _) = KeyText::kept_in(folder.path()).expect("a start after a crash");
    let (again, is_new) = KeyText::kept_in(folder.path()).unwrap();
    assert!(key == again && !is_new);
}

#[test]
fn one_newline_at_the_end_of_a_key_file_does_not_belong_to_the_key() {
    let folder = folder();
    let path = folder.path().join("key");
    let text = "0123456789abcdef0123456789abcdef";
    let read = |content: &str| {
        std::fs::write(&path, content).unwrap();
        KeyText::read(&path).unwrap()
    };
    let key = KeyText::new(text).unwrap();
    for same in [text.to_owned(), format!("{text}\n"), format!("{text}\r\n")] {
        assert!(read(&same) == key);
    }
    for other in [
        format!("{text}\n\n"),
        format!(" {text}"),
        format!("{text} "),
    ] {
        assert!(read(&other) != key);
    }
}

#[test]
fn a_key_that_is_too_short_or_missing_is_an_error_that_says_so() {
    let folder = folder();
    let path = folder.path().join(KEY_FILE);
    let missing = KeyText::read(&path).unwrap_err().to_string();
    assert!(missing.contains(path.to_str().unwrap()), "{missing}");
    std::fs::write(&path, "canary\n").unwrap();
    for error in [
        KeyText::read(&path).unwrap_err(),
        KeyText::kept_in(folder.path()).unwrap_err(),
        KeyText::new("canary").unwrap_err(),
    ] {
        let error = error.to_string();
        assert!(error.contains("at least 32"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn keys_do_not_show_in_debug() {
    let key = KeyText::new("canary-canary-canary-canary-canary").unwrap();
    assert!(!format!("{key:?}").contains("canary"));
    assert!(!format!("{:?}", Keys::hs256(&key)).contains("canary"));
}

#[test]
fn the_text_itself_is_the_hmac_key() {
    // The example of RFC 7515, A.1 uses bytes; this one was signed by Python's hmac.
    let key = KeyText::new("0123456789abcdef0123456789abcdef").unwrap();
    let message = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30";
    let keys = Keys::hs256(&key);
    assert_eq!(keys.sign(message), EXPECTED);
    assert!(keys.verify(message, EXPECTED));
    assert!(!keys.verify("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e31", EXPECTED));
}

const EXPECTED: &str = "svo3sQiBr6VRrugrrB1OoHS7Y-c0pzdPFYhCfjX7elM";
