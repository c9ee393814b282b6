//! The table of states and events, row by row.

use signet_app::session::machine::{Command, Event, LogoutAnswer, Note, Phase, RefreshAnswer};
use signet_app::session::peer::Message;
use signet_app::session::token::AccessToken;

use crate::world::World;

const FAILED: RefreshAnswer = RefreshAnswer::Failed { retry_after: None };

fn granted(world: &mut World, token: &str) -> RefreshAnswer {
    let left = 30_000 - world.elapsed;
    RefreshAnswer::Granted(world.issued(token, 10_000, left))
}

#[test]
fn without_a_hint_nothing_is_sent() {
    let mut world = World::new(&[0.5]);
    assert_eq!(world.feed(Event::Started { hint: false }), []);
    assert_eq!(world.session.phase, Phase::Anonymous);
}

#[test]
fn with_a_hint_the_session_is_restored() {
    let mut world = World::new(&[0.5]);
    world.feed(Event::Started { hint: true });
    assert!(world.refreshing().is_some());
    let answer = granted(&mut world, "restored");
    world.answer(answer);
    assert!(matches!(world.session.phase, Phase::Active(_)));
    assert_eq!(world.notes(), [Note::Restored]);
    assert_eq!(world.session.renewals, 0);
}

#[test]
fn a_hint_that_leads_to_nothing_leaves_an_anonymous_visitor() {
    let mut world = World::new(&[0.5]);
    world.feed(Event::Started { hint: true });
    world.answer(RefreshAnswer::Refused);
    world.pass(2_001);
    assert_eq!(world.session.phase, Phase::Anonymous);
    assert_eq!(world.notes(), []);
}

#[test]
fn a_refused_sign_in_leads_back_to_where_it_came_from() {
    let mut world = World::new(&[0.5]);
    world.feed(Event::Started { hint: false });
    world.feed(Event::SignInBegan);
    let epoch = world.session.epoch();
    world.feed(Event::SignInAnswered {
        epoch,
        issued: None,
    });
    assert_eq!(world.session.phase, Phase::Anonymous);

    let mut world = World::signed_in(10_000, 3_000);
    world.pass(20_000);
    assert_eq!(world.session.phase, Phase::Expired);
    world.feed(Event::SignInBegan);
    let epoch = world.session.epoch();
    world.feed(Event::SignInAnswered {
        epoch,
        issued: None,
    });
    assert_eq!(world.session.phase, Phase::Expired);
}

#[test]
fn a_failed_renewal_is_tried_again_and_the_token_is_used_meanwhile() {
    let mut world = World::signed_in(10_000, 30_000);
    world.until_refresh();
    world.answer(FAILED);
    assert!(matches!(
        world.session.phase,
        Phase::Waiting { attempt: 1, .. }
    ));
    assert_eq!(world.session.grant().unwrap().access(), "access 1");
    world.until_refresh();
    let answer = granted(&mut world, "access 2");
    world.answer(answer);
    assert_eq!(world.session.grant().unwrap().access(), "access 2");
    assert_eq!(world.session.renewals, 1);
}

#[test]
fn failures_wait_longer_and_longer_but_never_over_four_seconds() {
    let mut world = World::signed_in(300_000, 86_400_000);
    world.chances = vec![0.99];
    world.until_refresh();
    let mut waits = Vec::new();
    for _ in 0..8 {
        world.answer(FAILED);
        let before = world.elapsed;
        world.until_refresh();
        waits.push(world.elapsed - before);
    }
    assert!(waits.is_sorted(), "{waits:?}");
    assert!(waits[0] < 300 && waits[7] <= 4_001, "{waits:?}");
}

#[test]
fn a_throttled_renewal_waits_as_long_as_the_server_asks() {
    let mut world = World::signed_in(10_000, 30_000);
    world.until_refresh();
    let throttled = world.elapsed;
    world.answer(RefreshAnswer::Failed {
        retry_after: Some(5_000),
    });
    world.until_refresh();
    assert!(world.elapsed - throttled >= 5_000);
}

#[test]
fn an_answer_that_never_comes_is_given_up() {
    let mut world = World::signed_in(10_000, 30_000);
    world.until_refresh();
    // A second for another tab's turn, one for the answer, one for good measure.
    world.pass(4_000);
    assert!(world.notes().contains(&Note::RenewalFailed));
    assert_eq!(world.refreshes().len(), 2);
}

#[test]
fn a_first_answer_that_is_lost_is_asked_for_again_within_the_grace_of_a_spent_token() {
    for (access, refresh) in [(10_000, 30_000), (300_000, 86_400_000)] {
        let mut world = World::signed_in(access, refresh);
        world.chances = vec![0.99];
        world.until_refresh();
        let sent = world.elapsed;
        let commands = world.commands.iter().rev();
        let timeout = commands.into_iter().find_map(|(_, command)| match command {
            Command::Refresh { timeout, .. } => Some(*timeout),
            _ => None,
        });
        world.elapsed += timeout.unwrap();
        world.answer(FAILED);
        world.until_refresh();
        assert!(world.elapsed - sent < 1_400, "{}", world.elapsed - sent);
    }
}

