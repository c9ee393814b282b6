//! Three thousand simulated sessions for each pair of lifetimes: no request ever carries an expired
//! token, and nobody is logged out before the refresh token is over.

use signet_app::session::machine::{Note, Phase};

use crate::browser::{Browser, Setting};
use crate::chance::Chance;

const SESSIONS: u64 = 3_000;

fn three_thousand_sessions(access: i64, refresh: i64, seconds: i64) {
    let mut uses = 0;
    let mut renewals = 0;
    for seed in 0..SESSIONS {
        let mut chance = Chance(seed);
        let setting = Setting {
            access,
            refresh,
            rotates: chance.one_in(2),
            tabs: chance.between(1, 4) as usize,
            locks: !chance.one_in(4),
            seconds,
        };
        let mut browser = Browser::new(setting, seed);
        browser.live();
        expect_nobody_logged_out(&browser, seed);
        uses += browser.uses;
        renewals += browser.server.renewals;
    }
    assert!(uses > 10_000, "only {uses} requests were sent");
    assert!(renewals > 1_000, "only {renewals} renewals were sent");
}

fn expect_nobody_logged_out(browser: &Browser, seed: u64) {
    let access = browser.setting.access * 1_000;
    // What the last renewal has to gain, the margins, and an access token cut short by them.
    let worthwhile = (access / 5).max(2_000) + 2_000 + 3_000;
    for (tab, world) in browser.tabs.iter().enumerate() {
        let notes = world.notes();
        let context = || format!("seed {seed}, {:?}, tab {tab}, {notes:?}", browser.setting);
        // A machine that has slept asks once more, when only one of its clocks says that it is over.
        let is_refused = notes.contains(&Note::RenewalRefused);
        assert!(!is_refused || browser.left() <= 0, "{}", context());
        let ended = matches!(
            world.session.phase,
            Phase::Expired | Phase::Anonymous | Phase::Final(_)
        );
        let left = browser.left();
        assert!(
            !ended || left < worthwhile,
            "{:?} at {} with {left} ms left: {}",
            world.session.phase,
            browser.time(),
            context()
        );
    }
}

#[test]
fn three_thousand_sessions_of_10_and_30_seconds() {
    three_thousand_sessions(10, 30, 29);
}

#[test]
fn three_thousand_sessions_of_3_and_6_seconds() {
    three_thousand_sessions(3, 6, 12);
}

#[test]
fn three_thousand_sessions_of_5_and_10_seconds() {
    three_thousand_sessions(5, 10, 40);
}

#[test]
fn three_thousand_sessions_of_5_and_600_seconds() {
    three_thousand_sessions(5, 600, 40);
}

#[test]
fn three_thousand_sessions_of_60_and_300_seconds() {
    three_thousand_sessions(60, 300, 280);
}

#[test]
fn three_thousand_sessions_of_5_minutes_and_two_weeks() {
    three_thousand_sessions(300, 1_209_600, 2_400);
}
