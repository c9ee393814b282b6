//! Both lifetimes counting down, as numbers and as a picture.

use std::time::Duration;

use leptos::prelude::*;

use crate::page_data::page_data;
use crate::session::browser::{LiveSession, now};
use crate::session::machine::Session;
use crate::ui::art::candles::Candles;
use crate::ui::duration::{left, whole};
use crate::ui::leptos_ext::dynamic::{effect, text};
use crate::ui::leptos_ext::erased::erased;

/// The remaining times of both tokens, read from the clock ten times a second.
#[derive(Clone, Copy)]
pub(crate) struct Countdown {
    access: RwSignal<Option<i64>>,
    refresh: RwSignal<Option<i64>>,
    paused: RwSignal<bool>,
}

impl Countdown {
    /// Starts counting when the page is live, until the component around it goes. Where motion
    /// is unwelcome it steps once a second.
    pub(crate) fn start() -> Self {
        let countdown = Self {
            access: RwSignal::new(None),
            refresh: RwSignal::new(None),
            paused: RwSignal::new(false),
        };
        let session = LiveSession::expect();
        effect(move || {
            let calm = window().match_media("(prefers-reduced-motion: reduce)");
            let calm = calm.ok().flatten().is_some_and(|query| query.matches());
            let step = Duration::from_millis(if calm { 1_000 } else { 100 });
            let read = move || {
                session
                    .state()
                    .with_untracked(|state| countdown.read(state))
            };
            read();
            if let Ok(timer) = set_interval_with_handle(read, step) {
                on_cleanup(move || timer.clear());
            }
        });
        countdown
    }

    /// Milliseconds left of the access token; `None` before anything is known.
    pub(crate) fn access(self) -> Signal<Option<i64>> {
        self.access.into()
    }

    /// Whether the display stands still. The session goes on.
    pub(crate) fn paused(self) -> RwSignal<bool> {
        self.paused
    }

    fn read(self, state: &Session) {
        if self.paused.get_untracked() {
            return;
        }
        match state.grant() {
            Some(grant) => {
                let now = now();
                let access = grant.access_ends().left(now);
                self.access
                    .set(Some(access.clamp(0, grant.access_lifetime())));
                self.refresh
                    .set(Some(grant.refresh_ends().left(now).max(0)));
            }
            // A session that has ended keeps its burnt-down candles.
            None if self.access.with_untracked(Option::is_some) => {
                self.access.set(Some(0));
                self.refresh.set(Some(0));
            }
            None => {}
        }
    }
}

/// The panel with the candles and the numbers.
#[component]
pub(crate) fn Lifetimes(countdown: Countdown) -> impl IntoView {
    let session = LiveSession::expect();
    let data = page_data();
    let access_whole = Memo::new(move |before: Option<&i64>| {
        let known = session
            .state()
            .with(|state| Some(state.grant()?.access_lifetime()));
        known
            .or(before.copied())
            .unwrap_or(data.access_lifetime * 1_000)
    });
    let refresh_whole = Memo::new(move |before: Option<&i64>| {
        let seen = countdown.refresh.get().unwrap_or_default();
        seen.max(before.copied().unwrap_or(data.refresh_lifetime * 1_000))
    });
    let renewal = Memo::new(move |_| {
        session.state().with(|state| {
            let grant = state.grant()?;
            // Both deadlines run on the same clocks: any reading gives their distance.
            let now = now();
            let left = grant.access_ends().left(now) - grant.renew_at()?.left(now);
            Some(share(Some(left), grant.access_lifetime()))
        })
    });
    // Without a grant the page says what is usual, as the server's HTML does.
    let will_be_renewed = Memo::new(move |_| {
        let grant_is_last = |state: &Session| Some(state.grant()?.renew_at().is_none());
        session.state().with(grant_is_last) != Some(true)
    });
    erased(view! {
        <section class="panel lifetimes" aria-labelledby="lifetimes-title">
            <h2 id="lifetimes-title">"Two lifetimes"</h2>
            <div class="lifetimes-body">
                <Candles
                    refresh=Signal::derive(move || {
                        share(countdown.refresh.get(), refresh_whole.get())
                    })
                    access=Signal::derive(move || {
                        share(countdown.access.get(), access_whole.get())
                    })
                    renewal=renewal.into()
                />
                <dl class="numbers">
                    <div class="number number-refresh">
                        <dt>"Refresh token"</dt>
                        <dd translate="no"><span role="timer" data-testid="refresh-left">{text(move || left(countdown.refresh.get()))}</span></dd>
                        <dd class="number-note">
                            "of " {text(move || whole(refresh_whole.get()))}
                            ". In a cookie that no script can read."
                        </dd>
                    </div>
                    <div class="number number-access">
                        <dt>"Access token"</dt>
                        <dd translate="no"><span role="timer" data-testid="access-left">{text(move || left(countdown.access.get()))}</span></dd>
                        <dd class="number-note">
                            "of " {text(move || whole(access_whole.get()))}
                            {text(move || {
                                let note = if will_be_renewed.get() {
                                    ". Renewed at the dashed mark."
                                } else {
                                    ". Not renewed any more."
                                };
                                note.to_owned()
                            })}
                        </dd>
                    </div>
                </dl>
            </div>
        </section>
    })
}

/// Returns the share of `left` in `whole`, in thousandths.
fn share(left: Option<i64>, whole: i64) -> i64 {
    left.map_or(1_000, |left| left * 1_000 / whole.max(1))
}
