//! Two processes on one database: of two that spend the same token one does.
//!
//! 10,000 pairs unless RACE_PAIRS says otherwise; they take half a minute.

use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;

use crate::app::{KEY, PASSWORD};
use crate::forge;
use crate::process::{Place, Server};

/// Pairs that are under way at the same time.
const AT_ONCE: usize = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_servers_that_are_shown_a_token_at_once_one_rotates_it() {
    let pairs = std::env::var("RACE_PAIRS").map_or(10_000, |text| text.parse().unwrap());
    let place = Place::with_database().await;
    let settings = [
        ("SIGNET_SIGNING_KEY", KEY),
        ("SIGNET_ROTATE_REFRESH_TOKENS", "true"),
        ("SIGNET_BLACKLIST_AFTER_ROTATION", "true"),
        // Longer than the race, so that nothing is forgotten during it.
        ("SIGNET_REFRESH_TOKEN_LIFETIME", "1d"),
    ];
    let servers = [
        Server::start(&place, &settings).await,
        Server::start(&place, &settings).await,
    ];
    let servers = Arc::new(servers);
    let created = place.run(&["user", "create", "first"], PASSWORD).await;
    assert!(created.status.success());

    let (mut racing, mut won) = (JoinSet::new(), 0);
    for pair in 0..pairs {
        if racing.len() == AT_ONCE {
            won += racing.join_next().await.unwrap().unwrap();
        }
        let servers = servers.clone();
        racing.spawn(async move {
            let body = json!({ "refresh": forge::unique_refresh_token(1) });
            let post = |server: usize| servers[server].post("/auth/token/refresh/", &body);
            let (one, other) = tokio::join!(post(0), post(1));
            let mut statuses = [one.0, other.0];
            statuses.sort_unstable();
            // A machine that is very busy may put one off, and then says so.
            let are_right = matches!(statuses, [200, 401] | [200, 503] | [401, 503] | [503, 503]);
            assert!(are_right, "pair {pair}: {one:?} {other:?}");
            for (status, answer) in [one, other] {
                if status == 401 {
                    assert_eq!(answer["detail"], "Token is blacklisted");
                }
            }
            usize::from(statuses[0] == 200)
        });
    }
    won += racing.join_all().await.into_iter().sum::<usize>();
    eprintln!("{won} of {pairs} pairs have a winner");
    // What was put off may have been done all the same.
    let rows = place.rows().await;
    let count = async |rest: &str| -> usize {
        let query = format!("SELECT count(*) FROM token_blacklist_outstandingtoken AS o {rest}");
        rows.value::<i64>(&query).await.try_into().unwrap()
    };
    let first = "NOT EXISTS (SELECT 1 FROM signet_session_token AS t \
         WHERE t.jti = o.jti AND t.spent_jti IS NOT NULL)";
    let spent = "JOIN token_blacklist_blacklistedtoken AS b ON b.token_id = o.id";
    let spent = count(&format!("{spent} WHERE {first}")).await;
    assert!(spent >= won && spent <= pairs, "{spent} spent, {won} won");
    let made = count(&format!("WHERE NOT {first}")).await;
    assert_eq!(made, spent, "each has one successor");
    assert!(won > pairs / 2, "{won} of {pairs}");
}
