//! A logout that the server does not confirm at once.

use signet_app::session::machine::{Command, Event, LogoutAnswer, Phase};
use signet_app::session::peer::Message;

use crate::world::{ADA, World};

const FAILED: LogoutAnswer = LogoutAnswer::Failed { retry_after: None };

fn logged_out() -> World {
    let mut world = World::signed_in(10_000, 30_000);
    world.feed(Event::LogOut);
    world
}

fn has(commands: &[Command], command: &Command) -> bool {
    commands.contains(command)
}

#[test]
fn a_logout_is_asked_for_again_until_the_server_has_confirmed_it() {
    let mut world = logged_out();
    for attempt in 0..6 {
        assert_eq!(world.logouts().last(), Some(&(world.elapsed, attempt)));
        world.answer_logout(FAILED);
        assert!(world.session.logout_is_late());
        let due = world.timer.expect("it is tried again");
        assert!(due - world.elapsed <= 4_001, "{}", due - world.elapsed);
        world.pass(due - world.elapsed);
    }
    world.answer_logout(LogoutAnswer::Confirmed);
    assert!(!world.session.logout_is_pending());
    assert!(has(
        &[world.commands.last().unwrap().1.clone()],
        &Command::ForgetLogout
    ));
    assert_eq!(world.timer, None);
}

#[test]
fn a_server_that_takes_its_time_is_told_of_after_a_second() {
    let mut world = logged_out();
    world.pass(900);
    assert!(!world.session.logout_is_late());
    world.pass(200);
    assert!(world.session.logout_is_late());
    assert_eq!(world.logouts().len(), 1);
    world.pass(5_000);
    world.answer_logout(LogoutAnswer::Confirmed);
    assert!(!world.session.logout_is_late());
}

#[test]
fn an_answer_that_never_comes_is_not_waited_for_without_end() {
    let mut world = logged_out();
    world.pass(12_000);
    assert_eq!(world.logouts().len(), 2);
    // Nor does it count when it comes.
    world.feed(Event::LogoutAnswered {
        attempt: 0,
        answer: FAILED,
    });
    assert_eq!(world.logouts().len(), 2);
}

#[test]
fn a_server_that_asks_for_time_is_given_it() {
    let mut world = logged_out();
    world.answer_logout(LogoutAnswer::Failed {
        retry_after: Some(9_000),
    });
    world.pass(8_900);
    assert_eq!(world.logouts().len(), 1);
    world.pass(200);
    assert_eq!(world.logouts().len(), 2);
}

#[test]
fn a_page_that_finds_a_logout_asks_at_once_and_says_so() {
    let mut world = World::new(&[0.5]);
    world.feed(Event::Started { hint: false });
    world.feed(Event::LogoutFound);
    assert_eq!(world.session.phase, Phase::Anonymous);
    assert_eq!(world.logouts(), [(0, 1)]);
    assert!(world.session.logout_is_late());
    assert!(world.refreshes().is_empty());
}

#[test]
fn without_a_network_nothing_is_asked_until_it_is_back() {
    let mut world = logged_out();
    world.answer_logout(FAILED);
    world.feed(Event::WentOffline);
    world.pass(60_000);
    assert_eq!(world.logouts().len(), 1);
    world.feed(Event::CameOnline);
    assert_eq!(world.logouts().len(), 2);
}

#[test]
fn a_login_takes_the_place_of_a_pending_logout() {
    let mut world = logged_out();
    world.answer_logout(FAILED);
    let asked = world.logouts().len();
    let commands = world.feed(Event::SignInBegan);
    // The other tabs must not end the session that begins.
    assert!(has(&commands, &Command::Share(Message::SigningIn)));
    assert!(has(&commands, &Command::Abort));
    world.pass(60_000);
    assert_eq!(world.logouts().len(), asked);
    let issued = Some(world.issued("access 2", 10_000, 30_000));
    let epoch = world.session.epoch();
    let commands = world.feed(Event::SignInAnswered { epoch, issued });
    assert!(has(&commands, &Command::ForgetLogout));
    assert!(!world.session.logout_is_pending());
    world.pass(5_000);
    assert_eq!(world.logouts().len(), asked);
}

#[test]
fn after_a_login_that_failed_the_logout_is_asked_for_again() {
    let mut world = logged_out();
    world.answer_logout(FAILED);
    world.feed(Event::SignInBegan);
    let epoch = world.session.epoch();
    world.feed(Event::SignInAnswered {
        epoch,
        issued: None,
    });
    assert_eq!(world.logouts().len(), 2);
}

#[test]
fn a_login_in_another_tab_stops_the_logout_of_this_one() {
    let mut world = logged_out();
    let commands = world.feed(Event::Peer(Message::SigningIn));
    assert!(has(&commands, &Command::Abort));
    world.pass(1_000);
    let mut shared = world.shared("theirs", ADA, (10_000, 30_000));
    shared.signed_in = true;
    world.hear(shared);
    assert!(matches!(world.session.phase, Phase::Active(_)));
    assert!(!world.session.logout_is_pending());
    world.pass(5_000);
    assert_eq!(world.logouts().len(), 1);
}

#[test]
fn after_a_login_in_another_tab_that_failed_the_logout_is_asked_for_again() {
    let mut world = logged_out();
    world.feed(Event::Peer(Message::SigningIn));
    world.pass(15_001);
    assert_eq!(world.logouts().len(), 2);
}
