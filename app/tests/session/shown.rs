//! A page that is shown again, and may have missed a logout.

use signet_app::session::machine::{Command, Event, Note, Phase, RefreshAnswer};

use crate::world::{ADA, World};

fn shown(hint: bool, is_restored: bool) -> Event {
    Event::Shown { hint, is_restored }
}

#[test]
fn a_page_whose_hint_is_gone_forgets_the_user() {
    for is_restored in [false, true] {
        let mut world = World::signed_in(10_000, 30_000);
        world.pass(2_000);
        let commands = world.feed(shown(false, is_restored));
        assert!(commands.contains(&Command::Forget));
        assert_eq!(world.session.phase, Phase::Anonymous);
        assert_eq!(world.session.holder(), None);
        assert!(world.refreshes().is_empty());
    }
}

#[test]
fn a_page_out_of_the_cache_asks_who_is_there_and_shows_nobody_meanwhile() {
    let mut world = World::signed_in(10_000, 30_000);
    world.pass(2_000);
    let commands = world.feed(shown(true, true));
    assert!(commands.contains(&Command::Hide));
    // What was typed stays, if it is the same user.
    assert!(!commands.contains(&Command::Forget));
    assert_eq!(world.session.holder(), None);
    assert_eq!(world.session.grant(), None);
    assert!(world.refreshing().is_some());

    let issued = world.issued("access 2", 10_000, 28_000);
    let commands = world.answer(RefreshAnswer::Granted(issued));
    assert!(!commands.contains(&Command::Forget));
    assert_eq!(world.session.holder(), Some(ADA));
}

#[test]
fn another_user_who_is_there_finds_nothing_of_the_former() {
    let mut world = World::signed_in(10_000, 30_000);
    world.feed(shown(true, true));
    let mut issued = world.issued("bob's", 10_000, 30_000);
    issued.holder = "bob".to_owned();
    let commands = world.answer(RefreshAnswer::Granted(issued));
    assert!(commands.contains(&Command::Forget));
    assert_eq!(world.session.holder(), Some("bob"));
}

#[test]
fn a_session_that_ended_meanwhile_is_forgotten() {
    let mut world = World::signed_in(10_000, 30_000);
    world.feed(shown(true, true));
    world.answer(RefreshAnswer::Refused);
    assert_eq!(world.session.holder(), None);
    world.pass(2_001);
    assert_eq!(world.session.phase, Phase::Anonymous);
    assert!(
        world
            .commands
            .iter()
            .any(|(_, command)| *command == Command::Forget)
    );
}

#[test]
fn a_server_that_is_away_is_asked_again_and_nobody_is_shown() {
    let mut world = World::signed_in(10_000, 30_000);
    world.feed(shown(true, true));
    world.answer(RefreshAnswer::Failed { retry_after: None });
    assert_eq!(world.session.holder(), None);
    world.until_refresh();
}

#[test]
fn a_page_that_was_only_hidden_is_not_in_doubt() {
    let mut world = World::signed_in(300_000, 86_400_000);
    for _ in 0..60 {
        world.pass(10_000);
        if world.refreshing().is_some() {
            let issued = world.issued("another", 300_000, 86_000_000);
            world.answer(RefreshAnswer::Granted(issued));
        }
    }
    let asked = world.refreshes().len();
    world.feed(shown(true, false));
    assert_eq!(world.session.holder(), Some(ADA));
    assert_eq!(world.refreshes().len(), asked);
}

#[test]
fn a_page_that_has_slept_for_long_asks_before_it_shows_anybody() {
    for mono_sleeps in [false, true] {
        let mut world = World::signed_in(3_600_000, 86_400_000);
        world.elapsed += 1_200_000;
        world.slept += if mono_sleeps { 1_200_000 } else { 0 };
        world.feed(shown(true, false));
        assert_eq!(world.session.holder(), None);
        assert!(world.refreshing().is_some());
    }
}

#[test]
fn a_hint_that_ends_with_its_token_is_no_logout() {
    let mut world = World::signed_in(20_000, 10_000);
    world.pass(9_000);
    world.feed(shown(false, false));
    assert_eq!(world.session.holder(), Some(ADA));
    world.pass(30_000);
    world.feed(shown(false, true));
    assert_eq!(world.session.phase, Phase::Expired);
    assert_eq!(world.session.holder(), Some(ADA));
}

#[test]
fn a_cookie_that_the_browser_did_not_keep_is_told_and_not_waited_for() {
    let mut world = World::new(&[0.5]);
    world.feed(Event::Started { hint: false });
    world.sign_in("access 1", 10_000, 0);
    assert!(world.session.cookie_is_lost());
    assert!(matches!(world.session.phase, Phase::Final(_)));
    assert_eq!(
        world.notes(),
        [Note::Issued, Note::CookieLost, Note::CannotRenew]
    );
    world.feed(shown(false, false));
    world.pass(20_000);
    assert_eq!(world.session.phase, Phase::Expired);
    assert!(world.session.cookie_is_lost());
    assert!(world.refreshes().is_empty());

    world.sign_in("access 2", 10_000, 30_000);
    assert!(!world.session.cookie_is_lost());
}
