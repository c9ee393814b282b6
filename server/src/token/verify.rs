//! Verifying tokens.
//!
//! The order of the checks is SimpleJWT's over PyJWT, because it decides which message a client
//! reads. The caller hands in `now`: `jsonwebtoken` would read the system's clock, with a leeway of
//! its own.

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::model::{Claims, TokenType, name, seconds};
use crate::token::issue::TokenService;

/// The last second that Python's `datetime` can hold, the end of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// A reason that a token is refused for. The text is SimpleJWT's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No token, not ours, or not to be used yet.
    #[error("Token is invalid")]
    Invalid,
    /// `exp` has come: at `exp` itself the token is no longer valid.
    #[error("Token is expired")]
    Expired,
    /// Logged out, or spent by rotation.
    #[error("Token is blacklisted")]
    Blacklisted,
    /// A token without this end would never end.
    #[error("Token has no '{0}' claim")]
    MissingExp(String),
    /// The end of this name has come.
    #[error("Token '{0}' claim has expired")]
    RefreshExpired(String),
    /// Without an identity it could not be blacklisted.
    #[error("Token has no id")]
    NoId,
    /// There is no `token_type`.
    #[error("Token has no type")]
    NoType,
    /// An access token in the place of a refresh token, or the like.
    #[error("Token has wrong type")]
    WrongType,
}

impl TokenService {
    /// Verifies the form, signature and times of a token. The blacklist comes next, then
    /// [`TokenService::check`].
    ///
    /// # Errors
    /// [`TokenError::Invalid`] or [`TokenError::Expired`], in SimpleJWT's order.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        let claims = self
            .verify_signature(token, now)
            .ok_or(TokenError::Invalid)?;
        self.check_claims(&claims, now)?;
        Ok(Claims(claims))
    }

    /// Checks a token that is not blacklisted: `exp`, `jti` and the token type, if one is demanded.
    ///
    /// # Errors
    /// [`TokenError`] for the first of these that is missing or wrong.
    pub fn check(&self, claims: &Claims, kind: Option<TokenType>) -> Result<(), TokenError> {
        let names = &self.rules.names;
        if !claims.has(name::EXP) {
            return Err(TokenError::MissingExp(name::EXP.to_owned()));
        }
        if !claims.has(&names.jti) {
            return Err(TokenError::NoId);
        }
        let (Some(kind), Some(claim)) = (kind, &names.token_type) else {
            return Ok(());
        };
        match claims.get(claim) {
            None => Err(TokenError::NoType),
            Some(found) if *found == kind.as_str() => Ok(()),
            Some(_) => Err(TokenError::WrongType),
        }
    }

    /// Returns `true` if the token type is `access`. Where TOKEN_TYPE_CLAIM is empty, no token has
    /// a type.
    pub fn is_access(&self, claims: &Claims) -> bool {
        let claim = self.rules.names.token_type.as_deref();
        let kind = claim.and_then(|claim| claims.text(claim));
        kind == Some(TokenType::Access.as_str())
    }

    /// Checks whether a sliding token may still be exchanged.
    ///
    /// # Errors
    /// [`TokenError::MissingExp`], [`TokenError::RefreshExpired`] or [`TokenError::Invalid`] by its
    /// `refresh_exp`.
    pub fn check_exchange(&self, sliding: &Claims, now: Timestamp) -> Result<(), TokenError> {
        let claim = &self.rules.names.refresh_exp;
        let value = sliding.get(claim);
        let value = value.ok_or_else(|| TokenError::MissingExp(claim.clone()))?;
        match seconds(value) {
            Some(end) if end <= (now - self.rules.leeway).as_second() => {
                Err(TokenError::RefreshExpired(claim.clone()))
            }
            // As for `exp`.
            Some(end) if end <= LAST_SECOND && !value.is_string() => Ok(()),
            _ => Err(TokenError::Invalid),
        }
    }

    /// Returns the claims of a token that the keyring verifies; `None` for any other text.
    fn verify_signature(&self, token: &str, now: Timestamp) -> Option<Map<String, Value>> {
        let payload = self.keys.get().verify(token, now)?;
        serde_json::from_slice(&payload).ok()
    }

    /// PyJWT's checks, in its order: `iat`, `nbf`, `exp`, then the other registered claims.
    fn check_claims(&self, claims: &Map<String, Value>, now: Timestamp) -> Result<(), TokenError> {
        let latest_start = (now + self.rules.leeway).as_second();
        for claim in [name::IAT, name::NBF] {
            if let Some(value) = claims.get(claim) {
                let start = seconds(value).ok_or(TokenError::Invalid)?;
                if start > latest_start {
                    return Err(TokenError::Invalid);
                }
            }
        }
        if let Some(value) = claims.get(name::EXP) {
            match seconds(value) {
                Some(end) if end <= (now - self.rules.leeway).as_second() => {
                    return Err(TokenError::Expired);
                }
                // SimpleJWT makes a date of it, so text and a year past 9999 are no time.
                Some(end) if end <= LAST_SECOND && !value.is_string() => {}
                _ => return Err(TokenError::Invalid),
            }
        }
        let is_text = |claim: &str| claims.get(claim).is_none_or(Value::is_string);
        let audience = self.rules.audience.as_ref();
        let issuer = self.rules.issuer.as_deref();
        let is_acceptable = issuer
            .is_none_or(|issuer| claims.get(name::ISS).is_some_and(|claim| claim == issuer))
            && audience.is_none_or(|audience| {
                claims
                    .get(name::AUD)
                    .is_some_and(|claim| audience.accepts(claim))
            })
            && is_text(name::SUB)
            && is_text(name::JTI)
            && is_text(&self.rules.names.jti);
        if is_acceptable {
            Ok(())
        } else {
            Err(TokenError::Invalid)
        }
    }
}
