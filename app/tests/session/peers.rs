//! What a tab makes of what the other tabs say.

use signet_app::session::machine::{Command, Event, LogoutAnswer, Note, Phase, RefreshAnswer};
use signet_app::session::peer::Message;

use crate::world::{ADA, World};

const LEFT: (i64, i64) = (10_000, 30_000);

/// A world whose session has ended by itself.
fn expired() -> World {
    let mut world = World::signed_in(10_000, 3_000);
    world.pass(20_000);
    assert_eq!(world.session.phase, Phase::Expired);
    world
}

fn grants_told(commands: &[Command]) -> usize {
    let told = |command: &&Command| matches!(command, Command::Share(Message::Granted(_)));
    commands.iter().filter(told).count()
}

#[test]
fn every_grant_of_its_own_is_told_and_none_of_another_tab() {
    let mut world = World::new(&[0.5]);
    world.feed(Event::Started { hint: true });
    let issued = world.issued("restored", 10_000, 30_000);
    let commands = world.answer(RefreshAnswer::Granted(issued));
    assert_eq!(grants_told(&commands), 1);
    world.pass(2_000);
    let shared = world.shared("theirs", ADA, LEFT);
    assert_eq!(grants_told(&world.hear(shared)), 0);
}

#[test]
fn what_one_tab_tells_another_lives_no_longer_there() {
    let mut one = World::signed_in(10_000, 30_000);
    one.until_refresh();
    let sent = one.elapsed;
    let issued = one.issued("access 2", 10_000, 23_000);
    one.elapsed += 400;
    let commands = one.answer(RefreshAnswer::Granted(issued));
    let told = commands.into_iter().find_map(|command| match command {
        Command::Share(Message::Granted(shared)) => Some(shared),
        _ => None,
    });

    // Another page, younger by hours, that hears of it after a while.
    let mut other = World::signed_in(10_000, 30_000);
    other.slept = -7_200_000;
    other.elapsed = one.elapsed + 300;
    other.hear(told.expect("the grant is told"));
    assert_eq!(other.access(), Some("access 2"));
    let now = other.now();
    let grant = other.session.grant().unwrap();
    let age = other.elapsed - sent;
    assert_eq!(grant.access_ends().left(now), 10_000 - age);
    assert_eq!(grant.refresh_ends().left(now), 23_000 - age);
}

#[test]
fn a_message_that_lay_before_a_frozen_tab_is_worth_nothing() {
    let mut world = World::signed_in(10_000, 30_000);
    let shared = world.shared("access 2", ADA, LEFT);
    world.elapsed += 12_000;
    world.hear(shared);
    assert_eq!(world.access(), Some("access 1"));
}

#[test]
fn a_newer_grant_of_the_same_user_is_taken_over_and_the_renewal_planned_anew() {
    let mut world = World::signed_in(10_000, 30_000);
    world.pass(6_000);
    let shared = world.shared("access 2", ADA, (10_000, 24_000));
    world.hear(shared);
    assert_eq!(world.access(), Some("access 2"));
    assert_eq!(world.session.renewals, 1);
    assert_eq!(world.notes(), [Note::Issued, Note::RenewedElsewhere]);
    world.until_refresh();
    assert!(world.elapsed > 12_000, "renewed at {}", world.elapsed);
}

#[test]
fn an_older_grant_of_another_tab_changes_nothing() {
    let mut world = World::signed_in(10_000, 30_000);
    let older = world.shared("access 0", ADA, LEFT);
    world.pass(2_000);
    let newer = world.shared("access 2", ADA, LEFT);
    world.hear(newer);
    let before = world.session.clone();
    world.hear(older);
    assert_eq!(world.session, before);
}

#[test]
fn while_this_tab_renews_another_may_be_faster_and_the_own_answer_is_dropped() {
    let mut world = World::signed_in(10_000, 30_000);
    let epoch = world.until_refresh();
    let shared = world.shared("theirs", ADA, (10_000, 23_000));
    let commands = world.hear(shared);
    // Broken off it could lose the cookie that it brings.
    assert!(!commands.contains(&Command::Abort));
    let issued = world.issued("ours", 10_000, 23_000);
    let answer = RefreshAnswer::Granted(issued);
    world.feed(Event::RefreshAnswered { epoch, answer });
    assert_eq!(world.access(), Some("theirs"));
}

