//! Refreshing: a refresh token gives an access token and, with ROTATE_REFRESH_TOKENS, its
//! successor. Reuse detection stands here, too: reuse of a rotated token ends its session.

use crate::auth::error::SessionError;
use crate::auth::service::{AuthService, issued_at};
use crate::clock::{Duration, Timestamp};
use crate::model::{
    Claims, Device, EndReason, NewSession, Rotation, SessionSummary, Successor, TokenStatus,
    TokenType, Write,
};
use crate::token::{SignedToken, TokenError};

/// The least time after which a client repeats a rotation that was answered 503: `Retry-After`.
const LEAST_RETRY_AFTER: Duration = Duration::from_secs(1);

/// The tokens of a refresh.
#[derive(Clone)]
pub struct Renewal {
    /// The fresh access token.
    pub access: SignedToken,
    /// The successor of the refresh token, where refresh tokens rotate.
    pub refresh: Option<SignedToken>,
}

/// A presented refresh token that may be used.
pub(super) enum PresentedToken {
    /// It is valid.
    Good(Claims, TokenStatus),
    /// It has just been spent, for this successor.
    JustRotated(Claims, SessionSummary, Successor),
}

/// The reuse of a rotated token, judged by the time at which its successor was handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reuse {
    /// A lost answer, or one that was never given: the successor is given once more.
    Repeat,
    /// Undecidable, because the successor was issued later than now: the clock was set back.
    FromTheFuture,
    /// By a thief, or by the user after a thief.
    Theft,
}

impl AuthService {
    /// Refreshes: issues an access token and, with ROTATE_REFRESH_TOKENS, a successor of the
    /// refresh token.
    ///
    /// Of several requests with the same refresh token, one rotates it. The rest get the same
    /// successor within ROTATION_GRACE, so that a lost answer or a second tab does not end the
    /// session. Later reuse means that the token was copied, so the session ends. The grace counts
    /// from the answer: an unanswered rotation may be repeated.
    ///
    /// # Errors
    /// - [`SessionError::Token`] if the token is invalid, expired or blacklisted, or was reused.
    /// - [`SessionError::InactiveAccount`], [`SessionError::PasswordChanged`] by its owner.
    /// - [`SessionError::AlreadyRotated`] if the session has gone on with a later token.
    /// - [`SessionError::Store`] if the database failed.
    pub async fn refresh(
        &self,
        token: &str,
        device: &Device,
        now: Timestamp,
    ) -> Result<(Claims, Renewal), SessionError> {
        let mut shown = self.inspect(token, now).await?;
        if let PresentedToken::Good(refresh, status) = shown {
            let renewed = self.renew(&refresh, status.session, device, now);
            if let Some(renewal) = renewed.await? {
                return Ok((refresh, renewal));
            }
            // A concurrent request has rotated it.
            shown = self.inspect(token, now).await?;
        }
        let PresentedToken::JustRotated(refresh, session, successor) = shown else {
            return Err(TokenError::Blacklisted.into());
        };
        if successor.is_blacklisted {
            return Err(SessionError::AlreadyRotated);
        }
        self.renewing_owner(&refresh, Some(&session), now).await?;
        self.answered.repeated(&successor, now);
        let renewal = Renewal {
            access: self.tokens.issue_access(&refresh, now),
            refresh: Some(self.tokens.repeat_successor(&refresh, &successor, now)),
        };
        Ok((refresh, renewal))
    }

