//! `POST register/`.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::{NOW, PASSWORD, TestApp};

const USERNAME_RULE: &str = "Enter a valid username. This value may contain only letters, numbers, \
                             and @/./+/-/_ characters.";
const TAKEN: &str = "A user with that username already exists.";
const BAD_EMAIL: &str = "Enter a valid email address.";

async fn register(app: &TestApp, username: &str, password: &str, email: &str) -> Answer {
    let body = json!({ "username": username, "password": password, "email": email });
    app.post_json("/auth/register/", &body).await
}

#[tokio::test]
async fn a_user_is_made_and_shown_without_the_password() {
    let app = TestApp::start().await;
    for (path, name) in [
        ("/auth/register/", "ada"),
        ("/accounts/register/", "bob"),
        ("/auth/register", "eve"),
    ] {
        let body = json!({ "username": name, "password": PASSWORD });
        let answer = app.post_json(path, &body).await;
        let id = answer.json()["id"].as_i64().unwrap();
        let expected = format!(r#"{{"id":{id},"username":"{name}","email":""}}"#);
        answer.is(201, &expected);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("allow"), "POST, OPTIONS");
        app.log_in(name).await;
    }
}

#[tokio::test]
async fn the_row_is_the_one_that_django_would_have_written() {
    let app = TestApp::start().await;
    register(&app, "ada", PASSWORD, "Ada@Example.ORG").await;
    let query = format!(
        "SELECT username, email, is_active, is_staff, is_superuser, first_name || last_name, {}, \
         last_login IS NULL FROM auth_user",
        app.rows.time("date_joined")
    );
    type User = (String, String, bool, bool, bool, String, String, bool);
    let row: Vec<User> = app.rows.all(&query).await;
    let text = str::to_owned;
    let joined = text("2027-01-15 08:00:00");
    let (name, email) = (text("ada"), text("Ada@example.org"));
    let expected = (name, email, true, false, false, text(""), joined, true);
    assert_eq!(row, [expected]);
    assert_eq!(NOW, 1_800_000_000, "which is that time");
}

#[tokio::test]
async fn the_password_is_stored_as_djangos_argon2_hash() {
    let app = TestApp::start().await;
    register(&app, "ada", PASSWORD, "").await;
    register(&app, "bob", PASSWORD, "").await;
    let hashes: Vec<(String,)> = app.rows.all("SELECT password FROM auth_user").await;
    for (hash,) in &hashes {
        let fields: Vec<&str> = hash.split('$').collect();
        assert_eq!(fields[..4], ["argon2", "argon2id", "v=19", "m=64,t=1,p=1"]);
        assert_eq!(fields.len(), 6, "{hash}");
        assert_eq!(fields[4].len(), 30, "22 bytes of salt in base64: {hash}");
        assert_eq!(fields[5].len(), 43, "32 bytes of hash in base64: {hash}");
        assert!(hash.len() <= 128, "it fits Django's column");
        assert!(!hash.contains(PASSWORD));
    }
    assert_ne!(hashes[0], hashes[1], "each has a salt of its own");
}

#[tokio::test]
async fn no_answer_repeats_the_password() {
    let app = TestApp::start().await;
    for password in ["canary", "canary-12345", "ada-canary", "12345678901234"] {
        let answer = register(&app, "ada-canary", password, "x@canary.example").await;
        let shown = answer
            .text()
            .replace("ada-canary", "")
            .replace("x@canary.example", "");
        assert!(!shown.contains(password), "{shown}");
        assert!(!shown.contains("argon2"), "{shown}");
    }
}

#[tokio::test]
async fn usernames_hold_letters_and_digits_of_every_script_and_five_signs() {
    let app = TestApp::start().await;
    for name in ["ada.b+c-d_e@x", "Žofie", "用户1", "अ1", "_"] {
        let answer = register(&app, name, PASSWORD, "").await;
        assert_eq!(answer.status, 201, "{name}: {}", answer.text());
        assert_eq!(answer.field("username"), name);
    }
    for name in [
        "a b",
        "a\"b",
        "a,b",
        "a\nb",
        "a:b",
        "a/b",
        "<a>",
        "a'b",
        "\u{1f600}",
        "a\u{200b}",
    ] {
        let answer = register(&app, name, PASSWORD, "").await;
        answer.is_field_error("username", USERNAME_RULE);
    }
    let nul = register(&app, "a\0b", PASSWORD, "").await;
    let both = json!({ "username": [USERNAME_RULE, "Null characters are not allowed."] });
    nul.is(400, &both.to_string());
}

