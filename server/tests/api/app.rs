//! The server under test.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::request::Builder;
use http::{Method, Request};
use serde_json::{Value, json};
use signet::clock::{Clock, Duration, Timestamp};
use signet::http::{AppState, Peer, metrics_router, router};
use signet::model::{NewUser, TokenRecord, UserId};
use signet::network::Network;
use signet::password::{Password, Requester};
use signet::settings::{Settings, Sources};
use signet::storage::Store;
use signet::throttle::Throttle;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::answer::Answer;
use crate::engine::{Database, Row, Rows};
use crate::forge::claims_of;

/// The key of every server under test.
pub(crate) const KEY: &str = "canary-signing-key-of-the-tests-0123456789";
/// The password of every user that [`TestApp::user`] makes.
pub(crate) const PASSWORD: &str = "Str0ng-pass-1";
/// When every clock stands, in seconds since the epoch, until a test moves it.
pub(crate) const NOW: i64 = 1_800_000_000;

/// Refresh tokens rotate and are spent, with the default grace.
pub(crate) const ROTATING: [(&str, &str); 3] = [
    ("ROTATE_REFRESH_TOKENS", "true"),
    ("BLACKLIST_AFTER_ROTATION", "true"),
    ("ROTATION_GRACE", "2s"),
];

/// A server of its own, with a database of its own and a clock that stands still.
pub(crate) struct TestApp {
    router: Router,
    state: AppState,
    pub(crate) store: Store,
    /// Beside the server's own pool, to look at rows.
    pub(crate) rows: Rows,
    pub(crate) settings: Settings,
    pub(crate) database: Arc<Database>,
    folder: Arc<TempDir>,
}

