//! Raw requests that are put together at random, always the same ones: odd, half right and wrong.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use super::{read_to_end, status};
use crate::process::{Place, Server};

/// Seconds that requests are sent for, unless FUZZ_SECONDS says otherwise.
const SECONDS: u64 = 20;

/// Clients that send them at the same time.
const CLIENTS: u64 = 4;

const METHODS: &[&str] = &[
    "GET",
    "POST",
    "HEAD",
    "OPTIONS",
    "PUT",
    "DELETE",
    "CONNECT",
    "TRACE",
    "PATCH",
    "get",
    "G\u{e9}T",
    "",
    "PRI",
    "X-ODD!#$%&'*+-.^_`|~",
];

/// Parts of targets; some are joined.
const TARGETS: &[&str] = &[
    "/",
    "/login",
    "/register",
    "/logout",
    "/account",
    "/session",
    "/sessions",
    "/healthz",
    "/readyz",
    "/auth/",
    "/auth/token/",
    "/auth/token/refresh/",
    "/auth/token/verify/",
    "/auth/token/blacklist/",
    "/auth/token/sliding/",
    "/auth/register/",
    "/auth/me/",
    "/auth/sessions/",
    "/auth/sessions/x/",
    "/auth/password/change/",
    "/accounts/token",
    "/.well-known/jwks.json",
    "/pkg/",
    "/favicon.ico",
    "//",
    "/../",
    "/./",
    "/%2f",
    "/%2e%2e/",
    "/%ff",
    "/%00",
    "/%",
    "/%zz",
    "/\\",
    "/;",
    "/:",
    "/@",
    "/*",
    "?",
    "?next=",
    "?next=//x",
    "?next=/%0d%0a",
    "?&&==&%ff",
    "#x",
    "?all=true",
    "*",
    "x",
    "host:80",
    "host:443",
    "http://host/",
    "http://host",
    "http://host:99999/",
    "http://[::1]/",
    "https://u:p@host/",
    "file:///etc",
    "data:",
    "http:",
    "//host/x",
    "/\u{85}",
    "/\u{202e}\u{e9}",
    "/\u{10ffff}",
    " ",
    "\t",
];

const HEADERS: &[&str] = &[
    "Host: localhost",
    "Host: a, b",
    "Host:",
    "Host: \u{e9}",
    "Host: [::",
    "Accept: */*",
    "Accept: ;;,,q=",
    "Accept: application/json;q=nan",
    "Authorization: Bearer x",
    "Authorization: Bearer",
    "Authorization: ",
    "Authorization: Bearer a.b.c",
    "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.x",
    "Authorization: \u{e9}",
    "Content-Type: application/json",
    "Content-Type: application/x-www-form-urlencoded",
    "Content-Type: multipart/form-data; boundary=b",
    "Content-Type: multipart/form-data; boundary=",
    "Content-Type: multipart/form-data; boundary=\"",
    "Content-Type: \u{ff}",
    "Content-Type: ;",
    "Cookie: signet-refresh=x",
    "Cookie: =;;=\u{e9};a",
    "Cookie: signet-refresh=a.b.c; signet-refresh=\u{1f}",
    "Cookie: session-hint",
    "X-Auth-Transport: cookie",
    "Sec-Fetch-Site: same-origin",
    "Origin: null",
    "Origin: http://localhost:8001",
    "Origin: \u{e9}",
    "Access-Control-Request-Method: \u{e9}",
    "Access-Control-Request-Method: POST",
    "Access-Control-Request-Private-Network: true",
    "X-Forwarded-For: ,,1.1.1.1:99999,[::1",
    "Expect: 100-continue",
    "Expect: x",
    "Connection: close",
    "Connection: upgrade",
    "Upgrade: h2c",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: x",
    "Content-Length: 0",
    "Content-Length: 5",
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    "Content-Length: 262145",
    "Content-Length: 1, 1",
    "If-None-Match: *",
    "If-None-Match: \"",
    "Range: bytes=9-1,x-",
    "Accept-Encoding: br;q=x, gzip, ,",
    "User-Agent: \u{1}",
    "User-Agent: \u{9b}31m\u{202e}",
    "TE: trailers",
    "X: ",
    ": x",
    "x",
    " folded: x",
    "X-Long: ",
];

