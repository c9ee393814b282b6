//! A Django project without SimpleJWT's app `token_blacklist`.

use crate::app::TestApp;
use crate::user_model::{KEYS, SETTINGS, add_blacklist_app, log_in, project_without_app};

const ROTATING: [(&str, &str); 3] = [
    ("ROTATE_REFRESH_TOKENS", "true"),
    ("BLACKLIST_AFTER_ROTATION", "true"),
    ("ROTATION_GRACE", "0s"),
];

async fn app(key: &str) -> TestApp {
    let folder = tempfile::tempdir().unwrap();
    let database = project_without_app(&folder, key, "").await;
    TestApp::on(folder, database, &[&SETTINGS[..], &ROTATING].concat()).await
}

#[tokio::test]
async fn a_rotated_token_goes_on_as_without_the_app() {
    for key in KEYS {
        let app = app(key).await;
        let (refresh, _) = log_in(&app).await;
        for _ in 0..2 {
            let rotated = app.refresh(&refresh).await;
            assert_eq!(rotated.status, 200, "{key}: {}", rotated.text());
            app.pass(1);
        }
    }
}

#[tokio::test]
async fn logging_out_is_answered_each_time_and_ends_the_token_here() {
    for key in KEYS {
        let app = app(key).await;
        let (refresh, _) = log_in(&app).await;
        app.blacklist(&refresh).await.is(200, "{}");
        app.blacklist(&refresh).await.is(200, "{}");
        app.refresh(&refresh)
            .await
            .is_bad_token("Token is blacklisted");
        // As without the app, verify does not ask.
        app.verify(&refresh).await.is(200, "{}");
        let (other, _) = log_in(&app).await;
        assert_eq!(app.refresh(&other).await.status, 200, "{key}");
    }
}

#[tokio::test]
async fn once_the_project_has_the_app_its_tables_take_over_what_was_recorded() {
    for key in KEYS {
        let app = app(key).await;
        let (ended, _) = log_in(&app).await;
        let (alive, _) = log_in(&app).await;
        app.blacklist(&ended).await.is(200, "{}");
        add_blacklist_app(&app.database, key).await;
        let later = app
            .beside_with_settings(&[&SETTINGS[..], &ROTATING].concat())
            .await;
        later
            .refresh(&ended)
            .await
            .is_bad_token("Token is blacklisted");
        let rotated = later.refresh(&alive).await;
        assert_eq!(rotated.status, 200, "{key}: {}", rotated.text());
        let count = |table: &str| format!("SELECT count(*) FROM token_blacklist_{table}");
        let outstanding: i64 = later.value(&count("outstandingtoken")).await;
        let blacklisted: i64 = later.value(&count("blacklistedtoken")).await;
        assert_eq!((outstanding, blacklisted), (3, 2), "{key}");
        let owners = count("outstandingtoken") + " WHERE user_id IS NULL";
        assert_eq!(later.value::<i64>(&owners).await, 0, "{key}");
    }
}
