//! Form fields: a label, an optional rule, the input, and room for what is wrong with it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::ui::form::problem::Problem;
use crate::ui::leptos_ext::dynamic::{attribute, text};

/// One field. The input is left to the browser (typed and autofilled text survives
/// hydration); a submit reads it from the form.
#[component]
pub(crate) fn Field(
    /// Its name in the form, which is its id too.
    name: &'static str,
    /// The label.
    label: &'static str,
    /// The `type` of the input.
    #[prop(default = "text")]
    kind: &'static str,
    /// For password managers and keyboards.
    autocomplete: &'static str,
    /// The rule, stated before it can be broken.
    #[prop(optional, into)]
    rule: Option<String>,
    /// The initial value.
    #[prop(optional, into)]
    value: String,
    /// Whether it may be left empty.
    #[prop(optional)]
    optional: bool,
    /// The problem of the form, if any.
    problem: RwSignal<Option<Problem>>,
) -> impl IntoView {
    let rule_id = format!("{name}-rule");
    let error_id = format!("{name}-error");
    let error = Memo::new(move |_| problem.with(|problem| problem.as_ref()?.of(name)));
    let described_by = {
        let rule_id = rule.as_ref().map(|_| rule_id.clone());
        let error_id = error_id.clone();
        move || {
            let error_id = error.with(Option::is_some).then(|| error_id.clone());
            let ids: Vec<_> = rule_id.clone().into_iter().chain(error_id).collect();
            (!ids.is_empty()).then(|| ids.join(" "))
        }
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {rule.map(|rule| view! { <p class="field-rule" id=rule_id>{rule}</p> })}
            <input
                id=name
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                required=!optional
                aria-invalid=attribute(move || error.with(Option::is_some).then_some("true"))
                aria-describedby=attribute(described_by)
            />
            <p class="field-error" id=error_id>{text(move || error.get().unwrap_or_default())}</p>
        </div>
    }
}

/// The text of one field of a form that is being submitted.
pub(crate) fn submitted(form: &web_sys::FormData, name: &str) -> String {
    form.get(name).as_string().unwrap_or_default()
}

/// Returns the username of a submitted form as Django's forms normalise it
/// (`UsernameField.to_python`): trimmed, and in NFKC unless it is longer than the 150 characters of
/// a username.
pub(crate) fn submitted_username(form: &web_sys::FormData) -> String {
    let typed = submitted(form, "username");
    let typed = typed.trim();
    match typed.chars().count() {
        // With the browser's own tables: those of a crate would weigh as much as the page.
        ..=150 => js_sys::JsString::from(typed).normalize("NFKC").into(),
        _ => typed.to_owned(),
    }
}

/// Takes a submit over from the browser, which would load a page for it.
pub(crate) fn intercept(submit: &web_sys::SubmitEvent) -> Option<web_sys::FormData> {
    submit.prevent_default();
    let form = submit
        .target()?
        .dyn_into::<web_sys::HtmlFormElement>()
        .ok()?;
    web_sys::FormData::new_with_form(&form).ok()
}
