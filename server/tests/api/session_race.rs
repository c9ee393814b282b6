//! Sessions are ended while others rotate their tokens: once the end is answered, it is the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::app::{KEY, PASSWORD, TestApp};
use crate::engine::Rows;
use crate::forge;
use crate::process::{Place, Server};

/// Races that are under way at the same time, each on two servers of one database.
const AT_ONCE: usize = 4;

/// Who rotate the same session at the same time.
const ROTATORS: usize = 2;

/// Seconds of ROTATION_GRACE.
const GRACE: i64 = 2;

const NEW: &str = "An0ther-pass-2";

/// A server, in this process or in one of its own.
enum Site {
    Here(Box<TestApp>),
    There(Box<Server>),
}

impl Site {
    /// Status and body of an answer. Who is put off by a machine that is very busy asks again.
    async fn ask(&self, method: &str, path: &str, access: &str, body: &Value) -> (u16, Value) {
        let header = format!("Bearer {access}");
        let mut headers = vec![("content-type", "application/json")];
        if !access.is_empty() {
            headers.push(("authorization", &header));
        }
        let body = body.to_string();
        loop {
            let (status, text) = match self {
                Self::Here(app) => {
                    let answer = app.post_raw_as(method, path, &headers, &body).await;
                    (answer.status.as_u16(), answer.text().to_owned())
                }
                Self::There(server) => server.request(method, path, &headers, &body).await,
            };
            if status != 503 {
                return (status, serde_json::from_str(&text).unwrap_or_default());
            }
        }
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask("POST", path, "", body).await
    }

    async fn refresh(&self, token: &str) -> (u16, Value) {
        let body = json!({ "refresh": token });
        self.post("/auth/token/refresh/", &body).await
    }

    async fn log_in(&self, user: &str, password: &str) -> (u16, Value) {
        let body = json!({ "username": user, "password": password });
        self.post("/auth/token/", &body).await
    }

    /// A pair of tokens, refresh and access.
    async fn pair(&self, user: &str) -> (String, String) {
        let (status, pair) = self.log_in(user, PASSWORD).await;
        assert_eq!(status, 200, "{pair}");
        (text(&pair, "refresh"), text(&pair, "access"))
    }

    async fn register(&self, user: &str) {
        let body = json!({ "username": user, "password": PASSWORD });
        let (status, made) = self.post("/auth/register/", &body).await;
        assert_eq!(status, 201, "{made}");
    }

    /// The id of the session of this pair.
    async fn id_of(&self, (refresh, access): &(String, String)) -> String {
        let current = json!({ "refresh": refresh });
        let (_, listed) = self.ask("GET", "/auth/sessions/", access, &current).await;
        let mut listed = listed.as_array().unwrap().iter();
        text(listed.find(|row| row["is_current"] == true).unwrap(), "id")
    }

    /// Time for the background, too, which is quicker than that on a real clock.
    async fn pass_the_grace(&self) {
        match self {
            Self::Here(app) => {
                app.settle().await;
                app.pass(GRACE);
            }
            Self::There(_) => panic!("its clock cannot be moved"),
        }
    }
}

fn text(object: &Value, name: &str) -> String {
    let text = object[name].as_str();
    text.unwrap_or_else(|| panic!("{name} in {object}"))
        .to_owned()
}

fn is_blacklisted(answer: &(u16, Value)) -> bool {
    answer.0 == 401 && answer.1["detail"] == "Token is blacklisted"
}

/// How a session is ended.
#[derive(Clone, Copy, Debug)]
enum End {
    One,
    Others,
    All,
    PasswordChange,
    LogOut,
    Theft,
}

/// The refresh tokens of a session, in the order in which they were answered.
type Tokens = Arc<Mutex<Vec<String>>>;

/// Exchanges the newest token again and again, until it is told to stop.
async fn rotate(site: Arc<Site>, tokens: Tokens, is_over: Arc<AtomicBool>) {
    while !is_over.load(Ordering::SeqCst) {
        let newest = tokens.lock().await.last().unwrap().clone();
        let answer = site.refresh(&newest).await;
        if answer.0 == 200 {
            let successor = text(&answer.1, "refresh");
            let mut tokens = tokens.lock().await;
            if !tokens.contains(&successor) {
                tokens.push(successor);
            }
        } else {
            // Others have gone on by two meanwhile, or it has ended.
            assert!(is_blacklisted(&answer), "{answer:?}");
            tokio::task::yield_now().await;
        }
    }
}

