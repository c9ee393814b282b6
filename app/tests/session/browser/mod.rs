//! A browser with several tabs, and a server, in simulated time: one cookie jar, one lock, one
//! channel, a network that is slow and loses answers, a machine that sleeps.

mod happening;
mod network;

use std::collections::{BTreeMap, VecDeque};

use signet_app::session::machine::{Command, Event, Phase, RefreshAnswer};
use signet_app::session::peer::Message;
use signet_app::session::time::Now;

use crate::chance::Chance;
use crate::server::Server;
use crate::world::World;

pub(crate) use happening::Setting;
use happening::{Granted, Happening, Request};

pub(crate) struct Browser {
    pub(crate) setting: Setting,
    pub(crate) server: Server,
    pub(crate) tabs: Vec<World>,
    pages: Vec<u32>,
    time: i64,
    asleep_until: i64,
    happenings: BTreeMap<(i64, u64), Happening>,
    count: u64,
    cookie: Option<u64>,
    holder: Option<Request>,
    waiting: VecDeque<Request>,
    given_up: Vec<Request>,
    lost_last: bool,
    /// When the last answer arrives.
    last_answer: i64,
    chance: Chance,
    /// How long the way to the server takes at least, or the way back, in milliseconds. Answers do
    /// not overtake each other: the older of two cookies would replace the newer, which a browser
    /// without locks has no means against.
    distance: i64,
    mono_sleeps: bool,
    /// How many requests left with an access token.
    pub(crate) uses: usize,
}

impl Browser {
    pub(crate) fn new(setting: Setting, seed: u64) -> Self {
        let mut chance = Chance(seed);
        let ahead = chance.between(-5_000, 5_000);
        Self {
            setting,
            server: Server::new(setting.access, setting.refresh, setting.rotates, ahead),
            tabs: (0..setting.tabs).map(|_| World::new(&[0.5])).collect(),
            pages: vec![0; setting.tabs],
            time: 0,
            asleep_until: 0,
            happenings: BTreeMap::new(),
            count: 0,
            cookie: None,
            holder: None,
            waiting: VecDeque::new(),
            given_up: Vec::new(),
            lost_last: false,
            last_answer: 0,
            distance: chance.between(1, 130),
            mono_sleeps: chance.one_in(2),
            chance,
            uses: 0,
        }
    }

    /// Signs in on the first tab, opens the others by and by, and lives to the end.
    pub(crate) fn live(&mut self) {
        self.sign_in();
        for tab in 1..self.setting.tabs {
            let at = self.chance.between(0, self.setting.access * 1_500);
            self.plan(at, Happening::Open(tab));
        }
        for tab in 0..self.setting.tabs {
            self.plan(1, Happening::Use(tab));
        }
        let end = self.setting.seconds * 1_000;
        while let Some(at) = self.next().filter(|at| *at < end) {
            self.time = at;
            match self.due_tab() {
                Some(tab) => {
                    self.tabs[tab].timer = None;
                    self.feed(tab, Event::TimerFired);
                }
                None => {
                    let (_, happening) = self.happenings.pop_first().expect("something is next");
                    self.happen(happening);
                }
            }
            // Whoever sleeps over an answer that was lost comes too late for the grace.
            let awake = self.time >= self.asleep_until;
            if awake && !self.lost_last && self.chance.one_in(400) {
                self.sleep();
            }
        }
        self.time = end;
    }

    fn sign_in(&mut self) {
        self.feed(0, Event::Started { hint: false });
        self.feed(0, Event::SignInBegan);
        let sent = self.now(0);
        let (access, refresh, left) = self.server.sign_in(self.time);
        self.cookie = Some(refresh);
        let epoch = self.tabs[0].session.epoch();
        let issued = Some(self.issued(access, left, sent));
        self.feed(0, Event::SignInAnswered { epoch, issued });
    }

    fn plan(&mut self, after: i64, happening: Happening) {
        self.count += 1;
        self.happenings
            .insert((self.time + after, self.count), happening);
    }

    fn timer(&self, tab: usize) -> Option<i64> {
        let world = &self.tabs[tab];
        let due = world.timer? + world.slept;
        Some(due.max(self.asleep_until))
    }

    fn next(&self) -> Option<i64> {
        let timers = (0..self.tabs.len()).filter_map(|tab| self.timer(tab));
        let happening = self.happenings.keys().next().map(|(at, _)| *at);
        timers.chain(happening).min().map(|at| at.max(self.time))
    }

    fn due_tab(&self) -> Option<usize> {
        let happening = self.happenings.keys().next().map_or(i64::MAX, |key| key.0);
        (0..self.tabs.len()).find(|&tab| {
            self.timer(tab)
                .is_some_and(|due| due <= self.time && due.max(self.time) < happening)
        })
    }

    fn now(&mut self, tab: usize) -> Now {
        self.tabs[tab].elapsed = self.time;
        self.tabs[tab].chances = vec![self.chance.draw()];
        self.tabs[tab].now()
    }