/// The settings of a server under test: cheap hashes, no throttling, and these.
pub(crate) fn settings_with(folder: &Path, database: &str, settings: &[(&str, &str)]) -> Settings {
    let defaults = [
        ("DATABASE_URL", database),
        ("SIGNING_KEY", KEY),
        ("DATA_DIR", folder.to_str().unwrap()),
        ("HASH_MEMORY_KIB", "64"),
        ("HASH_ITERATIONS", "1"),
        ("HASH_SLOTS", "1"),
        ("ROTATION_GRACE", "0s"),
        ("THROTTLE_LOGIN", "off"),
        ("THROTTLE_LOGIN_ADDRESS", "off"),
        ("THROTTLE_REGISTER", "off"),
    ];
    let mut variables: HashMap<String, String> = defaults
        .iter()
        .chain(settings)
        .map(|(name, text)| (format!("SIGNET_{name}"), (*text).to_owned()))
        .collect();
    // Without a text of its own the server makes a key.
    if variables["SIGNET_SIGNING_KEY"].is_empty() {
        variables.remove("SIGNET_SIGNING_KEY");
    }
    let sources = Sources::collect(None, variables, &HashMap::new()).unwrap();
    Settings::read(&sources).unwrap()
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With some settings, by their names, that are not the default.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::new(folder.path()).await;
        Self::on(folder, database, settings).await
    }

    /// On this database.
    pub(crate) async fn on(folder: TempDir, database: Database, settings: &[(&str, &str)]) -> Self {
        let settings = settings_with(folder.path(), &database.url, settings);
        let (url, size) = (settings.database(), settings.database_pool_size);
        let store = Store::open_with(&url, size, &settings.user_columns())
            .await
            .unwrap();
        let now = Timestamp::from_second(NOW).unwrap();
        let keys = settings.keyring(now).unwrap();
        let clock = Clock::fixed(now);
        let state = AppState::new(&settings, store.clone(), keys, clock);
        Self {
            router: router(state.clone()),
            state,
            store,
            rows: database.rows().await,
            database: Arc::new(database),
            settings,
            folder: Arc::new(folder),
        }
    }

    /// A server with the user `ada`.
    pub(crate) async fn with_ada() -> Self {
        let app = Self::start().await;
        app.user("ada").await;
        app
    }

    /// Another server in the same process on the same database, with a clock of its own.
    pub(crate) fn beside(&self) -> Self {
        self.beside_with(self.store.clone())
    }

    /// The same, with connections of its own.
    pub(crate) fn beside_with(&self, store: Store) -> Self {
        let now = self.state.clock.now();
        let keys = self.settings.keyring(now).unwrap();
        let state = AppState::new(&self.settings, store.clone(), keys, Clock::fixed(now));
        Self {
            router: router(state.clone()),
            state,
            store,
            rows: self.rows.clone(),
            settings: self.settings.clone(),
            database: self.database.clone(),
            folder: self.folder.clone(),
        }
    }

    /// Another server with other settings on the same database, with a pool of its own.
    pub(crate) async fn beside_with_settings(&self, settings: &[(&str, &str)]) -> Self {
        let settings = settings_with(self.folder.path(), &self.database.url, settings);
        let (url, size) = (settings.database(), settings.database_pool_size);
        let store = Store::open_with(&url, size, &settings.user_columns())
            .await
            .unwrap();
        let now = self.state.clock.now();
        let keys = settings.keyring(now).unwrap();
        let state = AppState::new(&settings, store.clone(), keys, Clock::fixed(now));
        Self {
            router: router(state.clone()),
            state,
            store,
            rows: self.rows.clone(),
            settings,
            database: self.database.clone(),
            folder: self.folder.clone(),
        }
    }

    /// What SIGHUP does.
    pub(crate) fn reload(&self) {
        self.take_up(&self.settings);
    }

    /// What SIGHUP does when other settings are found.
    pub(crate) fn reload_with(&self, settings: &[(&str, &str)]) {
        self.take_up(&settings_with(
            self.folder.path(),
            &self.database.url,
            settings,
        ));
    }

    fn take_up(&self, settings: &Settings) {
        let keys = settings.keyring(self.state.clock.now()).unwrap();
        self.state.reload(settings, keys);
    }

    /// Moves the clock.
    pub(crate) fn pass(&self, seconds: i64) {
        self.state.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn pass_millis(&self, millis: i64) {
        self.state.clock.advance(Duration::from_millis(millis));
    }

    pub(crate) fn throttle(&self) -> &Throttle {
        &self.state.auth.throttle
    }

    /// Waits for what is written in the background.
    pub(crate) async fn settle(&self) {
        self.state.auth.last_used.settle().await;
        self.state.auth.answered.settle().await;
    }

    /// Makes an active user with [`PASSWORD`]; returns the primary key.
    pub(crate) async fn user(&self, username: &str) -> i64 {
        let hashing = &self.state.auth.hashing;
        let requester = Requester::new(Network::LOOPBACK, username);
        let password = hashing.hash(requester, Password::new(PASSWORD)).await;
        let user = NewUser {
            username: username.to_owned(),
            email: String::new(),
            password: password.unwrap(),
            is_active: true,
        };
        let made = self.store.create_user(user, self.state.clock.now()).await;
        match made.unwrap() {
            UserId::Integer(id) => id,
            UserId::Uuid(id) => panic!("{id} is no integer"),
        }
    }

    /// Puts a forged token on record, as a Django does that has made it.
    pub(crate) async fn put_on_record(&self, token: &str, user: i64) {
        let claims = claims_of(token);
        let end = claims["exp"].as_i64().unwrap();
        let record = TokenRecord {
            jti: claims["jti"].as_str().unwrap().to_owned(),
            user: Some(UserId::Integer(user)),
            created_at: None,
            expires_at: end,
            lives_until: end,
        };
        self.store.add_outstanding(&record).await.unwrap();
    }

    /// One value of the database.
    pub(crate) async fn value<T>(&self, query: &str) -> T
    where
        (T,): Row,
    {
        self.rows.value(query).await
    }

    /// Sends a request as if from this machine, unless it says where from.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        let here = Peer(IpAddr::V4(Ipv4Addr::LOCALHOST));
        request.extensions_mut().get_or_insert(here);
        let answered = self.router.clone().oneshot(request).await;
        Answer::read(answered.unwrap()).await
    }

    /// A request without a body, with these headers.
    pub(crate) async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.post_raw_as(method, path, headers, "").await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[]).await
    }

    /// What is counted, as whoever operates the server reads it.
    pub(crate) async fn metrics(&self) -> Answer {
        let request = Request::get("/metrics").body(Body::empty()).unwrap();
        let answered = metrics_router(self.state.clone()).oneshot(request).await;
        Answer::read(answered.unwrap()).await
    }

    /// Posts JSON from an address of the network.
    pub(crate) async fn post_from(&self, address: &str, path: &str, body: &Value) -> Answer {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .extension(Peer(address.parse().unwrap()));
        let body = Body::from(body.to_string());
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.post_raw(path, &[], &body.to_string()).await
    }

    /// JSON as it is written, with further headers.
    pub(crate) async fn post_raw(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/json"));
        self.post_raw_as("POST", path, &headers, body).await
    }

    pub(crate) async fn post_form(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let form = form.extend_pairs(fields).finish();
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        self.post_raw_as("POST", path, &headers, &form).await
    }

    /// A body of whatever type the headers say.
    pub(crate) async fn post_raw_as(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = Request::builder().method(method).uri(path);
        let request = headers.iter().fold(request, |request: Builder, header| {
            request.header(header.0, header.1)
        });
        let body = Body::from(body.to_owned());
        self.send(request.body(body).unwrap()).await
    }

    /// Logs a user of [`TestApp::user`] in.
    pub(crate) async fn log_in(&self, username: &str) -> Pair {
        let answer = self
            .post_json(
                "/auth/token/",
                &json!({ "username": username, "password": PASSWORD }),
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Pair {
            refresh: answer.field("refresh"),
            access: answer.field("access"),
        }
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        let body = json!({ "refresh": token });
        self.post_json("/auth/token/refresh/", &body).await
    }

    pub(crate) async fn verify(&self, token: &str) -> Answer {
        let body = json!({ "token": token });
        self.post_json("/auth/token/verify/", &body).await
    }

    pub(crate) async fn blacklist(&self, token: &str) -> Answer {
        let body = json!({ "refresh": token });
        self.post_json("/auth/token/blacklist/", &body).await
    }

    pub(crate) async fn me(&self, token: &str) -> Answer {
        let header = format!("Bearer {token}");
        self.call("GET", "/auth/me/", &[("authorization", &header)])
            .await
    }
}

/// What a login answered.
pub(crate) struct Pair {
    pub(crate) refresh: String,
    pub(crate) access: String,
}
