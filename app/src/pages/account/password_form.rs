//! The form that changes the password.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use signet_api::account::PasswordChange;
use signet_api::error::{Detail, ErrorBody};
use wasm_bindgen::JsCast;

use crate::api::{Failure, client};
use crate::focus;
use crate::page_data::{FormOutcome, page_data};
use crate::session::browser::LiveSession;
use crate::session::browser::Presence;
use crate::session::machine::Phase;
use crate::ui::art::seal::Seal;
use crate::ui::duration::whole;
use crate::ui::form::field::{Field, intercept, submitted};
use crate::ui::form::problem::{ErrorSummary, Problem};
use crate::ui::layout::page_title::PageTitle;
use crate::ui::leptos_ext::dynamic::{attribute, dynamic, effect, text};
use crate::ui::leptos_ext::erased::erased;

const LABELS: &[(&str, &str)] = &[
    ("current_password", "Current password"),
    ("new_password", "New password"),
];

/// The password that is, the one that shall be, and before them what ends with the change.
#[component]
pub(crate) fn PasswordForm(
    /// The form that came back, if one did.
    outcome: Option<FormOutcome>,
) -> impl IntoView {
    let session = LiveSession::expect();
    let data = page_data();
    let problem = RwSignal::new(outcome.map(|outcome| Problem::from(outcome.error)));
    let pending = RwSignal::new(false);
    let done = RwSignal::new(use_query_map().get_untracked().get("changed").is_some());
    let navigate = use_navigate();
    let leave = navigate.clone();
    effect(move || {
        // Shown only once: a reloaded page has changed no password.
        if done.get_untracked() {
            let options = NavigateOptions {
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate("/account", options);
        }
    });
    let presence = session.presence();
    let expired = Memo::new(move |_| presence.get() == Presence::Expired);
    effect(move || {
        let is_over = problem.with_untracked(|problem| *problem == Some(ended()));
        if !expired.get() && is_over {
            problem.set(None);
        }
    });
    let submit = move |submit: web_sys::SubmitEvent| {
        let Some(typed) = intercept(&submit).filter(|_| !pending.get_untracked()) else {
            return;
        };
        let form = submit
            .target()
            .and_then(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok());
        let change = PasswordChange {
            current_password: submitted(&typed, "current_password"),
            new_password: submitted(&typed, "new_password"),
            refresh: None,
        };
        let leave = leave.clone();
        let user = session.successions().get_untracked();
        pending.set(true);
        done.set(false);
        spawn_local(async move {
            let changed = send(session, change).await;
            // A user who has signed in meanwhile keeps the page.
            let is_the_same = session.successions().get_untracked() == user;
            if changed.is_ok() && data.revokes_access && is_the_same {
                // The session has ended with the password.
                session.log_out();
                leave("/login?changed=1", NavigateOptions::default());
                return;
            }
            pending.try_set(false);
            done.try_set(changed.is_ok());
            problem.try_set(changed.err());
            if let (Some(true), Some(form)) = (done.try_get_untracked(), form) {
                form.reset();
                request_animation_frame(|| focus(".news"));
            }
        });
    };
    let username = session.username();
    let who = move || {
        let verb = if expired.get() {
            "You were "
        } else {
            "Signed in as "
        };
        let name = username.get();
        name.map_or_else(String::new, |name| [verb, &name].concat())
    };
    let lifetime = whole(data.access_lifetime * 1_000);
    let ends = if data.revokes_access {
        "A new password signs out every device, this one, too, and ends all access tokens."
            .to_owned()
    } else {
        format!(
            "A new password signs out every other device. This one stays signed in. Access tokens \
             elsewhere live out their seconds: {lifetime} at most."
        )
    };
    let rule = format!(
        "{} or more characters; not common, not only digits, not like your name.",
        data.password_min_length
    );
    let head = move || match problem.get() {
        Some(problem) => erased(view! { <ErrorSummary problem labels=LABELS/> }),
        None if done.get() => erased(view! {
            <p class="news" tabindex="-1" role="status" data-testid="password-changed">
                "Your password has been changed. All other sessions have ended."
            </p>
        }),
        None => erased(view! { <p>{ends.clone()}</p> }),
    };
    erased(view! {
        <PageTitle name="Account" error=Signal::derive(move || problem.with(Option::is_some))/>
        <div class="with-seal"><div class="narrow">
            <h1 tabindex="-1">"Your account"</h1>
            <p class="lede" data-testid="account-name">{text(who)}</p>
            <h2 id="password-title">"Change your password"</h2>
            <form class="form" method="post" action="/account" novalidate on:submit=submit>
                <div class="form-head">{dynamic(head)}</div>
                // Tells a password manager whose password changes.
                <input name="username" autocomplete="username" value=attribute(move || username.get()) readonly hidden/>
                <Field
                    name="current_password"
                    label="Current password"
                    kind="password"
                    autocomplete="current-password"
                    problem
                />
                <Field
                    name="new_password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    rule
                    problem
                />
                <button
                    class="button"
                    type="submit"
                    aria-busy=attribute(move || pending.get().then_some("true"))
                >
                    "Change password"
                </button>
            </form>
        </div><div class="beside"><Seal/></div></div>
    })
}

async fn send(session: LiveSession, change: PasswordChange) -> Result<(), Problem> {
    let Some(access) = session.access_soon().await else {
        return Err(session
            .state()
            .with_untracked(|state| missing(&state.phase)));
    };
    match client::change_password(&access, &change).await {
        Ok(_) => Ok(()),
        // The server refuses the token; to a person the session has ended.
        Err(failure) if session.is_refused(access, &failure) => Err(ended()),
        Err(failure) => Err(failure.into()),
    }
}

/// Returns the reason that no access token can be sent.
fn missing(phase: &Phase) -> Problem {
    match phase {
        Phase::Offline(_) | Phase::Waiting { .. } => Failure::Unreachable.into(),
        phase if phase.is_renewing() => {
            said("Your session is being renewed. What you typed is kept; try again in a moment.")
        }
        _ => ended(),
    }
}

fn ended() -> Problem {
    said("Your session has ended. What you typed is kept; sign in again.")
}

fn said(detail: &str) -> Problem {
    ErrorBody::Detail(Detail {
        detail: detail.to_owned(),
        ..Detail::default()
    })
    .into()
}
