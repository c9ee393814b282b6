//! The target of a login, checked by the server when a form is posted and by the page with
//! WebAssembly.

/// The target of a login that no other page asked for.
pub const AFTER_LOGIN: &str = "/session";

/// Bytes of the longest path that a login leads to: a page's address has limits of its own, and
/// carries it encoded.
const LONGEST: usize = 2048;

/// Returns a safe path of this server: resolved against the server's origin (WHATWG URL Standard),
/// it stays on that origin and starts with exactly one slash. Returns [`AFTER_LOGIN`] for every
/// text that names another host or a scheme, holds characters that browsers read as either, or
/// holds a dot segment, which may hide a second slash.
pub fn local_path(next: &str) -> &str {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let is_local = next.len() <= LONGEST
        && path.starts_with('/')
        && !path.starts_with("//")
        && next
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && !path.split('/').any(is_dot_segment);
    if is_local { next } else { AFTER_LOGIN }
}

/// `true` for `.`, `..` and their percent-encoded spellings, which browsers resolve as well.
fn is_dot_segment(segment: &str) -> bool {
    let dots = segment.to_ascii_lowercase().replace("%2e", ".");
    dots == "." || dots == ".."
}
