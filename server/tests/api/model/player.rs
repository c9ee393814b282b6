//! Does to the server what the model says, and compares.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use signet::model::Write;

use super::rules::{Answer, BLACKLISTED, Fate, Operation, Rules, Subject, World};
use super::{GRACE, Left};
use crate::answer;
use crate::app::{PASSWORD, TestApp};
use crate::forge::claims_of;

/// A session as whoever began it knows it.
struct Held {
    access: String,
    /// In the order in which they were given.
    tokens: Vec<String>,
}

/// Plays one order of operations, as a user of its own.
pub(super) struct Player<'a> {
    app: &'a TestApp,
    name: String,
    id: i64,
    world: World,
    held: Vec<Held>,
    /// What has been done, to be said where something is wrong.
    done: Vec<Operation>,
}

/// A token's row: its session, that token's end, the token before, whether it is blacklisted.
type Row = (String, String, String, String, bool);

impl<'a> Player<'a> {
    pub(super) async fn new(app: &'a TestApp, name: String, rules: Rules) -> Self {
        let id = app.user(&name).await;
        Self {
            app,
            name,
            id,
            world: World::new(rules),
            held: Vec::new(),
            done: Vec::new(),
        }
    }

    /// Does the next operation of the order. One that changes nothing in the model changes no row.
    pub(super) async fn play(&mut self, operation: Operation) {
        let before = self.world.clone();
        self.perform(operation, &before).await;
        if self.world == before {
            self.compare_rows().await;
        }
    }

    async fn perform(&mut self, operation: Operation, before: &World) {
        self.done.push(operation);
        if before.waits(operation) {
            self.app.pass(GRACE);
        }
        let expected = self.world.apply(operation);
        let Some(subject) = before.subject(operation) else {
            return assert_eq!(expected, Answer::Unsent, "{:?}", self.done);
        };
        let answer = match subject {
            Subject::User if operation == Operation::Deactivate => {
                let done = self.app.store.set_active(&self.name, false).await;
                return assert_eq!(done.unwrap(), Write::Done);
            }
            Subject::User => self.log_in(before.password).await,
            Subject::Token { session, token } => {
                let held = &self.held[session];
                let text = held.tokens[token].clone();
                match operation {
                    Operation::Blacklist => self.app.blacklist(&text).await,
                    Operation::ChangePassword => {
                        let body = json!({
                            "current_password": password(before.password),
                            "new_password": password(before.password + 1),
                            "refresh": text,
                        });
                        let path = "/auth/password/change/";
                        self.ask(held, "POST", path, &body).await
                    }
                    _ => return self.show(session, token, expected).await,
                }
            }
            Subject::Session { session, by } => {
                let path = format!("/auth/sessions/{}/", self.id_of(session).await);
                let by = &self.held[by];
                self.ask(by, "DELETE", &path, &json!({})).await
            }
        };
        self.compare(&answer, expected);
        if expected == Answer::LoggedIn {
            self.held.push(Held {
                access: answer.field("access"),
                tokens: vec![answer.field("refresh")],
            });
        }
    }

    /// Shows a refresh token.
    async fn show(&mut self, session: usize, shown: usize, expected: Answer) {
        let answer = self.app.refresh(&self.held[session].tokens[shown]).await;
        self.compare(&answer, expected);
        let Answer::Renewed(successor) = expected else {
            return;
        };
        let body = answer.json();
        assert!(body["access"].is_string(), "{:?}", self.done);
        let given = body.get("refresh").and_then(Value::as_str);
        let known = &mut self.held[session].tokens;
        if let (Some(place), Some(given)) = (successor, given)
            && place == known.len()
        {
            known.push(given.to_owned());
        }
        let successor = successor.map(|place| known[place].as_str());
        assert_eq!(given, successor, "{:?}", self.done);
    }

    fn compare(&self, answer: &answer::Answer, expected: Answer) {
        let (status, detail) = match expected {
            Answer::Unsent => panic!("nothing is sent: {:?}", self.done),
            Answer::LoggedIn | Answer::Renewed(_) => (200, None),
            Answer::Done(status) => (status, None),
            Answer::Refused(status, detail) => (status, Some(detail)),
        };
        let done = &self.done;
        assert_eq!(answer.status, status, "{done:?}: {}", answer.text());
        match (detail, expected) {
            (Some(detail), _) => assert_eq!(answer.json()["detail"], detail, "{done:?}"),
            (None, Answer::Done(200)) => assert_eq!(answer.text(), "{}"),
            (None, Answer::Done(_)) => assert_eq!(answer.text(), ""),
            (None, _) => {}
        }
    }

