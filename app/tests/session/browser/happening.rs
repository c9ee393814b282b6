//! What a simulated browser is made of, and what can happen in it.

use signet_app::session::grant::Issued;
use signet_app::session::peer::Message;
use signet_app::session::time::Now;

/// How a life is lived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// Seconds an access token lives.
    pub(crate) access: i64,
    /// Seconds a refresh token lives.
    pub(crate) refresh: i64,
    /// Whether refresh tokens rotate, and are blacklisted then.
    pub(crate) rotates: bool,
    /// How many tabs there are.
    pub(crate) tabs: usize,
    /// Whether the browser has locks.
    pub(crate) locks: bool,
    /// How many seconds are lived through.
    pub(crate) seconds: i64,
}

/// What is on its way.
pub(crate) enum Happening {
    /// A tab is opened, or loaded again, and finds the hint.
    Open(usize),
    /// A tab's page asks for something with its access token.
    Use(usize),
    /// ... and the server looks at it.
    UseArrives(String),
    /// A tab that slept while it waited for the lock sends its renewal.
    Send(Request),
    /// The wait for the lock has been long enough.
    Impatient(Request),
    /// The server is shown a refresh token, from the jar as it was when the request left.
    RefreshArrives(Request, Now, Option<u64>),
    /// The server's answer, or the end of the connection.
    Answer(Request, Option<Granted>),
    /// No answer has come in time.
    TimedOut(Request),
    /// The server's no.
    Refused(Request),
    /// A tab hears what another has said.
    Hear(usize, Message),
    /// Whoever has the lock gives it back.
    Unlock,
    /// The machine wakes up.
    Wake,
}

/// What an answer that comes through brings.
pub(crate) struct Granted {
    pub(crate) issued: Issued,
    pub(crate) cookie: u64,
}

/// One renewal of one tab.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Request {
    pub(crate) tab: usize,
    pub(crate) epoch: u64,
    pub(crate) timeout: i64,
    /// When it asked for the lock, and how long it waits for it.
    pub(crate) asked: Now,
    pub(crate) patience: i64,
    /// Which page of this tab sent it: one that has been loaded again hears nothing of it.
    pub(crate) page: u32,
}
