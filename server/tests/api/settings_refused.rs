//! Settings of Django projects that have no meaning here: one line says so, and what to do
//! instead.

use regex::Regex;
use signet::settings::{REFUSED, SPECS};

use crate::process::Place;
use crate::settings::{file, read};

#[track_caller]
fn error_of(file: Option<&str>, environment: &[(&str, &str)]) -> String {
    let file = file.map(self::file);
    let error = read(file.as_ref(), environment, &[]).unwrap_err();
    let error = error.to_string();
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

#[test]
fn each_is_refused_wherever_it_comes_from_and_its_value_is_not_repeated() {
    for refused in REFUSED {
        let (name, instead) = (refused.name, refused.instead);
        let variable = format!("SIGNET_{name}");
        let error = error_of(None, &[(&variable, "canary")]);
        let from = format!("{name} from the environment ({variable}): {instead}");
        assert_eq!(error, from);

        let key = name.to_ascii_lowercase();
        let table = match key.starts_with("cors_") {
            true => "cors",
            false => "simple_jwt",
        };
        let short = key.trim_start_matches("cors_");
        for key in [&key, short, name] {
            let error = error_of(Some(&format!("[{table}]\n{key} = \"canary\"\n")), &[]);
            let (start, end) = (format!("{name} from /"), format!("my.toml: {instead}"));
            assert!(error.starts_with(&start), "{error}");
            assert!(error.ends_with(&end), "{error}");
        }

        let given = [(name, "canary")];
        let error = read(None, &[], &given).unwrap_err().to_string();
        let flag = signet::settings::flag_of(name);
        let from = format!("{name} from the command line (--{flag}): {instead}");
        assert_eq!(error, from);
    }
}

#[test]
fn a_projects_own_serializers_are_refused_too() {
    let error = error_of(None, &[("SIGNET_MY_OWN_SERIALIZER", "a.b.C")]);
    let start = "MY_OWN_SERIALIZER from the environment (SIGNET_MY_OWN_SERIALIZER): it names a \
                 Python class, which has no meaning here";
    assert!(error.starts_with(start), "{error}");
}

#[test]
fn what_to_do_instead_names_settings_that_there_are() {
    let name = Regex::new(r"\b[A-Z]+_[A-Z_]+\b|\b[A-Z]{5,}\b").unwrap();
    let mut named = 0;
    for refused in REFUSED {
        let is_known = |known: &str| SPECS.iter().any(|spec| spec.name == known);
        assert!(!is_known(refused.name), "{} is a setting", refused.name);
        for known in name.find_iter(refused.instead) {
            assert!(is_known(known.as_str()), "{}", refused.instead);
            named += 1;
        }
    }
    assert!(named > 10, "the pattern finds names");
}

#[tokio::test]
async fn the_server_does_not_start_with_one() {
    let place = Place::new();
    for arguments in [
        &["serve", "--jwk-url", "https://id.example/jwks.json"][..],
        &["serve", "--token-obtain-serializer=my.Serializer"],
    ] {
        let ended = place.run(arguments, "").await;
        let error = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.contains("remove it"), "{error}");
    }
    let ended = place.run(&["serve", "--help"], "").await;
    let manual = String::from_utf8(ended.stdout).unwrap();
    assert!(!manual.contains("serializer"), "{manual}");
}
