//! What holds after every step, whatever happens in whatever order.

use proptest::prelude::*;
use signet_app::session::machine::{Command, Event, LogoutAnswer, Phase, RefreshAnswer};
use signet_app::session::peer::Message;
use signet_app::session::token::AccessToken;

use crate::world::{ADA, World};

const ACCESS: i64 = 10_000;
const REFRESH: i64 = 30_000;

#[derive(Clone, Debug)]
enum Happening {
    Pass(i64),
    Sleep(i64),
    SetClock(i64),
    Grant,
    Fail(Option<i64>),
    Refuse,
    Stale,
    Offline,
    Online,
    Need,
    Unauthorized,
    LogOut,
    SignIn,
    SignInFails,
    PeerRenews,
    PeerSignsIn,
    StrangerSignsIn,
    PeerLogsOut,
    PeerSigningIn,
    Shown(bool, bool),
    LogoutFound,
    LogoutConfirmed,
    LogoutFails(Option<i64>),
}

/// Anything that can happen; only one of the two clocks may be disturbed in one life, since
/// nothing can be known when both lie.
fn happenings(sleepy: bool) -> impl Strategy<Value = Vec<Happening>> {
    let hour = 3_600_000_i64;
    let disturbed = if sleepy {
        (0..hour).prop_map(Happening::Sleep).boxed()
    } else {
        (-hour..hour).prop_map(Happening::SetClock).boxed()
    };
    let one = prop_oneof![
        8 => (0_i64..9_000).prop_map(Happening::Pass),
        1 => disturbed,
        6 => Just(Happening::Grant),
        2 => prop::option::of(0_i64..8_000).prop_map(Happening::Fail),
        1 => Just(Happening::Refuse),
        2 => Just(Happening::Stale),
        1 => Just(Happening::Offline),
        2 => Just(Happening::Online),
        1 => Just(Happening::Need),
        1 => Just(Happening::Unauthorized),
        1 => Just(Happening::LogOut),
        3 => Just(Happening::SignIn),
        1 => Just(Happening::SignInFails),
        2 => Just(Happening::PeerRenews),
        1 => Just(Happening::PeerSignsIn),
        1 => Just(Happening::StrangerSignsIn),
        1 => Just(Happening::PeerLogsOut),
        1 => Just(Happening::PeerSigningIn),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(hint, away)| Happening::Shown(hint, away)),
        1 => Just(Happening::LogoutFound),
        2 => Just(Happening::LogoutConfirmed),
        2 => prop::option::of(0_i64..8_000).prop_map(Happening::LogoutFails),
    ];
    prop::collection::vec(one, 1..80)
}

fn blacklists(commands: &[Command]) -> bool {
    let mut commands = commands.iter();
    commands.any(|command| matches!(command, Command::Blacklist { .. }))
}

struct Life {
    world: World,
    /// When the refresh token was issued, in true time.
    signed_in: i64,
    /// When the current access token was issued, and the last success.
    issued: i64,
    tokens: u32,
}

impl Life {
    fn token(&mut self) -> String {
        self.tokens += 1;
        format!("token {}", self.tokens)
    }

    fn live(&mut self, happening: Happening) {
        let epoch = self.world.session.epoch();
        match happening {
            Happening::Pass(time) => self.world.pass(time),
            Happening::Sleep(time) => {
                self.world.elapsed += time;
                self.world.slept += time;
                self.world.feed(Event::TimerFired);
            }
            Happening::SetClock(by) => {
                self.world.wall_offset += by;
                self.world.feed(Event::TimerFired);
            }
            Happening::Grant if self.world.refreshing().is_some() => self.grant(epoch),
            Happening::Stale if epoch > 0 => {
                let token = self.token();
                let answer = RefreshAnswer::Granted(self.world.issued(&token, ACCESS, REFRESH));
                let before = self.world.session.clone();
                self.world.feed(Event::RefreshAnswered {
                    epoch: epoch - 1,
                    answer,
                });
                let after = &self.world.session;
                let is_same = (&after.phase, after.epoch()) == (&before.phase, before.epoch());
                assert!(is_same, "a stale answer changed something");
            }
            Happening::Fail(retry_after) => {
                self.world.answer(RefreshAnswer::Failed { retry_after });
            }
            Happening::Refuse => {
                self.world.answer(RefreshAnswer::Refused);
            }
            Happening::Offline => {
                self.world.feed(Event::WentOffline);
            }
            Happening::Online => {
                self.world.feed(Event::CameOnline);
            }
            Happening::Need => {
                self.world.feed(Event::TokenNeeded);
            }
            Happening::Unauthorized => {
                let access = AccessToken::new(format!("token {}", self.tokens));
                self.world.feed(Event::Unauthorized { access });
            }
            Happening::LogOut => {
                let commands = self.world.feed(Event::LogOut);
                assert!(blacklists(&commands));
                assert!(commands.contains(&Command::Share(Message::LoggedOut)));
                assert_eq!(self.world.session.phase, Phase::Anonymous);
                self.expect_forgotten(&commands);
            }
            Happening::PeerRenews => self.hear(ADA, false),
            Happening::PeerSignsIn => self.hear(ADA, true),
            Happening::StrangerSignsIn => self.hear("bob", true),
            Happening::PeerLogsOut => {
                let commands = self.world.feed(Event::Peer(Message::LoggedOut));
                assert!(!blacklists(&commands));
                assert_eq!(self.world.session.phase, Phase::Anonymous);
                self.expect_forgotten(&commands);
            }
            Happening::PeerSigningIn => {
                self.world.feed(Event::Peer(Message::SigningIn));
            }
            Happening::Shown(hint, is_restored) => {
                let commands = self.world.feed(Event::Shown { hint, is_restored });
                if commands.contains(&Command::Hide) {
                    assert_eq!(self.world.session.holder(), None);
                    assert_eq!(self.world.session.grant(), None);
                }
            }
            Happening::LogoutFound => {
                self.world.feed(Event::LogoutFound);
            }
            Happening::LogoutConfirmed => self.world.answer_logout(LogoutAnswer::Confirmed),
            Happening::LogoutFails(retry_after) => {
                self.world
                    .answer_logout(LogoutAnswer::Failed { retry_after });
            }
            Happening::SignIn => self.sign_in(true),
            Happening::SignInFails => self.sign_in(false),
            Happening::Grant | Happening::Stale => {}
        }
    }

