//! `signet.toml` in the root of the repository is the manual that people copy from: it must show
//! every setting, in its table, with its default.

use signet::settings::{SPECS, Settings, Sources, Spec};

const EXAMPLE: &str = include_str!("../../signet.toml");

/// The settings of the file: table, key and the text after the equals sign.
fn shown() -> Vec<(String, String, String)> {
    let mut table = String::new();
    let mut settings = Vec::new();
    for line in EXAMPLE.lines() {
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_end_matches(']').to_owned();
        }
        let commented = line
            .strip_prefix("# ")
            .and_then(|line| line.split_once(" = "));
        if let Some((key, value)) = commented {
            settings.push((table.clone(), key.to_owned(), value.to_owned()));
        }
    }
    settings
}

#[test]
fn the_example_shows_every_setting_and_no_other() {
    let shown: Vec<_> = shown()
        .into_iter()
        .map(|(table, key, _)| format!("{table}.{key}"))
        .collect();
    let known: Vec<_> = SPECS
        .iter()
        .map(|spec| format!("{}.{}", spec.table, spec.key()))
        .collect();
    assert_eq!(shown, known);
}

#[test]
fn the_example_shows_the_defaults() {
    let find = |spec: &Spec| {
        let all = shown();
        let found = all
            .iter()
            .find(|(table, key, _)| *table == spec.table && *key == spec.key());
        found
            .map(|(_, _, value)| value.clone())
            .expect("every setting is shown")
    };
    for spec in SPECS
        .iter()
        .filter(|spec| spec.name != "CORS_ALLOWED_ORIGINS")
    {
        let value = find(spec);
        match spec.default {
            None => assert!(is_example(spec), "{}: {value}", spec.name),
            Some(default) => {
                let plain: String = value.chars().filter(|c| !"[]\" ".contains(*c)).collect();
                assert_eq!(plain, default, "{}", spec.name);
            }
        }
    }
}

/// Returns `true` if the file says that the line of a setting is an example.
fn is_example(spec: &Spec) -> bool {
    let line = format!("# Unset by default; for example:\n# {} = ", spec.key());
    EXAMPLE.contains(&line)
}

#[test]
fn every_line_of_the_example_is_a_valid_setting_once_it_is_uncommented() {
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    let mut count = 0;
    for (place, line) in lines.iter().enumerate() {
        let Some((key, _)) = line.strip_prefix("# ").and_then(|l| l.split_once(" = ")) else {
            continue;
        };
        count += 1;
        let mut edited = lines.clone();
        edited[place] = &line[2..];
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("signet.toml");
        std::fs::write(&file, edited.join("\n")).unwrap();
        // A public key is for a key pair.
        let algorithm = key
            .starts_with("verifying_")
            .then_some(("SIGNET_ALGORITHM", "EdDSA"));
        let environment = algorithm.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let sources = Sources::collect(Some(&file), environment, &Default::default());
        let settings = sources.and_then(|sources| Settings::read(&sources));
        settings.unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    assert_eq!(count, SPECS.len());
}

#[test]
fn the_example_changes_nothing_until_it_is_edited() {
    let tables: toml::Table = EXAMPLE.parse().expect("the example is TOML");
    for (table, settings) in tables {
        assert_eq!(settings, toml::Value::Table(toml::Table::new()), "{table}");
    }
}
