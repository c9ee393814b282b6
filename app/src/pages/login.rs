//! The page to log in on.

use std::rc::Rc;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::params::ParamsMap;

use crate::local_path::local_path;
use crate::page_data::{page_data, take_form_outcome};
use crate::session::browser::LiveSession;
use crate::session::browser::Presence;
use crate::ui::art::seal::Seal;
use crate::ui::duration::whole;
use crate::ui::form::problem::Problem;
use crate::ui::form::sign_in_form::SignInForm;
use crate::ui::layout::page_title::PageTitle;
use crate::ui::leptos_ext::dynamic::{attribute, effect};
use crate::ui::leptos_ext::erased::{Erased, erased};

/// Username and password; how long the session will last is said before.
#[component]
pub(crate) fn LogIn() -> Erased {
    let session = LiveSession::expect();
    let navigate = use_navigate();
    let outcome = take_form_outcome();
    let problem = RwSignal::new(outcome.clone().map(|outcome| Problem::from(outcome.error)));
    let query = use_query_map().get_untracked();
    let next = query.get("next").unwrap_or_default();
    let next = local_path(&next).to_owned();
    let welcome = if query.get("registered").is_some() {
        Some("Your account is there. Log in with it now.")
    } else if query.get("changed").is_some() {
        Some("Your password has been changed. Log in with the new one.")
    } else {
        None
    };
    if welcome.is_some() {
        let (navigate, next) = (navigate.clone(), query.get("next"));
        // Said once: a page that is loaded again has not been sent here by what it says.
        effect(move || {
            let options = NavigateOptions {
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            let mut address = ParamsMap::new();
            if let Some(next) = &next {
                address.insert("next", next.clone());
            }
            navigate(&format!("/login{}", address.to_query_string()), options);
        });
    }
    let presence = session.presence();
    // A hidden form must not keep another user's name.
    let known = match presence.get_untracked() {
        Presence::SignedIn => None,
        _ => session.username().get_untracked(),
    };
    let typed = outcome.map(|outcome| outcome.username);
    let username = typed.or(known).unwrap_or_default();
    let signed_in = Memo::new(move |_| presence.get().is_signed_in());
    let expired = Memo::new(move |_| presence.get() == Presence::Expired);
    let leave = {
        let next = next.clone();
        move || navigate(&next, Default::default())
    };
    erased(view! {
        <PageTitle name="Log in" error=Signal::derive(move || problem.with(Option::is_some))/>
        <div class="with-seal"><div class="narrow">
            <h1 tabindex="-1">"Log in"</h1>
            <div hidden=attribute(move || (!signed_in.get()).then_some(""))>
                <AlreadySignedIn/>
            </div>
            // What is typed outlives a session that comes and goes in another tab.
            <div hidden=attribute(move || signed_in.get().then_some(""))>
                <SignInForm problem username next on_success=Rc::new(leave)>
                    <Lede welcome expired={expired.get()}/>
                </SignInForm>
            </div>
        </div><div class="beside"><Seal/></div></div>
    })
}

#[component]
fn Lede(welcome: Option<&'static str>, expired: bool) -> Erased {
    let data = page_data();
    let idle = whole(data.refresh_lifetime * 1_000);
    let length = match (data.rotates, data.session_max_age) {
        (false, _) => format!(
            "A session here renews itself for {idle}. Then it asks for your password again."
        ),
        (true, None) => format!(
            "A session here lasts as long as it is in use. After {idle} without, it asks for your \
             password again."
        ),
        (true, Some(longest)) => format!(
            "A session here lasts while it is in use, for {} at most. After {idle} without, it asks \
             for your password again.",
            whole(longest * 1_000)
        ),
    };
    let news = if expired {
        Some("Your session has ended. Sign in again; your page is kept.")
    } else {
        welcome
    };
    erased(view! {
        {news.map(|news| view! { <p class="news">{news}</p> })}
        <p>{length}</p>
    })
}

/// The replacement of a form that is for visitors only.
#[component]
pub(crate) fn AlreadySignedIn() -> impl IntoView {
    view! {
        <p class="lede">"You are signed in already."</p>
        <p class="buttons">
            <a class="button" href="/session">
                "Open your session"
            </a>
        </p>
    }
}
