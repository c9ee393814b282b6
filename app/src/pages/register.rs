//! The page to register on.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use signet_api::account::Registration;

use crate::page_data::{page_data, take_form_outcome};
use crate::pages::login::AlreadySignedIn;
use crate::session::browser::LiveSession;
use crate::ui::art::seal::Seal;
use crate::ui::form::field::{Field, intercept, submitted, submitted_username};
use crate::ui::form::problem::{ErrorSummary, Problem};
use crate::ui::layout::page_title::PageTitle;
use crate::ui::leptos_ext::dynamic::{attribute, dynamic};
use crate::ui::leptos_ext::erased::{Erased, erased};

const LABELS: &[(&str, &str)] = &[
    ("username", "Username"),
    ("password", "Password"),
    ("email", "Email"),
];

/// Username, a single password field with its rule stated first, and an optional e-mail address.
#[component]
pub(crate) fn Register() -> Erased {
    let session = LiveSession::expect();
    let navigate = use_navigate();
    let outcome = take_form_outcome();
    let (username, email) = outcome.as_ref().map_or_else(Default::default, |outcome| {
        (outcome.username.clone(), outcome.email.clone())
    });
    let problem = RwSignal::new(outcome.map(|outcome| Problem::from(outcome.error)));
    let pending = RwSignal::new(false);
    let presence = session.presence();
    let signed_in = Memo::new(move |_| presence.get().is_signed_in());
    let submit = move |submit: web_sys::SubmitEvent| {
        let Some(form) = intercept(&submit).filter(|_| !pending.get_untracked()) else {
            return;
        };
        let email = submitted(&form, "email");
        let registration = Registration {
            username: submitted_username(&form),
            password: submitted(&form, "password"),
            email: (!email.trim().is_empty()).then_some(email),
        };
        let navigate = navigate.clone();
        pending.set(true);
        spawn_local(async move {
            match session.register(registration).await {
                Ok(()) => navigate("/session", Default::default()),
                Err(failure) => {
                    pending.try_set(false);
                    problem.try_set(Some(failure.into()));
                }
            }
        });
    };
    let password_rule = format!(
        "{} or more characters; not common, not only digits, not like your name.",
        page_data().password_min_length
    );
    erased(view! {
        <PageTitle name="Register" error=Signal::derive(move || problem.with(Option::is_some))/>
        <div class="with-seal"><div class="narrow">
            <h1 tabindex="-1">"Register"</h1>
            <div hidden=attribute(move || (!signed_in.get()).then_some(""))>
                <AlreadySignedIn/>
            </div>
            <form
                class="form"
                method="post" action="/register"
                novalidate
                hidden=attribute(move || signed_in.get().then_some(""))
                on:submit=submit
            >
                <div class="form-head">
                    {dynamic(move || match problem.get() {
                        Some(problem) => erased(view! { <ErrorSummary problem labels=LABELS/> }),
                        None => erased(view! {
                            <p>
                                "Choose a name and a password. You are signed in at once, and can \
                                 watch your session live."
                            </p>
                        }),
                    })}
                </div>
                <Field
                    name="username"
                    label="Username"
                    autocomplete="username"
                    rule="Letters, digits and @ . + - _ only."
                    value=username
                    problem
                />
                <Field
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="new-password"
                    rule=password_rule
                    problem
                />
                <Field
                    name="email"
                    label="Email (optional)"
                    kind="email"
                    autocomplete="email"
                    value=email
                    optional=true
                    problem
                />
                <button
                    class="button"
                    type="submit"
                    aria-busy=attribute(move || pending.get().then_some("true"))
                >
                    "Register"
                </button>
            </form>
        </div><div class="beside"><Seal/></div></div>
    })
}
