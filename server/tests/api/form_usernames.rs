//! Names in another Unicode form: the forms normalise what was typed, as Django's do; the REST API
//! tests a name before NFKC and looks it up as it is, as Django's does.

use serde_json::json;

use crate::app::{PASSWORD, TestApp};

const SAME_ORIGIN: [(&str, &str); 1] = [("sec-fetch-site", "same-origin")];

async fn post(app: &TestApp, path: &str, username: &str) -> crate::answer::Answer {
    let fields = [("username", username), ("password", PASSWORD)];
    app.post_form(path, &SAME_ORIGIN, &fields).await
}

#[tokio::test]
async fn whoever_types_a_name_in_another_form_registers_and_gets_in() {
    for (typed, stored) in [
        ("\u{ff41}\u{ff44}\u{ff41}", "ada"),
        ("  \u{ff41}da\u{3000}", "ada"),
        ("\u{fb01}x", "fix"),
        ("x\u{b2}", "x2"),
        ("e\u{301}va", "\u{e9}va"),
        ("\u{ff76}\u{ff9e}", "\u{30ac}"),
    ] {
        let app = TestApp::start().await;
        let made = post(&app, "/register", typed).await;
        made.is(303, "");
        let names = "SELECT username FROM auth_user";
        assert_eq!(app.value::<String>(names).await, stored);
        for name in [typed, stored] {
            post(&app, "/login", name).await.is(303, "");
        }
    }
}

#[tokio::test]
async fn the_rule_for_names_is_judged_after_normalising() {
    let app = TestApp::start().await;
    let invalid = "Enter a valid username.";
    let long = "Ensure this field has no more than 150 characters.";
    let ligatures = "\u{fb03}".repeat(51);
    for (typed, words) in [
        ("\u{bd}", invalid), // One half is a number; its NFKC holds a fraction slash.
        ("\u{a8}x", invalid),
        (&ligatures, long),
        (&"\u{fb03}".repeat(151), long),
    ] {
        let answer = post(&app, "/register", typed).await;
        assert_eq!(answer.status, 400, "{typed}");
        assert!(answer.text().contains(words), "{typed}");
        let value = format!("value=\"{typed}\"");
        assert!(answer.text().contains(&value), "it comes back as typed");
    }
    // A letter and a mark are two characters to the REST API, and no name.
    let body = json!({ "username": "e\u{301}va", "password": PASSWORD });
    assert_eq!(app.post_json("/auth/register/", &body).await.status, 400);
}

#[tokio::test]
async fn the_rest_api_looks_a_name_up_as_it_is() {
    let app = TestApp::with_ada().await;
    let typed = "\u{ff41}da";
    let body = json!({ "username": typed, "password": PASSWORD });
    assert_eq!(app.post_json("/auth/token/", &body).await.status, 401);
    let refused = post(&app, "/login", "\u{ff41}dax").await;
    assert_eq!(refused.status, 401);
    assert!(refused.text().contains("value=\"\u{ff41}dax\""));
}
