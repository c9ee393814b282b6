//! The architecture's invariants, read from the sources. Comments and unit tests do not count.

use std::path::{Path, PathBuf};

use regex::Regex;

/// A file of Rust: its path below the folder that was asked for, and its code.
struct Code {
    path: String,
    text: String,
}

fn server() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of Rust below a folder.
fn sources(folder: &Path) -> Vec<Code> {
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
    assert_eq!(where_found(r"\bsignet_app\b"), ["http/site.rs"]);
}

#[test]
fn only_the_clock_reads_the_systems_time() {
    let now = r"\b(Timestamp|Zoned|SystemTime|Utc|Local|OffsetDateTime)::now|UNIX_EPOCH";
    assert_eq!(where_found(now), ["clock.rs"]);
    assert_eq!(
        where_found(r"\bInstant::now"),
        ["client_stream.rs", "http/body_budget.rs", "telemetry.rs"],
        "time-outs, and durations of log lines"
    );
}

#[test]
fn the_domain_knows_no_http() {
    let domain = [
        "claims.rs",
        "clock.rs",
        "cors/mod.rs",
        "flushing.rs",
        "network.rs",
        "registration.rs",
        "user.rs",
        "password/mod.rs",
        "throttle/mod.rs",
        "token/mod.rs",
        "token/verdict.rs",
    ];
    let is_domain = |path: &str| {
        let folders = [
            "cors/",
            "keys/",
            "password/",
            "session/",
            "throttle/",
            "token/",
        ];
        domain.contains(&path) || folders.iter().any(|folder| path.starts_with(folder))
    };
    let files = sources(&server().join("src"));
    let files: Vec<_> = files
        .into_iter()
        .filter(|file| is_domain(&file.path))
        .collect();
    for name in domain {
        let is_there = files.iter().any(|file| file.path == name);
        assert!(is_there, "{name} is a file of the domain");
    }
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
    let derived = r"#\[derive\([^)]*\bDebug\b[^)]*\)\]\s*pub(\([a-z]+\))?\s+struct\s+(Password|KeyText|Key|SecretText|DatabaseUrl|Encoded|Issued|TokenPair|Credentials)\b";
    assert_eq!(where_found(derived), [""; 0]);
}
