//! The files of the web UI's bundle, as they were when the server was built.

use std::collections::HashMap;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;

/// Name and content of every file of the bundle; names begin with a slash.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/site.rs"));

/// The paths of the bundle's files, from its manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Manifest {
    /// Path of the script.
    pub script: String,
    /// Path of the WebAssembly module.
    pub wasm: String,
    /// Path of the style sheet.
    pub stylesheet: String,
}

/// The bundle.
#[derive(Clone, Debug)]
pub struct Bundle {
    files: HashMap<&'static str, &'static [u8]>,
    /// The paths of the bundle's files; empty if the server was built without a bundle.
    pub manifest: Manifest,
}

impl Bundle {
    /// The bundle that the server was built with.
    pub fn embedded() -> Self {
        let files: HashMap<_, _> = FILES.iter().copied().collect();
        let manifest = files.get("/manifest.json");
        let manifest = manifest.and_then(|json| serde_json::from_slice(json).ok());
        Self {
            files,
            manifest: manifest.unwrap_or_default(),
        }
    }

    /// The answer to a request for a file; `None` if there is none of this path.
    pub(crate) fn answer(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let plain = self.files.get(path)?;
        let content_type = content_type(path)?;
        let (encoding, content) = self
            .compressed(path, headers)
            .map_or((None, *plain), |(encoding, twin)| (Some(encoding), twin));
        let mut response = Body::from(content).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        // Names below /pkg carry a hash of the content: what they name never changes.
        let caching = if path.starts_with("/pkg/") {
            "public, max-age=31536000, immutable"
        } else {
            "public, max-age=86400"
        };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
        Some(response)
    }

    fn compressed(&self, path: &str, headers: &HeaderMap) -> Option<(&'static str, &'static [u8])> {
        let lines = headers.get_all(ACCEPT_ENCODING).into_iter();
        let lines: Vec<_> = lines
            .map(|line| String::from_utf8_lossy(line.as_bytes()))
            .collect();
        let accepts = |encoding: &str| {
            lines
                .iter()
                .flat_map(|line| line.split(','))
                .map(|item| item.split_once(';').unwrap_or((item, "")))
                .any(|(name, weight)| name.trim() == encoding && !is_refusal(weight))
        };
        [("br", "br"), ("gzip", "gz")]
            .into_iter()
            .filter(|(encoding, _)| accepts(encoding))
            .find_map(|(encoding, extension)| {
                let twin = self.files.get(format!("{path}.{extension}").as_str())?;
                Some((encoding, *twin))
            })
    }
}

/// `q=0`: not this one.
fn is_refusal(weight: &str) -> bool {
    let weight = weight.trim().strip_prefix("q=");
    weight.is_some_and(|q| q.parse() == Ok(0.0))
}

/// Returns the media type of a served file; `None` for files that are not served, such as the
/// manifest.
fn content_type(path: &str) -> Option<&'static str> {
    match path.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "wasm" => Some("application/wasm"),
        _ => None,
    }
}
