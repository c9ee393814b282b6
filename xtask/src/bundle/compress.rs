//! Compressed copies of files, which the server sends in their place.

use std::io::Write;

use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::bundle::Mode;

/// The content as Brotli, for every current browser.
pub(crate) fn brotli(content: &[u8], mode: Mode) -> Vec<u8> {
    let quality = match mode {
        Mode::Dev => 2,
        Mode::Release => 11,
    };
    let parameters = BrotliEncoderParams {
        quality,
        lgwin: 22,
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)
        .expect("writing to memory does not fail");
    compressed
}

/// The content as gzip, for everything else; without a time in it, so that it stays the same.
pub(crate) fn gzip(content: &[u8], mode: Mode) -> Vec<u8> {
    let level = match mode {
        Mode::Dev => Compression::fast(),
        Mode::Release => Compression::best(),
    };
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder
        .write_all(content)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}
