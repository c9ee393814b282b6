//! The events of a session, and the commands that it issues.

use crate::session::grant::Issued;
use crate::session::peer::Message;
use crate::session::token::AccessToken;

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page is live; `hint` is whether a session may be there to restore.
    Started {
        /// Whether the hint cookie is set.
        hint: bool,
    },
    /// The page finds that it has logged out before, and that the server has not confirmed it.
    LogoutFound,
    /// The timer fired: look at the deadlines.
    TimerFired,
    /// The page is shown again.
    Shown {
        /// Whether the hint cookie is set.
        hint: bool,
        /// Whether the page comes out of the back/forward cache, as it was left.
        is_restored: bool,
    },
    /// The browser lost its network.
    WentOffline,
    /// The browser has a network again.
    CameOnline,
    /// Credentials are about to be sent.
    SignInBegan,
    /// The answer to credentials; `None` if there was none or it was a refusal.
    SignInAnswered {
        /// The epoch in which they were sent.
        epoch: u64,
        /// The grant.
        issued: Option<Issued>,
    },
    /// The answer to [`Command::Refresh`].
    RefreshAnswered {
        /// The epoch of the command.
        epoch: u64,
        /// The outcome.
        answer: RefreshAnswer,
    },
    /// A request is to be sent and the access token is too old for it.
    TokenNeeded,
    /// A protected endpoint refused this access token.
    Unauthorized {
        /// The token that was refused.
        access: AccessToken,
    },
    /// The user logs out.
    LogOut,
    /// The answer to [`Command::Blacklist`].
    LogoutAnswered {
        /// The attempt of the command.
        attempt: u32,
        /// The outcome.
        answer: LogoutAnswer,
    },
    /// The server has ended every session of the user, this one too.
    AllEnded,
    /// A message from another tab.
    Peer(Message),
}

/// The outcome of a logout at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutAnswer {
    /// The session has ended at the server, or there is none to end any more.
    Confirmed,
    /// No answer of the server's, or none that helps.
    Failed {
        /// `Retry-After`, in milliseconds.
        retry_after: Option<i64>,
    },
}

/// The outcome of a renewal.
#[derive(Clone, Debug, PartialEq)]
pub enum RefreshAnswer {
    /// A fresh access token.
    Granted(Issued),
    /// No answer in time, none of the server's own, or the server could not serve: to be tried
    /// again.
    Failed {
        /// `Retry-After`, in milliseconds.
        retry_after: Option<i64>,
    },
    /// The server says that the refresh token is not good any more.
    Refused,
}

/// A command.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Send the refresh token, and answer with [`Event::RefreshAnswered`].
    Refresh {
        /// To be carried by the answer.
        epoch: u64,
        /// The time to wait for another tab that is renewing, in milliseconds.
        patience: i64,
        /// The time-out of the request, in milliseconds.
        timeout: i64,
    },
    /// Break off every renewal and every logout under way, so that no late answer sets a cookie.
    Abort,
    /// Tell the other tabs.
    Share(Message),
    /// Drop all that the page knows of the user.
    Forget,
    /// Hide the user's name until the server has said who is signed in. What was typed stays.
    Hide,
    /// Remember, for all tabs and across reloads, that the user has logged out and that the server
    /// has not confirmed it: no load restores the session.
    RememberLogout,
    /// Forget that again.
    ForgetLogout,
    /// Ends the refresh token at the server, even while the page is being closed, and answers with
    /// [`Event::LogoutAnswered`]. From the second attempt on, only while the logout is still
    /// remembered: otherwise it is confirmed.
    Blacklist {
        /// To be carried by the answer. 0 for the first attempt of the tab that logs out.
        attempt: u32,
        /// The time-out of the request, in milliseconds.
        timeout: i64,
    },
    /// Set the one timer to fire [`Event::TimerFired`], in milliseconds; an earlier setting is void.
    SetTimer(i64),
    /// Stop the timer.
    ClearTimer,
    /// Tell the user.
    Note(Note),
}

/// Turning points of a session, for the event log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// Signed in: a pair of tokens was issued.
    Issued,
    /// The session was found again after a reload.
    Restored,
    /// A fresh access token.
    Renewed,
    /// A fresh access token that another tab has asked for.
    RenewedElsewhere,
    /// A user has signed in in another tab.
    Joined,
    /// Another user has signed in in another tab, and has taken the place of this one.
    Switched,
    /// A renewal failed and will be tried again.
    RenewalFailed,
    /// The server refused to renew.
    RenewalRefused,
    /// The browser has not kept the cookie of the refresh token.
    CookieLost,
    /// No further renewal is possible.
    CannotRenew,
    /// The last access token is over.
    Expired,
}
