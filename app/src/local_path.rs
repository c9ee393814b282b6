//! Where a login leads. The server asks when a form is posted, the page when WebAssembly is there.

/// Where a login leads when it was asked for on no other page.
pub const AFTER_LOGIN: &str = "/session";

/// Bytes of the longest path that a login leads to: a page's address has limits of its own, and
/// carries it encoded.
const LONGEST: usize = 2048;

/// A path of this server, whatever somebody put into the address or the form: no other host, no
/// scheme, and nothing that a browser takes for either. [`AFTER_LOGIN`] if it is none.
pub fn local_path(next: &str) -> &str {
    let is_path = next.len() <= LONGEST
        && next.starts_with('/')
        && !next[1..].starts_with(['/', '\\'])
        && next
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_path { next } else { AFTER_LOGIN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_this_server_only() {
        for local in ["/", "/session", "/session?a=b#c", "/login?next=/x"] {
            assert_eq!(local_path(local), local);
        }
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
        ] {
            assert_eq!(local_path(foreign), AFTER_LOGIN, "{foreign:?}");
        }
    }

    #[test]
    fn a_path_has_an_end() {
        let path = |bytes: usize| format!("/{}", "a".repeat(bytes - 1));
        assert_eq!(local_path(&path(LONGEST)), path(LONGEST));
        assert_eq!(local_path(&path(LONGEST + 1)), AFTER_LOGIN);
    }
}