#[tokio::test]
async fn a_username_that_grows_too_long_in_nfkc_is_refused() {
    let app = TestApp::start().await;
    // The ligature of f, f and i.
    let grows = "\u{fb03}".repeat(51);
    let body = json!({ "username": grows, "password": PASSWORD });
    let answer = app.post_json("/auth/register/", &body).await;
    let message = r#"{"username":["Ensure this field has no more than 150 characters."]}"#;
    answer.is(400, message);
}

#[tokio::test]
async fn a_username_is_trimmed_and_stored_in_nfkc() {
    let app = TestApp::start().await;
    for (typed, stored) in [
        ("Ａda", "Ada"),
        ("ﬁx", "fix"),
        ("x²", "x2"),
        ("  trimmed\n", "trimmed"),
        ("e\u{301}", ""),
        ("é", "é"),
    ] {
        let answer = register(&app, typed, PASSWORD, "").await;
        match stored {
            // A combining mark is no letter, though its composed form is.
            "" => answer.is_field_error("username", USERNAME_RULE),
            stored => assert_eq!(answer.field("username"), stored),
        }
    }
}

#[tokio::test]
async fn a_username_is_taken_in_the_form_it_is_stored_in_and_case_counts() {
    let app = TestApp::start().await;
    assert_eq!(register(&app, "fiy", PASSWORD, "").await.status, 201);
    for same in ["fiy", "ﬁy", "ｆｉｙ", " fiy "] {
        let answer = register(&app, same, PASSWORD, "").await;
        answer.is_field_error("username", TAKEN);
    }
    assert_eq!(register(&app, "Fiy", PASSWORD, "").await.status, 201);
}

#[tokio::test]
async fn a_taken_username_is_said_before_the_password_is_judged() {
    let app = TestApp::with_ada().await;
    let answer = register(&app, "ada", "1", "").await;
    answer.is_field_error("username", TAKEN);
}

#[tokio::test]
async fn of_two_that_want_a_name_at_once_one_gets_it() {
    let app = std::sync::Arc::new(TestApp::start().await);
    let mut tries = tokio::task::JoinSet::new();
    for name in ["fiy", "ﬁy", "fiy", "ｆiy"] {
        let app = app.clone();
        tries.spawn(async move { register(&app, name, PASSWORD, "").await });
    }
    let answers = tries.join_all().await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1, "{answers:?}");
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        refused.is_field_error("username", TAKEN);
    }
}

#[tokio::test]
async fn lengths_are_counted_in_characters() {
    let app = TestApp::start().await;
    let too_long = |most: usize| format!("Ensure this field has no more than {most} characters.");
    let name = "ü".repeat(150);
    assert_eq!(register(&app, &name, PASSWORD, "").await.status, 201);
    let answer = register(&app, &"ü".repeat(151), PASSWORD, "").await;
    answer.is_field_error("username", &too_long(150));

    let password = "aB3$".repeat(32);
    assert_eq!(register(&app, "ada", &password, "").await.status, 201);
    let answer = register(&app, "bob", &format!("{password}x"), "").await;
    answer.is_field_error("password", &too_long(128));

    let domain = format!("@{}.example", "x".repeat(60));
    let email = format!("{}{domain}", "a".repeat(254 - domain.len()));
    let answer = register(&app, "eve", PASSWORD, &email).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let answer = register(&app, "bob", PASSWORD, &format!("a{email}")).await;
    answer.is_field_error("email", &too_long(254));
}

#[tokio::test]
async fn weak_passwords_are_refused_in_djangos_words_and_order() {
    const SHORT: &str = "This password is too short. It must contain at least 8 characters.";
    const COMMON: &str = "This password is too common.";
    const NUMERIC: &str = "This password is entirely numeric.";
    const LIKE_NAME: &str = "The password is too similar to the username.";
    const LIKE_EMAIL: &str = "The password is too similar to the email address.";
    let app = TestApp::start().await;
    let cases: [(&str, &str, &str, &[&str]); 16] = [
        ("ada", "aB3$xyz", "", &[SHORT]),
        ("ada", "aB3$xyz   ", "", &[SHORT]),
        ("ada", "päß-ü-x", "", &[SHORT]),
        ("ada", "password", "", &[COMMON]),
        ("ada", "PASSWORD", "", &[COMMON]),
        ("ada", "password123", "", &[COMMON]),
        ("ada", "qwertyuiop", "", &[COMMON]),
        ("ada", "8675309123", "", &[NUMERIC]),
        ("ada", "٣٤٥٦٧٨٩٠١", "", &[NUMERIC]),
        ("ada", "12345678", "", &[COMMON, NUMERIC]),
        ("ada", "123456", "", &[SHORT, COMMON, NUMERIC]),
        ("somelongname", "somelongname1", "", &[LIKE_NAME]),
        ("somelongname", "SOMELONGNAME", "", &[LIKE_NAME]),
        (
            "ada",
            "somelongname",
            "somelongname@example.com",
            &[LIKE_EMAIL],
        ),
        ("ada", "example-com", "me@example.com", &[LIKE_EMAIL]),
        ("12345", "12345", "", &[LIKE_NAME, SHORT, COMMON, NUMERIC]),
    ];
    for (username, password, email, messages) in cases {
        let answer = register(&app, username, password, email).await;
        let body = json!({ "password": messages }).to_string();
        answer.is(400, &body);
    }
    let users = "SELECT count(*) FROM auth_user";
    assert_eq!(app.value::<i64>(users).await, 0);
}

