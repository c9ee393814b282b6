//! Request bodies as Django REST Framework reads them: JSON, urlencoded and multipart forms.

use axum::body::{Body, Bytes};
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::http::error::ApiError;
use crate::http::request::body_budget::{BodyLimits, Buffered};
use crate::http::request::json::{self, Json, Text};

/// Fields of the largest form that is read, as Django limits it.
const MOST_FIELDS: usize = 1000;

/// Reads a body by its media type. An empty body is an empty object, whatever its type.
pub(crate) async fn read(
    limits: &BodyLimits,
    headers: &HeaderMap,
    body: Body,
) -> Result<Json, ApiError> {
    // The share of the budget is held for as long as the bytes are.
    let Buffered {
        bytes,
        share: _share,
    } = Buffered::read(limits, body).await?;
    if bytes.is_empty() {
        return Ok(Json::Object(Vec::new()));
    }
    let content_type = match headers.get(CONTENT_TYPE) {
        Some(value) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        None => String::new(),
    };
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    match media_type.to_ascii_lowercase().as_str() {
        "application/json" => read_json(&bytes),
        "application/x-www-form-urlencoded" => read_form(&bytes),
        "multipart/form-data" => read_multipart(&content_type, Bytes::from(bytes)).await,
        _ => Err(ApiError::UnsupportedMediaType(content_type)),
    }
}

fn read_json(bytes: &[u8]) -> Result<Json, ApiError> {
    let failed = |problem: String| ApiError::Parse(format!("JSON parse error - {problem}"));
    let document = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let byte = bytes[at];
        let reason = match error.error_len() {
            None => "unexpected end of data",
            Some(_) if matches!(byte, 0xc2..=0xf4) => "invalid continuation byte",
            Some(_) => "invalid start byte",
        };
        failed(format!(
            "'utf-8' codec can't decode byte {byte:#04x} in position {at}: {reason}"
        ))
    })?;
    json::parse(document).map_err(|error| failed(error.to_string()))
}

fn read_form(bytes: &[u8]) -> Result<Json, ApiError> {
    let pairs = form_urlencoded::parse(bytes);
    let entries: Vec<_> = pairs
        .take(MOST_FIELDS + 1)
        .map(|(name, value)| (name.into_owned(), text(value.into_owned())))
        .collect();
    checked_count(entries)
}

/// A form that ends in the middle holds what came before, as it does for Django.
async fn read_multipart(content_type: &str, bytes: Bytes) -> Result<Json, ApiError> {
    let boundary = multer::parse_boundary(content_type).map_err(|_| {
        let detail = "Multipart form parse error - Invalid boundary in multipart: None";
        ApiError::Parse(detail.to_owned())
    })?;
    let whole = Ok::<_, std::convert::Infallible>(bytes);
    let mut form = multer::Multipart::new(futures_util::stream::iter([whole]), boundary);
    let mut entries = Vec::new();
    while let Ok(Some(field)) = form.next_field().await
        && entries.len() <= MOST_FIELDS
    {
        let name = field.name().unwrap_or_default().to_owned();
        let is_file = field.file_name().is_some();
        let Ok(value) = field.text().await else { break };
        // No field of ours takes a file: one is as wrong as a list.
        entries.push((name, if is_file { Json::List } else { text(value) }));
    }
    checked_count(entries)
}

fn checked_count(entries: Vec<(String, Json)>) -> Result<Json, ApiError> {
    match entries.len() {
        0..=MOST_FIELDS => Ok(Json::Object(entries)),
        _ => Err(ApiError::Parse(format!(
            "The form has more than {MOST_FIELDS} fields."
        ))),
    }
}

fn text(text: String) -> Json {
    Json::Text(Text::Plain(text))
}
