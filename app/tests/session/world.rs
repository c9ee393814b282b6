//! A browser's clocks and a server, in a few lines.

use signet_app::session::grant::Issued;
use signet_app::session::machine::{
    Command, Event, LogoutAnswer, Note, Phase, RefreshAnswer, Session, step,
};
use signet_app::session::peer::{Message, Shared};
use signet_app::session::time::Now;
use signet_app::session::token::AccessToken;

/// Who is signed in where nothing else is said.
pub(crate) const ADA: &str = "ada";

/// True time, what the clocks make of it, and the session that lives by them.
pub(crate) struct World {
    /// Milliseconds of true time since the world began.
    pub(crate) elapsed: i64,
    /// How far the wall clock has been set away from true time.
    pub(crate) wall_offset: i64,
    /// How much true time the monotonic clock has slept through.
    pub(crate) slept: i64,
    /// The next draws, over and over.
    pub(crate) chances: Vec<f64>,
    pub(crate) session: Session,
    /// All commands so far, each with the true time it was given at.
    pub(crate) commands: Vec<(i64, Command)>,
    /// When the timer fires, by the monotonic clock.
    pub(crate) timer: Option<i64>,
    draws: usize,
}

impl World {
    pub(crate) fn new(chances: &[f64]) -> Self {
        Self {
            elapsed: 0,
            wall_offset: 0,
            slept: 0,
            chances: chances.to_vec(),
            session: Session::default(),
            commands: Vec::new(),
            timer: None,
            draws: 0,
        }
    }

    /// A world in which a user has just signed in, with an answer that took no time.
    pub(crate) fn signed_in(access: i64, refresh: i64) -> Self {
        let mut world = Self::new(&[0.5]);
        world.feed(Event::Started { hint: false });
        world.sign_in("access 1", access, refresh);
        world
    }

    pub(crate) fn sign_in(&mut self, token: &str, access: i64, refresh: i64) {
        self.feed(Event::SignInBegan);
        let event = Event::SignInAnswered {
            epoch: self.session.epoch(),
            issued: Some(self.issued(token, access, refresh)),
        };
        self.feed(event);
    }

    pub(crate) fn now(&mut self) -> Now {
        let chance = self.chances[self.draws % self.chances.len()];
        self.draws += 1;
        Now {
            wall: 1_700_000_000_000 + self.elapsed + self.wall_offset,
            mono: self.mono(),
            chance,
        }
    }

    fn mono(&self) -> i64 {
        self.elapsed - self.slept
    }

    /// An answer to a request that is sent now; lifetimes in milliseconds.
    pub(crate) fn issued(&mut self, token: &str, access: i64, refresh_left: i64) -> Issued {
        Issued {
            access: AccessToken::new(token.to_owned()),
            holder: ADA.to_owned(),
            access_lifetime: access,
            refresh_left,
            sent: self.now(),
        }
    }

    /// What another tab says of a grant of its own, whose request was sent now.
    pub(crate) fn shared(&mut self, token: &str, holder: &str, left: (i64, i64)) -> Shared {
        let (access_lifetime, refresh_left) = left;
        Shared {
            access: AccessToken::new(token.to_owned()),
            holder: holder.to_owned(),
            access_lifetime,
            refresh_left,
            age: 0,
            posted: self.now().wall,
            signed_in: false,
        }
    }

    /// Hears of a grant of another tab.
    pub(crate) fn hear(&mut self, shared: Shared) -> Vec<Command> {
        self.feed(Event::Peer(Message::Granted(shared)))
    }

    /// The access token in use.
    pub(crate) fn access(&self) -> Option<&str> {
        self.session.grant().map(|grant| grant.access())
    }

    /// One step; answers what it commanded, without the timer.
    pub(crate) fn feed(&mut self, event: Event) -> Vec<Command> {
        let now = self.now();
        let (session, mut commands) = step(std::mem::take(&mut self.session), now, event);
        self.session = session;
        match commands.pop() {
            Some(Command::SetTimer(sleep)) => self.timer = Some(self.mono() + sleep + 1),
            Some(Command::ClearTimer) => self.timer = None,
            other => panic!("a step ends with its timer, not with {other:?}"),
        }
        assert!(
            !commands
                .iter()
                .any(|command| matches!(command, Command::SetTimer(_) | Command::ClearTimer)),
            "one timer a step"
        );
        let stamped = commands
            .iter()
            .map(|command| (self.elapsed, command.clone()));
        self.commands.extend(stamped);
        commands
    }

    /// Lets true time pass, firing the timer as it falls due.
    pub(crate) fn pass(&mut self, milliseconds: i64) {
        let end = self.elapsed + milliseconds;
        while let Some(due) = self.timer.filter(|due| due + self.slept <= end) {
            self.elapsed = self.elapsed.max(due + self.slept);
            self.timer = None;
            self.feed(Event::TimerFired);
            if self.refreshing().is_some() {
                break;
            }
        }
        self.elapsed = self.elapsed.max(end);
    }

    /// Lets time pass until a renewal is sent, and answers its epoch.
    pub(crate) fn until_refresh(&mut self) -> u64 {
        for _ in 0..1_000 {
            if let Some(epoch) = self.refreshing() {
                return epoch;
            }
            let due = self.timer.expect("a timer is armed") + self.slept;
            self.elapsed = self.elapsed.max(due);
            self.feed(Event::TimerFired);
        }
        panic!("no renewal came, but {:?}", self.session.phase);
    }

    /// Answers the renewal under way.
    pub(crate) fn answer(&mut self, answer: RefreshAnswer) -> Vec<Command> {
        let epoch = self.session.epoch();
        self.feed(Event::RefreshAnswered { epoch, answer })
    }

    /// Answers the logout that was sent last, whether or not it is still waited for.
    pub(crate) fn answer_logout(&mut self, answer: LogoutAnswer) {
        let sent = self.logouts().last().copied();
        if let Some((_, attempt)) = sent {
            self.feed(Event::LogoutAnswered { attempt, answer });
        }
    }

    /// When the server was told of a logout, in true time, and by which attempt.
    pub(crate) fn logouts(&self) -> Vec<(i64, u32)> {
        self.commands
            .iter()
            .filter_map(|(at, command)| match command {
                Command::Blacklist { attempt, .. } => Some((*at, *attempt)),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn refreshing(&self) -> Option<u64> {
        matches!(self.session.phase, Phase::Refreshing { .. }).then(|| self.session.epoch())
    }

    /// When renewals were sent, in true time.
    pub(crate) fn refreshes(&self) -> Vec<i64> {
        self.commands
            .iter()
            .filter(|(_, command)| matches!(command, Command::Refresh { .. }))
            .map(|(at, _)| *at)
            .collect()
    }

    pub(crate) fn notes(&self) -> Vec<Note> {
        self.commands
            .iter()
            .filter_map(|(_, command)| match command {
                Command::Note(note) => Some(*note),
                _ => None,
            })
            .collect()
    }
}
