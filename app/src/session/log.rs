//! The event log: what happened to the tokens, in words.

use crate::session::machine::Note;

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The time of day, as the browser writes it.
    pub(crate) at: String,
    /// The kind of the event.
    pub(crate) kind: Kind,
    /// The event in words.
    pub(crate) text: String,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Tokens were issued for credentials, or an access token for a restored session.
    Issued,
    /// A fresh access token replaced the last.
    Renewed,
    /// The server called a token valid.
    Verified,
    /// The server refused a token.
    Rejected,
    /// The last access token is over.
    Expired,
    /// The refresh token is over.
    Ended,
    /// No answer, or none that helps.
    Error,
}

impl Kind {
    /// The word for it, in the page and in its `data-event`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Renewed => "renewed",
            Self::Verified => "verified",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Ended => "ended",
            Self::Error => "error",
        }
    }
}

impl Note {
    /// Returns the entry of the log.
    pub(crate) fn to_log_entry(self) -> (Kind, &'static str) {
        match self {
            Self::Issued => (Kind::Issued, "Signed in: two tokens issued"),
            Self::Restored => (Kind::Issued, "Session restored"),
            Self::Renewed => (Kind::Renewed, "A fresh access token"),
            Self::RenewedElsewhere => (Kind::Renewed, "Renewed by another tab"),
            Self::Joined => (Kind::Issued, "Signed in by another tab"),
            Self::Switched => (Kind::Issued, "Another user signed in"),
            Self::RenewalFailed => (Kind::Error, "No answer; trying again"),
            Self::RenewalRefused => (Kind::Rejected, "Refresh token refused"),
            Self::CookieLost => (Kind::Error, "The browser did not keep the cookie"),
            Self::CannotRenew => (Kind::Ended, "No further renewal is possible"),
            Self::Expired => (Kind::Expired, "The last access token ended"),
        }
    }
}