    /// Reads a refresh token that is good, or has been spent no longer ago than ROTATION_GRACE
    /// allows. One that was spent before that ends its session.
    pub(super) async fn inspect(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<PresentedToken, SessionError> {
        let refresh = self.tokens.verify(token, now)?;
        let jti = refresh.text(&self.tokens.rules.names.jti);
        let status = match jti {
            Some(jti) => self.store.token_status(jti).await?,
            None => TokenStatus::default(),
        };
        if !status.is_blacklisted {
            self.tokens.check(&refresh, Some(TokenType::Refresh))?;
            return Ok(PresentedToken::Good(refresh, status));
        }
        let refused = SessionError::Token(TokenError::Blacklisted);
        // Without BLACKLIST_AFTER_ROTATION, a blacklisted token was blacklisted on purpose.
        let (Some(jti), Some(session), true) =
            (jti, status.session, self.rules.blacklist_after_rotation)
        else {
            return Err(refused);
        };
        let successor = self.store.successor_of(jti, &session.session).await?;
        // Without one, a Django on the same database has spent it.
        let mut successor = successor.ok_or(refused)?;
        if self.answered.answered_at(&successor).is_none() {
            // The record of the answer may have moved from memory to the database in between.
            let again = self.store.successor_of(jti, &session.session).await?;
            successor = again.unwrap_or(successor);
        }
        match self.reuse(&successor, now) {
            Reuse::Repeat => {
                self.tokens.check(&refresh, Some(TokenType::Refresh))?;
                Ok(PresentedToken::JustRotated(refresh, session, successor))
            }
            Reuse::FromTheFuture => Err(SessionError::AlreadyRotated),
            Reuse::Theft => {
                self.end_for_reuse(&session, now).await?;
                Err(TokenError::Blacklisted.into())
            }
        }
    }

    /// Judges the use of a token that was spent for this successor.
    fn reuse(&self, successor: &Successor, now: Timestamp) -> Reuse {
        let answered_at = self.answered.answered_at(successor);
        let age = now.duration_since(answered_at.unwrap_or_default().max(successor.made_at));
        // The clocks of two servers may differ by less than the grace.
        if age.abs() < self.rules.rotation_grace {
            return Reuse::Repeat;
        }
        if age.is_negative() {
            return Reuse::FromTheFuture;
        }
        // A rotated successor has been handed out. The answer with any other successor may still be
        // under way at first.
        let is_unanswered = answered_at.is_none() && !successor.is_blacklisted;
        if is_unanswered && age >= LEAST_RETRY_AFTER {
            Reuse::Repeat
        } else {
            Reuse::Theft
        }
    }

    async fn end_for_reuse(
        &self,
        session: &SessionSummary,
        now: Timestamp,
    ) -> Result<(), SessionError> {
        let (user, session) = (session.user, &session.session);
        let cutoff = self.tokens.rules.expiry_cutoff(now);
        let ended = self
            .store
            .end_session(user, session, EndReason::Reuse, cutoff, now);
        if ended.await? == Write::Done {
            tracing::warn!(
                session = session.0,
                user = %user,
                "a refresh token was used again after it had been spent; its session has ended"
            );
        }
        Ok(())
    }

    /// Returns the end of a session by SESSION_MAX_AGE, in seconds since the epoch; `None` without
    /// that setting.
    ///
    /// # Errors
    /// [`TokenError::Expired`] if the session has ended.
    pub(super) fn end_of_session(
        &self,
        token: &Claims,
        session: Option<&SessionSummary>,
        now: Timestamp,
    ) -> Result<Option<i64>, TokenError> {
        let Some(max_age) = self.rules.max_age else {
            return Ok(None);
        };
        let began = match session {
            Some(session) => Some(session.began.as_second()),
            None => token.iat(),
        };
        let end = began.map(|began| began.saturating_add(max_age.as_secs()));
        match end {
            Some(end) if end <= now.as_second() => Err(TokenError::Expired),
            end => Ok(end),
        }
    }

    /// Goes on with a good token; `None` if it has been spent in between.
    async fn renew(
        &self,
        refresh: &Claims,
        session: Option<SessionSummary>,
        device: &Device,
        now: Timestamp,
    ) -> Result<Option<Renewal>, SessionError> {
        let user = self.renewing_owner(refresh, session.as_ref(), now).await?;
        let ends_by = self.end_of_session(refresh, session.as_ref(), now)?;
        let access = self.tokens.issue_access(refresh, now);
        let mut renewal = Renewal {
            access,
            refresh: None,
        };
        if self.rules.rotate {
            let successor = self.tokens.rotate_refresh(refresh, ends_by, now);
            // One that began elsewhere, with a Django on the same database.
            let found = user.filter(|_| session.is_none()).map(|user| {
                let began = issued_at(refresh).unwrap_or(now);
                self.new_session(user, device, began, now)
            });
            let rotation = Rotation {
                former: self.record(refresh, user, issued_at(refresh)),
                successor: self.record(&successor.claims, user, Some(now)),
                consume: self.rules.blacklist_after_rotation,
                new_session: found,
                known: session.as_ref().map(|session| NewSession {
                    id: session.session.clone(),
                    ..self.new_session(session.user, device, session.began, now)
                }),
            };
            if self.store.rotate(&rotation, now).await? == Write::Refused {
                return Ok(None);
            }
            if rotation.consume {
                self.answered.answered(rotation.successor.jti, now);
            }
            renewal.refresh = Some(successor);
        }
        if let Some(session) = session {
            self.last_used.used(session.session, session.last_used, now);
        }
        Ok(Some(renewal))
    }
}
