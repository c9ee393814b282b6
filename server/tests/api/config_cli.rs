//! `signet config`: every setting in effect, and where it came from.

use serde_json::{Value, json};
use signet::settings::SPECS;

use crate::process::Place;

/// What the command prints, with these variables.
async fn config(place: &Place, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = place.signet(&[&["config"], arguments].concat());
    let ended = command.envs(environment.iter().copied()).output().await;
    let ended = ended.unwrap();
    let error = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), error.as_str()), (Some(0), ""));
    String::from_utf8(ended.stdout).unwrap()
}

/// The objects of `--json`.
async fn objects(place: &Place, environment: &[(&str, &str)]) -> Vec<Value> {
    let text = config(place, &["--json"], environment).await;
    serde_json::from_str(&text).unwrap()
}

fn write_file(place: &Place, text: &str) {
    std::fs::write(place.path().join("signet.toml"), text).unwrap();
}

#[tokio::test]
async fn every_setting_stands_in_its_table_with_its_source() {
    let place = Place::new();
    write_file(&place, "[simple_jwt]\nleeway = \"5s\"\n");
    let environment = [("SIGNET_AUDIENCE", "a, b"), ("SIGNET_DATA_DIR", "d?")];
    let shown = config(&place, &["--listen", "127.0.0.1:9000"], &environment).await;
    for line in [
        "[simple_jwt]",
        "# access_token_lifetime = \"10s\"  # default",
        "audience = [\"a\", \"b\"]  # from the environment (SIGNET_AUDIENCE)",
        "# issuer = (not set)",
        "leeway = \"5s\"  # from signet.toml",
        "[cors]",
        "# allowed_origins = []  # default",
        "[server]",
        "listen = \"127.0.0.1:9000\"  # from the command line (--listen)",
        "# public_url = \"http://localhost:9000\"  # from LISTEN",
        "[database]",
        "# url = \"sqlite://d%3F/signet.db\"  # from DATA_DIR",
        "[password]",
        "# min_length = 8  # default",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    let tables: toml::Table = shown.parse().expect("it is TOML");
    let (_, slots) = shown.split_once("hash_slots = ").unwrap();
    let (slots, from) = slots.lines().next().unwrap().split_once("  ").unwrap();
    assert_eq!(from, "# from the machine's cores");
    assert!(slots.parse::<usize>().unwrap() >= 1);
    let mut place_in_text = 0;
    for spec in SPECS {
        let is_there = tables[spec.table].get(spec.key()).is_some();
        let is_commented = shown.contains(&format!("\n# {} = ", spec.key()));
        assert!(is_there != is_commented, "{}", spec.name);
        let found = shown[place_in_text..].find(&format!("{} = ", spec.key()));
        place_in_text += found.expect("in the order of the manual");
    }
}

#[tokio::test]
async fn what_is_shown_is_a_file_of_settings() {
    let environment = [
        ("SIGNET_ACCESS_TOKEN_LIFETIME", "5m"),
        ("SIGNET_CORS_ALLOW_CREDENTIALS", "TRUE"),
        (
            "SIGNET_CORS_ALLOWED_ORIGINS",
            "http://a.example, https://b.example",
        ),
        (
            "SIGNET_CORS_ALLOWED_ORIGIN_REGEXES",
            r#"["^https://\\w+\\.\"x, y'$"]"#,
        ),
        ("SIGNET_AUDIENCE", "only"),
        ("SIGNET_ISSUER", "a \"quoted\"\ttext\\"),
        ("SIGNET_TOKEN_TYPE_CLAIM", ""),
        ("SIGNET_HASH_SLOTS", "03"),
    ];
    let (here, there) = (Place::new(), Place::new());
    let shown = config(&here, &[], &environment).await;
    write_file(&there, &shown);
    // Once it stands in a file, the URL of the database is a secret that was given.
    let values = |objects: Vec<Value>| -> Vec<Value> {
        let seen = objects.into_iter();
        seen.filter(|object| object["name"] != "DATABASE_URL")
            .map(|mut object| object["value"].take())
            .collect()
    };
    let before = values(objects(&here, &environment).await);
    let after = values(objects(&there, &[]).await);
    assert_eq!(before, after, "{shown}");
}

#[tokio::test]
async fn programs_are_told_values_of_their_types_and_sources_by_their_names() {
    let place = Place::new();
    write_file(&place, "[password]\nmin_length = 15\n");
    let objects = objects(&place, &[("SIGNET_CORS_EXPOSE_HEADERS", "x-a,x-b")]).await;
    let names: Vec<&str> = objects
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    let known: Vec<&str> = SPECS.iter().map(|spec| spec.name).collect();
    assert_eq!(names, known);
    for expected in [
        json!({ "name": "CORS_EXPOSE_HEADERS", "table": "cors", "value": ["x-a", "x-b"], "source": "SIGNET_CORS_EXPOSE_HEADERS" }),
        json!({ "name": "PASSWORD_MIN_LENGTH", "table": "password", "value": 15, "source": "signet.toml" }),
        json!({ "name": "CORS_ALLOW_CREDENTIALS", "table": "cors", "value": false, "source": "default" }),
        json!({ "name": "ISSUER", "table": "simple_jwt", "value": null, "source": "default" }),
    ] {
        assert!(objects.contains(&expected), "{expected}");
    }
    let option = config(&place, &["--json", "--log", "warn"], &[]).await;
    assert!(option.contains(r#""source": "--log""#), "{option}");
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let place = Place::new();
    write_file(&place, "[database]\nurl = \"sqlite://canary/signet.db\"\n");
    let key = "canary-canary-canary-canary-canary";
    let environment = [("SIGNET_SIGNING_KEY", key)];
    let shown = config(&place, &[], &environment).await;
    for line in [
        "# signing_key = (set, not shown)  # from the environment (SIGNET_SIGNING_KEY)\n",
        "# url = (set, not shown)  # from signet.toml\n",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    let json = config(&place, &["--json"], &environment).await;
    assert!(!shown.contains("canary") && !json.contains("canary"));
    let objects: Vec<Value> = serde_json::from_str(&json).unwrap();
    let hidden = json!({ "name": "SIGNING_KEY", "table": "simple_jwt", "value": null, "source": "SIGNET_SIGNING_KEY" });
    assert!(objects.contains(&hidden));
}

#[tokio::test]
async fn settings_of_no_use_are_said_to_be() {
    let place = Place::new();
    write_file(&place, "[server]\nlisten = \"nowhere\"\n");
    let ended = place.run(&["config"], "").await;
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(
        error.starts_with("signet: LISTEN from signet.toml: "),
        "{error}"
    );
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stdout.is_empty());
    assert!(!place.data().exists(), "nothing was made on the way");
}

#[tokio::test]
async fn a_reader_that_has_seen_enough_is_no_error() {
    let place = Place::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = place.signet(&["config"]);
    let ended = command.stdout(writer).stderr(std::process::Stdio::piped());
    let ended = ended.spawn().unwrap().wait_with_output().await.unwrap();
    assert_eq!(ended.stderr, b"");
    assert_eq!(ended.status.code(), Some(0));
}
