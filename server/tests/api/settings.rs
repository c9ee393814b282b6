//! Where settings come from, and what they are without any.

use std::collections::HashMap;
use std::path::PathBuf;

use signet::model::{OptionalColumn, Requirement, TokenType};
use signet::settings::{Endpoint, SPECS, Settings, SettingsError, Source, Sources};
use signet::token::Audience;

/// A file of settings that lives as long as the test.
pub(crate) struct File {
    pub(crate) path: PathBuf,
    _folder: tempfile::TempDir,
}

pub(crate) fn file(text: &str) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    std::fs::write(&path, text).unwrap();
    File {
        path,
        _folder: folder,
    }
}

/// Reads settings from these three places.
pub(crate) fn read(
    file: Option<&File>,
    environment: &[(&str, &str)],
    command_line: &[(&'static str, &str)],
) -> Result<Settings, SettingsError> {
    let path = file.map(|file| file.path.as_path());
    let environment = environment
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let command_line: HashMap<&'static str, String> = command_line
        .iter()
        .map(|(name, text)| (*name, (*text).to_owned()))
        .collect();
    Settings::read(&Sources::collect(path, environment, &command_line)?)
}

#[test]
fn without_any_the_defaults_are_the_documented_ones() {
    let settings = read(None, &[], &[]).unwrap();
    assert_eq!(settings.access_token_lifetime.0.as_secs(), 10);
    assert_eq!(settings.refresh_token_lifetime.0.as_secs(), 30);
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(settings.public_url.origin(), "http://localhost:8000");
    assert_eq!(settings.data_dir, PathBuf::from("data"));
    assert_eq!(settings.database(), "sqlite://data/signet.db");
    assert!(settings.signing_key.is_none());
    assert!(settings.cors_allowed_origins.is_empty());
    assert!(!settings.cors_allow_credentials);
    assert_eq!(settings.cors_preflight_max_age, 86_400);
    assert_eq!(settings.password_min_length, 8);
    assert!(settings.password_upgrade);
    let body = signet::http::BodyLimits::new(&settings);
    assert_eq!((body.most_bytes, body.timeout.as_secs()), (262_144, 10));
    let limits = signet::server::Limits::new(&settings);
    assert_eq!(limits.connections.get(), 1_024);
    assert_eq!(limits.connections_per_address.get(), 256);
    assert_eq!(limits.header_timeout.as_secs(), 5);
    assert_eq!(limits.keep_alive_timeout.as_secs(), 150);
    assert_eq!(limits.drain_timeout.as_secs(), 10);
    assert_eq!(settings.metrics_listen.0, None);
    let rates = settings.throttle_rates();
    let rates = [rates.login, rates.login_address, rates.register].map(Option::unwrap);
    let rates = rates.map(|rate| (rate.most.get(), rate.period.as_secs()));
    assert_eq!(rates, [(10, 60), (100, 60), (20, 3_600)]);
    let cost = settings.cost();
    let cost = (cost.memory_kib, cost.iterations, cost.parallelism);
    assert_eq!(cost, (19_456, 2, 1), "what OWASP advises for argon2id");
    assert!(settings.hashing_slots().get() >= 1);
}

#[test]
fn the_command_line_beats_the_environment_beats_the_file_beats_the_default() {
    let file = file("[simple_jwt]\naccess_token_lifetime = \"1m\"\n");
    let environment = [("SIGNET_ACCESS_TOKEN_LIFETIME", "2m")];
    let command_line = [("ACCESS_TOKEN_LIFETIME", "3m")];
    let seconds =
        |settings: Result<Settings, _>| settings.unwrap().access_token_lifetime.0.as_secs();
    assert_eq!(seconds(read(None, &[], &[])), 10);
    assert_eq!(seconds(read(Some(&file), &[], &[])), 60);
    assert_eq!(seconds(read(Some(&file), &environment, &[])), 120);
    assert_eq!(seconds(read(None, &environment, &[])), 120);
    assert_eq!(seconds(read(Some(&file), &environment, &command_line)), 180);
    assert_eq!(seconds(read(Some(&file), &[], &command_line)), 180);
}

#[test]
fn every_setting_can_stand_in_the_file_under_its_table() {
    let text = r#"
        [simple_jwt]
        access_token_lifetime = "5m"
        refresh_token_lifetime = "1d"
        sliding_token_lifetime = "1m"
        sliding_token_refresh_lifetime = "1h"
        rotate_refresh_tokens = true
        blacklist_after_rotation = true
        rotation_grace = "5s"
        session_max_age = "30d"
        update_last_login = true
        audience = ["a", "b"]
        issuer = "https://id.example"
        leeway = "5s"
        auth_header_types = ["JWT", "Bearer"]
        auth_header_name = "X-Token"
        user_id_field = "username"
        user_id_claim = "sub"
        auth_token_classes = ["access", "sliding"]
        token_type_claim = ""
        jti_claim = "tid"
        sliding_token_refresh_exp_claim = "rexp"
        check_user_is_active = false
        allow_inactive_login = true
        check_revoke_token = true
        revoke_token_claim = "digest"
        algorithm = "RS256"
        signing_key = "Zq3vN8xLw1Tb7RkYp5MdGh2CfJs9UaEe"
        verifying_key = "-----BEGIN PUBLIC KEY-----"
        [cors]
        allowed_origin_regexes = ['^https://\w+\.example$']
        allow_all_origins = false
        allow_private_network = true
        urls_regex = "^/auth/"
        allowed_origins = ["http://localhost:8001", "https://your-frontend-domain.com"]
        allow_credentials = true
        expose_headers = ["x-a"]
        allow_methods = ["GET"]
        allow_headers = "accept, x-b"
        preflight_max_age = 0
        [server]
        listen = "[::1]:9000"
        public_url = "https://id.example"
        data_dir = "/var/lib/signet"
        trusted_proxies = ["10.0.0.0/8", "::1"]
        max_body = "1MiB"
        max_connections = 2000
        max_connections_per_address = 100
        header_timeout = "3s"
        keep_alive_timeout = "2m"
        request_timeout = "4s"
        drain_timeout = "0s"
        metrics_listen = "127.0.0.1:9090"
        log = "warn"
        log_format = "json"
        web_ui = false
        [paths]
        mounts = ["/api/v1"]
        token = ["/a/"]
        token_refresh = ["/b/"]
        token_verify = ["/c/"]
        token_blacklist = ["/d/"]
        token_sliding = ["/e/"]
        token_sliding_refresh = ["/f/"]
        register = ["/g/"]
        me = ["/h/"]
        sessions = ["/i/"]
        password_change = ["/j/", "/k"]
        [user]
        table = "accounts_user"
        id = "uuid"
        username = "mail"
        username_field = "email"
        password = "hash"
        email = "mail"
        is_active = false
        last_login = "seen"
        date_joined = false
        login = ["mail", "phone"]
        login_ignores_case = true
        require = { is_verified = true, deleted_at = "null", kind = "x", level = 3 }
        [database]
        url = "sqlite:///tmp/x.db"
        pool_size = 5
        wait_for_database = "1m"
        [password]
        min_length = 15
        upgrade = false
        hash_memory_kib = 64
        hash_iterations = 3
        hash_parallelism = 2
        hash_slots = 4
        [throttle]
        login = "5/hour"
        login_address = "off"
        register = "2/day"
    "#;
    let settings = read(Some(&file(text)), &[], &[]).unwrap();
    assert_eq!(settings.refresh_token_lifetime.0.as_secs(), 86_400);
    let origins: Vec<&str> = settings
        .cors_allowed_origins
        .iter()
        .map(|o| o.as_str())
        .collect();
    assert_eq!(
        origins,
        ["http://localhost:8001", "https://your-frontend-domain.com"]
    );
    assert!(settings.cors_allow_credentials);
    let headers: Vec<&str> = settings
        .cors_allow_headers
        .iter()
        .map(|h| h.0.as_str())
        .collect();
    assert_eq!(headers, ["accept", "x-b"]);
    assert_eq!(settings.cors_preflight_max_age, 0);
    assert_eq!(settings.listen.to_string(), "[::1]:9000");
    assert!(settings.public_url.is_secure());
    assert_eq!(settings.database_pool_size.get(), 5);
    assert_eq!(settings.wait_for_database.0.as_secs(), 60);
    assert_eq!(settings.database(), "sqlite:///tmp/x.db");
    assert_eq!(settings.password_min_length, 15);
    assert_eq!(settings.hashing_slots().get(), 4);

    let body = signet::http::BodyLimits::new(&settings);
    assert_eq!((body.most_bytes, body.timeout.as_secs()), (1_048_576, 4));
    let limits = signet::server::Limits::new(&settings);
    assert_eq!(limits.connections.get(), 2_000);
    assert_eq!(limits.connections_per_address.get(), 100);
    assert!(limits.trusted_proxies.contains("10.1.2.3".parse().unwrap()));
    assert_eq!(limits.header_timeout.as_secs(), 3);
    assert_eq!(limits.keep_alive_timeout.as_secs(), 120);
    assert_eq!(limits.drain_timeout.as_secs(), 0);
    assert_eq!(settings.metrics_listen.0.unwrap().port(), 9090);
    let rates = settings.throttle_rates();
    assert_eq!(rates.login.unwrap().period.as_secs(), 3_600);
    assert_eq!(rates.login_address, None);
    assert_eq!(rates.register.unwrap().most.get(), 2);

    assert!(!settings.web_ui);
    let user = settings.user_columns();
    assert_eq!(user.table.as_deref(), Some("accounts_user"));
    assert_eq!(user.is_active, OptionalColumn::None);
    assert_eq!(user.last_login, OptionalColumn::Named("seen".into()));
    assert_eq!(settings.username_field(), "email");
    assert!(user.login_ignores_case);
    assert_eq!(user.login, ["mail", "phone"]);
    let required = |column: &str, value| (column.to_owned(), value);
    assert_eq!(
        user.require,
        [
            required("deleted_at", Requirement::Null),
            required("is_verified", Requirement::Bool(true)),
            required("kind", Requirement::Text("x".into())),
            required("level", Requirement::Integer(3)),
        ]
    );
    let paths = signet::settings::Paths::new(&settings);
    let of = |endpoint| -> Vec<&str> {
        paths
            .of(endpoint)
            .iter()
            .map(|path| path.as_str())
            .collect()
    };
    assert_eq!(of(Endpoint::Token), ["/a", "/api/v1/token"]);
    assert_eq!(of(Endpoint::Session), ["/i/{id}", "/api/v1/sessions/{id}"]);
    let changes = ["/j", "/k", "/api/v1/password/change"];
    assert_eq!(of(Endpoint::PasswordChange), changes);

    let tokens = settings.token_config();
    assert_eq!(tokens.leeway.as_secs(), 5);
    assert_eq!(tokens.names.token_type, None);
    assert_eq!(tokens.names.jti, "tid");
    let several = Audience::Several(vec!["a".into(), "b".into()]);
    assert_eq!(tokens.audience, Some(several));
    let sessions = settings.auth_rules();
    assert!(sessions.rotate && sessions.check_revoke_token && !sessions.check_user_is_active);
    assert!(!sessions.upgrade_passwords);
    assert_eq!(
        sessions.token_classes,
        [TokenType::Access, TokenType::Sliding]
    );

    let table: toml::Table = text.parse().unwrap();
    let given: usize = table
        .values()
        .map(|table| table.as_table().unwrap().len())
        .sum();
    let key_files = ["SIGNING_KEY_FILE", "VERIFYING_KEY_FILE"];
    let key_file = SPECS
        .iter()
        .filter(|spec| key_files.contains(&spec.name))
        .count();
    assert_eq!(
        given,
        SPECS.len() - key_file,
        "the test knows every setting"
    );
}

#[test]
fn lists_in_the_environment_are_comma_separated_or_json() {
    for text in [
        "http://a.example, https://b.example",
        r#"["http://a.example","https://b.example"]"#,
    ] {
        let environment = [("SIGNET_CORS_ALLOWED_ORIGINS", text)];
        let settings = read(None, &environment, &[]).unwrap();
        let origins: Vec<&str> = settings
            .cors_allowed_origins
            .iter()
            .map(|o| o.as_str())
            .collect();
        assert_eq!(origins, ["http://a.example", "https://b.example"]);
    }
}

#[test]
fn the_environment_may_name_the_file() {
    let file = file("[password]\nmin_length = 15\n");
    let variable = [("SIGNET_CONFIG", file.path.to_str().unwrap())];
    assert_eq!(read(None, &variable, &[]).unwrap().password_min_length, 15);
    let missing = [("SIGNET_CONFIG", "/nonexistent/my.toml")];
    let error = read(None, &missing, &[]).unwrap_err().to_string();
    assert!(error.starts_with("/nonexistent/my.toml: "), "{error}");
}

#[test]
fn what_others_put_into_the_environment_is_no_setting() {
    let others = [
        ("SIGNET_SERVICE_HOST", "10.0.0.1"),
        ("SIGNET_PORT_8000_TCP", "tcp://10.0.0.1:8000"),
        ("LISTEN", "0.0.0.0:1"),
        ("ACCESS_TOKEN_LIFETIME", "9d"),
        ("PATH", "/bin"),
    ];
    let settings = read(None, &others, &[]).unwrap();
    assert_eq!(settings.listen.port(), 8000);
}

#[test]
fn a_setting_knows_where_it_came_from() {
    let environment = [("SIGNET_LOG".to_owned(), "warn".to_owned())];
    let command_line = HashMap::from([("LISTEN", "127.0.0.1:1".to_owned())]);
    let sources = Sources::collect(None, environment, &command_line).unwrap();
    let environment = Source::Environment("SIGNET_LOG".to_owned());
    assert_eq!(sources.source_of("LOG"), environment);
    let command_line = Source::CommandLine("listen".to_owned());
    assert_eq!(sources.source_of("LISTEN"), command_line);
    assert_eq!(sources.source_of("DATA_DIR"), Source::Default);
}

#[test]
fn every_setting_has_a_manual_a_unique_name_and_a_good_default() {
    let mut names = std::collections::HashSet::new();
    let mut keys = std::collections::HashSet::new();
    for spec in SPECS {
        assert!(names.insert(spec.name), "{} stands twice", spec.name);
        let key = format!("{}.{}", spec.table, spec.key());
        assert!(keys.insert(key.clone()), "{key}");
        assert!(
            spec.manual.iter().any(|line| line.len() > 20),
            "{}",
            spec.name
        );
        assert!(!spec.allowed.is_empty(), "{}", spec.name);
        let Some(default) = spec.default else {
            continue;
        };
        let variable = spec.variable();
        let given = [(variable.as_str(), default)];
        assert!(read(None, &given, &[]).is_ok(), "{}", spec.name);
    }
}

#[test]
fn secrets_do_not_show_in_debug() {
    let canary = "canary-canary-canary-canary-canary";
    let url = "sqlite://canary-canary-canary.db";
    let environment = [("SIGNET_SIGNING_KEY", canary), ("SIGNET_DATABASE_URL", url)];
    let settings = read(None, &environment, &[]).unwrap();
    for debug in [format!("{settings:?}"), format!("{settings:#?}")] {
        assert!(!debug.contains("canary"), "{debug}");
        assert!(debug.contains("redacted"), "{debug}");
    }
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let file = file("[cors]\nallowed_origins = [\"http://a.example\"]\n[server]\nlog = \"warn\"\n");
    let names = SPECS.iter().map(|spec| spec.variable());
    let names = names.filter(|name| name != "SIGNET_TOKEN_TYPE_CLAIM");
    // Refused ones and unknown ones, too, and the name of a file.
    let names = names.chain(["JWK_URL", "NOTHING", "CONFIG"].map(|name| format!("SIGNET_{name}")));
    let names: Vec<String> = names.collect();
    let empty: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let settings = read(Some(&file), &empty, &[]).unwrap();
    assert_eq!(settings.cors_allowed_origins.len(), 1);
    for spec in SPECS {
        let source = settings.source_of(spec.name);
        assert!(!matches!(source, Source::Environment(_)), "{}", spec.name);
    }
    // Here the empty text is a value of its own, as in SimpleJWT's None.
    let settings = read(None, &[("SIGNET_TOKEN_TYPE_CLAIM", "")], &[]).unwrap();
    assert_eq!(settings.token_type_claim.0, None);
    assert!(read(None, &[("SIGNET_LOG", " ")], &[]).is_err());
}
