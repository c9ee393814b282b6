//! How a session goes on: a refresh token gives an access token, and where refresh tokens rotate
//! its own successor.

use super::{SessionError, Sessions, issued_at};
use crate::claims::{Claims, TokenType};
use crate::clock::{Duration, Timestamp};
use crate::storage::Rotation;
use crate::token::{Issued, TokenError};

/// What a refresh gives.
#[derive(Clone)]
pub struct Renewal {
    /// The fresh access token.
    pub access: Issued,
    /// The successor of the refresh token, where refresh tokens rotate.
    pub refresh: Option<Issued>,
}

impl Sessions {
    /// Makes an access token for whoever holds this refresh token, as long as the user is active,
    /// and where refresh tokens rotate its successor. Of several that would spend one refresh
    /// token, one does; the others are given the same successor for as long as ROTATION_GRACE
    /// says, so that a lost answer or a second tab loses nobody's session.
    pub async fn refresh(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<(Claims, Renewal), SessionError> {
        let renewed = async {
            let refresh = self.read_refresh(token, now).await?;
            let renewal = self.renew(&refresh, now).await?;
            Ok((refresh, renewal))
        };
        match renewed.await {
            Err(SessionError::Token(TokenError::Blacklisted)) => self.repeat(token, now).await,
            renewed => renewed,
        }
    }

    /// What a token was given when it was spent a moment ago.
    async fn repeat(&self, token: &str, now: Timestamp) -> Result<(Claims, Renewal), SessionError> {
        let refresh = self.tokens.read(token, now)?;
        let jti = refresh.text(&self.tokens.rules.names.jti);
        let (Some(jti), true) = (jti, self.follows() && self.rules.rotate) else {
            return Err(TokenError::Blacklisted.into());
        };
        let since = now - self.rules.rotation_grace;
        let successor = self.store.successor_of(jti, since).await?;
        let successor = successor.ok_or(TokenError::Blacklisted)?;
        self.tokens.check(&refresh, Some(TokenType::Refresh))?;
        self.active_user(&refresh).await?;
        let renewal = Renewal {
            access: self.tokens.issue_access(&refresh, now),
            refresh: Some(self.tokens.repeat_successor(&refresh, successor, now)),
        };
        Ok((refresh, renewal))
    }

    /// Whether it is remembered which token came after which.
    fn follows(&self) -> bool {
        self.rules.rotation_grace > Duration::ZERO || self.rules.max_age.is_some()
    }

    /// When the session of a token ends however often it rotates, in seconds since the epoch; an
    /// error if it has.
    async fn end_of_session(
        &self,
        refresh: &Claims,
        now: Timestamp,
    ) -> Result<Option<i64>, SessionError> {
        let Some(max_age) = self.rules.max_age else {
            return Ok(None);
        };
        let jti = refresh
            .text(&self.tokens.rules.names.jti)
            .unwrap_or_default();
        let began = match self.store.session_began(jti).await? {
            Some(began) => Some(began),
            None => refresh.iat(),
        };
        let end = began.map(|began| began.saturating_add(max_age.as_secs()));
        match end {
            Some(end) if end <= now.as_second() => Err(TokenError::Expired.into()),
            end => Ok(end),
        }
    }

    async fn renew(&self, refresh: &Claims, now: Timestamp) -> Result<Renewal, SessionError> {
        let ends_by = self.end_of_session(refresh, now).await?;
        let user = self.active_user(refresh).await?;
        let access = self.tokens.issue_access(refresh, now);
        if !self.rules.rotate {
            return Ok(Renewal {
                access,
                refresh: None,
            });
        }
        let successor = self.tokens.rotate_refresh(refresh, ends_by, now);
        let rotation = Rotation {
            former: self.record(refresh, user, issued_at(refresh)),
            successor: self.record(&successor.claims, user, Some(now)),
            spend: self.rules.blacklist_after_rotation,
            follow: self.follows(),
        };
        if !self.store.rotate(&rotation, now).await? {
            return Err(TokenError::Blacklisted.into());
        }
        Ok(Renewal {
            access,
            refresh: Some(successor),
        })
    }
}
