//! `signet serve` with settings that stop the start, and where it takes settings from.

use crate::process::Place;

#[tokio::test]
async fn a_setting_that_is_wrong_stops_the_start_with_one_line() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let cases: [(&str, &str, &[&str]); 6] = [
        (
            "SIGNET_LISTEN",
            "nowhere",
            &["LISTEN", "SIGNET_LISTEN", "127.0.0.1:8000"],
        ),
        (
            "SIGNET_LISTEM",
            "127.0.0.1:0",
            &["did you mean SIGNET_LISTEN?"],
        ),
        ("SIGNET_LISTEN", &taken, &["LISTEN", &taken]),
        (
            "SIGNET_SIGNING_KEY",
            "canary",
            &["SIGNING_KEY", "SIGNET_SIGNING_KEY", "32 bytes"],
        ),
        (
            "SIGNET_SIGNING_KEY_FILE",
            "/nonexistent/key",
            &["SIGNING_KEY_FILE", "/nonexistent/key"],
        ),
        ("SIGNET_CONFIG", "/nonexistent/toml", &["/nonexistent/toml"]),
    ];
    for (name, text, parts) in cases {
        let mut command = place.signet(&["serve"]);
        let ended = command.env(name, text).output().await.unwrap();
        let error = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{name}={text}: {error}");
        let lines: Vec<&str> = error
            .lines()
            .filter(|line| line.starts_with("signet: "))
            .collect();
        assert_eq!(lines.len(), 1, "{error}");
        assert!(
            error.ends_with(&format!("{}\n", lines[0])),
            "the last thing said: {error}"
        );
        for part in parts {
            assert!(lines[0].contains(part), "{part:?} in: {error}");
        }
        assert!(
            !error.contains("canary") && !error.contains("panicked"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_value_that_is_found_wrong_later_is_named_with_its_source_too() {
    let place = Place::new();
    for (name, text) in [
        ("LOG", "signet=nonsense"),
        ("SIGNING_KEY_FILE", "/nonexistent/key"),
        ("DATA_DIR", "/dev/null/data"),
    ] {
        let variable = format!("SIGNET_{name}");
        let mut command = place.signet(&["serve"]);
        let ended = command.env(&variable, text).output().await.unwrap();
        let error = String::from_utf8(ended.stderr).unwrap();
        let start = format!("signet: {name} from the environment ({variable}): ");
        assert!(error.starts_with(&start), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[tokio::test]
async fn secrets_are_not_taken_from_the_command_line_and_not_repeated() {
    let place = Place::new();
    let canary = "canary-canary-canary-canary-canary";
    for flag in ["--signing-key", "--database-url"] {
        for arguments in [
            vec!["serve".to_owned(), flag.to_owned(), canary.to_owned()],
            vec!["serve".to_owned(), format!("{flag}={canary}")],
        ] {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let ended = place.run(&arguments, "").await;
            let said = [ended.stdout, ended.stderr].concat();
            let said = String::from_utf8(said).unwrap();
            assert!(!ended.status.success(), "{said}");
            assert!(said.contains(flag), "{said}");
            assert!(said.contains("not taken from the command line"), "{said}");
            assert!(!said.contains(canary), "{said}");
        }
    }
}

#[tokio::test]
async fn options_beat_the_environment_and_the_file() {
    let place = Place::new();
    let text = "[server]\nlisten = \"from-the-file\"\n";
    std::fs::write(place.path().join("signet.toml"), text).unwrap();
    let error = async |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = place.signet(arguments);
        let command = command.envs(environment.iter().copied());
        String::from_utf8(command.output().await.unwrap().stderr).unwrap()
    };
    let environment = [("SIGNET_LISTEN", "from-the-environment")];
    let options = ["serve", "--listen", "from-an-option"];
    assert!(
        error(&options, &environment)
            .await
            .contains("from-an-option")
    );
    let said = error(&["serve"], &environment).await;
    assert!(said.contains("from-the-environment"), "{said}");
    let said = error(&["serve"], &[]).await;
    assert!(
        said.contains("from-the-file") && said.contains("signet.toml"),
        "{said}"
    );
    std::fs::write(
        place.path().join("other.toml"),
        text.replace("file", "other"),
    )
    .unwrap();
    let said = error(&["serve", "--config", "other.toml"], &[]).await;
    assert!(said.contains("from-the-other"), "{said}");
}

#[tokio::test]
async fn the_manual_names_every_setting_and_its_default() {
    let place = Place::new();
    let ended = place.run(&["serve", "--help"], "").await;
    assert_eq!(ended.status.code(), Some(0));
    let manual = String::from_utf8(ended.stdout).unwrap();
    for spec in signet::settings::SPECS {
        assert!(
            manual.contains(&format!("--{}", spec.flag())),
            "{}",
            spec.name
        );
        assert!(manual.contains(&spec.variable()), "{}", spec.name);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_text_in_the_environment_hinders_no_start() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let mut command = place.signet(&["user", "show", "nobody"]);
    let command = command.env("LESSOPEN", OsStr::from_bytes(b"\xff\xfe"));
    let ended = command.output().await.unwrap();
    let error = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(error, "signet: there is no user \"nobody\"\n");
    assert_eq!(ended.status.code(), Some(1));
}

#[cfg(unix)]
#[tokio::test]
async fn a_setting_that_is_no_text_is_refused_and_not_passed_over() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    for name in ["SIGNET_SIGNING_KEY", "SIGNET_LOG"] {
        let mut command = place.signet(&["user", "show", "nobody"]);
        let bytes = OsStr::from_bytes(b"canary-canary-canary-canary-canary\xff");
        let ended = command.env(name, bytes).output().await.unwrap();
        let error = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.contains(name), "{error}");
        assert!(!error.contains("canary"), "{error}");
        assert_eq!(ended.status.code(), Some(1));
    }
}
