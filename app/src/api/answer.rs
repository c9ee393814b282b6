//! Verdicts on HTTP answers: only an answer of the server itself counts.
//!
//! Proxies, load balancers and captive portals answer in the server's place: with HTML, with their
//! own JSON, with a redirect or with an empty body. Such an answer is a failure like a lost
//! connection. It never decides about a session, and it is never a success.

use signet_api::error::{Detail, ErrorBody};

/// `code` of the answers 401 that end a token.
const TOKEN_CODES: [&str; 4] = [
    "token_not_valid",
    "user_not_found",
    "user_inactive",
    "password_changed",
];

/// `detail` of the answers 401 that end a token and have no `code` (SimpleJWT's serializers).
const TOKEN_DETAILS: [&str; 2] = [
    "No active account found for the given token.",
    "The user's password has been changed.",
];

/// `detail` of the other answers 401 and 404 of the server.
const OTHER_DETAILS: [&str; 4] = [
    "No active account found with the given credentials",
    "Authentication credentials were not provided.",
    "Authorization header must contain two space-delimited values",
    "Not found.",
];

/// A reason that an endpoint failed for.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// No answer: no network, no server, or not in time.
    Unreachable,
    /// An answer that is not the server's.
    Foreign {
        /// The HTTP status; 0 for a redirect, which is not followed.
        status: u16,
    },
    /// 5xx: overloaded or broken.
    Busy {
        /// `Retry-After`, in seconds.
        retry_after: Option<i64>,
    },
    /// 429: there have been too many tries.
    Throttled {
        /// `Retry-After`, in seconds.
        retry_after: Option<i64>,
    },
    /// The server understood and said no.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error body.
        body: ErrorBody,
    },
}

impl Failure {
    /// `true` if the server says that the refresh token of the request is good no more.
    pub fn ends_session(&self) -> bool {
        match self {
            Self::Refused {
                status: 401,
                body: ErrorBody::Detail(detail),
            } => ends_token(detail),
            _ => false,
        }
    }

    /// Seconds to wait before the next try, where the server or a proxy asked for it. A 429 without
    /// `Retry-After` asks for one second.
    pub fn wait(&self) -> Option<i64> {
        match self {
            Self::Busy { retry_after } => *retry_after,
            Self::Throttled { retry_after } => Some(retry_after.unwrap_or(1)),
            _ => None,
        }
    }
}

/// The head of an answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head<'a> {
    /// The HTTP status; 0 for a redirect that was not followed.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Retry-After`.
    pub retry_after: Option<&'a str>,
}

/// Returns the body of a success: JSON of a 200 or 201, or the empty body of a 204.
///
/// # Errors
/// [`Failure`] for everything else: an answer is [`Failure::Refused`] only if it has a shape that
/// the server gives to an answer of that status.
pub fn judge(head: Head<'_>, body: String) -> Result<String, Failure> {
    let status = head.status;
    let essence = head.content_type.unwrap_or_default().split(';').next();
    let is_json = essence.is_some_and(|essence| {
        let essence = essence.trim();
        essence.eq_ignore_ascii_case("application/json")
    });
    // Seconds only: the server sends no date.
    let retry_after = || {
        let seconds: u32 = head.retry_after?.trim().parse().ok()?;
        Some(i64::from(seconds))
    };
    match status {
        204 if body.is_empty() => Ok(body),
        200 | 201 if is_json => Ok(body),
        429 => Err(Failure::Throttled {
            retry_after: retry_after(),
        }),
        500.. => Err(Failure::Busy {
            retry_after: retry_after(),
        }),
        400..=499 if is_json => Err(serde_json::from_str(&body)
            .ok()
            .filter(|error| is_own(status, error))
            .map_or(Failure::Foreign { status }, |body| Failure::Refused {
                status,
                body,
            })),
        _ => Err(Failure::Foreign { status }),
    }
}

/// Whether the server gives this error to an answer of that status.
fn is_own(status: u16, error: &ErrorBody) -> bool {
    match (status, error) {
        (401 | 404, ErrorBody::Detail(detail)) => {
            ends_token(detail) || OTHER_DETAILS.contains(&detail.detail.as_str())
        }
        (_, ErrorBody::Detail(_)) => true,
        (status, ErrorBody::Fields(_)) => status == 400,
    }
}

fn ends_token(detail: &Detail) -> bool {
    match detail.code.as_deref() {
        Some(code) if TOKEN_CODES.contains(&code) => true,
        _ => TOKEN_DETAILS.contains(&detail.detail.as_str()),
    }
}
