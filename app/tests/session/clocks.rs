//! A clock that is corrected, and a machine that sleeps: both look the same from within.

use signet_app::session::machine::{Command, Event, Note, Phase, RefreshAnswer};

use crate::world::World;

const HOUR: i64 = 3_600_000;

/// A life of ten and thirty seconds in which the wall clock jumps after three.
fn jumped(by: i64) -> World {
    let mut world = World::signed_in(10_000, 30_000);
    world.pass(3_000);
    world.wall_offset += by;
    world.feed(Event::TimerFired);
    world
}

#[test]
fn a_clock_that_jumps_ahead_asks_the_server_before_the_session_ends() {
    let mut world = jumped(HOUR);
    assert_eq!(world.refreshes(), [3_000]);
    let now = world.now();
    let grant = world.session.grant().unwrap();
    assert_eq!(grant.access_for_request(now), None, "its end may be past");

    let issued = world.issued("access 2", 10_000, 27_000);
    world.answer(RefreshAnswer::Granted(issued));
    assert!(matches!(world.session.phase, Phase::Active(_)));
    let now = world.now();
    let grant = world.session.grant().unwrap();
    assert_eq!(grant.refresh_ends().left(now), 27_000);
    assert_eq!(world.notes(), [Note::Issued, Note::Renewed]);
}

#[test]
fn a_clock_that_jumps_back_changes_nothing() {
    let mut world = jumped(-HOUR);
    assert!(world.refreshes().is_empty());
    world.until_refresh();
    assert!((6_000..8_000).contains(&world.elapsed), "{}", world.elapsed);
}

#[test]
fn a_laptop_that_slept_through_the_session_asks_once_and_wakes_to_its_end() {
    let mut world = World::signed_in(10_000, 30_000);
    world.pass(3_000);
    world.elapsed += HOUR;
    world.slept += HOUR;
    world.feed(Event::TimerFired);
    assert_eq!(world.refreshes().len(), 1);
    world.answer(RefreshAnswer::Refused);
    world.pass(2_001);
    assert_eq!(world.session.phase, Phase::Expired);
    world.pass(HOUR);
    assert_eq!(world.refreshes().len(), 1);
}

#[test]
fn where_both_clocks_say_that_it_is_over_nothing_is_asked() {
    let mut world = World::signed_in(10_000, 30_000);
    world.elapsed += HOUR;
    world.feed(Event::TimerFired);
    assert_eq!(world.session.phase, Phase::Expired);
    assert!(world.refreshes().is_empty());
}

#[test]
fn a_clock_that_jumps_while_the_server_is_away_is_asked_about_again() {
    let mut world = jumped(HOUR);
    for _ in 0..5 {
        world.answer(RefreshAnswer::Failed { retry_after: None });
        assert!(matches!(world.session.phase, Phase::Waiting { .. }));
        assert!(world.timer.is_some());
        world.until_refresh();
    }
    let left = 30_000 - world.elapsed;
    let issued = world.issued("access 2", 10_000, left);
    world.answer(RefreshAnswer::Granted(issued));
    assert!(matches!(world.session.phase, Phase::Active(_)));
}

#[test]
fn a_clock_that_jumps_offline_is_asked_about_online() {
    let mut world = World::signed_in(10_000, 30_000);
    world.pass(3_000);
    world.feed(Event::WentOffline);
    world.wall_offset += HOUR;
    world.feed(Event::TimerFired);
    assert!(matches!(world.session.phase, Phase::Offline(Some(_))));
    world.feed(Event::CameOnline);
    assert!(world.refreshing().is_some());
}

#[test]
fn a_renewal_that_a_sleep_outlasted_is_followed_by_a_short_first_try() {
    let mut world = World::signed_in(300_000, 86_400_000);
    world.until_refresh();
    world.elapsed += 600_000;
    world.feed(Event::TimerFired);
    world.until_refresh();
    let timeouts: Vec<i64> = world
        .commands
        .iter()
        .filter_map(|(_, command)| match command {
            Command::Refresh { timeout, .. } => Some(*timeout),
            _ => None,
        })
        .collect();
    // Its answer may be lost, too, and the try after it has to arrive within ROTATION_GRACE.
    assert_eq!(timeouts, [1_000, 1_000]);
}