    /// The whole machine sleeps; what the network had for it waits in its buffers.
    fn sleep(&mut self) {
        let longest = self.setting.refresh.min(self.setting.seconds) * 400;
        let span = self.chance.between(100, longest);
        self.asleep_until = self.time + span;
        if self.mono_sleeps {
            for world in &mut self.tabs {
                world.slept += span;
            }
        }
        // Last of what then happens at once.
        self.happenings
            .insert((self.asleep_until, u64::MAX), Happening::Wake);
    }

    fn feed(&mut self, tab: usize, event: Event) {
        self.now(tab);
        let commands = self.tabs[tab].feed(event);
        for command in commands {
            match command {
                Command::Refresh {
                    epoch,
                    patience,
                    timeout,
                } => {
                    let page = self.pages[tab];
                    let asked = self.now(tab);
                    self.ask_for_turn(Request {
                        tab,
                        epoch,
                        timeout,
                        asked,
                        patience,
                        page,
                    });
                }
                // Said once in a life, when the other tabs are not there yet.
                Command::Share(Message::SigningIn) => {}
                Command::Share(message) => {
                    for other in (0..self.tabs.len()).filter(|other| *other != tab) {
                        let after = self.chance.between(0, 30);
                        self.plan(after, Happening::Hear(other, message.clone()));
                    }
                }
                _ => {}
            }
        }
    }

    fn happen(&mut self, happening: Happening) {
        let at_server = matches!(
            happening,
            Happening::RefreshArrives(..) | Happening::UseArrives(_) | Happening::Wake
        );
        if self.time < self.asleep_until && !at_server {
            let mut rest = self.asleep_until - self.time;
            if matches!(happening, Happening::Open(_)) {
                // A page comes over the network first.
                rest += 2 * self.way();
            }
            self.plan(rest, happening);
            return;
        }
        match happening {
            Happening::Open(tab) => self.open(tab),
            Happening::Use(tab) => self.use_token(tab),
            Happening::UseArrives(access) => self.server.open(&access, self.time),
            Happening::Send(request) => self.send(request),
            Happening::Impatient(request) => {
                if let Some(at) = self.waiting.iter().position(|other| *other == request) {
                    self.waiting.remove(at);
                    self.send_after_wait(request);
                }
            }
            Happening::RefreshArrives(request, sent, cookie) => self.serve(request, sent, cookie),
            Happening::Answer(request, granted) => {
                if self.given_up.contains(&request) || self.pages[request.tab] != request.page {
                    return;
                }
                self.given_up.push(request);
                let answer = match granted {
                    Some(Granted { issued, cookie }) => {
                        self.cookie = Some(cookie);
                        RefreshAnswer::Granted(issued)
                    }
                    None => RefreshAnswer::Failed { retry_after: None },
                };
                self.answer(request, answer);
            }
            Happening::TimedOut(request) => {
                if !self.given_up.contains(&request) {
                    self.given_up.push(request);
                    self.answer(request, RefreshAnswer::Failed { retry_after: None });
                }
            }
            Happening::Refused(request) => {
                self.given_up.push(request);
                self.answer(request, RefreshAnswer::Refused);
            }
            Happening::Hear(tab, message) => {
                if self.tabs[tab].session.phase != Phase::Boot {
                    self.feed(tab, Event::Peer(message));
                }
            }
            Happening::Unlock => {
                self.holder = self.waiting.pop_front();
                if let Some(request) = self.holder {
                    self.send_after_wait(request);
                }
            }
            Happening::Wake => {
                for tab in 0..self.tabs.len() {
                    if self.tabs[tab].session.phase != Phase::Boot {
                        self.feed(tab, Event::TimerFired);
                    }
                }
            }
        }
    }

    /// A page begins. What the one before was waiting for is broken off, and its turn is over.
    fn open(&mut self, tab: usize) {
        if self
            .cookie
            .is_none_or(|cookie| self.server.left(cookie, self.time) < 5_000)
        {
            return;
        }
        // The answer that the former page waited for is lost.
        self.lost_last |= matches!(self.tabs[tab].session.phase, Phase::Refreshing { .. });
        self.tabs[tab] = World::new(&[0.5]);
        self.pages[tab] += 1;
        if self.holder.is_some_and(|holder| holder.tab == tab) {
            self.plan(0, Happening::Unlock);
        }
        // The monotonic clock of a page starts with the page.
        self.tabs[tab].slept = self.time;
        self.feed(tab, Event::Started { hint: true });
    }

    fn use_token(&mut self, tab: usize) {
        let now = self.now(tab);
        let grant = self.tabs[tab].session.grant();
        if let Some(access) = grant.and_then(|grant| grant.access_for_request(now)) {
            let access = access.to_owned();
            self.uses += 1;
            let there = self.way();
            self.plan(there, Happening::UseArrives(access));
        }
        if self.tabs[tab].session.phase != Phase::Boot && self.chance.one_in(60) {
            self.plan(1, Happening::Open(tab));
        }
        let again = self.chance.between(1, self.setting.access * 200);
        self.plan(again, Happening::Use(tab));
    }

    /// Milliseconds that the session could still be renewed for.
    pub(crate) fn left(&self) -> i64 {
        self.cookie
            .map_or(0, |cookie| self.server.left(cookie, self.time))
    }

    pub(crate) fn time(&self) -> i64 {
        self.time
    }
}
