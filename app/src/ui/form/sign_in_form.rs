//! The form that signs in, on its own page and wherever a session has ended.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use signet_api::token::Credentials;

use crate::session::browser::LiveSession;
use crate::ui::form::field::{Field, intercept, submitted, submitted_username};
use crate::ui::form::problem::{ErrorSummary, Problem};
use crate::ui::leptos_ext::dynamic::{attribute, dynamic};
use crate::ui::leptos_ext::erased::erased;

const LABELS: &[(&str, &str)] = &[("username", "Username"), ("password", "Password")];

/// Username, password and a button. `children` stands above them until an error summary replaces
/// it, so that the page does not move.
#[component]
pub(crate) fn SignInForm(
    /// The problem of the form, if any.
    problem: RwSignal<Option<Problem>>,
    /// The username to begin with.
    #[prop(into)]
    username: String,
    /// The target of the form without WebAssembly.
    #[prop(into)]
    next: String,
    /// Called once the user is signed in.
    on_success: Rc<dyn Fn()>,
    /// The text above the fields.
    children: ChildrenFn,
) -> impl IntoView {
    let session = LiveSession::expect();
    let pending = RwSignal::new(false);
    let submit = move |submit: web_sys::SubmitEvent| {
        let Some(form) = intercept(&submit).filter(|_| !pending.get_untracked()) else {
            return;
        };
        let credentials = Credentials {
            username: submitted_username(&form),
            password: submitted(&form, "password"),
        };
        let on_success = on_success.clone();
        pending.set(true);
        spawn_local(async move {
            let answer = session.sign_in(credentials).await;
            // After a success this form may be gone, and its signals with it.
            pending.try_set(false);
            match answer {
                Ok(()) => on_success(),
                Err(failure) => {
                    problem.try_set(Some(failure.into()));
                }
            }
        });
    };
    erased(view! {
        <form class="form" method="post" action="/login" novalidate on:submit=submit>
            <div class="form-head">
                {dynamic(move || match problem.get() {
                    Some(problem) => erased(view! { <ErrorSummary problem labels=LABELS/> }),
                    None => erased(children()),
                })}
            </div>
            <input type="hidden" name="next" value=next/>
            <Field name="username" label="Username" autocomplete="username" value=username problem/>
            <Field
                name="password"
                label="Password"
                kind="password"
                autocomplete="current-password"
                problem
            />
            <button class="button" type="submit" aria-busy=attribute(move || pending.get().then_some("true"))>
                "Log in"
            </button>
        </form>
    })
}
