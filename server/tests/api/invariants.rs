//! The architecture's invariants, read from the sources. Comments and unit tests do not count.

use std::path::{Path, PathBuf};

use regex::Regex;

/// A Rust file: its path below the folder that was read, and its code.
pub(crate) struct Code {
    pub(crate) path: String,
    pub(crate) text: String,
}

pub(crate) fn server() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns every Rust file below a folder.
pub(crate) fn sources(folder: &Path) -> Vec<Code> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(&current).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(folder).unwrap().to_str().unwrap();
                found.push(Code {
                    path: path.to_owned(),
                    text: code_of(&text),
                });
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {}", folder.display());
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// A file without comments and without its unit tests, which stand at its end.
fn code_of(text: &str) -> String {
    let (code, _) = text.split_once("#[cfg(test)]\nmod ").unwrap_or((text, ""));
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths of the server's files in which the pattern is found.
fn where_found(pattern: &str) -> Vec<String> {
    let pattern = Regex::new(pattern).unwrap();
    let files = sources(&server().join("src")).into_iter();
    let found = files.filter(|file| pattern.is_match(&file.text));
    found.map(|file| file.path).collect()
}

#[test]
fn only_the_storage_contains_sql() {
    let statement = r#"\b(SELECT\s+\S|INSERT\s+INTO|UPDATE\s+[a-z_"]+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX)|ALTER\s+TABLE|DROP\s+TABLE|PRAGMA\s|BEGIN\s+IMMEDIATE|ON\s+CONFLICT|VACUUM\b)"#;
    for pattern in [statement, r"\bsqlx\b"] {
        let found = where_found(pattern);
        assert!(!found.is_empty(), "{pattern} finds what it should");
        for path in found {
            assert!(path.starts_with("storage/"), "{pattern} in {path}");
        }
    }
}

#[test]
fn only_the_site_names_the_web_ui() {
    for path in where_found(r"\bsignet_app\b") {
        assert!(path.starts_with("http/site/"), "{path}");
    }
}

#[test]
fn only_the_clock_reads_the_systems_time() {
    let now = r"\b(Timestamp|Zoned|SystemTime|Utc|Local|OffsetDateTime)::now|UNIX_EPOCH";
    assert_eq!(where_found(now), ["clock.rs"]);
    assert_eq!(
        where_found(r"\bInstant::now"),
        [
            "http/middleware/request_log.rs",
            "http/request/body_budget.rs",
            "server/client_stream.rs"
        ],
        "time-outs, and durations of log lines"
    );
}

#[test]
fn the_domain_knows_no_http() {
    let domain = [
        "clock.rs",
        "network/client_network.rs",
        "auth/",
        "cors/",
        "keys/",
        "model/",
        "password/",
        "throttle/",
        "token/",
    ];
    let files = sources(&server().join("src"));
    for part in domain {
        let is_there = files.iter().any(|file| file.path.starts_with(part));
        assert!(is_there, "{part} is a part of the domain");
    }
    let is_domain = |file: &Code| domain.iter().any(|part| file.path.starts_with(part));
    let files: Vec<_> = files.into_iter().filter(is_domain).collect();
    let pattern = Regex::new(r"\bhttp::|\bStatusCode\b|\baxum\b|\bhyper\b|\btower").unwrap();
    for file in files {
        assert!(!pattern.is_match(&file.text), "{}", file.path);
    }
}

#[test]
fn only_http_knows_status_codes() {
    for path in where_found(r"\bStatusCode\b") {
        assert!(path.starts_with("http/"), "{path}");
    }
}

#[test]
fn the_web_ui_asks_in_one_file_at_most_where_it_runs() {
    let pattern = Regex::new(r"cfg(_attr)?\s*\(.*\bfeature\b|cfg!\s*\(").unwrap();
    let files = sources(&server().join("../app/src")).into_iter();
    let found: Vec<String> = files
        .filter(|file| pattern.is_match(&file.text))
        .map(|file| file.path)
        .collect();
    assert!(found.len() <= 1, "{found:?}");
}

#[test]
fn the_contract_depends_on_serde_alone() {
    let manifest = std::fs::read_to_string(server().join("api/Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap();
    assert_eq!(dependencies.keys().collect::<Vec<_>>(), ["serde"]);
    for other in ["build-dependencies", "target", "features"] {
        assert!(!manifest.contains_key(other), "{other}");
    }
    let pattern = Regex::new(r"\b(axum|http|leptos|sqlx|tokio)::").unwrap();
    for file in sources(&server().join("api/src")) {
        assert!(!pattern.is_match(&file.text), "{}", file.path);
    }
}

#[test]
fn the_web_ui_and_the_contract_know_nothing_of_the_server() {
    let pattern = Regex::new(r"\b(signet|sqlx|axum)::").unwrap();
    for folder in ["../app/src", "api/src"] {
        for file in sources(&server().join(folder)) {
            assert!(!pattern.is_match(&file.text), "{folder}/{}", file.path);
        }
    }
}

#[test]
fn a_helper_lives_with_its_concept() {
    for folder in ["src", "api/src", "../app/src"] {
        for file in sources(&server().join(folder)) {
            let name = Path::new(&file.path).file_stem().unwrap().to_str().unwrap();
            let vague = ["util", "utils", "helper", "helpers", "common", "misc"];
            assert!(!vague.contains(&name), "{folder}/{}", file.path);
        }
    }
}

#[test]
fn nothing_of_a_secret_is_derived_to_be_printed() {
    // Types that hold secrets write their own Debug, or have none.
    let derived = r"#\[derive\([^)]*\bDebug\b[^)]*\)\]\s*pub(\([a-z]+\))?\s+struct\s+(Password|KeyText|Key|SecretText|DatabaseUrl|Encoded|SignedToken|TokenPair|Credentials)\b";
    assert_eq!(where_found(derived), [""; 0]);
}
