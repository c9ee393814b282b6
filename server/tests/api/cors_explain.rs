//! `signet cors explain`: whether an origin is let in, by which rule, and why not.

use std::process::Output;

use crate::app::TestApp;
use crate::process::Place;
use crate::settings::read;

const LISTED: [&str; 3] = [
    "http://localhost:8001",
    "https://app.example.com",
    "https://xn--bcher-kva.example",
];
const PATTERN: &str = r"^https://\w+\.preview\.example\.com$";

/// The guesses about an origin that [`LISTED`] and [`PATTERN`] do not let in.
fn doubts(origin: &str) -> Vec<String> {
    let listed = LISTED.join(",");
    let patterns = serde_json::to_string(&[PATTERN]).unwrap();
    let settings = [
        ("SIGNET_CORS_ALLOWED_ORIGINS", listed.as_str()),
        ("SIGNET_CORS_ALLOWED_ORIGIN_REGEXES", patterns.as_str()),
    ];
    let allowed = read(None, &settings, &[]).unwrap().allowed_origins();
    assert!(allowed.rule(origin).is_none(), "{origin} is let in");
    allowed.doubts(origin)
}

#[test]
fn what_a_browser_writes_differently_is_said_with_what_it_sends() {
    for (origin, line) in [
        (
            "http://localhost:8001/",
            "browsers send http://localhost:8001 (without the slash at the end), which is let in",
        ),
        (
            "http://localhost:8001/login?next=/",
            "browsers send http://localhost:8001 (without a path), which is let in",
        ),
        (
            "https://App.Example.com",
            "browsers send https://app.example.com (in lower case), which is let in",
        ),
        (
            "https://app.example.com:443",
            "browsers send https://app.example.com (without the scheme's own port), which is let in",
        ),
        (
            "https://me:secret@app.example.com",
            "browsers send https://app.example.com (without a user), which is let in",
        ),
        (
            "https://bücher.example",
            "browsers send https://xn--bcher-kva.example (in ASCII), which is let in",
        ),
        (
            "HTTPS://X1.preview.example.com:443/",
            "browsers send https://x1.preview.example.com (without the slash at the end, in lower \
             case, without the scheme's own port), which is let in",
        ),
        (
            "https://other.example/",
            "browsers send https://other.example (without the slash at the end), which is not let \
             in, either",
        ),
    ] {
        assert_eq!(doubts(origin), [line], "{origin}");
    }
}

#[test]
fn a_listed_origin_that_may_have_been_meant_is_named() {
    for (origin, line) in [
        (
            "http://app.example.com",
            "https://app.example.com is listed: the scheme differs",
        ),
        (
            "http://localhost:8002",
            "http://localhost:8001 is listed: the port differs",
        ),
        (
            "http://app.example.com:8080",
            "https://app.example.com is listed: scheme and port differ",
        ),
        (
            "http://127.0.0.1:8001",
            "http://localhost:8001 is listed: to a browser localhost and 127.0.0.1 are two hosts",
        ),
        (
            "https://beta.app.example.com",
            "https://app.example.com is listed: that does not let its subdomains in",
        ),
        (
            "https://example.com",
            "https://app.example.com is listed: that does not let the domain above it in",
        ),
        (
            "https://app.exmaple.com",
            "https://app.example.com is listed: the spelling differs",
        ),
        (
            "app.example.com",
            "it has no scheme: browsers send https:// or http:// before the host, and \
             https://app.example.com is let in",
        ),
    ] {
        assert_eq!(doubts(origin), [line], "{origin}");
    }
    let path_and_scheme = doubts("http://app.example.com/");
    assert_eq!(path_and_scheme.len(), 2, "{path_and_scheme:?}");
}

#[test]
fn whatever_else_is_asked_has_an_answer_of_one_line() {
    for (origin, part) in [
        ("", "nothing to let in"),
        ("null", "sandboxed frames"),
        ("*", "CORS_ALLOW_ALL_ORIGINS"),
        ("https://*.example.com", "CORS_ALLOWED_ORIGIN_REGEXES"),
        ("http://", "no origin that a browser would send"),
        ("file://", "Chrome on Android"),
        ("file:///tmp/x.html", "no origin that a browser would send"),
        ("https://far.away.org", "does not list it, and no pattern"),
        (
            "chrome-extension://abcdef",
            "does not list it, and no pattern",
        ),
    ] {
        let lines = doubts(origin);
        assert_eq!(lines.len(), 1, "{origin}: {lines:?}");
        assert!(lines[0].contains(part), "{origin}: {lines:?}");
    }
    let nobody = read(None, &[], &[]).unwrap().allowed_origins();
    let lines = nobody.doubts("https://app.example.com");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].ends_with("are empty: no origin is let in"));
}

