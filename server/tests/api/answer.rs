//! An answer of the server, read to its end, and what tests ask of it.

use axum::response::Response;
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body that ends");
        Self {
            status: parts.status,
            headers: parts.headers,
            body: body.to_bytes().to_vec(),
        }
    }

    /// The body as it stands on the wire.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of text")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// A text of the JSON object in the body.
    pub(crate) fn field(&self, name: &str) -> String {
        let body = self.json();
        let text = body.get(name).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("no text {name} in {body}"))
            .to_owned()
    }

    /// A header that may stand there once; an empty text if it does not.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).into_iter();
        let first = values.next().map_or("", |value| value.to_str().unwrap());
        assert!(values.next().is_none(), "{name} stands there twice");
        first
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    /// The members of `Vary`, in lower case and sorted.
    pub(crate) fn vary(&self) -> Vec<String> {
        let lines = self.headers.get_all("vary").into_iter();
        let mut members: Vec<String> = lines
            .flat_map(|line| line.to_str().unwrap().split(','))
            .map(|member| member.trim().to_ascii_lowercase())
            .collect();
        members.sort();
        members
    }

    /// Every cookie that is set, as it is written.
    pub(crate) fn cookies(&self) -> Vec<String> {
        let lines = self.headers.get_all(SET_COOKIE).into_iter();
        lines
            .map(|line| line.to_str().unwrap().to_owned())
            .collect()
    }

    /// The value of the cookie that is set under this name.
    pub(crate) fn cookie(&self, name: &str) -> String {
        let cookies = self.cookies();
        let mut values = cookies
            .iter()
            .filter_map(|cookie| cookie.split(';').next().unwrap().split_once('='))
            .filter(|(set, _)| *set == name)
            .map(|(_, value)| value.to_owned());
        let value = values.next();
        assert!(values.next().is_none(), "{name} is set twice: {cookies:?}");
        value.unwrap_or_else(|| panic!("no cookie {name} in {cookies:?}"))
    }

    /// The whole answer, apart from headers: this status with exactly this text.
    #[track_caller]
    pub(crate) fn is(&self, status: u16, body: &str) -> &Self {
        assert_eq!((self.status.as_u16(), self.text()), (status, body));
        self
    }

    /// 400 with these field errors and nothing else.
    #[track_caller]
    pub(crate) fn is_field_error(&self, field: &str, message: &str) {
        let body = serde_json::json!({ field: [message] }).to_string();
        self.is(400, &body);
    }

    /// 401 with this detail and no code.
    #[track_caller]
    pub(crate) fn is_unauthorized(&self, detail: &str) {
        let body = serde_json::json!({ "detail": detail }).to_string();
        self.is(401, &body).challenges();
    }

    /// 429, with the words of Django REST Framework for so many seconds.
    #[track_caller]
    pub(crate) fn is_throttled(&self, seconds: u32) {
        let unit = if seconds == 1 { "second" } else { "seconds" };
        let detail = format!("Request was throttled. Expected available in {seconds} {unit}.");
        self.is(429, &serde_json::json!({ "detail": detail }).to_string());
        assert_eq!(self.header("retry-after"), seconds.to_string());
        assert!(!self.has("www-authenticate"));
    }

    /// 401 as a token in a body is refused.
    #[track_caller]
    pub(crate) fn is_bad_token(&self, verdict: &str) {
        let body = format!(r#"{{"detail":"{verdict}","code":"token_not_valid"}}"#);
        self.is(401, &body).challenges();
    }

    /// 401 as a token in the header is refused.
    #[track_caller]
    pub(crate) fn is_bad_access_token(&self, verdict: &str) {
        let body = format!(
            "{{\"detail\":\"Given token not valid for any token type\",\"code\":\"token_not_valid\",\
             \"messages\":[{{\"token_class\":\"AccessToken\",\"token_type\":\"access\",\
             \"message\":\"{verdict}\"}}]}}"
        );
        self.is(401, &body).challenges();
    }

    #[track_caller]
    pub(crate) fn challenges(&self) {
        assert_eq!(self.header("www-authenticate"), r#"Bearer realm="api""#);
    }
}
