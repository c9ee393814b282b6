//! A PUBLIC_URL that is not where browsers find the server: it is said once, in the log.

use crate::process::{Place, Server};

const WORDS: &str = "a browser found the web UI at ";

async fn start(settings: &[(&str, &str)]) -> (Place, Server) {
    let place = Place::new();
    let server = Server::start(&place, settings).await;
    (place, server)
}

/// Opens the home page as a browser does.
async fn open(server: &Server, headers: &[(&str, &str)]) {
    let accept = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let headers = [headers, &[accept]].concat();
    server.request("GET", "/", &headers, "").await;
}

async fn log_in(server: &Server, headers: &[(&str, &str)]) {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let headers = [headers, &[form, ("sec-fetch-site", "same-origin")]].concat();
    let body = "username=nobody&password=nothing";
    server.request("POST", "/login", &headers, body).await;
}

#[tokio::test]
async fn a_form_of_another_origin_than_public_url_is_said_once() {
    let (_place, server) = start(&[("SIGNET_PUBLIC_URL", "https://id.example")]).await;
    log_in(&server, &[("origin", "https://id.example")]).await;
    log_in(&server, &[("origin", "null")]).await;
    assert!(!server.log().contains(WORDS));
    log_in(&server, &[("origin", "http://localhost:8000")]).await;
    log_in(&server, &[("origin", "http://localhost:8000")]).await;
    let log = server.log();
    assert_eq!(log.matches(WORDS).count(), 1);
    assert!(log.contains("at http://localhost:8000, but PUBLIC_URL is https://id.example. "));
    assert!(log.contains("Browsers may drop the Secure cookies"));
    assert!(log.contains("Set PUBLIC_URL to where browsers find this server"));
    server.stop().await;
}

#[tokio::test]
async fn a_page_of_another_host_than_public_url_is_said_once() {
    let (_place, server) = start(&[("SIGNET_PUBLIC_URL", "https://id.example")]).await;
    for host in ["id.example", "x y", "a\u{e9}"] {
        open(&server, &[("host", host)]).await;
    }
    // Not a proxy that is trusted: behind one, a server does not know the scheme.
    let headers = [("host", "id.example"), ("x-forwarded-proto", "http")];
    open(&server, &headers).await;
    let probe = [("host", "10.0.0.1:8000"), ("accept", "*/*")];
    server.request("GET", "/", &probe, "").await;
    assert!(!server.log().contains(WORDS));
    for _ in 0..2 {
        open(&server, &[("host", "other.example")]).await;
    }
    let log = server.log();
    assert_eq!(log.matches(WORDS).count(), 1);
    assert!(log.contains("at other.example, but PUBLIC_URL is https://id.example."));
    server.stop().await;
}

#[tokio::test]
async fn a_trusted_proxy_is_believed_which_scheme_a_browser_used() {
    let settings = [
        ("SIGNET_PUBLIC_URL", "https://id.example"),
        ("SIGNET_TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let (_place, server) = start(&settings).await;
    for (scheme, is_said) in [("https", false), ("https, http", false), ("http", true)] {
        let headers = [("host", "id.example"), ("x-forwarded-proto", scheme)];
        open(&server, &headers).await;
        assert_eq!(server.log().contains(WORDS), is_said, "{scheme}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_names_of_this_machine_are_one_place() {
    let (_place, server) = start(&[("SIGNET_PUBLIC_URL", "http://localhost:8000")]).await;
    for host in ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"] {
        open(&server, &[("host", host)]).await;
        let origin = format!("http://{host}");
        log_in(&server, &[("origin", origin.as_str())]).await;
    }
    assert!(!server.log().contains(WORDS));
    log_in(&server, &[("origin", "http://localhost:8001")]).await;
    assert!(server.log().contains(WORDS));
    server.stop().await;
}
