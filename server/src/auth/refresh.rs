//! How a session goes on: a refresh token gives an access token, and where refresh tokens rotate
//! its own successor.

use crate::auth::error::SessionError;
use crate::auth::service::{AuthService, issued_at};
use crate::clock::{Duration, Timestamp};
use crate::model::{
    Claims, Device, EndReason, NewSession, Rotation, SessionSummary, Successor, TokenStatus,
    TokenType,
};
use crate::token::{SignedToken, TokenError};

/// The least time after which a client repeats a rotation that was answered 503: `Retry-After`.
const LEAST_RETRY_AFTER: Duration = Duration::from_secs(1);

/// What a refresh gives.
#[derive(Clone)]
pub struct Renewal {
    /// The fresh access token.
    pub access: SignedToken,
    /// The successor of the refresh token, where refresh tokens rotate.
    pub refresh: Option<SignedToken>,
}

/// What has become of a refresh token that somebody shows.
pub(super) enum PresentedToken {
    /// It is good.
    Good(Claims, TokenStatus),
    /// It has just been spent, for this successor.
    JustRotated(Claims, SessionSummary, Successor),
}

/// What the use of a spent refresh token is, by when its successor was handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reuse {
    /// A lost answer, or one that was never given: the successor is given once more.
    Repeat,
    /// Not to be told from theft, because the successor was made at a later time than it is now:
    /// the clock was set back.
    FromTheFuture,
    /// By a thief, or by the user after a thief.
    Theft,
}

impl AuthService {
    /// Makes an access token for whoever holds this refresh token, as long as the user is active,
    /// and where refresh tokens rotate its successor. Of several that would spend one refresh
    /// token, one does; the others are given the same successor for as long as ROTATION_GRACE
    /// says, so that a lost answer or a second tab loses nobody's session. After that a spent
    /// token ends its session: one of the two who have it has copied it. The grace counts from
    /// the answer: a rotation that was put off and committed later may be repeated.
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
            // Somebody else has been faster just now.
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
        // Where rotation blacklists nothing, somebody has done it on purpose.
        let (Some(jti), Some(session), true) =
            (jti, status.session, self.rules.blacklist_after_rotation)
        else {
            return Err(refused);
        };
        let successor = self.store.successor_of(jti, &session.session).await?;
        // Without one, a Django on the same database has spent it.
        let successor = successor.ok_or(refused)?;
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
        // A successor that was spent itself has been handed out. Of another one the answer may be
        // under way at first.
        let is_unanswered = answered_at.is_none() && !successor.is_blacklisted;
        match is_unanswered && age >= LEAST_RETRY_AFTER {
            true => Reuse::Repeat,
            false => Reuse::Theft,
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
        if ended.await? {
            tracing::warn!(
                session = session.0,
                user = %user,
                "a refresh token was used again after it had been spent; its session has ended"
            );
        }
        Ok(())
    }

    /// When a session ends however often it rotates, in seconds since the epoch; an error if it
    /// has.
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
            if !self.store.rotate(&rotation, now).await? {
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
