//! Values in the syntax of Python, which a Django project's `settings.py` has and `signet.toml`
//! reads differently.

/// Calls that stand in settings for a value.
const CALLS: [&str; 7] = [
    "timedelta(",
    "datetime.timedelta(",
    "re.compile(",
    "os.environ",
    "os.getenv(",
    "env(",
    "config(",
];

/// Returns what a text is in Python, to follow "is"; `None` if it does not look like Python.
pub(super) fn form_of(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text == "None" {
        return Some("Python's word for no value: leave the setting out");
    }
    if is_quoted(text) {
        return Some("in quotes, as Python writes a text: leave them out");
    }
    if is_sequence(text) {
        return Some("a list as Python writes it: write one,two or [\"one\",\"two\"]");
    }
    let is_call = CALLS.iter().any(|call| text.starts_with(call));
    is_call.then_some("a call of Python's, and nothing is run here")
}

/// `true` for text in single or double quotes, with or without a prefix such as `r` or `b`.
fn is_quoted(text: &str) -> bool {
    let start = quote(text);
    start.is_some_and(|quote| text.len() > 1 && text.ends_with(quote))
}

/// The quote that a literal of Python begins with.
fn quote(text: &str) -> Option<char> {
    let is_prefix = |c: char| "rRbBuUfF".contains(c);
    let rest = text.trim_start_matches(is_prefix);
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
    quote.filter(|_| text.len() - rest.len() <= 2)
}

/// Returns `true` for a list, tuple or set of quoted texts, unless it is an array of JSON.
fn is_sequence(text: &str) -> bool {
    let closing = match text.chars().next() {
        Some('(') => ')',
        Some('[') => ']',
        Some('{') => '}',
        _ => return false,
    };
    let Some(inner) = text[1..].strip_suffix(closing) else {
        return false;
    };
    let is_json = || {
        let document = serde_json::from_str::<serde_json::Value>(text);
        let is_text = |item: &serde_json::Value| item.is_string();
        document.is_ok_and(|document| match document {
            serde_json::Value::Array(items) => items.iter().all(is_text),
            document => document.is_object(),
        })
    };
    let inner = inner.trim();
    (quote(inner).is_some() || (inner.is_empty() && closing != ']')) && !is_json()
}