#[test]
fn an_overtaken_renewal_that_fails_is_repeated_while_its_token_is_still_good_for_an_answer() {
    let mut world = World::signed_in(10_000, 30_000);
    let epoch = world.until_refresh();
    let lost = world.elapsed;
    let shared = world.shared("theirs", ADA, (10_000, 23_000));
    world.hear(shared);
    world.elapsed += 200;
    let answer = RefreshAnswer::Failed { retry_after: None };
    world.feed(Event::RefreshAnswered { epoch, answer });
    world.until_refresh();
    assert!(world.elapsed - lost < 1_900, "{}", world.elapsed - lost);
}

#[test]
fn a_refused_renewal_waits_for_another_tab_which_may_have_spent_the_token() {
    for waited in [0, 1_900] {
        let mut world = World::signed_in(10_000, 30_000);
        world.until_refresh();
        world.answer(RefreshAnswer::Refused);
        world.pass(waited);
        let shared = world.shared("theirs", ADA, (10_000, 20_000));
        world.hear(shared);
        assert!(matches!(world.session.phase, Phase::Active(_)));
        assert_eq!(world.access(), Some("theirs"));
    }
}

#[test]
fn a_session_that_is_being_restored_is_given_by_a_tab_that_has_it() {
    let mut world = World::new(&[0.5]);
    world.feed(Event::Started { hint: true });
    let shared = world.shared("theirs", ADA, LEFT);
    world.hear(shared);
    assert!(matches!(world.session.phase, Phase::Active(_)));
    assert_eq!(world.notes(), [Note::Joined]);
}

#[test]
fn a_session_that_could_not_be_renewed_goes_on_with_another_tabs_grant() {
    let mut world = World::signed_in(10_000, 3_000);
    assert!(matches!(world.session.phase, Phase::Final(_)));
    world.pass(2_000);
    let mut shared = world.shared("access 2", ADA, LEFT);
    shared.signed_in = true;
    world.hear(shared);
    assert!(matches!(world.session.phase, Phase::Active(_)));
}

#[test]
fn signing_in_in_another_tab_signs_in_here() {
    let mut anonymous = World::new(&[0.5]);
    anonymous.feed(Event::Started { hint: false });
    for mut world in [anonymous, expired()] {
        let mut shared = world.shared("theirs", ADA, LEFT);
        shared.signed_in = true;
        let commands = world.hear(shared);
        assert!(matches!(world.session.phase, Phase::Active(_)));
        assert_eq!(world.notes().last(), Some(&Note::Joined));
        assert!(!commands.contains(&Command::Forget));
    }
}

#[test]
fn after_the_end_of_one_user_another_finds_nothing_on_the_page() {
    let mut world = expired();
    let mut shared = world.shared("theirs", "bob", LEFT);
    shared.signed_in = true;
    assert!(world.hear(shared).contains(&Command::Forget));

    let mut world = expired();
    world.feed(Event::SignInBegan);
    let epoch = world.session.epoch();
    let mut issued = world.issued("bob's", 10_000, 30_000);
    issued.holder = "bob".to_owned();
    let issued = Some(issued);
    let commands = world.feed(Event::SignInAnswered { epoch, issued });
    assert!(commands.contains(&Command::Forget));
}

#[test]
fn another_user_who_signs_in_elsewhere_takes_the_place_of_this_one() {
    let mut world = World::signed_in(10_000, 30_000);
    world.pass(3_000);
    let mut shared = world.shared("bob's", "bob", LEFT);
    shared.signed_in = true;
    let commands = world.hear(shared);
    assert!(commands.contains(&Command::Forget));
    assert_eq!(world.session.holder(), Some("bob"));
    assert_eq!(world.access(), Some("bob's"));
    assert_eq!(world.session.renewals, 0);
    assert_eq!(world.notes().last(), Some(&Note::Switched));
}