#[tokio::test]
async fn good_passwords_are_accepted() {
    let app = TestApp::start().await;
    let good = [
        "aB3$xyzq",
        "a      b",
        "correct horse battery",
        "ﬁﬁﬁﬁ-ﬁﬁﬁﬁ",
        "٣٤٥٦٧٨٩٠١x",
    ];
    for (count, password) in good.iter().enumerate() {
        let name = format!("user{count}");
        let answer = register(&app, &name, password, "").await;
        assert_eq!(answer.status, 201, "{password}: {}", answer.text());
        let body = json!({ "username": name, "password": password });
        assert_eq!(app.post_json("/auth/token/", &body).await.status, 200);
    }
}

#[tokio::test]
async fn the_shortest_password_follows_the_setting() {
    let app = TestApp::with(&[("PASSWORD_MIN_LENGTH", "15")]).await;
    let message = "This password is too short. It must contain at least 15 characters.";
    let answer = register(&app, "ada", PASSWORD, "").await;
    answer.is_field_error("password", message);
    let answer = register(&app, "ada", "Str0ng-pass-123", "").await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn an_email_address_is_optional_and_well_formed() {
    let app = TestApp::start().await;
    for (count, (typed, stored)) in [
        ("", ""),
        ("  ", ""),
        ("A@Example.COM", "A@example.com"),
        ("a@exämple.com", "a@exämple.com"),
        (" a+b@x.example ", "a+b@x.example"),
        ("a@localhost", "a@localhost"),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = register(&app, &format!("user{count}"), PASSWORD, typed).await;
        assert_eq!(answer.field("email"), stored);
    }
    for bad in [
        "bad",
        "a@b",
        "a@b.c",
        "a b@example.com",
        "é@example.com",
        "@x.example",
        "a@.example",
    ] {
        let answer = register(&app, "ada", PASSWORD, bad).await;
        answer.is_field_error("email", BAD_EMAIL);
    }
    let body = json!({ "username": "ada", "password": PASSWORD, "email": null });
    let null = app.post_json("/auth/register/", &body).await;
    null.is_field_error("email", "This field may not be null.");
    let nul = register(&app, "ada", PASSWORD, "a@example.com\0").await;
    let both = json!({ "email": ["Null characters are not allowed.", BAD_EMAIL] });
    nul.is(400, &both.to_string());
}

#[tokio::test]
async fn fields_that_are_not_asked_for_make_nobody_an_administrator() {
    let app = TestApp::start().await;
    let body = json!({
        "username": "ada", "password": PASSWORD, "id": 99, "is_staff": true,
        "is_superuser": true, "is_active": false, "date_joined": "1970-01-01",
    });
    let answer = app.post_json("/auth/register/", &body).await;
    assert_eq!(answer.status, 201);
    assert_ne!(answer.json()["id"], 99);
    let rights = "SELECT is_staff, is_superuser, is_active FROM auth_user";
    let rights: Vec<(bool, bool, bool)> = app.rows.all(rights).await;
    assert_eq!(rights, [(false, false, true)]);
}

#[tokio::test]
async fn a_registration_may_come_as_a_form() {
    let app = TestApp::start().await;
    let fields = [("username", "Žofie"), ("password", PASSWORD)];
    let answer = app.post_form("/auth/register/", &[], &fields).await;
    assert_eq!(answer.status, 201);
    let shown: Value = answer.json();
    assert_eq!(shown["username"], "Žofie");
    assert!(answer.text().contains("Žofie"), "not escaped");
}
