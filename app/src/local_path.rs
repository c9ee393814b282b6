//! Where a login leads. The server asks when a form is posted, the page when WebAssembly is there.

/// Where a login leads when it was asked for on no other page.
pub const AFTER_LOGIN: &str = "/session";

/// Bytes of the longest path that a login leads to: a page's address has limits of its own, and
/// carries it encoded.
const LONGEST: usize = 2048;

/// A path of this server, whatever stands in the address or the form: resolved against this
/// server's origin (WHATWG URL Standard) it is a path on that origin that starts with exactly one
/// slash. [`AFTER_LOGIN`] for every text that names another host or a scheme, holds what a browser
/// takes for either, or holds a dot segment, behind which a second slash may come first.
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