#[tokio::test]
async fn what_is_explained_is_what_is_answered() {
    let patterns = r#"["^https://a", "^null$"]"#;
    for settings in [
        &[][..],
        &[("CORS_ALLOWED_ORIGINS", "http://a.example,http://b.example")],
        &[("CORS_ALLOWED_ORIGIN_REGEXES", patterns)],
        &[("CORS_ALLOW_ALL_ORIGINS", "true")],
        &[
            ("CORS_ALLOW_ALL_ORIGINS", "true"),
            ("CORS_ALLOW_CREDENTIALS", "true"),
        ],
    ] {
        let app = TestApp::with(settings).await;
        let variables = settings
            .iter()
            .map(|(name, text)| (format!("SIGNET_{name}"), *text));
        let variables: Vec<(String, &str)> = variables.collect();
        let variables: Vec<(&str, &str)> = variables
            .iter()
            .map(|(name, text)| (name.as_str(), *text))
            .collect();
        let settings = read(None, &variables, &[]).unwrap();
        let allowed = settings.allowed_origins();
        let policy = signet::http::CorsPolicy::new(&settings);
        for origin in [
            "http://a.example",
            "http://b.example",
            "https://a.evil.example",
            "null",
            "",
            "x",
        ] {
            let answer = app.call("GET", "/nope/", &[("origin", origin)]).await;
            let name = "access-control-allow-origin";
            let granted = answer.headers.get(name);
            assert_eq!(granted.is_some(), allowed.rule(origin).is_some());
            assert_eq!(granted, policy.headers(origin, false).get(name));
        }
    }
}

async fn explain(place: &Place, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, .. } = place
        .run(&[&["cors", "explain"], arguments].concat(), "")
        .await;
    (status.code(), String::from_utf8(stdout).unwrap())
}

#[tokio::test]
async fn an_accepted_origin_is_told_its_rule_and_its_headers() {
    let place = Place::new();
    let text = r#"
        [cors]
        allowed_origins = ["http://localhost:8001"]
        allowed_origin_regexes = ['^https://\w+\.example$']
        allow_credentials = true
    "#;
    std::fs::write(place.path().join("signet.toml"), text).unwrap();
    let (code, said) = explain(&place, &["http://localhost:8001"]).await;
    let start = "http://localhost:8001 is accepted: CORS_ALLOWED_ORIGINS lists it, from signet.toml.\n\
                 Answers to its requests carry:\n";
    assert!(said.starts_with(start), "{said}");
    for line in [
        "    access-control-allow-origin: http://localhost:8001\n",
        "    access-control-allow-credentials: true\n",
        "Answers to its preflights carry:\n",
        "    access-control-max-age: 86400\n",
    ] {
        assert!(said.contains(line), "{said}");
    }
    assert_eq!(code, Some(0));

    let (code, said) = explain(&place, &["https://a.example"]).await;
    let why = r"the pattern ^https://\w+\.example$ of CORS_ALLOWED_ORIGIN_REGEXES matches it, from signet.toml.";
    assert!(said.contains(why), "{said}");
    assert_eq!(code, Some(0));

    let (code, said) = explain(&place, &["null", "--cors-allowed-origins", "null"]).await;
    assert!(
        said.contains("Beware: CORS_ALLOWED_ORIGINS lists null"),
        "{said}"
    );
    assert!(
        said.contains("    access-control-allow-origin: null\n"),
        "{said}"
    );
    assert_eq!(code, Some(0));

    let all = [
        "null",
        "--cors-allow-all-origins",
        "true",
        "--cors-urls-regex",
        "^/auth/",
    ];
    let (code, said) = explain(&place, &all).await;
    let why = "CORS_ALLOW_ALL_ORIGINS lets every origin in, from the command line";
    assert!(said.contains(why), "{said}");
    let paths = "requests on paths that CORS_URLS_REGEX matches carry:";
    assert!(said.contains(paths), "{said}");
    assert_eq!(code, Some(0));
}

#[tokio::test]
async fn a_refused_origin_ends_with_1_and_a_reason() {
    let place = Place::new();
    for (arguments, reason) in [
        (
            &["https://app.example.com"][..],
            "are empty: no origin is let in",
        ),
        (
            &[
                "https://a.example/",
                "--cors-allowed-origins",
                "https://a.example",
            ],
            "browsers send https://a.example (without the slash at the end), which is let in",
        ),
        (&["http://localhost:8000"], "it is PUBLIC_URL"),
    ] {
        let (code, said) = explain(&place, arguments).await;
        let start = format!("{} is refused: no rule lets it in.\n- ", arguments[0]);
        assert!(said.starts_with(&start), "{said}");
        assert!(said.contains(reason), "{said}");
        assert_eq!(code, Some(1));
    }
}
