//! `POST token/verify/`.

use serde_json::json;

use crate::app::TestApp;
use crate::forge;

#[tokio::test]
async fn a_valid_token_of_any_kind_verifies() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    let odd = forge::with(forge::claims("bogus", 7), &json!({ "token_type": [1] }));
    let untyped = json!({ "token_type": null, "user_id": null, "iat": null });
    let untyped = forge::with(forge::claims("access", 7), &untyped);
    for token in [
        pair.refresh,
        pair.access,
        forge::token(&odd),
        forge::token(&untyped),
    ] {
        for path in ["/auth/token/verify/", "/accounts/token/verify"] {
            let answer = app.post_json(path, &json!({ "token": token })).await;
            answer.is(200, "{}");
            assert_eq!(answer.header("content-type"), "application/json");
        }
    }
}

#[tokio::test]
async fn white_space_around_a_token_is_trimmed() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    let token = format!(" \n{}\t", pair.access);
    app.verify(&token).await.is(200, "{}");
}

#[tokio::test]
async fn an_access_token_verifies_to_its_last_second() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.pass_millis(9_999);
    app.verify(&pair.access).await.is(200, "{}");
    app.pass_millis(1);
    app.verify(&pair.access)
        .await
        .is_bad_token("Token is expired");
    app.verify(&pair.refresh).await.is(200, "{}");
}

#[tokio::test]
async fn neither_the_user_nor_the_blacklist_is_looked_at() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.blacklist(&pair.refresh).await.is(200, "{}");
    app.verify(&pair.refresh).await.is(200, "{}");
    app.store.set_active("ada", false).await.unwrap();
    app.verify(&pair.access).await.is(200, "{}");
    app.store.delete_user("ada").await.unwrap();
    app.verify(&pair.access).await.is(200, "{}");
}

#[tokio::test]
async fn what_is_no_token_is_invalid() {
    let app = TestApp::start().await;
    for text in [
        "x",
        "a.b",
        "a.b.c",
        "....",
        "..",
        "ü.ü.ü",
        "null",
        "\u{1f600}",
    ] {
        let answer = app.verify(text).await;
        answer.is_bad_token("Token is invalid");
    }
}

#[tokio::test]
async fn white_space_within_a_token_makes_it_invalid() {
    let app = TestApp::with_ada().await;
    let token = app.log_in("ada").await.access;
    for space in [" ", "\n", "\t", "\r\n", "\u{a0}"] {
        for spaced in [
            token.replacen('.', &format!(".{space}"), 1),
            token.replace("eyJ", &format!("eyJ{space}")),
        ] {
            app.verify(&spaced).await.is_bad_token("Token is invalid");
        }
    }
}

#[tokio::test]
async fn one_changed_character_anywhere_makes_a_token_invalid() {
    let app = TestApp::with_ada().await;
    let token = app.log_in("ada").await.access;
    for at in 0..token.len() {
        for replacement in ['A', 'B', '.'] {
            let mut tampered = token.clone();
            tampered.replace_range(at..=at, &replacement.to_string());
            if tampered != token {
                let answer = app.verify(&tampered).await;
                answer.is_bad_token("Token is invalid");
            }
        }
    }
}

#[tokio::test]
async fn verifying_works_while_the_database_is_away() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    app.store.close().await;
    app.verify(&pair.access).await.is(200, "{}");
}
