//! The problem of a submitted form, and its summary.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use signet_api::error::{ErrorBody, NON_FIELD_ERRORS};
use wasm_bindgen::JsCast;

use crate::api::Failure;
use crate::ui::leptos_ext::dynamic::{attribute, effect, text};
use crate::ui::leptos_ext::erased::erased;

/// The problem of a submitted form.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Problem {
    fields: Vec<(String, Vec<String>)>,
    whole: Vec<String>,
    wait: Option<i64>,
}

impl Problem {
    /// The messages of one field, as one text; `None` where it has none.
    pub(crate) fn of(&self, field: &str) -> Option<String> {
        let (_, messages) = self.fields.iter().find(|(name, _)| name == field)?;
        Some(messages.join(" "))
    }
}

impl From<ErrorBody> for Problem {
    fn from(body: ErrorBody) -> Self {
        match body {
            ErrorBody::Detail(detail) => Self {
                whole: vec![detail.detail],
                ..Self::default()
            },
            ErrorBody::Fields(errors) => {
                let (whole, fields): (Vec<_>, Vec<_>) = errors
                    .0
                    .into_iter()
                    .partition(|(name, _)| name == NON_FIELD_ERRORS);
                let whole = whole.into_iter().flat_map(|(_, messages)| messages);
                Self {
                    fields,
                    whole: whole.collect(),
                    wait: None,
                }
            }
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let (text, wait) = match failure {
            Failure::Refused { body, .. } => return body.into(),
            Failure::Unreachable => (
                "The server cannot be reached. What you typed is kept; try again.",
                None,
            ),
            Failure::Foreign { .. } => (
                "Something else has answered in the place of the server. What you typed is kept; \
                 try again.",
                None,
            ),
            Failure::Busy { retry_after } => ("The server is busy. Try again.", retry_after),
            Failure::Throttled { retry_after: None } => ("Too many tries. Try again later.", None),
            Failure::Throttled { retry_after } => ("Too many tries.", retry_after),
        };
        Self {
            whole: vec![text.to_owned()],
            wait,
            ..Self::default()
        }
    }
}

/// The summary of a problem, which takes the focus when it appears. `labels` pairs the names of
/// the fields with what they are called on the page.
#[component]
pub(crate) fn ErrorSummary(
    problem: Problem,
    labels: &'static [(&'static str, &'static str)],
) -> impl IntoView {
    let summary = NodeRef::<html::Div>::new();
    effect(move || {
        if let Some(summary) = summary.get() {
            let _ = summary.focus();
        }
    });
    let fields = problem.fields.into_iter().map(|(name, messages)| {
        let label = labels.iter().find(|(field, _)| *field == name);
        let label = label.map_or(name.clone(), |(_, label)| (*label).to_owned());
        let href = format!("#{name}");
        view! {
            <li>
                <a href=href on:click=move |click| focus_field(&click, &name)>
                    {format!("{label}: {}", messages.join(" "))}
                </a>
            </li>
        }
    });
    let whole = problem
        .whole
        .into_iter()
        .map(|message| view! { <li>{message}</li> });
    erased(view! {
        <div
            class="error-summary"
            data-testid="error-summary"
            role="alert"
            tabindex="-1"
            aria-label="There is a problem"
            node_ref=summary
        >
            <h2>"There is a problem"</h2>
            <ul>{fields.collect_view()} {whole.collect_view()}</ul>
            {problem.wait.map(|seconds| view! { <Wait seconds/> })}
        </div>
    })
}

/// Counts the seconds down that the server asked to wait.
#[component]
fn Wait(seconds: i64) -> impl IntoView {
    let left = RwSignal::new(seconds);
    let is_counting = RwSignal::new(false);
    effect(move || {
        is_counting.set(true);
        let tick = move || left.update(|left| *left = (*left - 1).max(0));
        if let Ok(timer) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    });
    let words = move || match left.get() {
        0 => "You can try again now.".to_owned(),
        1 => "Try again in 1 second.".to_owned(),
        left => format!("Try again in {left} seconds."),
    };
    // The form's button looks disabled while this counts; without WebAssembly it would for ever.
    let is_waiting = attribute(move || (is_counting.get() && left.get() > 0).then_some("true"));
    view! { <p role="timer" data-waiting=is_waiting>{text(words)}</p> }
}

/// Follows a link of the summary to its field, without an entry in the browser's history.
fn focus_field(click: &web_sys::MouseEvent, name: &str) {
    let field = document().get_element_by_id(name);
    if let Some(field) = field.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
        click.prevent_default();
        let _ = field.focus();
    }
}
