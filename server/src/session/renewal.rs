//! How a session goes on: a refresh token gives an access token, and where refresh tokens rotate
//! its own successor.

use super::{Device, Ending, SessionError, Sessions, issued_at};
use crate::claims::{Claims, TokenType};
use crate::clock::{Duration, Timestamp};
use crate::storage::{Family, NewSession, Rotation, Standing, Successor};
use crate::token::{Issued, TokenError};

/// The least time after which a client repeats a rotation that was answered 503: `Retry-After`.
const LEAST_RETRY_AFTER: Duration = Duration::from_secs(1);

/// What a refresh gives.
#[derive(Clone)]
pub struct Renewal {
    /// The fresh access token.
    pub access: Issued,
    /// The successor of the refresh token, where refresh tokens rotate.
    pub refresh: Option<Issued>,
}

/// What has become of a refresh token that somebody shows.
pub(super) enum Shown {
    /// It is good.
    Good(Claims, Standing),
    /// It has just been spent, for this successor.
    Spent(Claims, Family, Successor),
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

impl Sessions {
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
        let mut shown = self.show(token, now).await?;
        if let Shown::Good(refresh, standing) = shown {
            let renewed = self.renew(&refresh, standing.family, device, now);
            if let Some(renewal) = renewed.await? {
                return Ok((refresh, renewal));
            }
            // Somebody else has been faster just now.
            shown = self.show(token, now).await?;
        }
        let Shown::Spent(refresh, family, successor) = shown else {
            return Err(TokenError::Blacklisted.into());
        };
        if successor.is_blacklisted {
            return Err(SessionError::Spent);
        }
        self.renewing_owner(&refresh, Some(&family), now).await?;
        self.answered.repeated(&successor, now);
        let renewal = Renewal {
            access: self.tokens.issue_access(&refresh, now),
            refresh: Some(self.tokens.repeat_successor(&refresh, &successor, now)),
        };
        Ok((refresh, renewal))
    }

    /// Reads a refresh token that is good, or has been spent no longer ago than ROTATION_GRACE
    /// allows. One that was spent before that ends its session.
    pub(super) async fn show(&self, token: &str, now: Timestamp) -> Result<Shown, SessionError> {
        let refresh = self.tokens.read(token, now)?;
        let jti = refresh.text(&self.tokens.rules.names.jti);
        let standing = match jti {
            Some(jti) => self.store.standing(jti).await?,
            None => Standing::default(),
        };
        if !standing.is_blacklisted {
            self.tokens.check(&refresh, Some(TokenType::Refresh))?;
            return Ok(Shown::Good(refresh, standing));
        }
        let refused = SessionError::Token(TokenError::Blacklisted);
        // Where rotation blacklists nothing, somebody has done it on purpose.
        let (Some(jti), Some(family), true) =
            (jti, standing.family, self.rules.blacklist_after_rotation)
        else {
            return Err(refused);
        };
        let successor = self.store.successor_of(jti, &family.session).await?;
        // Without one, a Django on the same database has spent it.
        let successor = successor.ok_or(refused)?;
        match self.reuse(&successor, now) {
            Reuse::Repeat => {
                self.tokens.check(&refresh, Some(TokenType::Refresh))?;
                Ok(Shown::Spent(refresh, family, successor))
            }
            Reuse::FromTheFuture => Err(SessionError::Spent),
            Reuse::Theft => {
                self.end_for_reuse(&family, now).await?;
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

    async fn end_for_reuse(&self, family: &Family, now: Timestamp) -> Result<(), SessionError> {
        let (user, session) = (family.user, &family.session);
        let alive = self.tokens.rules.alive(now);
        let ended = self
            .store
            .end_session(user, session, Ending::Reuse, alive, now);
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
        family: Option<&Family>,
        now: Timestamp,
    ) -> Result<Option<i64>, TokenError> {
        let Some(max_age) = self.rules.max_age else {
            return Ok(None);
        };
        let began = match family {
            Some(family) => Some(family.began.as_second()),
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
        family: Option<Family>,
        device: &Device,
        now: Timestamp,
    ) -> Result<Option<Renewal>, SessionError> {
        let user = self.renewing_owner(refresh, family.as_ref(), now).await?;
        let ends_by = self.end_of_session(refresh, family.as_ref(), now)?;
        let access = self.tokens.issue_access(refresh, now);
        let mut renewal = Renewal {
            access,
            refresh: None,
        };
        if self.rules.rotate {
            let successor = self.tokens.rotate_refresh(refresh, ends_by, now);
            // One that began elsewhere, with a Django on the same database.
            let found = user.filter(|_| family.is_none()).map(|user| {
                let began = issued_at(refresh).unwrap_or(now);
                self.found(user, device, began, now)
            });
            let rotation = Rotation {
                former: self.record(refresh, user, issued_at(refresh)),
                successor: self.record(&successor.claims, user, Some(now)),
                spend: self.rules.blacklist_after_rotation,
                found,
                known: family.as_ref().map(|family| NewSession {
                    id: family.session.clone(),
                    ..self.found(family.user, device, family.began, now)
                }),
            };
            if !self.store.rotate(&rotation, now).await? {
                return Ok(None);
            }
            if rotation.spend {
                self.answered.answered(rotation.successor.jti, now);
            }
            renewal.refresh = Some(successor);
        }
        if let Some(family) = family {
            self.last_used.used(family.session, family.last_used, now);
        }
        Ok(Some(renewal))
    }
}