#[test]
fn a_server_that_asks_for_an_eternity_is_believed_for_an_hour() {
    let mut world = World::new(&[0.5]);
    world.feed(Event::Started { hint: true });
    world.answer(RefreshAnswer::Failed {
        retry_after: Some(i64::MAX),
    });
    world.until_refresh();
    assert_eq!(world.elapsed, 60 * 60 * 1_000 + 1);
}

#[test]
fn a_refused_renewal_lets_the_access_token_live_out_its_time() {
    let mut world = World::signed_in(10_000, 30_000);
    world.until_refresh();
    world.answer(RefreshAnswer::Refused);
    assert!(matches!(world.session.phase, Phase::Refused { .. }));
    assert_eq!(world.access(), Some("access 1"));
    world.pass(2_001);
    assert!(matches!(world.session.phase, Phase::Final(_)));
    world.pass(10_000);
    assert_eq!(world.session.phase, Phase::Expired);
    let notes = [
        Note::Issued,
        Note::RenewalRefused,
        Note::CannotRenew,
        Note::Expired,
    ];
    assert_eq!(world.notes(), notes);
}

#[test]
fn an_answer_of_an_older_epoch_is_dropped() {
    let mut world = World::signed_in(10_000, 30_000);
    let old = world.until_refresh();
    let answer = granted(&mut world, "late");
    world.feed(Event::LogOut);
    world.feed(Event::RefreshAnswered { epoch: old, answer });
    assert_eq!(world.session.phase, Phase::Anonymous);
}

#[test]
fn logging_out_drops_the_tokens_and_tells_the_server() {
    let mut world = World::signed_in(10_000, 30_000);
    let commands = world.feed(Event::LogOut);
    let told = Command::Share(Message::LoggedOut);
    let expected = [
        Command::Abort,
        Command::Forget,
        Command::RememberLogout,
        told,
        Command::Blacklist {
            attempt: 0,
            timeout: 10_000,
        },
    ];
    assert_eq!(commands, expected);
    assert_eq!(world.session.phase, Phase::Anonymous);
    world.answer_logout(LogoutAnswer::Confirmed);
    assert_eq!(world.timer, None);
}

#[test]
fn where_the_server_has_ended_all_sessions_the_other_tabs_are_told_and_it_is_not() {
    let mut world = World::signed_in(10_000, 30_000);
    let commands = world.feed(Event::AllEnded);
    let told = Command::Share(Message::LoggedOut);
    assert_eq!(commands, [Command::Abort, Command::Forget, told]);
    assert_eq!(world.session.phase, Phase::Anonymous);
    assert_eq!(world.timer, None);
}

#[test]
fn a_refused_token_is_renewed_only_if_it_is_the_current_one() {
    let refused = |access: &str| Event::Unauthorized {
        access: AccessToken::new(access.to_owned()),
    };
    let mut world = World::signed_in(10_000, 30_000);
    world.pass(2_000);
    assert_eq!(world.feed(refused("an older one")), []);
    world.feed(refused("access 1"));
    assert!(world.refreshing().is_some());
}

#[test]
fn a_server_that_refuses_every_token_is_not_asked_without_end() {
    let mut world = World::signed_in(10_000, 30_000);
    world.pass(2_000);
    for token in ["access 1", "access 2", "access 3"] {
        world.feed(Event::Unauthorized {
            access: AccessToken::new(token.to_owned()),
        });
        if world.refreshing().is_some() {
            let answer = granted(&mut world, "access 2");
            world.answer(answer);
        }
        world.pass(1_500);
    }
    assert_eq!(world.refreshes().len(), 1);
}

#[test]
fn offline_keeps_the_tokens_and_online_renews_what_is_due() {
    let mut world = World::signed_in(10_000, 30_000);
    world.feed(Event::WentOffline);
    world.pass(15_000);
    assert!(matches!(world.session.phase, Phase::Offline(Some(_))));
    assert!(world.refreshes().is_empty());
    world.feed(Event::CameOnline);
    assert!(world.refreshing().is_some());
}

#[test]
fn offline_until_after_the_end_is_the_end() {
    let mut world = World::signed_in(10_000, 30_000);
    world.feed(Event::WentOffline);
    world.pass(60_000);
    assert_eq!(world.session.phase, Phase::Expired);
}

#[test]
fn an_old_token_is_renewed_before_a_request() {
    let mut world = World::signed_in(10_000, 30_000);
    assert_eq!(world.feed(Event::TokenNeeded), []);
    world.elapsed += 8_500;
    world.feed(Event::TokenNeeded);
    assert!(world.refreshing().is_some());
}

#[test]
fn signing_in_again_after_the_end_starts_a_new_session() {
    let mut world = World::signed_in(10_000, 3_000);
    world.pass(20_000);
    assert_eq!(world.session.phase, Phase::Expired);
    world.sign_in("access 2", 10_000, 30_000);
    assert!(matches!(world.session.phase, Phase::Active(_)));
}
