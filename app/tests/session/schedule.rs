//! When tokens are renewed, for the documented lifetimes and for others.

use proptest::prelude::*;
use signet_app::session::machine::{Note, Phase, RefreshAnswer};

use crate::world::World;

/// A server that signs in whole seconds, as SimpleJWT does.
struct Server {
    refresh: i64,
    /// What its clock is ahead of the browser's, in milliseconds.
    ahead: i64,
    refresh_exp: i64,
}

impl Server {
    fn seconds(&self, at: i64) -> i64 {
        (at + self.ahead).div_euclid(1_000)
    }

    fn sign_in(refresh: i64, ahead: i64, at: i64) -> Self {
        let mut server = Self {
            refresh,
            ahead,
            refresh_exp: 0,
        };
        server.refresh_exp = server.seconds(at) + server.refresh;
        server
    }

    /// Milliseconds of life that it states for the refresh token at `at`; `None` when expired.
    fn refresh_left(&self, at: i64) -> Option<i64> {
        let left = self.refresh_exp - self.seconds(at);
        (left > 0).then_some(left * 1_000)
    }
}

/// Plays a session to its end with answers that take `latency` there and as much back.
/// Every request for a protected page is checked against the server's own clock.
fn play(
    access: i64,
    refresh: i64,
    ahead: i64,
    latency: i64,
    chances: &[f64],
    failures: &[bool],
) -> World {
    let mut world = World::new(chances);
    world.feed(signet_app::session::machine::Event::Started { hint: false });
    let server = Server::sign_in(refresh, ahead, latency);
    world.sign_in("1", access * 1_000, refresh * 1_000);
    let mut exp = server.seconds(latency) + access;
    let mut failures = failures.iter().copied().chain(std::iter::repeat(false));
    for _ in 0..100_000 {
        match world.session.phase.clone() {
            Phase::Expired => return world,
            Phase::Refreshing { .. } => {
                let sent = world.elapsed;
                let arrived = sent + latency;
                let left = server.refresh_left(arrived);
                let left = left.expect("an expired refresh token was sent");
                let issued = world.issued(&format!("at {sent}"), access * 1_000, left);
                world.elapsed += 2 * latency;
                if failures.next() == Some(true) {
                    world.answer(RefreshAnswer::Failed { retry_after: None });
                } else {
                    exp = server.seconds(arrived) + access;
                    world.answer(RefreshAnswer::Granted(issued));
                }
            }
            _ => {
                let now = world.now();
                let usable = world
                    .session
                    .grant()
                    .and_then(|grant| grant.access_for_request(now));
                if usable.is_some() {
                    let arrived = server.seconds(world.elapsed + latency);
                    assert!(exp > arrived, "an expired access token was sent");
                }
                world.pass(97);
            }
        }
    }
    panic!("the session never ended: {:?}", world.session.phase);
}

#[test]
fn ten_and_thirty_seconds_make_four_renewals_at_a_third_each() {
    let world = play(10, 30, 0, 1, &[0.5], &[]);
    let at = world.refreshes();
    assert_eq!(at.len(), 4, "{at:?}");
    for (at, expected) in at.iter().zip([6_750, 13_500, 20_250, 27_000]) {
        assert!((at - expected).abs() < 150, "{at} is not about {expected}");
    }
    assert_eq!(world.session.renewals, 4);
    let ended = world.notes();
    assert_eq!(&ended[5..], [Note::CannotRenew, Note::Expired]);
}

#[test]
fn a_session_with_a_long_life_wakes_up_now_and_then_and_renews_in_time() {
    let mut world = World::signed_in(300_000, 86_400_000);
    world.until_refresh();
    let at = world.elapsed;
    assert!((224_000..=239_100).contains(&at), "{at}");
}

proptest! {
    #[test]
    fn ten_and_thirty_seconds_make_four_renewals_whatever_the_jitter(
        chances in prop::collection::vec(0.0..1.0, 1..9),
        ahead in -5_000_i64..5_000,
        latency in 1_i64..150,
    ) {
        let world = play(10, 30, ahead, latency, &chances, &[]);
        prop_assert_eq!(world.refreshes().len(), 4);
    }

    #[test]
    fn no_request_carries_an_expired_token_whatever_the_lifetimes(
        access in 3_i64..40,
        longer in 0_i64..90,
        ahead in -5_000_i64..5_000,
        latency in 1_i64..150,
        chances in prop::collection::vec(0.0..1.0, 1..9),
        failures in prop::collection::vec(any::<bool>(), 0..12),
    ) {
        play(access, access + longer, ahead, latency, &chances, &failures);
    }

    #[test]
    fn renewals_are_never_less_than_a_second_apart(
        access in 1_i64..20,
        refresh in 1_i64..60,
        chances in prop::collection::vec(0.0..1.0, 1..9),
    ) {
        let world = play(access, refresh, 0, 1, &chances, &[]);
        for pair in world.refreshes().windows(2) {
            prop_assert!(pair[1] - pair[0] >= 1_000, "{:?}", pair);
        }
    }
}
