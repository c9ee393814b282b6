//! What must hold, without a server: a user, the sessions that logins began, and what has become
//! of each token of them.

/// What somebody does.
///
/// The hand is the session that was begun last of those that live, or, if none does, of all. Its
/// tokens are shown, and its access token opens what is protected. Without one nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Begins a session.
    LogIn,
    /// Shows the newest refresh token of the hand.
    Refresh,
    /// Shows the one before the newest again, as whoever lost an answer does.
    Repeat,
    /// Shows the first one of the hand again, if it is not the newest: as a thief does, not before
    /// the grace is over.
    Reuse,
    /// Blacklists the newest refresh token of the hand.
    Blacklist,
    /// With the hand, ends the first session that lives: another one, if there is another.
    EndSession,
    /// With the hand, which goes on.
    ChangePassword,
    /// By an administrator, and for good.
    Deactivate,
}

impl Operation {
    pub(super) const ALL: [Self; 8] = [
        Self::LogIn,
        Self::Refresh,
        Self::Repeat,
        Self::Reuse,
        Self::Blacklist,
        Self::EndSession,
        Self::ChangePassword,
        Self::Deactivate,
    ];
}

/// What the settings say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Rules {
    /// ROTATE_REFRESH_TOKENS.
    pub(super) rotates: bool,
    /// BLACKLIST_AFTER_ROTATION.
    pub(super) spends: bool,
    /// Whether ROTATION_GRACE is more than nothing.
    pub(super) has_grace: bool,
}

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing is sent.
    Unsent,
    /// 200 with the first tokens of a new session.
    LoggedIn,
    /// 200 with an access token and, where they rotate, this refresh token of the session.
    Renewed(Option<usize>),
    /// A success of this status that says nothing.
    Done(u16),
    /// A refusal of this status, with its detail.
    Refused(u16, &'static str),
}

pub(super) const BLACKLISTED: Answer = Answer::Refused(401, "Token is blacklisted");
const NO_LOGIN: &str = "No active account found with the given credentials";
const NO_ACCOUNT: &str = "No active account found for the given token.";
const INACTIVE: &str = "User is inactive";

/// What an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// The user, by name.
    User,
    /// A session, by the access token of another one or its own.
    Session { session: usize, by: usize },
    /// A refresh token.
    Token { session: usize, token: usize },
}

/// What has become of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Fate {
    /// It refreshes.
    Good,
    /// It has been exchanged for its successor; whether that is no longer ago than the grace.
    Spent { just_now: bool },
    /// It is good for nothing.
    Dead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Token {
    /// The token of the same session that it came of.
    pub(super) before: Option<usize>,
    pub(super) fate: Fate,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Session {
    /// In the order in which they were made.
    pub(super) tokens: Vec<Token>,
    pub(super) ended_by: Option<&'static str>,
}

impl Session {
    pub(super) fn is_live(&self) -> bool {
        self.ended_by.is_none()
    }

    pub(super) fn newest(&self) -> usize {
        self.tokens.len() - 1
    }

    fn end(&mut self, by: &'static str) {
        if self.is_live() {
            self.ended_by = Some(by);
            for token in &mut self.tokens {
                token.fate = Fate::Dead;
            }
        }
    }
}

/// All that there is to know of a user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) rules: Rules,
    pub(super) is_active: bool,
    /// How often the password has been changed.
    pub(super) password: usize,
    pub(super) sessions: Vec<Session>,
}

