//! Every order of eight operations, to depth 6, on a server and on a model of it.
//!
//! An order that begins as another one did is not played from its start for nothing: where an
//! operation changes nothing in the model, it is played once, the rows of the user are found to
//! be as before, and no order goes on from there. For the server keeps a session in those rows
//! and nowhere else, and what it would do next it does in the order that lacks the operation,
//! which is played as well. With MODEL_ORDERS=all every order is played from its start to its
//! end: 262,144 of them, which take 15 to 30 minutes.

mod player;
mod rules;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use player::Player;
use rules::{Operation, Rules, World};
use tokio::task::JoinSet;

use crate::app::TestApp;

/// Seconds of ROTATION_GRACE.
const GRACE: i64 = 2;

/// Orders that are under way at the same time, each at a server with a clock of its own; all are
/// on one database, so that what they write is committed together.
const AT_ONCE: usize = 32;

/// What is played by one user.
struct Order {
    operations: Vec<Operation>,
    /// Whether all that can be seen is looked at in the end, besides the rows: what can be seen of
    /// the same rows is the same, so one order looks of all that end in one world.
    looks: bool,
}

/// The orders that are played, and the worlds in which they end.
struct Orders {
    found: Vec<Order>,
    seen: HashSet<World>,
}

impl Orders {
    /// Every order of this many operations, but for those that are known by others.
    fn telling(rules: Rules, depth: usize) -> Vec<Order> {
        let mut orders = Self::none();
        orders.walk(&World::new(rules), &[], &[], depth);
        orders.found
    }

    /// Every order of this many operations.
    fn all(rules: Rules, depth: usize) -> Vec<Order> {
        let mut orders = Self::none();
        let all = Operation::ALL;
        for number in 0..all.len().pow(u32::try_from(depth).unwrap()) {
            let (mut rest, mut world) = (number, World::new(rules));
            let mut operations = Vec::new();
            for _ in 0..depth {
                let operation = all[rest % all.len()];
                rest /= all.len();
                world.apply(operation);
                operations.push(operation);
            }
            orders.add(operations, &world);
        }
        orders.found
    }

    fn none() -> Self {
        Self {
            found: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// Walks on from a world, to which operations have led that change something. Who comes there
    /// first plays those that change nothing, too: `played` has them.
    fn walk(&mut self, world: &World, changes: &[Operation], played: &[Operation], depth: usize) {
        let mut played = played.to_vec();
        let mut moving = Vec::new();
        for operation in Operation::ALL.into_iter().filter(|_| depth > 0) {
            let mut next = world.clone();
            next.apply(operation);
            match next == *world {
                true => played.push(operation),
                false => moving.push((operation, next)),
            }
        }
        if moving.is_empty() {
            return self.add(played, world);
        }
        for (operation, next) in moving {
            played.push(operation);
            let longer = [changes, &[operation]].concat();
            self.walk(&next, &longer, &played, depth - 1);
            played = changes.to_vec();
        }
    }

    fn add(&mut self, operations: Vec<Operation>, end: &World) {
        let looks = self.seen.insert(end.clone());
        self.found.push(Order { operations, looks });
    }
}

/// Plays the orders of this many operations.
async fn play(rules: Rules, depth: usize) {
    let orders = match std::env::var("MODEL_ORDERS").as_deref() {
        Ok("all") => Orders::all(rules, depth),
        _ => Orders::telling(rules, depth),
    };
    let count = orders.len();
    let app = app(rules).await;
    let began = Instant::now();
    let (orders, next) = (Arc::new(orders), Arc::new(AtomicUsize::new(0)));
    let mut playing = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (app, orders, next) = (app.beside(), orders.clone(), next.clone());
        playing.spawn(async move {
            let mut left = Left::default();
            while let number = next.fetch_add(1, Ordering::Relaxed)
                && let Some(order) = orders.get(number)
            {
                left = left.and(play_one(&app, rules, number, order).await);
            }
            left
        });
    }
    let left = playing.join_all().await.into_iter();
    let left = left.fold(Left::default(), Left::and);
    let took = began.elapsed();
    eprintln!("{count} orders of {depth} in {took:.1?}, {rules:?}");
    // Nobody has touched what is another user's.
    let found = Left {
        sessions: app.value(LIVE_SESSIONS).await,
        tokens: app.value(GOOD_TOKENS).await,
    };
    assert_eq!(found, left);
}

const LIVE_SESSIONS: &str = "SELECT count(*) FROM signet_session WHERE ended_at IS NULL";
const GOOD_TOKENS: &str = "SELECT count(*) FROM token_blacklist_outstandingtoken \
     WHERE id NOT IN (SELECT token_id FROM token_blacklist_blacklistedtoken)";

/// What is left of users in the end: sessions that live, and tokens that refresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Left {
    sessions: i64,
    tokens: i64,
}

impl Left {
    fn and(self, other: Self) -> Self {
        Self {
            sessions: self.sessions + other.sessions,
            tokens: self.tokens + other.tokens,
        }
    }
}

/// Plays an order; what is left of its user.
async fn play_one(app: &TestApp, rules: Rules, number: usize, order: &Order) -> Left {
    let mut player = Player::new(app, format!("user-{number}"), rules).await;
    for operation in &order.operations {
        player.play(*operation).await;
    }
    player.compare_rows().await;
    if order.looks {
        player.look().await;
    }
    player.left()
}

async fn app(rules: Rules) -> TestApp {
    let yes_or_no = |yes| if yes { "true" } else { "false" };
    let grace = format!("{GRACE}s");
    TestApp::with(&[
        ("ROTATE_REFRESH_TOKENS", yes_or_no(rules.rotates)),
        ("BLACKLIST_AFTER_ROTATION", yes_or_no(rules.spends)),
        (
            "ROTATION_GRACE",
            if rules.has_grace { &grace } else { "0s" },
        ),
        // Longer than any of the clocks will run.
        ("ACCESS_TOKEN_LIFETIME", "30d"),
        ("REFRESH_TOKEN_LIFETIME", "60d"),
    ])
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_do_as_the_model_says_in_every_order() {
    let rules = Rules {
        rotates: true,
        spends: true,
        has_grace: true,
    };
    play(rules, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_grace_sessions_do_as_the_model_says() {
    let rules = Rules {
        rotates: true,
        spends: true,
        has_grace: false,
    };
    play(rules, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_rotation_blacklists_nothing_sessions_do_as_the_model_says() {
    let rules = Rules {
        rotates: true,
        spends: false,
        has_grace: true,
    };
    play(rules, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_rotation_sessions_do_as_the_model_says() {
    let rules = Rules {
        rotates: false,
        spends: false,
        has_grace: true,
    };
    play(rules, 4).await;
}
