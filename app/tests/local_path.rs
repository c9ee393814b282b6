//! Where a login may lead, resolved as a browser resolves it.

use proptest::prelude::*;
use signet_app::local_path::{AFTER_LOGIN, local_path};
use url::Url;

const ORIGINS: [&str; 3] = [
    "http://localhost:8000",
    "https://signet.example.com",
    "https://[::1]:8443",
];

#[test]
fn a_path_of_this_server_is_taken_as_it_is() {
    for local in [
        "/",
        "/session",
        "/session?a=b#c",
        "/login?next=/x",
        "/?next=//host",
        "/a//b",
        "/a.b/..c/%2e%2e%2f",
        "/.well-known/jwks.json",
        "/%2f/evil",
        "/#/../x",
    ] {
        assert_eq!(local_path(local), local);
    }
}

#[test]
fn every_other_text_leads_to_the_default_page() {
    for foreign in [
        "",
        "session",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil",
        "https://evil.example",
        "/\t/evil.example",
        "/x\ny",
        "javascript:alert(1)",
        "/é",
        "/.//evil.example",
        "/..//evil.example",
        "/./\\evil.example",
        "/%2e//evil.example",
        "/%2E%2e//evil.example",
        "/.%2e//evil.example",
        "/%2e.//evil.example",
        "/x/..//evil.example",
        "/x/%2e%2E//evil.example",
        "/\t.//evil.example",
        "/.\n//evil.example",
        "/./session",
        "/x/..",
        "/.?x",
        "/..#x",
    ] {
        assert_eq!(local_path(foreign), AFTER_LOGIN, "{foreign:?}");
    }
}

#[test]
fn a_path_has_an_end() {
    let path = |bytes: usize| format!("/{}", "a".repeat(bytes - 1));
    assert_eq!(local_path(&path(2_048)), path(2_048));
    assert_eq!(local_path(&path(2_049)), AFTER_LOGIN);
}

/// Texts made of what URLs are taken apart by.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("/"),
        Just("\\"),
        Just("."),
        Just(".."),
        Just("%2e"),
        Just("%2E"),
        Just("%2f"),
        Just("%5c"),
        Just("?"),
        Just("#"),
        Just(":"),
        Just("@"),
        Just("\t"),
        Just("\n"),
        Just("\0"),
        Just(" "),
        Just("host"),
        Just("http:"),
        Just("é"),
        Just("%"),
        Just(";"),
        Just("|"),
        Just("[::1]"),
        Just("C|"),
        Just("\u{ff0f}"),
        Just("\u{2024}"),
    ];
    prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

fn stays_here(next: &str) {
    for origin in ORIGINS {
        let base = Url::parse(origin).unwrap();
        let resolved = base.join(local_path(next)).unwrap();
        assert_eq!(resolved.origin(), base.origin(), "{next:?}");
        let path = resolved.path();
        assert!(path.starts_with('/') && !path.starts_with("//"), "{next:?}");
        // What the page hands to the browser's history is this path once more.
        let again = &resolved[url::Position::BeforePath..];
        assert_eq!(base.join(again).unwrap(), resolved, "{next:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_024, ..Default::default() })]

    #[test]
    fn a_login_stays_on_this_server(next in pieces()) {
        stays_here(&next);
        stays_here(&format!("/{next}"));
    }

    #[test]
    fn a_login_stays_on_this_server_whatever_the_text(next in ".*") {
        stays_here(&next);
        stays_here(&format!("/{next}"));
    }
}
