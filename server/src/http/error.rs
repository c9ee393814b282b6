//! The one map from a domain error to a status and a body, in the two shapes of Django REST
//! Framework.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, Method, StatusCode};
use signet_api::error::{Detail, ErrorBody, FieldErrors, NON_FIELD_ERRORS, TokenMessage};

use crate::auth::{AccessError, PasswordChangeError, RegistrationError, SessionError};
use crate::http::cookies::own_origin::ForeignPage;
use crate::model::TokenType;
use crate::storage::StoreError;
use crate::throttle::Throttled;
use crate::token::TokenError;

/// SimpleJWT's words for a token that is older than the password.
const PASSWORD_CHANGED: &str = "The user's password has been changed.";

/// Everything that an endpoint of the REST API answers besides success.
#[derive(Debug)]
pub enum ApiError {
    /// 400: the fields that are wrong, in their order.
    Fields(FieldErrors),
    /// 400: the body cannot be read; what is wrong with it.
    Parse(String),
    /// 401: the credentials of a login.
    BadCredentials,
    /// 401: the user of a refresh token may not sign in.
    InactiveAccount,
    /// 401: the refresh or sliding token is older than the password. Unlike
    /// [`ApiError::PasswordChanged`] the body has no code.
    RefreshPasswordChanged,
    /// 401: the token in a body.
    Token(TokenError),
    /// 401: the token in the header; what each class of token said of it.
    AccessToken(Vec<(TokenType, TokenError)>),
    /// 401: there is no access token.
    NotAuthenticated,
    /// 401: the header is no scheme and a token.
    BadAuthorizationHeader,
    /// 401: the token names no user.
    NoUserInToken,
    /// 401: the token's user does not exist.
    UserNotFound,
    /// 401: the token's user is not active.
    UserInactive,
    /// 401: the token is older than the password.
    PasswordChanged,
    /// 403: the cookie transport asked for by another site, or a form posted by one.
    CrossSite(ForeignPage),
    /// 404.
    NotFound,
    /// 405.
    MethodNotAllowed(Method),
    /// 406.
    NotAcceptable,
    /// 408: the body did not arrive in time.
    BodyTimeout,
    /// 413: the body is longer than this many bytes.
    TooLarge(usize),
    /// 415: the media type as it was sent.
    UnsupportedMediaType(String),
    /// 429: there have been too many; come again in so many seconds.
    Throttled(u64),
    /// 500: only the log has the details.
    Internal(String),
    /// 503: come again in a second.
    Busy,
    /// 503: the database is away; the client learns no more, the log why.
    Unavailable(String),
}

impl ApiError {
    /// Returns 400 with one message on one field.
    pub(crate) fn field(name: &str, message: &str) -> Self {
        Self::Fields(FieldErrors(vec![(
            name.to_owned(),
            vec![message.to_owned()],
        )]))
    }

    /// Errors of the form as a whole.
    pub fn non_field(message: impl Into<String>) -> Self {
        Self::Fields(FieldErrors(vec![(
            NON_FIELD_ERRORS.to_owned(),
            vec![message.into()],
        )]))
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Fields(_) | Self::Parse(_) => StatusCode::BAD_REQUEST,
            Self::BadCredentials
            | Self::InactiveAccount
            | Self::RefreshPasswordChanged
            | Self::Token(_)
            | Self::AccessToken(_)
            | Self::NotAuthenticated
            | Self::BadAuthorizationHeader
            | Self::NoUserInToken
            | Self::UserNotFound
            | Self::UserInactive
            | Self::PasswordChanged => StatusCode::UNAUTHORIZED,
            Self::CrossSite(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The seconds after which to come again, where that is known.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Throttled(seconds) => Some(*seconds),
            Self::Busy | Self::Unavailable(_) => Some(1),
            _ => None,
        }
    }

    /// Writes what the client is not told into the log.
    pub fn log(&self) {
        if let Self::Internal(error) = self {
            tracing::error!(%error, "a request failed");
        }
        if let Self::Unavailable(error) = self {
            tracing::error!(%error, "a request had to be put off");
        }
    }