impl World {
    /// Of a user who has just been made.
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            is_active: true,
            password: 0,
            sessions: Vec::new(),
        }
    }

    pub(super) fn hand(&self) -> Option<usize> {
        let live = self.sessions.iter().rposition(Session::is_live);
        live.or(self.sessions.len().checked_sub(1))
    }

    /// What an operation is about; `None` if there is no such thing yet.
    pub(super) fn subject(&self, operation: Operation) -> Option<Subject> {
        if matches!(operation, Operation::LogIn | Operation::Deactivate) {
            return Some(Subject::User);
        }
        let hand = self.hand()?;
        let session = &self.sessions[hand];
        let newest = session.newest();
        let token = match operation {
            Operation::EndSession => {
                let first = self.sessions.iter().position(Session::is_live);
                let session = first.unwrap_or(hand);
                return Some(Subject::Session { session, by: hand });
            }
            // Where none rotates, the newest is shown again and again.
            Operation::Repeat | Operation::Reuse if !self.rules.rotates => newest,
            Operation::Repeat => session.tokens[newest].before?,
            Operation::Reuse if newest == 0 => return None,
            Operation::Reuse => 0,
            _ => newest,
        };
        Some(Subject::Token {
            session: hand,
            token,
        })
    }

    /// Whether the grace has to pass before the operation.
    pub(super) fn waits(&self, operation: Operation) -> bool {
        let just_now = Fate::Spent { just_now: true };
        match self.subject(operation) {
            Some(Subject::Token { session, token }) if operation == Operation::Reuse => {
                self.sessions[session].tokens[token].fate == just_now
            }
            _ => false,
        }
    }

    /// Does it; what is answered.
    pub(super) fn apply(&mut self, operation: Operation) -> Answer {
        if self.waits(operation) {
            self.pass_the_grace();
        }
        match self.subject(operation) {
            None => Answer::Unsent,
            Some(Subject::User) if operation == Operation::LogIn => self.log_in(),
            Some(Subject::User) => {
                self.is_active = false;
                Answer::Unsent
            }
            Some(Subject::Session { session, .. }) => self.end_session(session),
            Some(Subject::Token { session, token }) => match operation {
                Operation::Blacklist => self.blacklist(session, token),
                Operation::ChangePassword => self.change_password(session),
                _ => self.refresh(session, token),
            },
        }
    }

    fn pass_the_grace(&mut self) {
        let sessions = self.sessions.iter_mut();
        for token in sessions.flat_map(|session| &mut session.tokens) {
            if let Fate::Spent { just_now } = &mut token.fate {
                *just_now = false;
            }
        }
    }

    fn log_in(&mut self) -> Answer {
        if !self.is_active {
            return Answer::Refused(401, NO_LOGIN);
        }
        self.sessions.push(Session {
            tokens: vec![Token {
                before: None,
                fate: Fate::Good,
            }],
            ended_by: None,
        });
        Answer::LoggedIn
    }

    /// Shows a refresh token, so that it is exchanged.
    pub(super) fn refresh(&mut self, session: usize, shown: usize) -> Answer {
        let session = &mut self.sessions[session];
        match session.tokens[shown].fate {
            Fate::Dead => BLACKLISTED,
            Fate::Spent { just_now: false } => {
                session.end("reuse");
                BLACKLISTED
            }
            Fate::Spent { just_now: true } => {
                let came_of_it = |token: &Token| token.before == Some(shown);
                let successor = session.tokens.iter().position(came_of_it);
                let successor = successor.expect("it was spent for one");
                match session.tokens[successor].fate {
                    Fate::Good if self.is_active => Answer::Renewed(Some(successor)),
                    Fate::Good => Answer::Refused(401, NO_ACCOUNT),
                    _ => BLACKLISTED,
                }
            }
            Fate::Good if !self.is_active => Answer::Refused(401, NO_ACCOUNT),
            Fate::Good if !self.rules.rotates => Answer::Renewed(None),
            Fate::Good => {
                if self.rules.spends {
                    let just_now = self.rules.has_grace;
                    session.tokens[shown].fate = Fate::Spent { just_now };
                }
                session.tokens.push(Token {
                    before: Some(shown),
                    fate: Fate::Good,
                });
                Answer::Renewed(Some(session.newest()))
            }
        }
    }

    /// Deactivated users may do that, too.
    fn blacklist(&mut self, session: usize, shown: usize) -> Answer {
        let session = &mut self.sessions[session];
        if session.tokens[shown].fate != Fate::Good {
            return BLACKLISTED;
        }
        session.tokens[shown].fate = Fate::Dead;
        if session.tokens.iter().all(|token| token.fate != Fate::Good) {
            session.end("logout");
        }
        Answer::Done(200)
    }

    fn end_session(&mut self, session: usize) -> Answer {
        if !self.is_active {
            return Answer::Refused(401, INACTIVE);
        }
        if !self.sessions[session].is_live() {
            return Answer::Refused(404, "Not found.");
        }
        self.sessions[session].end("user");
        Answer::Done(204)
    }

    fn change_password(&mut self, kept: usize) -> Answer {
        if !self.is_active {
            return Answer::Refused(401, INACTIVE);
        }
        self.password += 1;
        for (place, session) in self.sessions.iter_mut().enumerate() {
            if place != kept {
                session.end("password_change");
            }
        }
        Answer::Done(200)
    }
}