/// One race: a user has two sessions, and one is ended while it is rotated.
async fn race(sites: &[Arc<Site>; 2], user: &str, how: End) {
    let [near, far] = sites;
    near.register(user).await;
    let (other, doomed) = (near.pair(user).await, far.pair(user).await);
    let id = far.id_of(&doomed).await;
    let (first, access) = (doomed.0, other.1.as_str());
    let tokens: Tokens = Arc::new(Mutex::new(vec![first.clone()]));
    if let End::Theft = how {
        let (_, spent) = far.refresh(&first).await;
        tokens.lock().await.push(text(&spent, "refresh"));
        far.pass_the_grace().await;
        near.pass_the_grace().await;
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let mut rotating = JoinSet::new();
    for rotator in 0..ROTATORS {
        let site = sites[rotator % 2].clone();
        rotating.spawn(rotate(site, tokens.clone(), is_over.clone()));
    }
    while tokens.lock().await.len() < 4 {
        tokio::task::yield_now().await;
    }
    let current = json!({ "refresh": other.0 });
    let answer = match how {
        End::One => {
            let path = format!("/auth/sessions/{id}/");
            near.ask("DELETE", &path, access, &current).await
        }
        End::Others => {
            let path = "/auth/sessions/";
            near.ask("DELETE", path, access, &current).await
        }
        End::All => {
            let path = "/auth/sessions/?all=true";
            near.ask("DELETE", path, access, &current).await
        }
        End::PasswordChange => {
            let body = json!({
                "current_password": PASSWORD,
                "new_password": NEW,
                "refresh": other.0,
            });
            let path = "/auth/password/change/";
            near.ask("POST", path, access, &body).await
        }
        End::Theft => near.refresh(&first).await,
        End::LogOut => loop {
            let newest = json!({ "refresh": tokens.lock().await.last().unwrap() });
            let answer = near.post("/auth/token/blacklist/", &newest).await;
            // Others may have gone on by two meanwhile.
            if !is_blacklisted(&answer) {
                break answer;
            }
        },
    };
    match how {
        End::One | End::Others | End::All => assert_eq!(answer.0, 204, "{how:?}: {answer:?}"),
        End::PasswordChange | End::LogOut => assert_eq!(answer.0, 200, "{how:?}: {answer:?}"),
        End::Theft => assert!(is_blacklisted(&answer), "{answer:?}"),
    }
    let newest = tokens.lock().await.last().unwrap().clone();
    let refused = near.refresh(&newest).await;
    assert!(is_blacklisted(&refused), "{how:?}: {refused:?}");
    is_over.store(true, Ordering::SeqCst);
    rotating.join_all().await;
    for token in tokens.lock().await.iter() {
        let refused = far.refresh(token).await;
        assert!(is_blacklisted(&refused), "{how:?}: {refused:?}");
    }
    let others = far.refresh(&other.0).await;
    let expected = if let End::All = how { 401 } else { 200 };
    assert_eq!(others.0, expected, "{how:?}: {others:?}");
}

/// One race: the password is changed while others log in with the former one.
async fn race_logins(sites: &[Arc<Site>; 2], user: &str) {
    let [near, _] = sites;
    near.register(user).await;
    let (_, access) = near.pair(user).await;
    let mut coming = JoinSet::new();
    for login in 0..4 {
        let (site, user) = (sites[login % 2].clone(), user.to_owned());
        coming.spawn(async move { site.log_in(&user, PASSWORD).await });
    }
    let body = json!({ "current_password": PASSWORD, "new_password": NEW });
    let changed = near.ask("POST", "/auth/password/change/", &access, &body);
    let changed = changed.await;
    assert_eq!(changed.0, 200, "{changed:?}");
    for (status, pair) in coming.join_all().await {
        match status {
            200 => {
                let refused = near.refresh(&text(&pair, "refresh")).await;
                assert!(is_blacklisted(&refused), "{refused:?}");
            }
            _ => assert_eq!(status, 401, "{pair}"),
        }
    }
    assert_eq!(near.log_in(user, NEW).await.0, 200);
}

/// Runs races, those of one pair of servers one after the other.
async fn races(pairs: Vec<[Arc<Site>; 2]>, rounds: usize, ends: &'static [End]) {
    let next = Arc::new(AtomicUsize::new(0));
    let mut racing = JoinSet::new();
    for sites in pairs {
        let next = next.clone();
        racing.spawn(async move {
            while let round = next.fetch_add(1, Ordering::SeqCst)
                && round < rounds
            {
                let user = format!("user-{round}");
                match ends.get(round % (ends.len() + 1)) {
                    Some(how) => race(&sites, &user, *how).await,
                    None => race_logins(&sites, &user).await,
                }
            }
        });
    }
    racing.join_all().await;
}

/// What holds of all rows together.
async fn rows_are_sound(rows: &Rows) {
    let of_ended = "SELECT count(*) FROM signet_session AS s \
         JOIN signet_session_token AS t ON t.session_id = s.id \
         JOIN token_blacklist_outstandingtoken AS o ON o.jti = t.jti \
         WHERE s.ended_at IS NOT NULL AND NOT EXISTS (SELECT 1 \
         FROM token_blacklist_blacklistedtoken AS b WHERE b.token_id = o.id)";
    let of_none = "SELECT count(*) FROM token_blacklist_outstandingtoken WHERE jti NOT IN \
         (SELECT jti FROM signet_session_token \
         WHERE session_id IN (SELECT id FROM signet_session))";
    let without_tokens = "SELECT count(*) FROM signet_session WHERE id NOT IN \
         (SELECT session_id FROM signet_session_token)";
    for query in [of_ended, of_none, without_tokens] {
        assert_eq!(rows.value::<i64>(query).await, 0, "{query}");
    }
}

async fn race_here(blacklists: &str, rounds: usize, ends: &'static [End]) {
    let app = TestApp::with(&[
        ("ROTATE_REFRESH_TOKENS", "true"),
        ("BLACKLIST_AFTER_ROTATION", blacklists),
        ("ROTATION_GRACE", "2s"),
        ("ACCESS_TOKEN_LIFETIME", "1d"),
        ("REFRESH_TOKEN_LIFETIME", "30d"),
    ])
    .await;
    let site = || Arc::new(Site::Here(Box::new(app.beside())));
    let pairs = (0..AT_ONCE).map(|_| [site(), site()]).collect();
    races(pairs, rounds, ends).await;
    rows_are_sound(&app.rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_ended_while_it_rotates_has_ended() {
    use End::{All, LogOut, One, Others, PasswordChange, Theft};
    let ends = &[One, Others, All, PasswordChange, LogOut, Theft];
    race_here("true", 210, ends).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_rotation_blacklists_nothing_it_has_ended_as_well() {
    race_here(
        "false",
        100,
        &[End::One, End::Others, End::All, End::PasswordChange],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_django_that_many_rotate_at_once_begins_one_session() {
    let app = Arc::new(TestApp::with(&[("ROTATE_REFRESH_TOKENS", "true")]).await);
    let id = app.user("ada").await;
    let djangos = Arc::new(forge::unique_refresh_token(id));
    let mut rotating = JoinSet::new();
    for _ in 0..20 {
        let (app, token) = (app.clone(), djangos.clone());
        rotating.spawn(async move { app.refresh(&token).await.status });
    }
    let answers = rotating.join_all().await;
    assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
    let count = "SELECT count(*) FROM signet_session";
    assert_eq!(app.value::<i64>(count).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_ended_at_one_server_while_it_rotates_at_another_has_ended() {
    use End::{All, LogOut, One, Others, PasswordChange};
    let place = Place::with_database().await;
    let settings = [
        ("SIGNET_SIGNING_KEY", KEY),
        ("SIGNET_ROTATE_REFRESH_TOKENS", "true"),
        ("SIGNET_BLACKLIST_AFTER_ROTATION", "true"),
        // As long as any machine may take: the clock is the system's.
        ("SIGNET_ROTATION_GRACE", "1h"),
        ("SIGNET_ACCESS_TOKEN_LIFETIME", "1h"),
        ("SIGNET_REFRESH_TOKEN_LIFETIME", "1d"),
    ];
    let near = Arc::new(Site::There(Box::new(
        Server::start(&place, &settings).await,
    )));
    let far = Arc::new(Site::There(Box::new(
        Server::start(&place, &settings).await,
    )));
    let pairs = (0..AT_ONCE).map(|_| [near.clone(), far.clone()]).collect();
    races(pairs, 60, &[One, Others, All, PasswordChange, LogOut]).await;
    rows_are_sound(&place.rows().await).await;
}