#[test]
fn a_renewal_that_comes_back_with_another_user_is_told() {
    let mut world = World::signed_in(10_000, 30_000);
    world.until_refresh();
    let mut issued = world.issued("bob's", 10_000, 30_000);
    issued.holder = "bob".to_owned();
    let commands = world.answer(RefreshAnswer::Granted(issued));
    assert!(commands.contains(&Command::Forget));
    assert_eq!(world.session.holder(), Some("bob"));
    assert_eq!(world.notes().last(), Some(&Note::Switched));
}

#[test]
fn offline_a_newer_grant_is_kept_for_later() {
    let mut world = World::signed_in(10_000, 30_000);
    world.pass(2_000);
    world.feed(Event::WentOffline);
    let shared = world.shared("theirs", ADA, (10_000, 28_000));
    world.hear(shared);
    assert!(matches!(world.session.phase, Phase::Offline(Some(_))));
    world.feed(Event::CameOnline);
    assert_eq!(world.access(), Some("theirs"));
}

#[test]
fn a_logout_in_another_tab_ends_every_state() {
    let anonymous = || {
        let mut world = World::new(&[0.5]);
        world.feed(Event::Started { hint: false });
        world
    };
    let restoring = || {
        let mut world = World::new(&[0.5]);
        world.feed(Event::Started { hint: true });
        world
    };
    let renewing = |answer: Option<RefreshAnswer>| {
        let mut world = World::signed_in(10_000, 30_000);
        world.until_refresh();
        if let Some(answer) = answer {
            world.answer(answer);
        }
        world
    };
    let offline = || {
        let mut world = World::signed_in(10_000, 30_000);
        world.feed(Event::WentOffline);
        world
    };
    let failed = RefreshAnswer::Failed { retry_after: None };
    let worlds = [
        anonymous(),
        restoring(),
        World::signed_in(10_000, 30_000),
        renewing(None),
        renewing(Some(failed)),
        renewing(Some(RefreshAnswer::Refused)),
        offline(),
        World::signed_in(10_000, 3_000),
        expired(),
    ];
    for mut world in worlds {
        let before = world.session.phase.clone();
        let epoch = world.session.epoch();
        let commands = world.feed(Event::Peer(Message::LoggedOut));
        assert_eq!(world.session.phase, Phase::Anonymous, "{before:?}");
        assert!(world.session.epoch() > epoch, "{before:?}");
        assert_eq!(commands, [Command::Abort, Command::Forget], "{before:?}");
        // The other tab may be closed before the server has answered it.
        world.pass(2_001);
        assert_eq!(world.logouts().len(), 1, "{before:?}");
        world.answer_logout(LogoutAnswer::Confirmed);
        assert_eq!(world.timer, None, "{before:?}");
    }
}

#[test]
fn a_logout_in_another_tab_does_not_stop_a_login_here() {
    let mut world = expired();
    world.feed(Event::SignInBegan);
    let epoch = world.session.epoch();
    let commands = world.feed(Event::Peer(Message::LoggedOut));
    assert_eq!(commands, [Command::Forget]);
    let issued = Some(world.issued("access 2", 10_000, 30_000));
    world.feed(Event::SignInAnswered { epoch, issued });
    assert!(matches!(world.session.phase, Phase::Active(_)));
}

#[test]
fn after_a_logout_no_late_word_of_another_tab_brings_the_session_back() {
    let mut world = World::signed_in(10_000, 30_000);
    let mut before = world.shared("a login before", ADA, LEFT);
    before.signed_in = true;
    world.pass(1_000);
    world.feed(Event::LogOut);
    let renewal = world.shared("a late renewal", ADA, LEFT);
    for late in [before, renewal] {
        world.hear(late);
        assert_eq!(world.session.phase, Phase::Anonymous);
    }
}

#[test]
fn no_token_is_ever_printed() {
    let mut world = World::signed_in(10_000, 30_000);
    let shared = world.shared("access 2", ADA, LEFT);
    let commands = world.hear(shared.clone());
    let printed = format!("{:?} {shared:?} {commands:?}", world.session);
    assert!(printed.contains("redacted"), "{printed}");
    assert!(
        !printed.contains("access 1") && !printed.contains("access 2"),
        "{printed}"
    );
}
