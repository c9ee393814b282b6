//! Values in the form that a Django project's settings have: they work, or stop the start in words.

use crate::process::Place;
use crate::settings::read;

fn error_of(name: &str, text: &str) -> Option<String> {
    let variable = format!("SIGNET_{name}");
    let error = read(None, &[(&variable, text)], &[]).err();
    error.map(|error| error.to_string())
}

/// What the setting is in effect, as `signet.toml` would hold it.
fn shown(name: &str, text: &str) -> String {
    let variable = format!("SIGNET_{name}");
    let settings = read(None, &[(&variable, text)], &[]);
    let settings = settings.unwrap_or_else(|error| panic!("{error}"));
    let mut all = settings.effective();
    let found = all.find(|setting| setting.spec.name == name).unwrap();
    match found.shown {
        signet::settings::Shown::Value(value) => value.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_of_request_meta_is_the_name_of_its_header() {
    for (text, name) in [
        ("HTTP_AUTHORIZATION", "Authorization"),
        ("HTTP_X_ACCESS_TOKEN", "X-Access-Token"),
        ("HTTP_X_API_KEY_2", "X-Api-Key-2"),
        ("Authorization", "Authorization"),
        ("AUTHORIZATION", "AUTHORIZATION"),
        ("X-Access-Token", "X-Access-Token"),
        ("x-access-token", "x-access-token"),
        ("HTTP2-Token", "HTTP2-Token"),
    ] {
        let shown = shown("AUTH_HEADER_NAME", text);
        assert_eq!(shown, format!("\"{name}\""), "{text}");
    }
}

#[test]
fn a_name_of_a_header_that_may_mean_another_one_stops_the_start() {
    for text in [
        "HTTP_",
        "HTTP__X",
        "HTTP_X_",
        "HTTP_x_access_token",
        "HTTP_X-ACCESS-TOKEN",
        "http_authorization",
        "HTTP-AUTHORIZATION",
        "X_ACCESS_TOKEN",
        "X_Access_Token",
        "CONTENT_TYPE",
        "CONTENT_LENGTH",
        "HTTP_CONTENT_TYPE",
        "HTTP_HOST",
        "HTTP_COOKIE",
        "Content-Type",
        "content-length",
        "Host",
        "Origin",
        "REMOTE_USER",
        "SERVER_NAME",
        " ",
        "X Token",
        "X-Tökén",
        "HTTP_X_TÖKEN",
    ] {
        let error = error_of("AUTH_HEADER_NAME", text).expect(text);
        assert_eq!(error.lines().count(), 1, "{error}");
        for part in ["AUTH_HEADER_NAME from", "Authorization", "request.META"] {
            assert!(error.contains(part), "{error}");
        }
    }
}

#[tokio::test]
async fn a_token_is_found_in_the_header_of_a_key_of_request_meta() {
    for (key, header) in [
        ("HTTP_AUTHORIZATION", "authorization"),
        ("HTTP_X_ACCESS_TOKEN", "x-access-token"),
    ] {
        let app = crate::app::TestApp::with(&[("AUTH_HEADER_NAME", key)]).await;
        app.user("ada").await;
        let bearer = format!("Bearer {}", app.log_in("ada").await.access);
        let me = app.call("GET", "/auth/me/", &[(header, &bearer)]).await;
        assert_eq!(me.status, 200, "{key}");
        let page = app.get("/").await;
        assert!(
            page.text().contains(&format!("{header}\\\"")),
            "the page sends it, too"
        );
    }
}

#[test]
fn classes_of_tokens_may_have_their_dotted_names() {
    let dotted = "rest_framework_simplejwt.tokens.SlidingToken, \
                  rest_framework_simplejwt.tokens.AccessToken";
    let shown = shown("AUTH_TOKEN_CLASSES", dotted);
    assert_eq!(shown, r#"["sliding", "access"]"#);
    for other in [
        "rest_framework_simplejwt.tokens.RefreshToken",
        "project.tokens.AccessToken",
        "AccessToken",
    ] {
        let error = error_of("AUTH_TOKEN_CLASSES", other).expect(other);
        assert!(error.contains("access, sliding, or both"), "{error}");
    }
}

#[test]
fn what_works_as_python_writes_it() {
    for (name, text, toml) in [
        ("ROTATE_REFRESH_TOKENS", "True", "true"),
        ("CHECK_USER_IS_ACTIVE", "False", "false"),
        ("AUTH_HEADER_TYPES", "Bearer", r#"["Bearer"]"#),
        ("AUTH_HEADER_TYPES", "JWT,Bearer", r#"["JWT", "Bearer"]"#),
        ("AUDIENCE", r#"["a", "b"]"#, r#"["a", "b"]"#),
        ("CORS_PREFLIGHT_MAX_AGE", "86400", "86400"),
        (
            "CORS_URLS_REGEX",
            "^(/api|/auth)/.*$",
            "\"^(/api|/auth)/.*$\"",
        ),
        (
            "CORS_ALLOWED_ORIGIN_REGEXES",
            "(https://a|http://b)[.]example",
            r#"["(https://a|http://b)[.]example"]"#,
        ),
    ] {
        assert_eq!(shown(name, text), toml, "{name}");
    }
}

#[test]
fn what_python_writes_otherwise_stops_the_start_and_says_how_to_write_it() {
    for (name, text, part) in [
        (
            "ACCESS_TOKEN_LIFETIME",
            "timedelta(minutes=5)",
            "such as 10s, 5m",
        ),
        (
            "REFRESH_TOKEN_LIFETIME",
            "datetime.timedelta(days=1)",
            "such as 10s, 5m",
        ),
        ("LEEWAY", "10", "0s, or a whole number with a unit"),
        ("LEEWAY", "0:00:10", "0s, or a whole number with a unit"),
        (
            "AUTH_HEADER_TYPES",
            "(\"Bearer\",)",
            "a list as Python writes it",
        ),
        (
            "AUTH_HEADER_TYPES",
            "('JWT', 'Bearer')",
            "a list as Python writes it",
        ),
        (
            "AUTH_HEADER_TYPES",
            "['Bearer']",
            "a list as Python writes it",
        ),
        ("AUTH_HEADER_TYPES", "'Bearer'", "in quotes"),
        (
            "AUTH_HEADER_TYPES",
            "Bearer, 'JWT'",
            "letters, digits and dashes",
        ),
        ("AUTH_HEADER_NAME", "\"HTTP_AUTHORIZATION\"", "in quotes"),
        (
            "AUTH_TOKEN_CLASSES",
            "(\"rest_framework_simplejwt.tokens.AccessToken\",)",
            "access, sliding, or both",
        ),
        ("AUDIENCE", "None", "no value: leave the setting out"),
        ("AUDIENCE", "(\"a\", \"b\")", "a list as Python writes it"),
        ("AUDIENCE", "['a', 'b']", "a list as Python writes it"),
        ("AUDIENCE", "\"a\", \"b\"", "in quotes"),
        ("AUDIENCE", "()", "a list as Python writes it"),
        ("ISSUER", "None", "no value: leave the setting out"),
        ("ISSUER", " None ", "no value: leave the setting out"),
        ("ISSUER", "'https://id.example'", "in quotes"),
        ("TOKEN_TYPE_CLAIM", "None", "the empty text for none"),
        ("JTI_CLAIM", "None", "no value"),
        ("USER_ID_CLAIM", "\"user_id\"", "in quotes"),
        ("ALGORITHM", "'HS256'", "in quotes"),
        ("UPDATE_LAST_LOGIN", "None", "true or false"),
        (
            "CORS_ALLOWED_ORIGINS",
            "['http://a.example']",
            "a list as Python writes it",
        ),
        (
            "CORS_ALLOWED_ORIGIN_REGEXES",
            "r\"^https://[a-z]+[.]example$\"",
            "in quotes",
        ),
        (
            "CORS_ALLOWED_ORIGIN_REGEXES",
            "[r'^https://[a-z]+[.]example$']",
            "a list as Python writes it",
        ),
        (
            "CORS_URLS_REGEX",
            "re.compile('^/api/')",
            "a call of Python's",
        ),
        ("CORS_ALLOW_HEADERS", "'accept', authorization", "dashes"),
        (
            "CORS_ALLOW_METHODS",
            "(\"GET\", \"POST\")",
            "a list as Python writes it",
        ),
        ("DATA_DIR", "'data'", "in quotes"),
    ] {
        let error = error_of(name, text).unwrap_or_else(|| panic!("{name}={text}"));
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.starts_with(&format!("{name} from ")), "{error}");
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn settings_that_change_nothing_or_lock_pages_out_are_warned_of() {
    let place = Place::new();
    let settings = [
        ("SIGNET_AUTH_HEADER_NAME", "HTTP_X_ACCESS_TOKEN"),
        ("SIGNET_CORS_ALLOWED_ORIGINS", "http://localhost:8001"),
        ("SIGNET_ALLOW_INACTIVE_LOGIN", "true"),
    ];
    let server = crate::process::Server::start(&place, &settings).await;
    let log = server.stop().await;
    for warning in [
        "AUTH_HEADER_NAME is X-Access-Token, and CORS_ALLOW_HEADERS does not list it",
        "ALLOW_INACTIVE_LOGIN changes nothing while CHECK_USER_IS_ACTIVE is true",
    ] {
        assert!(log.contains(warning), "{log}");
    }
}
