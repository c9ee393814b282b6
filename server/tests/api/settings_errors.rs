//! Settings that are of no use: one line that names the setting, where its value came from, and
//! what is allowed.

use signet::clock::Timestamp;

use crate::settings::{file, read};

#[track_caller]
fn assert_one_line(error: &str, parts: &[&str]) {
    assert_eq!(error.lines().count(), 1, "{error}");
    for part in parts {
        assert!(error.contains(part), "{part:?} in: {error}");
    }
}

/// The error of one variable that is set alone.
fn error_of(name: &str, text: &str) -> String {
    let variable = format!("SIGNET_{name}");
    match read(None, &[(&variable, text)], &[]) {
        Ok(_) => panic!("{name}={text} is accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_value_of_the_wrong_form_is_named_with_its_source_and_what_is_allowed() {
    let lifetime = "a whole number with a unit, such as 10s, 5m, 12h or 30d, up to 36500d";
    let (whole, origin) = ("a whole number", "origins as browsers send them");
    let connections = "at most 1000 connections";
    let (url, argon2) = ("a URL without a path", "argon2id");
    for (name, text, allowed) in [
        ("ACCESS_TOKEN_LIFETIME", "10", lifetime),
        ("ACCESS_TOKEN_LIFETIME", " ", lifetime),
        ("REFRESH_TOKEN_LIFETIME", "0s", lifetime),
        ("REFRESH_TOKEN_LIFETIME", "1 week", lifetime),
        ("DATABASE_POOL_SIZE", "0", "a whole number above 0"),
        ("DATABASE_POOL_SIZE", "1001", connections),
        ("WAIT_FOR_DATABASE", "60", "5s or 1m"),
        ("CORS_ALLOWED_ORIGINS", "*", origin),
        ("CORS_ALLOWED_ORIGINS", "NULL", origin),
        ("CORS_ALLOWED_ORIGINS", "file:///", origin),
        ("CORS_ALLOWED_ORIGINS", "http://localhost:8001/", origin),
        ("CORS_ALLOWED_ORIGINS", "http://a.example/path", origin),
        ("CORS_ALLOWED_ORIGINS", "https://a.example:443", origin),
        (
            "CORS_ALLOWED_ORIGINS",
            "http://ok.example,localhost:8001",
            origin,
        ),
        ("CORS_ALLOWED_ORIGINS", "[\"http://a.example\"", origin),
        ("CORS_ALLOW_CREDENTIALS", "yes", "true or false"),
        (
            "CORS_EXPOSE_HEADERS",
            "x-a: b",
            "letters, digits and dashes",
        ),
        (
            "CORS_ALLOW_METHODS",
            "GET\r\nX: y",
            "letters, digits and dashes",
        ),
        ("CORS_PREFLIGHT_MAX_AGE", "1d", whole),
        ("CORS_PREFLIGHT_MAX_AGE", "-1", whole),
        ("LISTEN", "localhost", "127.0.0.1:8000"),
        ("LISTEN", "8000", "127.0.0.1:8000"),
        ("PUBLIC_URL", "localhost:8000", url),
        ("PUBLIC_URL", "ftp://id.example", url),
        ("PUBLIC_URL", "https://id.example/signet", url),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy", "10.0.0.0/8"),
        ("MAX_BODY", "1GB", "256KiB"),
        ("MAX_CONNECTIONS", "0", "a whole number above 0"),
        ("MAX_CONNECTIONS_PER_ADDRESS", "0", "a whole number above 0"),
        ("HEADER_TIMEOUT", "0s", lifetime),
        ("KEEP_ALIVE_TIMEOUT", "0s", lifetime),
        ("REQUEST_TIMEOUT", "10", lifetime),
        ("DRAIN_TIMEOUT", "-1s", "0s, or a whole number with a unit"),
        ("METRICS_LISTEN", "9090", "127.0.0.1:9090; or off"),
        ("THROTTLE_LOGIN", "10/month", "10/min"),
        ("THROTTLE_LOGIN_ADDRESS", "0/min", "or off"),
        ("THROTTLE_REGISTER", "often", "or off"),
        ("LOG_FORMAT", "xml", "text or json"),
        ("PASSWORD_MIN_LENGTH", "eight", whole),
        ("HASH_MEMORY_KIB", "4294967296", whole),
        ("HASH_MEMORY_KIB", "1", argon2),
        ("HASH_MEMORY_KIB", "999999", argon2),
        ("HASH_SLOTS", "0", "a whole number above 0"),
    ] {
        let source = format!("from the environment (SIGNET_{name})");
        assert_one_line(&error_of(name, text), &[name, &source, allowed]);
    }
}

#[test]
fn every_source_is_named() {
    let file = file("[server]\nlisten = \"nowhere\"\n");
    let path = file.path.to_str().unwrap();
    let error = read(Some(&file), &[], &[]).unwrap_err().to_string();
    assert_one_line(&error, &["LISTEN", path, "\"nowhere\"", "127.0.0.1:8000"]);
    let error = read(None, &[], &[("LISTEN", "nowhere")]).unwrap_err();
    let parts = ["LISTEN", "the command line (--listen)", "\"nowhere\""];
    assert_one_line(&error.to_string(), &parts);
}

#[test]
fn an_unknown_variable_is_refused_with_the_name_that_was_meant() {
    for (name, meant) in [
        (
            "SIGNET_ACCESS_TOKEN_LIFETME",
            "SIGNET_ACCESS_TOKEN_LIFETIME",
        ),
        ("SIGNET_CORS_ALLOWED_ORIGIN", "SIGNET_CORS_ALLOWED_ORIGINS"),
        ("SIGNET_LISTEM", "SIGNET_LISTEN"),
    ] {
        let error = read(None, &[(name, "x")], &[]).unwrap_err().to_string();
        let hint = format!("did you mean {meant}?");
        assert_one_line(&error, &[name, "the environment", "no such setting", &hint]);
    }
    let error = read(None, &[("SIGNET_XYZZY_PLUGH", "x")], &[]).unwrap_err();
    assert!(!error.to_string().contains("did you mean"), "{error}");
}

#[test]
fn an_unknown_key_of_the_file_is_refused_with_the_name_that_was_meant() {
    for (text, name, hint) in [
        (
            "[simple_jwt]\nacces_token_lifetime = \"1m\"",
            "simple_jwt.acces_token_lifetime",
            "did you mean simple_jwt.access_token_lifetime?",
        ),
        (
            "[cors]\nallowed_origin = []",
            "cors.allowed_origin",
            "did you mean cors.allowed_origins?",
        ),
        (
            "[cors]\ncors_allowed_origins = []",
            "cors.cors_allowed_origins",
            "",
        ),
        (
            "[server]\naccess_token_lifetime = \"1m\"",
            "server.access_token_lifetime",
            "",
        ),
        ("[nonsense]\nx = 1", "nonsense.x", ""),
        ("listen = \"127.0.0.1:1\"", "listen", "outside of a table"),
    ] {
        let file = file(text);
        let error = read(Some(&file), &[], &[]).unwrap_err().to_string();
        let path = file.path.to_str().unwrap();
        assert_one_line(&error, &[name, path, hint]);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    for text in [
        "not toml",
        "[server\nlisten = 1",
        "[server]\nlisten = ",
        "[a]\n[a]",
    ] {
        let file = file(text);
        let error = read(Some(&file), &[], &[]).unwrap_err().to_string();
        assert_one_line(&error, &[file.path.to_str().unwrap()]);
    }
    for (text, name) in [
        ("[server]\nlisten = 1.5", "server.listen"),
        ("[server]\nlisten = { port = 1 }", "server.listen"),
        ("[cors]\nallowed_origins = [1]", "cors.allowed_origins"),
        (
            "[simple_jwt]\naccess_token_lifetime = 10",
            "ACCESS_TOKEN_LIFETIME",
        ),
    ] {
        let file = file(text);
        let error = read(Some(&file), &[], &[]).unwrap_err().to_string();
        assert_one_line(&error, &[name, "it takes", file.path.to_str().unwrap()]);
    }
}

#[test]
fn two_signing_keys_are_one_too_many() {
    let key = "Zq3vN8xLw1Tb7RkYp5MdGh2CfJs9UaEe";
    let both = [
        ("SIGNET_SIGNING_KEY", key),
        ("SIGNET_SIGNING_KEY_FILE", "/tmp/key"),
    ];
    let error = read(None, &both, &[]).unwrap_err().to_string();
    let source = "the environment (SIGNET_SIGNING_KEY_FILE)";
    assert_one_line(&error, &["SIGNING_KEY_FILE", source, "give one of the two"]);
    assert!(!error.contains(key));
}

#[test]
fn a_signing_key_of_fewer_than_32_bytes_is_refused_and_not_shown() {
    let now = Timestamp::UNIX_EPOCH;
    let of_environment =
        |key| read(None, &[("SIGNET_SIGNING_KEY", key)], &[]).and_then(|read| read.keyring(now));
    for short in [" ", "canary", "canary-canary-canary-canary-31b"] {
        assert!(short.len() < 32);
        let error = of_environment(short).unwrap_err().to_string();
        assert_one_line(
            &error,
            &["SIGNING_KEY", "SIGNET_SIGNING_KEY", "at least 32 bytes"],
        );
        assert!(!error.contains("canary"), "{error}");
    }
    let file = file("[simple_jwt]\nsigning_key = \"canary\"\n");
    let settings = read(Some(&file), &[], &[]).unwrap();
    let error = settings.keyring(now).unwrap_err().to_string();
    assert!(!error.contains("canary"), "{error}");
    for enough in ["Zq3vN8xLw1Tb7RkYp5MdGh2CfJs9UaEe", "äöüßéèêëàâîïôûçñ"] {
        assert!(of_environment(enough).is_ok());
    }
}

#[test]
fn a_database_url_is_not_shown() {
    for url in [
        "mysql://user:canary@db/x",
        "canary",
        "sqlite:canary",
        "sqlite://",
    ] {
        let error = error_of("DATABASE_URL", url);
        assert_one_line(&error, &["DATABASE_URL", "sqlite://"]);
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn a_file_that_is_no_toml_does_not_show_its_secrets() {
    for text in [
        "[simple_jwt]\nsigning_key = \"canary-canary-canary-canary-canary\n",
        "[simple_jwt]\nsigning_key = canary-canary-canary-canary-canary\n",
        "[simple_jwt]\nsigning_key = \"canary-canary\" canary\n",
        "[database]\nurl = 'postgres://user:canary@db/x\n",
    ] {
        let file = file(text);
        let error = read(Some(&file), &[], &[]).unwrap_err().to_string();
        assert_one_line(&error, &[file.path.to_str().unwrap()]);
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn two_claims_of_one_name_are_refused_and_the_setting_that_was_given_is_named() {
    for (setting, name) in [
        ("USER_ID_CLAIM", "jti"),
        ("JTI_CLAIM", "user_id"),
        ("JTI_CLAIM", "exp"),
        ("TOKEN_TYPE_CLAIM", "iat"),
        ("REVOKE_TOKEN_CLAIM", "refresh_exp"),
    ] {
        let variable = format!("SIGNET_{setting}");
        let error = read(None, &[(&variable, name)], &[])
            .unwrap_err()
            .to_string();
        assert_one_line(&error, &[setting, &variable, name]);
        assert!(error.starts_with(setting), "{error}");
    }
}