    /// Compares what the database knows of the user with the model.
    pub(super) async fn compare_rows(&self) {
        let query = format!(
            "SELECT t.jti, s.id, COALESCE(s.ended_by, ''), COALESCE(t.spent_jti, ''), \
             b.id IS NOT NULL FROM token_blacklist_outstandingtoken AS o \
             LEFT JOIN token_blacklist_blacklistedtoken AS b ON b.token_id = o.id \
             LEFT JOIN signet_session_token AS t ON t.jti = o.jti \
             LEFT JOIN signet_session AS s ON s.id = t.session_id AND CAST(s.user_id AS text) = CAST(o.user_id AS text) \
             WHERE o.user_id = {}",
            self.id
        );
        let rows: Vec<Row> = self.app.rows.all(&query).await;
        let found: BTreeMap<_, _> = rows
            .iter()
            .map(|(jti, session, ended_by, before, is_blacklisted)| {
                (jti, (session, ended_by.as_str(), before, *is_blacklisted))
            })
            .collect();
        assert_eq!(found.len(), rows.len());
        let mut known = 0;
        for (held, session) in self.held.iter().zip(&self.world.sessions) {
            let jtis: Vec<String> = held.tokens.iter().map(|token| jti_of(token)).collect();
            let (id, ..) = found[&jtis[0]];
            for (jti, token) in jtis.iter().zip(&session.tokens) {
                let before = token.before.map_or("", |before| &jtis[before]);
                let ended_by = session.ended_by.unwrap_or_default();
                let (its, by, came_of, is_blacklisted) = found[jti];
                assert_eq!(
                    (its, by, came_of.as_str(), is_blacklisted),
                    (id, ended_by, before, token.fate != Fate::Good),
                    "{:?}",
                    self.done
                );
                known += 1;
            }
        }
        assert_eq!(known, rows.len(), "{:?}", self.done);
    }

    /// Looks at all that can be seen, in the end: looking shows tokens, and that changes things.
    pub(super) async fn look(&mut self) {
        self.compare_list().await;
        for session in 0..self.held.len() {
            for token in 0..self.held[session].tokens.len() {
                self.verify(session, token).await;
            }
        }
        for session in 0..self.held.len() {
            // Of a session that has ended each token, of one that lives the newest.
            let is_live = self.world.sessions[session].is_live();
            let newest = self.world.sessions[session].newest();
            for token in 0..=newest {
                if token == newest || !is_live {
                    let expected = self.world.refresh(session, token);
                    assert!(is_live || expected == BLACKLISTED, "{:?}", self.done);
                    self.show(session, token, expected).await;
                }
            }
        }
        if self.world.password > 0 {
            let refused = self.log_in(0).await;
            assert_eq!(refused.status, 401, "{:?}", self.done);
        }
        self.compare_rows().await;
    }

    /// What is left of the user.
    pub(super) fn left(&self) -> Left {
        let count = |number: usize| i64::try_from(number).unwrap();
        let sessions = &self.world.sessions;
        let live = sessions.iter().filter(|session| session.is_live());
        let tokens = sessions.iter().flat_map(|session| &session.tokens);
        let good = tokens.filter(|token| token.fate == Fate::Good);
        Left {
            sessions: count(live.count()),
            tokens: count(good.count()),
        }
    }

    /// The list of sessions holds those that live, and knows the hand by its token.
    async fn compare_list(&self) {
        let Some(hand) = self.world.hand().filter(|_| self.world.is_active) else {
            return;
        };
        let held = &self.held[hand];
        let body = json!({ "refresh": held.tokens.last() });
        let answer = self.ask(held, "GET", "/auth/sessions/", &body).await;
        assert_eq!(answer.status, 200, "{:?}: {}", self.done, answer.text());
        let listed = answer.json();
        let listed = listed.as_array().unwrap();
        let live = self.world.sessions.iter();
        let live = live.filter(|session| session.is_live()).count();
        assert_eq!(listed.len(), live, "{:?}: {}", self.done, answer.text());
        let current = listed.iter().filter(|row| row["is_current"] == true);
        let is_hand_live = self.world.sessions[hand].is_live();
        assert_eq!(
            current.count(),
            usize::from(is_hand_live),
            "{:?}",
            self.done
        );
    }

    /// Verifying a token changes nothing, and sees the blacklist only where rotation fills it.
    async fn verify(&self, session: usize, token: usize) {
        let is_good = self.world.sessions[session].tokens[token].fate == Fate::Good;
        let expected = match is_good || !self.world.rules.spends {
            true => 200,
            false => 400,
        };
        let verdict = self.app.verify(&self.held[session].tokens[token]).await;
        assert_eq!(verdict.status, expected, "{:?}", self.done);
    }

    async fn log_in(&self, changes: usize) -> answer::Answer {
        let body = json!({ "username": self.name, "password": password(changes) });
        self.app.post_json("/auth/token/", &body).await
    }

    async fn ask(&self, held: &Held, method: &str, path: &str, body: &Value) -> answer::Answer {
        let header = format!("Bearer {}", held.access);
        let headers = [
            ("authorization", header.as_str()),
            ("content-type", "application/json"),
        ];
        let body = body.to_string();
        self.app.post_raw_as(method, path, &headers, &body).await
    }

    /// The identity of a session. The list does not name one that has ended.
    async fn id_of(&self, session: usize) -> String {
        let query = format!(
            "SELECT session_id FROM signet_session_token WHERE jti = '{}'",
            jti_of(&self.held[session].tokens[0])
        );
        self.app.value(&query).await
    }
}

fn jti_of(token: &str) -> String {
    claims_of(token)["jti"].as_str().unwrap().to_owned()
}

/// The password of a user who has changed it so often.
fn password(changes: usize) -> String {
    match changes {
        0 => PASSWORD.to_owned(),
        changes => format!("An0ther-pass-{changes}"),
    }
}
