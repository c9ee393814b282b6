//! The style sheets, joined into one and freed of what only their readers need.

use std::path::Path;

use anyhow::Result;

use crate::bundle::read_text;

/// The sheets, in the order in which they build on each other.
const SHEETS: [&str; 4] = ["tokens.css", "base.css", "layout.css", "components.css"];

/// Returns one sheet of all sheets in `folder`.
pub(crate) fn concatenate(folder: &Path) -> Result<String> {
    let mut joined = String::new();
    for sheet in SHEETS {
        joined.push_str(&read_text(&folder.join(sheet))?);
        joined.push('\n');
    }
    Ok(minify(&joined))
}

/// Removes comments, and white space where CSS never gives it a meaning: around `{`, `}`, `;`, `,`.
/// Elsewhere white space can matter (`a :hover`, `calc(1px + 2px)`), so one space of it stays.
fn minify(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    let mut space = false;
    while let Some(next) = rest.chars().next() {
        if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
            space = true;
        } else if next.is_ascii_whitespace() {
            rest = rest.trim_ascii_start();
            space = true;
        } else {
            let token = if matches!(next, '"' | '\'') {
                quoted(rest)
            } else {
                next.len_utf8()
            };
            let glue = matches!(next, '{' | '}' | ';' | ',');
            if space && !glue && !out.is_empty() && !out.ends_with(['{', '}', ';', ',']) {
                out.push(' ');
            }
            if next == '}' && out.ends_with(';') {
                out.pop();
            }
            out.push_str(&rest[..token]);
            rest = &rest[token..];
            space = false;
        }
    }
    out
}

/// The length of the quoted text that `css` begins with.
fn quoted(css: &str) -> usize {
    let mut characters = css.char_indices();
    let quote = characters.next().map(|(_, quote)| quote);
    while let Some((index, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if Some(character) == quote {
            return index + 1;
        }
    }
    css.len()
}

#[cfg(test)]
mod tests {
    use super::minify;

    #[test]
    fn comments_and_needless_space_go() {
        let css = "/* why */\n:root {\n  --ink: #1d1b16;\n  color: var(--ink);\n}\n";
        assert_eq!(minify(css), ":root{--ink: #1d1b16;color: var(--ink)}");
    }

    #[test]
    fn space_with_a_meaning_stays() {
        let css = "main :focus { width: calc(1px  +  2px); margin: 0/**/auto }";
        assert_eq!(
            minify(css),
            "main :focus{width: calc(1px + 2px);margin: 0 auto}"
        );
    }

    #[test]
    fn quoted_text_is_left_alone() {
        let css = r#"p::after { content: " /* no; comment } \" "; }"#;
        assert_eq!(minify(css), r#"p::after{content: " /* no; comment } \" "}"#);
    }
}
