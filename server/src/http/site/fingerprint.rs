//! A fingerprint of the nodes of a page. Hydration walks exactly the nodes that the server wrote;
//! the page's script (`frontend/start.js`) compares what it finds with the fingerprint, and renders
//! the page anew where an extension, a translator or a proxy has changed them.

use axum::body::{Body, to_bytes};
use axum::response::Response;

/// Elements without an end tag (HTML Standard, 13.1.2).
const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

/// Writes the fingerprint of a page's body into the page: `<html data-outline="9f3c01ab" ...>`.
pub(crate) async fn with_fingerprint(page: Response) -> Response {
    let (head, body) = page.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let html = String::from_utf8_lossy(&bytes);
    let start = format!("<html data-outline=\"{:x}\"", outline(&html));
    let html = html.replacen("<html", &start, 1);
    Response::from_parts(head, Body::from(html))
}

/// Returns FNV-1a over the names of the body's nodes in document order, each followed by a slash,
/// up to the first script that is a child of the body. The names are those of the DOM in lower
/// case: `div`, `#text`, `#comment`. Expects well-formed HTML, as Leptos writes it.
fn outline(html: &str) -> u32 {
    let mut hash = Fnv::default();
    let mut depth = 0_u32;
    let (_, mut rest) = html.split_once("<body>").unwrap_or_default();
    while !rest.is_empty() {
        let Some(tag) = rest.strip_prefix('<') else {
            hash.add("#text/");
            rest = &rest[rest.find('<').unwrap_or(rest.len())..];
            continue;
        };
        let after = &tag[tag_length(tag)..];
        let name_end = tag.find([' ', '/', '>']).unwrap_or(tag.len());
        let name = &tag[..name_end];
        if tag.starts_with('!') {
            hash.add("#comment/");
        } else if tag.starts_with('/') {
            if depth == 0 {
                break;
            }
            depth -= 1;
            hash.add("/");
        } else if name == "script" && depth == 0 {
            break;
        } else {
            hash.add(&name.to_ascii_lowercase());
            if VOID.contains(&name) {
                hash.add("/");
            } else {
                depth += 1;
            }
        }
        rest = after;
    }
    hash.0
}

/// The length of a tag behind its `<`, with the `>` that ends it; one in quotes does not.
fn tag_length(tag: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in tag.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at + 1,
            _ => {}
        }
    }
    tag.len()
}

/// The hash of Fowler, Noll and Vo, 1a, in 32 bits.
struct Fnv(u32);

impl Default for Fnv {
    fn default() -> Self {
        Self(0x811c_9dc5)
    }
}

impl Fnv {
    fn add(&mut self, text: &str) {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fnv, outline};

    fn expected(names: &str) -> u32 {
        let mut hash = Fnv::default();
        hash.add(names);
        hash.0
    }

    #[test]
    fn nodes_count_and_attributes_and_words_do_not() {
        let page = "<html><body><p class=\"a>b\">One<!>two</p><input name=\"x\"></body></html>";
        assert_eq!(outline(page), expected("p#text/#comment/#text//input/"));
        let other = page.replace("One", "Eins").replace("a>b", "c");
        assert_eq!(outline(page), outline(&other));
        for changed in [
            page.replace("<!>", ""),
            page.replace("One", "<font>One</font>"),
            page.replace("<input", "<div></div><input"),
            page.replace("</p><input name=\"x\">", "<input name=\"x\"></p>"),
        ] {
            assert_ne!(outline(page), outline(&changed), "{changed}");
        }
    }

    #[test]
    fn what_follows_the_servers_script_is_of_no_account() {
        let page = "<body><svg><clipPath></clipPath></svg><script>1 < 2</script><div></div></body>";
        assert_eq!(outline(page), expected("svgclippath//"));
    }
}
