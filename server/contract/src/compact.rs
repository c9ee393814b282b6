//! The compact form of a token (RFC 7515, 3.1): header, payload and signature in base64url.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// Returns a segment of a token, undecoded.
pub(crate) fn segment(token: &str, number: usize) -> Result<&str> {
    let mut segments = token.split('.');
    segments.nth(number).context("a token has three segments")
}

/// The claims of a token, in their order.
pub(crate) fn claims_of(token: &str) -> Result<Map<String, Value>> {
    Ok(serde_json::from_str(&decoded(segment(token, 1)?)?)?)
}

/// The text of a segment.
pub(crate) fn decoded(segment: &str) -> Result<String> {
    Ok(String::from_utf8(URL_SAFE_NO_PAD.decode(segment)?)?)
}
