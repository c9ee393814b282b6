//! `signet keys`: a new signing key, while what the former one signed goes on.

use signet::keys::{Algorithm, Key, KeyFolder};

use crate::app::TestApp;
use crate::forge::{encode, header_of, payload_of};
use crate::process::{Place, Server};

/// A server that keeps its keys, and the user `ada`.
async fn app(algorithm: &str) -> TestApp {
    let settings = [("SIGNING_KEY", ""), ("ALGORITHM", algorithm)];
    let app = TestApp::with(&settings).await;
    app.user("ada").await;
    app
}

fn rotate(app: &TestApp) -> String {
    let folder = KeyFolder::new(&app.settings.data_dir, app.settings.algorithm);
    folder.rotate().unwrap().0.id().to_owned()
}

fn signing(app: &TestApp) -> Key {
    let folder = KeyFolder::new(&app.settings.data_dir, app.settings.algorithm);
    folder.signing().unwrap().0
}

fn kid(token: &str) -> Option<String> {
    let header: serde_json::Value = serde_json::from_str(&header_of(token)).unwrap();
    header["kid"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_rotation_ends_no_session() {
    for algorithm in ["HS256", "ES256"] {
        let app = app(algorithm).await;
        let before = app.log_in("ada").await;
        let is_secret = algorithm.starts_with("HS");
        let first = (!is_secret).then(|| signing(&app).id().to_owned());
        assert_eq!(kid(&before.access), first, "one secret needs no name");

        let id = rotate(&app);
        assert_eq!(app.me(&before.access).await.status, 200, "not taken up yet");
        app.reload();

        assert_eq!(app.me(&before.access).await.status, 200);
        let renewed = app.refresh(&before.refresh).await.field("access");
        assert_eq!(kid(&renewed).as_ref(), Some(&id));
        let header = format!(r#"{{"alg":"{algorithm}","kid":"{id}","typ":"JWT"}}"#);
        assert_eq!(header_of(&renewed), header);
        assert_eq!(app.me(&renewed).await.status, 200);

        // The last token of the former key ends within the 30 seconds of a refresh token.
        app.pass(29);
        assert_eq!(app.refresh(&before.refresh).await.status, 200);
        let late = app.log_in("ada").await;
        assert_eq!(kid(&late.access).as_ref(), Some(&id));
        app.pass(1);
        let alone = kid(&app.log_in("ada").await.access);
        assert_eq!(alone, (!is_secret).then_some(id), "one secret again");
        assert_eq!(app.me(&late.access).await.status, 200);
    }
}

#[tokio::test]
async fn a_token_of_before_that_names_no_key_is_accepted_after_rotations_too() {
    for algorithm in ["RS256", "PS384", "ES256", "EdDSA"] {
        let app = app(algorithm).await;
        let pair = app.log_in("ada").await;
        let key = signing(&app);
        let unnamed = |token: &str| {
            let payload = encode(payload_of(token));
            let header = encode(format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#));
            let message = format!("{header}.{payload}");
            format!("{message}.{}", key.sign(&message))
        };
        let (access, refresh) = (unnamed(&pair.access), unnamed(&pair.refresh));
        for rotations in 0..3 {
            assert_eq!(app.me(&access).await.status, 200, "{algorithm} {rotations}");
            let renewed = app.refresh(&refresh).await.field("access");
            let id = signing(&app).id().to_owned();
            assert_eq!(kid(&renewed), Some(id), "{algorithm} {rotations}");
            rotate(&app);
            app.reload();
        }
    }
}

#[tokio::test]
async fn a_token_that_names_a_key_is_held_to_it() {
    let app = app("HS256").await;
    let first = app.log_in("ada").await;
    rotate(&app);
    app.reload();
    let second = app.log_in("ada").await;
    let (header, _) = second.access.split_once('.').unwrap();
    let (_, rest) = first.access.split_once('.').unwrap();
    let mixed = format!("{header}.{rest}");
    assert_eq!(app.verify(&mixed).await.status, 401);
    assert_eq!(app.verify(&second.access).await.status, 200);
}

#[tokio::test]
async fn a_former_key_signs_nothing_once_its_time_is_over() {
    let app = app("HS256").await;
    let forever = app.log_in("ada").await;
    rotate(&app);
    app.reload();
    app.pass(5);
    assert_eq!(app.verify(&forever.access).await.status, 200);
    app.pass(25);
    let answer = app.verify(&forever.refresh).await;
    assert_eq!(answer.field("detail"), "Token is invalid");
}

#[tokio::test]
async fn the_public_keys_are_those_that_verify() {
    let app = app("EdDSA").await;
    let ids = || async {
        let keys = app.get("/.well-known/jwks.json").await.json();
        let keys = keys["keys"].as_array().unwrap().clone();
        let id = |key: &serde_json::Value| key["kid"].as_str().unwrap().to_owned();
        keys.iter().map(id).collect::<Vec<String>>()
    };
    let first = ids().await;
    assert_eq!(first.len(), 1);
    let second = rotate(&app);
    app.reload();
    assert_eq!(ids().await, [second.as_str(), first[0].as_str()]);
    app.pass(30);
    assert_eq!(ids().await, [second.as_str()]);
}

#[tokio::test]
async fn two_rotations_in_a_row_end_no_session_either() {
    let app = app("HS512").await;
    let before = app.log_in("ada").await;
    rotate(&app);
    app.reload();
    let between = app.log_in("ada").await;
    rotate(&app);
    app.reload();
    for token in [before.access, between.access] {
        assert_eq!(app.me(&token).await.status, 200);
    }
}

#[tokio::test]
async fn a_running_server_takes_a_rotation_up_on_sighup() {
    let place = Place::new();
    let long = [
        ("SIGNET_ACCESS_TOKEN_LIFETIME", "1h"),
        ("SIGNET_REFRESH_TOKEN_LIFETIME", "1h"),
    ];
    let server = Server::start(&place, &long).await;
    let ada = serde_json::json!({ "username": "ada", "password": crate::app::PASSWORD });
    assert_eq!(server.post("/auth/register/", &ada).await.0, 201);
    let (_, pair) = server.post("/auth/token/", &ada).await;

    let rotated = place.run(&["keys", "rotate"], "").await;
    let said = String::from_utf8(rotated.stdout).unwrap();
    assert!(
        rotated.status.success() && said.contains("SIGHUP"),
        "{said}"
    );
    let id = said.split(' ').next().unwrap().to_owned();
    let listed = place.run(&["keys", "list"], "").await;
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(
        listed.contains("no server has taken up its successor"),
        "{listed}"
    );

    server.hang_up().await;
    server.wait_for_log("the settings have been reread").await;
    let (status, renewed) = server.post("/auth/token/refresh/", &pair).await;
    assert_eq!(status, 200, "{renewed}");
    assert_eq!(kid(renewed["access"].as_str().unwrap()), Some(id.clone()));

    // And the one that is started next.
    server.stop().await;
    let server = Server::start(&place, &long).await;
    assert_eq!(server.post("/auth/token/refresh/", &pair).await.0, 200);
    let listed = place.run(&["keys", "list"], "").await;
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(
        listed.starts_with(&format!("{id}  HS256  signs\n")),
        "{listed}"
    );
    assert!(listed.contains("verifies until"), "{listed}");
    server.stop().await;
}

#[tokio::test]
async fn a_key_file_that_was_replaced_is_taken_up_and_the_former_key_kept_in_memory() {
    let place = Place::new();
    let file = place.path().join("key");
    std::fs::write(&file, "Zq3vN8xLw1Tb7RkYp5MdGh2CfJs9UaEe").unwrap();
    let settings = [
        ("SIGNET_SIGNING_KEY_FILE", file.to_str().unwrap()),
        ("SIGNET_REFRESH_TOKEN_LIFETIME", "1h"),
    ];
    let server = Server::start(&place, &settings).await;
    let ada = serde_json::json!({ "username": "ada", "password": crate::app::PASSWORD });
    assert_eq!(server.post("/auth/register/", &ada).await.0, 201);
    let (_, pair) = server.post("/auth/token/", &ada).await;

    let mut command = place.signet(&["keys", "rotate"]);
    let refused = command.env(settings[0].0, settings[0].1).output().await;
    let refused = refused.unwrap();
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && error.contains("SIGHUP"),
        "{error}"
    );

    std::fs::write(&file, "u7WcXe4Kj9RnBf2LtQ8ZsHd5GyPm3VaT").unwrap();
    server.hang_up().await;
    server.wait_for_log("the settings have been reread").await;
    let (status, renewed) = server.post("/auth/token/refresh/", &pair).await;
    assert_eq!(status, 200, "{renewed}");
    assert!(kid(renewed["access"].as_str().unwrap()).is_some());

    // A key of no use changes nothing.
    std::fs::write(&file, "short").unwrap();
    server.hang_up().await;
    server.wait_for_log("the settings stay as they were").await;
    assert_eq!(server.post("/auth/token/refresh/", &pair).await.0, 200);
    let log = server.stop().await;
    assert!(log.contains("at least 32"), "{log}");
}

#[tokio::test]
async fn another_algorithm_of_the_same_key_ends_no_session() {
    let place = Place::new();
    let key = place.path().join("rsa.pem");
    std::fs::write(&key, include_str!("pem/rsa.pem")).unwrap();
    let file = place.path().join("signet.toml");
    let settings = |algorithm: &str| {
        let key = key.display();
        let text = format!(
            "[simple_jwt]\nrefresh_token_lifetime = \"1h\"\nsigning_key_file = \"{key}\"\n\
             algorithm = \"{algorithm}\"\n"
        );
        std::fs::write(&file, text).unwrap();
    };
    settings("RS256");
    let server = Server::start(&place, &[]).await;
    let ada = serde_json::json!({ "username": "ada", "password": crate::app::PASSWORD });
    assert_eq!(server.post("/auth/register/", &ada).await.0, 201);
    let (_, pair) = server.post("/auth/token/", &ada).await;
    settings("PS512");
    server.hang_up().await;
    server.wait_for_log("the settings have been reread").await;
    let (status, renewed) = server.post("/auth/token/refresh/", &pair).await;
    assert_eq!(status, 200, "{renewed}");
    let header = header_of(renewed["access"].as_str().unwrap());
    assert!(header.contains("PS512"), "{header}");
    server.stop().await;
}

#[tokio::test]
async fn keys_are_shown_by_name_alone() {
    let place = Place::new();
    let nothing = place.run(&["keys", "list"], "").await;
    let said = String::from_utf8(nothing.stdout).unwrap();
    assert!(said.contains("the first start makes one"), "{said}");
    let folder = place.data();
    std::fs::create_dir_all(&folder).unwrap();
    let keys = KeyFolder::new(&folder, Algorithm::HS256);
    keys.signing().unwrap();
    keys.rotate().unwrap();
    let listed = place.run(&["keys", "list"], "").await;
    let listed = String::from_utf8(listed.stdout).unwrap();
    for file in std::fs::read_dir(&folder).unwrap() {
        let secret = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!listed.contains(&secret));
    }
    assert_eq!(listed.lines().count(), 2, "{listed}");
}
