//! `POST token/`.

use serde_json::{Value, json};

use crate::app::{NOW, PASSWORD, TestApp};
use crate::forge::{claims_of, header_of, is_signed, payload_of};

fn credentials() -> Value {
    json!({ "username": "ada", "password": PASSWORD })
}

const REFUSED: &str = "No active account found with the given credentials";

#[tokio::test]
async fn good_credentials_get_a_pair_of_tokens_under_both_mounts_and_with_or_without_the_slash() {
    let app = TestApp::with_ada().await;
    for path in [
        "/auth/token/",
        "/accounts/token/",
        "/auth/token",
        "/accounts/token",
    ] {
        let answer = app.post_json(path, &credentials()).await;
        let (refresh, access) = (answer.field("refresh"), answer.field("access"));
        answer.is(
            200,
            &format!(r#"{{"refresh":"{refresh}","access":"{access}"}}"#),
        );
        assert_eq!(answer.header("content-type"), "application/json", "{path}");
        assert_eq!(answer.cookies(), [""; 0], "{path}");
    }
}

#[tokio::test]
async fn tokens_are_written_as_simplejwt_writes_them() {
    let app = TestApp::start().await;
    app.user("ada").await;
    let id = app.user("bob").await;
    let pair = app.log_in("bob").await;
    for (token, kind, lifetime) in [(&pair.refresh, "refresh", 30), (&pair.access, "access", 10)] {
        assert_eq!(header_of(token), r#"{"alg":"HS256","typ":"JWT"}"#);
        assert!(is_signed(token));
        let jti = claims_of(token)["jti"].as_str().unwrap().to_owned();
        assert_eq!(
            payload_of(token),
            format!(
                r#"{{"token_type":"{kind}","exp":{exp},"iat":{NOW},"jti":"{jti}","user_id":"{id}"}}"#,
                exp = NOW + lifetime,
            ),
        );
        let is_hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
        assert!(jti.len() == 32 && jti.chars().all(is_hex), "{jti}");
        assert_eq!(&jti[12..13], "4", "a uuid of version 4");
    }
}

#[tokio::test]
async fn no_two_tokens_have_the_same_identity() {
    let app = TestApp::with_ada().await;
    let mut identities = std::collections::HashSet::new();
    for _ in 0..5 {
        let pair = app.log_in("ada").await;
        for token in [pair.refresh, pair.access] {
            assert!(identities.insert(claims_of(&token)["jti"].to_string()));
        }
    }
}

#[tokio::test]
async fn lifetimes_follow_the_settings() {
    let settings = [
        ("ACCESS_TOKEN_LIFETIME", "5m"),
        ("REFRESH_TOKEN_LIFETIME", "1d"),
    ];
    let app = TestApp::with(&settings).await;
    app.user("ada").await;
    let pair = app.log_in("ada").await;
    assert_eq!(claims_of(&pair.access)["exp"], NOW + 300);
    assert_eq!(claims_of(&pair.refresh)["exp"], NOW + 86_400);
}

#[tokio::test]
async fn times_are_cut_off_to_whole_seconds() {
    let app = TestApp::with_ada().await;
    app.pass_millis(999);
    let pair = app.log_in("ada").await;
    assert_eq!(claims_of(&pair.refresh)["iat"], NOW);
    assert_eq!(claims_of(&pair.refresh)["exp"], NOW + 30);
}

#[tokio::test]
async fn forms_are_read_like_json() {
    let app = TestApp::with_ada().await;
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let urlencoded = app.post_form("/auth/token/", &[], &fields).await;
    assert_eq!(urlencoded.status, 200);

    let multipart = fields.map(|(name, value)| {
        format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    });
    let body = format!("{}--X--\r\n", multipart.concat());
    let media_type = [("content-type", "multipart/form-data; boundary=X")];
    let multipart = app
        .post_raw_as("POST", "/auth/token/", &media_type, &body)
        .await;
    assert_eq!(multipart.status, 200, "{}", multipart.text());
}

#[tokio::test]
async fn charset_and_case_of_the_media_type_do_not_matter() {
    let app = TestApp::with_ada().await;
    let body = credentials().to_string();
    for media_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let headers = [("content-type", media_type)];
        let answer = app
            .post_raw_as("POST", "/auth/token/", &headers, &body)
            .await;
        assert_eq!(answer.status, 200, "{media_type}");
    }
}

/// As a Django project with AllowAllUsersModelBackend answered in each case.
#[tokio::test]
async fn inactive_users_log_in_where_they_are_allowed_to_and_their_tokens_are_not_refused() {
    for (allow, check, log_in, refresh_and_me) in [
        ("false", "true", 401, 401),
        ("false", "false", 401, 200),
        ("true", "true", 401, 401),
        ("true", "false", 200, 200),
    ] {
        let settings = [
            ("ALLOW_INACTIVE_LOGIN", allow),
            ("CHECK_USER_IS_ACTIVE", check),
        ];
        let app = TestApp::with(&settings).await;
        app.user("canary-name").await;
        let pair = app.log_in("canary-name").await;
        app.store.set_active("canary-name", false).await.unwrap();
        let case = format!("{allow} {check}");
        for path in ["/auth/token/", "/accounts/token/sliding/"] {
            let right = json!({ "username": "canary-name", "password": PASSWORD });
            let answer = app.post_json(path, &right).await;
            assert_eq!(answer.status, log_in, "{case} {path}");
            let wrong = json!({ "username": "canary-name", "password": "wrong" });
            let answer = app.post_json(path, &wrong).await;
            answer.is_unauthorized(REFUSED);
        }
        let answers = [app.refresh(&pair.refresh).await, app.me(&pair.access).await];
        for answer in answers {
            assert_eq!(answer.status, refresh_and_me, "{case}");
        }
        let cookie = format!("signet-refresh={}", pair.refresh);
        let page = app.call("GET", "/session", &[("cookie", &cookie)]).await;
        let greets = page.text().contains("canary-name");
        assert_eq!(greets, refresh_and_me == 200, "{case}");
    }
}

#[tokio::test]
async fn every_refused_login_reads_the_same() {
    let app = TestApp::with_ada().await;
    for name in ["inactive", "deleted"] {
        app.user(name).await;
    }
    app.store.set_active("inactive", false).await.unwrap();
    app.store.delete_user("deleted").await.unwrap();
    let too_long = PASSWORD.repeat(400);
    for (username, password) in [
        ("ada", "wrong"),
        ("ada", "str0ng-pass-1"),
        ("ada", too_long.as_str()),
        ("Ada", PASSWORD),
        ("ａda", PASSWORD),
        ("nobody", PASSWORD),
        ("inactive", PASSWORD),
        ("inactive", "wrong"),
        ("deleted", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ] {
        let body = json!({ "username": username, "password": password });
        let answer = app.post_json("/auth/token/", &body).await;
        answer.is_unauthorized(REFUSED);
        assert_eq!(answer.cookies(), [""; 0]);
    }
    let outstanding = "SELECT count(*) FROM token_blacklist_outstandingtoken";
    assert_eq!(app.value::<i64>(outstanding).await, 0);
}

#[tokio::test]
async fn a_user_with_an_unusable_hash_cannot_log_in() {
    let app = TestApp::with_ada().await;
    for row in ["!unusable", "", "pbkdf2_sha256$1$salt$AAAA", "plain"] {
        let update = format!("UPDATE auth_user SET password = '{row}'");
        app.rows.execute(&update).await;
        for password in [PASSWORD, row] {
            let body = json!({ "username": "ada", "password": format!("{password}x") });
            let answer = app.post_json("/auth/token/", &body).await;
            answer.is_unauthorized(REFUSED);
        }
    }
}

#[tokio::test]
async fn white_space_around_the_credentials_is_trimmed() {
    let app = TestApp::with_ada().await;
    let body = json!({ "username": "\t ada\u{a0}\n", "password": format!("\u{1c} {PASSWORD}  ") });
    let answer = app.post_json("/auth/token/", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn of_duplicate_keys_the_last_one_counts_and_unknown_fields_are_ignored() {
    let app = TestApp::with_ada().await;
    let json = format!(
        r#"{{"username":"x","password":null,"username":"ada","next":[{{}}],"password":"{PASSWORD}"}}"#
    );
    assert_eq!(app.post_raw("/auth/token/", &[], &json).await.status, 200);
    let fields = [
        ("username", "x"),
        ("password", PASSWORD),
        ("username", "ada"),
    ];
    let form = app.post_form("/auth/token/", &[], &fields).await;
    assert_eq!(form.status, 200);
}

#[tokio::test]
async fn credentials_in_the_query_string_are_not_read() {
    let app = TestApp::with_ada().await;
    let path = format!("/auth/token/?username=ada&password={PASSWORD}");
    let answer = app.call("POST", &path, &[]).await;
    answer.is(
        400,
        r#"{"username":["This field is required."],"password":["This field is required."]}"#,
    );
}

#[tokio::test]
async fn the_refresh_token_is_recorded_by_its_identity_alone() {
    let app = TestApp::with_ada().await;
    let pair = app.log_in("ada").await;
    let query = format!(
        "SELECT token, {}, {}, CAST(user_id AS bigint), jti FROM token_blacklist_outstandingtoken",
        app.rows.time("created_at"),
        app.rows.time("expires_at")
    );
    let rows: Vec<(String, String, String, i64, String)> = app.rows.all(&query).await;
    let jti = claims_of(&pair.refresh)["jti"].as_str().unwrap().to_owned();
    let id: i64 = app.value("SELECT CAST(id AS bigint) FROM auth_user").await;
    let expected = (
        String::new(),
        "2027-01-15 08:00:00".to_owned(),
        "2027-01-15 08:00:30".to_owned(),
        id,
        jti,
    );
    assert_eq!(rows, [expected]);
}

#[tokio::test]
async fn authorization_and_cookies_are_ignored() {
    let app = TestApp::with_ada().await;
    let headers = [
        ("authorization", "Bearer nonsense"),
        ("cookie", "signet-refresh=nonsense; sessionid=1"),
    ];
    let body = credentials().to_string();
    let answer = app.post_raw("/auth/token/", &headers, &body).await;
    assert_eq!(answer.status, 200);
}
