//! How a session ends by its user's will: logging out, ending it from another one, and changing
//! the password.

use super::renewal::Shown;
use super::{Ending, HASH_READS, SessionError, SessionId, Sessions, issued_at};
use crate::claims::TokenType;
use crate::clock::Timestamp;
use crate::network::Network;
use crate::password::{Password, Policy, Requester, Weakness};
use crate::storage::{Kept, SessionRecord, StoreError, UserRecord};
use crate::token::TokenError;

/// Sessions of one user that are listed; the least recently used beyond are not.
const MOST_LISTED: u32 = 1_000;

/// How much ends with a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogOut {
    /// The token alone, as SimpleJWT has it: where rotation does not blacklist, those before it
    /// live on.
    Token,
    /// The session, with every token of it.
    Session,
}

/// What a user asks for who changes the password.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// The one so far, as typed.
    pub current: Password,
    /// The one from now on.
    pub new: Password,
    /// What does not end with it.
    pub kept: Kept,
}

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordChangeError {
    /// The current password is not the one given, or the new one will not do.
    #[error("a password is refused")]
    Refused {
        /// Whether the current password is another one.
        is_current_wrong: bool,
        /// What is wrong with the new one, in the order in which to say so.
        weaknesses: Vec<Weakness>,
    },
    /// It could not be judged or stored.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl From<StoreError> for PasswordChangeError {
    fn from(error: StoreError) -> Self {
        Self::Session(error.into())
    }
}

impl Sessions {
    /// Logs out with a refresh token: it refreshes no more. Access tokens live out their seconds.
    /// A token that has just been spent is good for it, too, as it is for
    /// [`Sessions::refresh`]; then the session ends, whose other token nobody may have received.
    pub async fn log_out(
        &self,
        token: &str,
        ends: LogOut,
        now: Timestamp,
    ) -> Result<(), SessionError> {
        let alive = self.tokens.rules.alive(now);
        let mut shown = self.show(token, now).await?;
        if let Shown::Good(refresh, standing) = &shown
            && (ends == LogOut::Token || standing.family.is_none())
        {
            let user = self.user_of(refresh).await?.map(|user| user.id);
            let record = self.record(refresh, user, issued_at(refresh));
            if self.store.blacklist(&record, alive, now).await? {
                return Ok(());
            }
            // Somebody has spent it just now.
            shown = self.show(token, now).await?;
        }
        let family = match shown {
            Shown::Good(_, standing) => standing.family,
            Shown::Spent(_, family, _) => Some(family),
        };
        let family = family.ok_or(TokenError::Blacklisted)?;
        let ended =
            self.store
                .end_session(family.user, &family.session, Ending::LogOut, alive, now);
        ended.await?;
        Ok(())
    }

    /// The live sessions of a user, the last used first, and at most a thousand.
    pub async fn list(
        &self,
        user: &UserRecord,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let alive = self.tokens.rules.alive(now);
        self.store.sessions_of(user.id, MOST_LISTED, alive).await
    }

    /// What a refresh token of the user says of the session that it is shown in. One that has just
    /// been spent will do: its successor may be on the way.
    ///
    /// # Errors
    /// [`SessionError::Token`] if the token is no refresh token of this user's, or has ended.
    pub async fn current(
        &self,
        user: &UserRecord,
        token: &str,
        now: Timestamp,
    ) -> Result<Kept, SessionError> {
        let refresh = self.tokens.read(token, now)?;
        self.tokens.check(&refresh, Some(TokenType::Refresh))?;
        let owner = self.user_of(&refresh).await?;
        if owner.is_none_or(|owner| owner.id != user.id) {
            return Err(TokenError::Invalid.into());
        }
        let jti = refresh.text(&self.tokens.rules.names.jti);
        let jti = jti.unwrap_or_default().to_owned();
        let family = self.store.standing(&jti).await?.family;
        Ok(Kept {
            session: family.map(|family| family.session),
            jti: Some(jti),
        })
    }

    /// Ends one session of a user; `false` if the user has none of this identity, or it has ended.
    pub async fn end(
        &self,
        user: &UserRecord,
        session: &SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let alive = self.tokens.rules.alive(now);
        let ended = self
            .store
            .end_session(user.id, session, Ending::User, alive, now);
        ended.await
    }

    /// Ends every session of a user but for what is kept, and every other refresh token of the
    /// user, those that belong to no session too.
    pub async fn end_others(
        &self,
        user: &UserRecord,
        kept: &Kept,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let recorded = self.tokens.rules.recorded_alive(now);
        let ended = self
            .store
            .end_sessions(user.id, kept, Ending::User, recorded, now);
        ended.await
    }

    /// Changes the password of a user who knows the current one; with it ends what
    /// [`Sessions::end_others`] ends, both or neither. A wrong current password counts as a login
    /// that failed. Where tokens carry a digest of the stored hash (CHECK_REVOKE_TOKEN), those of
    /// the kept session open nothing any more, so that it ends as well.
    pub async fn change_password(
        &self,
        user: &UserRecord,
        change: PasswordChange,
        policy: Policy,
        from: Network,
        now: Timestamp,
    ) -> Result<(), PasswordChangeError> {
        let known = self.authenticate(&user.username, change.current.clone(), from, now);
        let known = match known.await {
            Err(SessionError::BadCredentials) => None,
            known => Some(known?),
        };
        let (name, email) = (user.username.clone(), user.email.clone());
        let requester = Requester::new(from, &user.username);
        let judged = self
            .hashing
            .judge(requester, policy, change.new.clone(), name, email);
        let weaknesses = judged.await.map_err(SessionError::from)?;
        let mut known = match known {
            Some(known) if weaknesses.is_empty() => known,
            known => {
                return Err(PasswordChangeError::Refused {
                    is_current_wrong: known.is_none(),
                    weaknesses,
                });
            }
        };
        let hash = self.hashing.hash(requester, change.new).await;
        let hash = hash.map_err(SessionError::from)?;
        let kept = match self.rules.check_revoke_token {
            true => Kept::default(),
            false => change.kept,
        };
        // Others may replace the hash between the check and the change.
        for _ in 0..HASH_READS {
            let changed = self.store.change_password(
                known.id,
                Some(&known.password),
                &hash,
                &kept,
                self.tokens.rules.recorded_alive(now),
                now,
            );
            if changed.await? {
                return Ok(());
            }
            let again = self.find_by_credentials(&user.username, change.current.clone(), from);
            let Some(again) = again.await? else { break };
            known = again;
        }
        Err(PasswordChangeError::Refused {
            is_current_wrong: true,
            weaknesses: Vec::new(),
        })
    }
}