const BODIES: &[&str] = &[
    "",
    "x",
    "{}",
    "[]",
    "null",
    "{\"token\":\"a.b.c\"}",
    "{\"refresh\":\"\\ud800\"}",
    "{\"username\":1e999}",
    "{\"username\":\"\\u0000\",\"password\":\"x\"}",
    "{\"username\":{},\"password\":[]}",
    "{\"a\":",
    "\u{feff}{}",
    "username=a&password=%00",
    "username=%ff&password=&next=//x",
    "username=a&username=b&&=&%",
    "=",
    "--b\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\na\r\n--b--",
    "--b",
    "--b--\r\n",
    "--b\r\nContent-Disposition: form-data; name=\"\r\n\r\n",
    "5\r\n{\"a\":\r\n0\r\n\r\n",
    "0\r\n\r\n",
    "ffffffffffffffff\r\nx",
    "-1\r\n",
    "1;x=y\r\nx\r\n0\r\nX: y\r\n\r\n",
    "99999\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "{\"token\":-0.0,\"refresh\":123456789012345678901234567890,\"username\":true,\"password\":null}",
];

/// Numbers that are always the same ones for a seed (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }
}

/// The bytes of one request; most are well formed in most places, or none would get far.
fn request(numbers: &mut Numbers) -> Vec<u8> {
    let mut text = String::new();
    let method = match numbers.one_in(3) {
        true => numbers.pick(METHODS),
        false => numbers.pick(&["GET", "POST"]),
    };
    let mut target = numbers.pick(TARGETS).to_owned();
    while numbers.one_in(3) {
        target.push_str(numbers.pick(TARGETS));
    }
    if numbers.one_in(50) {
        let times = numbers.below(3_000);
        target.push_str(&numbers.pick(TARGETS).repeat(times));
    }
    let version = match numbers.one_in(12) {
        true => numbers.pick(&["HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.1x", ""]),
        false => "HTTP/1.1",
    };
    text.push_str(&format!("{method} {target} {version}\r\n"));
    if !numbers.one_in(8) {
        text.push_str("Host: localhost\r\n");
    }
    for _ in 0..numbers.below(6) {
        text.push_str(numbers.pick(HEADERS));
        if numbers.one_in(60) {
            let times = numbers.below(40_000);
            text.push_str(&"x".repeat(times));
        }
        text.push_str(match numbers.one_in(40) {
            true => "\n",
            false => "\r\n",
        });
    }
    let body = numbers.pick(BODIES);
    if numbers.one_in(2) {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    let mut bytes = text.into_bytes();
    // Bytes that no text has.
    while numbers.one_in(4) {
        let at = numbers.below(bytes.len());
        bytes[at] = u8::try_from(numbers.below(256)).unwrap();
    }
    if numbers.one_in(10) {
        bytes.truncate(numbers.below(bytes.len()));
    }
    bytes
}

/// Sends requests until the time is over; returns how many, and which was answered 5xx.
async fn send(server: &Server, seed: u64, until: Instant) -> Result<usize, String> {
    // 0 would stay 0.
    let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut sent = 0;
    while Instant::now() < until {
        let request = request(&mut numbers);
        let mut stream = server.connect().await;
        // In two parts, so that one is read before the other is there.
        let (first, second) = request.split_at(numbers.below(request.len() + 1));
        let _ = stream.write_all(first).await;
        let _ = stream.write_all(second).await;
        let _ = stream.shutdown().await;
        if let Some(answers) = read_to_end(&mut stream).await {
            for answer in answers.split("HTTP/1.").skip(1) {
                if status(answer) >= 500 {
                    return Err(format!("{}\n{answer}", request.escape_ascii()));
                }
            }
        }
        sent += 1;
    }
    Ok(sent)
}

#[tokio::test]
async fn no_raw_request_is_a_server_error_or_ends_the_server() {
    let seconds = std::env::var("FUZZ_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let place = Place::with_database().await;
    let environment = [
        ("SIGNET_LOG", "warn,signet::cli=info"),
        ("SIGNET_CORS_ALLOW_ALL_ORIGINS", "true"),
    ];
    let server = Server::start(&place, &environment).await;
    let until = Instant::now() + Duration::from_secs(seconds);
    let clients = (0..CLIENTS).map(|seed| send(&server, seed, until));
    for sent in futures_util::future::join_all(clients).await {
        let sent = sent.unwrap_or_else(|failure| panic!("{failure}"));
        println!("{sent} requests");
    }
    assert_eq!(server.request("GET", "/healthz", &[], "").await.0, 200);
    let log = server.stop().await;
    assert!(!log.contains("panicked"), "{log}");
}
