//! Issuing tokens.

use serde_json::{Map, Value};

use crate::clock::{Duration, Timestamp};
use crate::keys::Keyring;
use crate::model::{Claims, Successor, TokenType, name};
use crate::reloadable::Reloadable;
use crate::token::config::TokenConfig;

/// A new token: its claims and its compact form.
#[derive(Clone)]
pub struct SignedToken {
    /// The claims, for the records.
    pub claims: Claims,
    /// The compact form: header, payload, signature. A secret.
    pub text: String,
}

/// The user that a token is issued for.
#[derive(Clone)]
pub struct TokenSubject {
    /// The text of USER_ID_FIELD.
    pub user_id: String,
    /// The digest of the stored hash, where CHECK_REVOKE_TOKEN asks for it.
    pub password_digest: Option<String>,
}

/// Makes and judges tokens.
#[derive(Clone, Debug)]
pub struct TokenService {
    /// Sign and verify.
    pub keys: Reloadable<Keyring>,
    /// The configuration of tokens.
    pub rules: TokenConfig,
}

impl TokenService {
    /// Makes a refresh token: claims `token_type, exp, iat, jti, user_id`.
    pub fn issue_refresh(&self, subject: &TokenSubject, now: Timestamp) -> SignedToken {
        let mut claims = self.stamped(TokenType::Refresh, self.rules.refresh_lifetime, now);
        self.name_subject(&mut claims, subject);
        self.write(claims, now)
    }

    /// Makes a sliding token, which ends soon and may be exchanged until `refresh_exp`.
    pub fn issue_sliding(&self, subject: &TokenSubject, now: Timestamp) -> SignedToken {
        let mut claims = self.stamped(TokenType::Sliding, self.rules.sliding_lifetime, now);
        let refresh_exp = (now + self.rules.sliding_refresh_lifetime).as_second();
        claims.insert(self.rules.names.refresh_exp.clone(), refresh_exp.into());
        self.name_subject(&mut claims, subject);
        self.write(claims, now)
    }

    /// Issues the access token of a refresh token. It carries over every claim except the token
    /// type, the times and the `jti`.
    pub fn issue_access(&self, refresh: &Claims, now: Timestamp) -> SignedToken {
        let mut claims = self.stamped(TokenType::Access, self.rules.access_lifetime, now);
        let names = &self.rules.names;
        let own = [name::EXP, name::IAT, name::JTI, names.jti.as_str()];
        for (claim, value) in &refresh.0 {
            let is_own = own.contains(&claim.as_str()) || names.token_type.as_ref() == Some(claim);
            if !is_own {
                claims.insert(claim.clone(), value.clone());
            }
        }
        self.write(claims, now)
    }

    /// Makes the successor of a refresh token: the same claims with an identity and times of its
    /// own. It ends by `ends_by` at the latest, in seconds since the epoch.
    pub fn rotate_refresh(
        &self,
        refresh: &Claims,
        ends_by: Option<i64>,
        now: Timestamp,
    ) -> SignedToken {
        let end = (now + self.rules.refresh_lifetime).as_second();
        let end = ends_by.map_or(end, |latest| latest.min(end));
        self.write_successor(refresh, &new_jti(), end, now, now)
    }

    /// Issues a former successor again: the same text, unless signatures are randomized (ES*, PS*)
    /// or the key has changed.
    pub fn repeat_successor(
        &self,
        refresh: &Claims,
        successor: &Successor,
        now: Timestamp,
    ) -> SignedToken {
        let Successor {
            jti, expires_at, ..
        } = successor;
        self.write_successor(refresh, jti, *expires_at, successor.made_at, now)
    }

    /// Makes the successor of a sliding token: the same claims, the identity and the end of its
    /// exchange among them, with times of its own. It ends by `ends_by` at the latest, in seconds
    /// since the epoch.
    pub fn refresh_sliding(
        &self,
        sliding: &Claims,
        ends_by: Option<i64>,
        now: Timestamp,
    ) -> SignedToken {
        let mut claims = sliding.0.clone();
        set_times(&mut claims, self.rules.sliding_lifetime, now);
        let end = (now + self.rules.sliding_lifetime).as_second();
        let end = ends_by.map_or(end, |latest| latest.min(end));
        claims.insert(name::EXP.into(), end.into());
        self.write(claims, now)
    }

    fn write_successor(
        &self,
        refresh: &Claims,
        jti: &str,
        expires_at: i64,
        made_at: Timestamp,
        now: Timestamp,
    ) -> SignedToken {
        let mut claims = refresh.0.clone();
        claims.insert(self.rules.names.jti.clone(), jti.into());
        claims.insert(name::EXP.into(), expires_at.into());
        claims.insert(name::IAT.into(), made_at.as_second().into());
        self.write(claims, now)
    }

    fn stamped(&self, kind: TokenType, lifetime: Duration, now: Timestamp) -> Map<String, Value> {
        let names = &self.rules.names;
        let mut claims = Map::new();
        let token_type = names.written_token_type().to_owned();
        claims.insert(token_type, kind.as_str().into());
        set_times(&mut claims, lifetime, now);
        claims.insert(names.jti.clone(), new_jti().into());
        claims
    }

    fn name_subject(&self, claims: &mut Map<String, Value>, subject: &TokenSubject) {
        let names = &self.rules.names;
        claims.insert(names.user_id.clone(), subject.user_id.clone().into());
        if let Some(digest) = &subject.password_digest {
            claims.insert(names.revoke.clone(), digest.clone().into());
        }
    }

    fn write(&self, mut claims: Map<String, Value>, now: Timestamp) -> SignedToken {
        if let Some(audience) = &self.rules.audience {
            claims.insert(name::AUD.into(), audience.to_claim());
        }
        if let Some(issuer) = &self.rules.issuer {
            claims.insert(name::ISS.into(), issuer.clone().into());
        }
        let payload = serde_json::to_vec(&claims).expect("a JSON object is written");
        let text = self.keys.get().sign(&payload, now);
        SignedToken {
            claims: Claims(claims),
            text,
        }
    }
}

fn new_jti() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn set_times(claims: &mut Map<String, Value>, lifetime: Duration, now: Timestamp) {
    claims.insert(name::EXP.into(), (now + lifetime).as_second().into());
    claims.insert(name::IAT.into(), now.as_second().into());
}
