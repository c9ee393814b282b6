//! A successor that is made in the moment in which the token before it is flushed keeps its session.

use std::sync::Arc;

use signet::clock::Timestamp;
use signet::model::{Login, NewSession, Rotation, SessionId, TokenRecord, UserId, Write};
use signet::network::Network;

use crate::app::{NOW, TestApp};

/// How often the two meet, half of the times each first.
const ROUNDS: i64 = 40;

fn token(jti: &str, user: i64, ends: i64) -> TokenRecord {
    TokenRecord {
        jti: jti.to_owned(),
        user: Some(UserId::Integer(user)),
        created_at: None,
        expires_at: ends,
        lives_until: ends,
    }
}

fn session(round: i64, user: i64) -> NewSession {
    let now = Timestamp::from_second(NOW).unwrap();
    NewSession {
        id: SessionId::parse(&format!("{round:032}")).unwrap(),
        user: UserId::Integer(user),
        created_at: now,
        used_at: now,
        address: String::new(),
        user_agent: String::new(),
    }
}

/// Begins a session whose token ends now.
async fn begin(app: &TestApp, user: i64, round: i64) {
    let known = app.store.user_by_name("ada").await.unwrap().unwrap();
    let login = Login {
        session: session(round, user),
        token: token(&format!("former{round}"), user, NOW),
        password: known.password,
        update_last_login: false,
        network: Network::LOOPBACK,
    };
    assert_eq!(app.store.log_in(&login).await.unwrap(), Write::Done);
}

async fn rotate(app: &TestApp, user: i64, round: i64, spend: bool) {
    let rotation = Rotation {
        former: token(&format!("former{round}"), user, NOW),
        successor: token(&format!("successor{round}"), user, NOW + 30),
        consume: spend,
        new_session: None,
        known: Some(session(round, user)),
    };
    let now = Timestamp::from_second(NOW).unwrap();
    assert_eq!(app.store.rotate(&rotation, now).await.unwrap(), Write::Done);
}

/// How many successors have lost their sessions.
async fn lost(app: &TestApp) -> i64 {
    let lost = "SELECT count(*) FROM token_blacklist_outstandingtoken WHERE jti LIKE 'successor%' \
                AND jti NOT IN (SELECT jti FROM signet_session_token \
                WHERE session_id IN (SELECT id FROM signet_session WHERE ended_at IS NULL))";
    app.value(lost).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_flushed_while_it_rotates_leaves_its_session_to_the_next() {
    let app = Arc::new(TestApp::with_ada().await);
    let user: i64 = app.value("SELECT CAST(id AS bigint) FROM auth_user").await;
    let now = Timestamp::from_second(NOW).unwrap();
    for round in 0..ROUNDS {
        begin(&app, user, round).await;
        let flush = async || {
            app.store.flush_batch(0, now, now).await.unwrap();
            app.store.flush_sessions(now).await.unwrap();
        };
        let rotate = async || rotate(&app, user, round, round % 4 < 2).await;
        match round % 2 {
            0 => drop(tokio::join!(rotate(), flush())),
            _ => drop(tokio::join!(flush(), rotate())),
        }
        assert_eq!(lost(&app).await, 0, "round {round}");
    }
}

#[tokio::test]
async fn a_token_that_has_been_flushed_before_it_rotates_does_as_well() {
    let app = TestApp::with_ada().await;
    let user: i64 = app.value("SELECT CAST(id AS bigint) FROM auth_user").await;
    let now = Timestamp::from_second(NOW).unwrap();
    for spend in [false, true] {
        let round = i64::from(spend);
        begin(&app, user, round).await;
        app.store.flush_sessions(now).await.unwrap();
        rotate(&app, user, round, spend).await;
        assert_eq!(lost(&app).await, 0, "{spend}");
    }
}