    /// The body of the answer.
    pub fn into_body(self) -> ErrorBody {
        let (detail, code) = match self {
            Self::Fields(fields) => return ErrorBody::Fields(fields),
            Self::AccessToken(verdicts) => return ErrorBody::Detail(access_detail(verdicts)),
            Self::Parse(text) => (text, None),
            Self::BadCredentials => (
                "No active account found with the given credentials".to_owned(),
                None,
            ),
            Self::InactiveAccount => (
                "No active account found for the given token.".to_owned(),
                None,
            ),
            Self::RefreshPasswordChanged => (PASSWORD_CHANGED.to_owned(), None),
            Self::Token(error) => (error.to_string(), Some("token_not_valid")),
            Self::NotAuthenticated => (
                "Authentication credentials were not provided.".to_owned(),
                None,
            ),
            Self::BadAuthorizationHeader => (
                "Authorization header must contain two space-delimited values".to_owned(),
                Some("bad_authorization_header"),
            ),
            Self::NoUserInToken => (
                "Token contained no recognizable user identification".to_owned(),
                Some("token_not_valid"),
            ),
            Self::UserNotFound => ("User not found".to_owned(), Some("user_not_found")),
            Self::UserInactive => ("User is inactive".to_owned(), Some("user_inactive")),
            Self::PasswordChanged => (PASSWORD_CHANGED.to_owned(), Some("password_changed")),
            Self::CrossSite(page) => (
                format!(
                    "The cookie transport serves pages of this server's own origin only. {page}"
                ),
                Some("cross_site"),
            ),
            Self::NotFound => ("Not found.".to_owned(), None),
            Self::MethodNotAllowed(method) => (format!("Method \"{method}\" not allowed."), None),
            Self::NotAcceptable => (
                "Could not satisfy the request Accept header.".to_owned(),
                None,
            ),
            Self::BodyTimeout => ("The request body took too long.".to_owned(), None),
            Self::TooLarge(bytes) => (
                format!("The request body is larger than {bytes} bytes."),
                None,
            ),
            Self::UnsupportedMediaType(media_type) => (
                format!("Unsupported media type \"{media_type}\" in request."),
                None,
            ),
            Self::Throttled(1) => (
                "Request was throttled. Expected available in 1 second.".to_owned(),
                None,
            ),
            Self::Throttled(seconds) => (
                format!("Request was throttled. Expected available in {seconds} seconds."),
                None,
            ),
            Self::Internal(_) => ("A server error occurred.".to_owned(), None),
            Self::Busy => (
                "The server is busy. Try again in 1 second.".to_owned(),
                Some("busy"),
            ),
            Self::Unavailable(_) => (
                "The database is unavailable. Try again in 1 second.".to_owned(),
                Some("unavailable"),
            ),
        };
        ErrorBody::Detail(Detail {
            detail,
            code: code.map(str::to_owned),
            messages: None,
        })
    }
}

fn access_detail(verdicts: Vec<(TokenType, TokenError)>) -> Detail {
    let message = |(kind, error): (TokenType, TokenError)| TokenMessage {
        token_class: kind.class_name().to_owned(),
        token_type: kind.as_str().to_owned(),
        message: error.to_string(),
    };
    Detail {
        detail: "Given token not valid for any token type".to_owned(),
        code: Some("token_not_valid".to_owned()),
        messages: Some(verdicts.into_iter().map(message).collect()),
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, retry_after) = (self.status(), self.retry_after());
        self.log();
        let mut response = (status, Json(self.into_body())).into_response();
        if let Some(seconds) = retry_after {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<ForeignPage> for ApiError {
    fn from(page: ForeignPage) -> Self {
        Self::CrossSite(page)
    }
}

impl From<SessionError> for ApiError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::BadCredentials => Self::BadCredentials,
            SessionError::InactiveAccount => Self::InactiveAccount,
            SessionError::PasswordChanged => Self::RefreshPasswordChanged,
            SessionError::Token(error) => Self::Token(error),
            SessionError::AlreadyRotated => Self::Token(TokenError::Blacklisted),
            SessionError::Throttled(throttled) => throttled.into(),
            SessionError::Busy(_) => Self::Busy,
            SessionError::Store(error) => error.into(),
        }
    }
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(verdicts) => Self::AccessToken(verdicts),
            AccessError::NoUser => Self::NoUserInToken,
            AccessError::UserNotFound => Self::UserNotFound,
            AccessError::UserInactive => Self::UserInactive,
            AccessError::PasswordChanged => Self::PasswordChanged,
            AccessError::Store(error) => error.into(),
        }
    }
}

impl From<RegistrationError> for ApiError {
    fn from(error: RegistrationError) -> Self {
        let (field, messages) = match error {
            RegistrationError::UsernameTaken => (
                "username",
                vec!["A user with that username already exists.".to_owned()],
            ),
            RegistrationError::WeakPassword(weaknesses) => (
                "password",
                weaknesses.iter().map(ToString::to_string).collect(),
            ),
            RegistrationError::Rule(field, message) => (field, vec![message]),
            RegistrationError::Throttled(throttled) => return throttled.into(),
            RegistrationError::Busy(_) => return Self::Busy,
            RegistrationError::Store(error) => return error.into(),
        };
        Self::Fields(FieldErrors(vec![(field.to_owned(), messages)]))
    }
}

impl From<PasswordChangeError> for ApiError {
    fn from(error: PasswordChangeError) -> Self {
        let (is_current_wrong, weaknesses) = match error {
            PasswordChangeError::Refused {
                is_current_wrong,
                weaknesses,
            } => (is_current_wrong, weaknesses),
            PasswordChangeError::Session(error) => return error.into(),
        };
        let mut fields = Vec::new();
        if is_current_wrong {
            let message = "This is not your current password.".to_owned();
            fields.push(("current_password".to_owned(), vec![message]));
        }
        if !weaknesses.is_empty() {
            let messages = weaknesses.iter().map(ToString::to_string).collect();
            fields.push(("new_password".to_owned(), messages));
        }
        Self::Fields(FieldErrors(fields))
    }
}

impl From<Throttled> for ApiError {
    /// Rounds up to whole seconds, so that a client that waits for them has waited long enough.
    fn from(throttled: Throttled) -> Self {
        let millis = throttled.wait.unsigned_abs().as_millis();
        let seconds = millis.div_ceil(1_000).max(1);
        Self::Throttled(u64::try_from(seconds).unwrap_or(u64::MAX))
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(reason) | StoreError::ReadOnly(reason) => {
                Self::Unavailable(reason)
            }
            error if error.is_conflict() => Self::Unavailable(error.to_string()),
            error => Self::Internal(error.to_string()),
        }
    }
}