    fn grant(&mut self, epoch: u64) {
        let first = self.world.session.grant().is_none();
        if first {
            self.signed_in = self.world.elapsed;
        } else {
            assert!(
                self.world.elapsed - self.issued >= 1_000,
                "renewed within a second"
            );
        }
        let left = (self.signed_in + REFRESH - self.world.elapsed).max(0);
        let token = self.token();
        let answer = RefreshAnswer::Granted(self.world.issued(&token, ACCESS, left));
        self.issued = self.world.elapsed;
        self.world.feed(Event::RefreshAnswered { epoch, answer });
    }

    fn expect_forgotten(&self, commands: &[Command]) {
        assert_eq!(self.world.session.grant(), None);
        assert_eq!(self.world.session.holder(), None);
        assert!(commands.contains(&Command::Abort));
        assert!(commands.contains(&Command::Forget));
    }

    /// Hears of a grant of another tab; of a renewal only while there is something to renew.
    fn hear(&mut self, holder: &str, signed_in: bool) {
        let left = (self.signed_in + REFRESH - self.world.elapsed).max(0);
        let left = if signed_in { REFRESH } else { left };
        let token = self.token();
        let mut shared = self.world.shared(&token, holder, (ACCESS, left));
        shared.signed_in = signed_in;
        let before = self.world.session.clone();
        let commands = self.world.hear(shared);
        let after = &self.world.session;
        if self.world.access() != Some(token.as_str()) {
            return;
        }
        assert!(
            signed_in || before.phase != Phase::Anonymous,
            "a late renewal brought a session back"
        );
        assert_eq!(after.holder(), Some(holder));
        // Nobody is named while it is in doubt who is there.
        if let Some(known) = before.holder() {
            assert_eq!(commands.contains(&Command::Forget), known != holder);
        }
        assert!(after.epoch() > before.epoch(), "an answer of before counts");
        self.issued = self.world.elapsed;
        if signed_in || before.holder().is_none() {
            self.signed_in = self.world.elapsed;
        }
    }

    fn sign_in(&mut self, succeeds: bool) {
        self.world.feed(Event::SignInBegan);
        let token = self.token();
        let issued = succeeds.then(|| self.world.issued(&token, ACCESS, REFRESH));
        let began = matches!(self.world.session.phase, Phase::SigningIn { .. });
        let epoch = self.world.session.epoch();
        self.world.feed(Event::SignInAnswered { epoch, issued });
        if began && succeeds {
            self.signed_in = self.world.elapsed;
            self.issued = self.world.elapsed;
        }
    }

    fn check(&mut self) {
        let now = self.world.now();
        let session = &self.world.session;
        let live = matches!(
            session.phase,
            Phase::Active(_)
                | Phase::Refreshing { .. }
                | Phase::Waiting { .. }
                | Phase::Refused { .. }
                | Phase::Offline(Some(_))
                | Phase::Final(_)
        );
        let signing_in = matches!(session.phase, Phase::SigningIn { .. });
        assert_eq!(
            live || session.logout_is_pending() && !signing_in,
            self.world.timer.is_some(),
            "one timer in {:?}",
            session.phase
        );
        assert!(
            !session.logout_is_pending() || session.grant().is_none(),
            "a logout is pending, and somebody is signed in"
        );
        if let Some(access) = session
            .grant()
            .and_then(|grant| grant.access_for_request(now))
        {
            let age = self.world.elapsed - self.issued;
            assert!(
                age < ACCESS - 1_000,
                "{access} is {age} ms old and still used"
            );
        }
    }
}

fn live_through(happenings: Vec<Happening>, chance: f64) {
    let mut world = World::new(&[chance]);
    world.feed(Event::Started { hint: false });
    let mut life = Life {
        world,
        signed_in: 0,
        issued: 0,
        tokens: 0,
    };
    for happening in happenings {
        let sent = life.world.refreshes().len();
        life.live(happening);
        let sent = life.world.refreshes().len() - sent;
        assert!(
            sent <= 1 || life.world.refreshing().is_some(),
            "one renewal in flight"
        );
        life.check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_invariants_hold_whatever_happens_to_the_wall_clock(
        happenings in happenings(false),
        chance in 0.0..1.0,
    ) {
        live_through(happenings, chance);
    }

    #[test]
    fn the_invariants_hold_however_often_the_machine_sleeps(
        happenings in happenings(true),
        chance in 0.0..1.0,
    ) {
        live_through(happenings, chance);
    }
}
