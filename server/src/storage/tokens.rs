//! The tables of SimpleJWT's `token_blacklist`. A row never holds the token itself, only its
//! `jti`: whoever reads the database can use none of them.

use std::borrow::Cow;

use aws_lc_rs::digest;

use super::engine::{Statement, sql};
use super::rotations::{Successor, follow};
use super::script::Script;
use super::time::{known_to_python, time_of};
use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::user::UserId;

/// Characters of the longest identity that the column holds.
const LONGEST_JTI: usize = 255;

/// What is put on record of a refresh or a sliding token.
#[derive(Clone, Debug)]
pub struct TokenRecord {
    /// The token's identity: any text.
    pub jti: String,
    /// Whose it is; `None` if that is nobody, or nobody any more.
    pub user: Option<UserId>,
    /// When it was made, if it says.
    pub created_at: Option<Timestamp>,
    /// When it ends, in seconds since the epoch.
    pub expires_at: i64,
}

/// A refresh token that takes the place of another one.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The one before.
    pub former: TokenRecord,
    /// The one after.
    pub successor: TokenRecord,
    /// Whether the one before is good for nothing from then on.
    pub spend: bool,
    /// Whether to remember which came after which.
    pub follow: bool,
}

impl Store {
    /// Records a token that is about to be handed out.
    pub async fn add_outstanding(&self, token: &TokenRecord) -> Result<(), StoreError> {
        self.write(Script::default().then(insert(token))).await?;
        Ok(())
    }

    /// Records a login: its token, and the time as the user's last login; both or neither.
    pub async fn add_login(&self, token: &TokenRecord, now: Timestamp) -> Result<(), StoreError> {
        let seen = sql("UPDATE auth_user SET last_login = $2 WHERE id = $1")
            .integer(token.user.map(|id| id.0))
            .time(now);
        let script = Script::default().then(insert(token)).then(seen);
        self.write(script).await?;
        Ok(())
    }

    /// Blacklists a token, also one that was never recorded. Once answered, nothing is given for
    /// it any more; a second time changes nothing.
    pub async fn blacklist(&self, token: &TokenRecord, now: Timestamp) -> Result<(), StoreError> {
        let script = Script::default()
            .then(insert(token))
            .then(spend(token, now));
        self.write(script).await?;
        Ok(())
    }

    /// Records the successor of a refresh token; with `spend`, the one before it is blacklisted,
    /// both or neither. Of several calls that would spend the same token one gets `true`; for the
    /// others nothing changes. With `follow`, [`Store::successor_of`] and
    /// [`Store::session_began`] know of it.
    pub async fn rotate(&self, rotation: &Rotation, now: Timestamp) -> Result<bool, StoreError> {
        let Rotation {
            former, successor, ..
        } = rotation;
        let mut script = Script::default();
        if rotation.spend {
            script = script.then(insert(former)).then_decide(spend(former, now));
        }
        script = script.then(insert(successor));
        if rotation.follow {
            let made = |token: &TokenRecord| token.created_at.unwrap_or(now).as_second();
            let after = Successor {
                jti: successor.jti.clone(),
                issued_at: made(successor),
                expires_at: successor.expires_at,
            };
            script = script.then(follow(&former.jti, made(former), &after, now));
        }
        Ok(self.write(script).await?.is_some())
    }

    /// `true` if the token of this `jti` has been blacklisted.
    pub async fn is_blacklisted(&self, jti: &str) -> Result<bool, StoreError> {
        let statement = sql(
            "SELECT EXISTS (SELECT 1 FROM token_blacklist_blacklistedtoken AS b \
             JOIN token_blacklist_outstandingtoken AS o ON o.id = b.token_id \
             WHERE o.jti = $1)",
        );
        let (is_blacklisted,) = self.pool.row(statement.text(storable(jti))).await?;
        Ok(is_blacklisted)
    }
}

/// The identity as the column holds it: 255 characters, none of them NUL. Nobody makes longer
/// ones, but whoever has the key may; a digest stands for such a one.
pub(super) fn storable(jti: &str) -> Cow<'_, str> {
    if jti.chars().count() <= LONGEST_JTI && !jti.contains('\0') {
        return Cow::Borrowed(jti);
    }
    let digest = digest::digest(&digest::SHA256, jti.as_bytes());
    let hex: String = digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Cow::Owned(format!("sha256:{hex}"))
}

fn insert(token: &TokenRecord) -> Statement {
    // The user may have been deleted since: then the token belongs to nobody.
    sql("INSERT INTO token_blacklist_outstandingtoken \
         (token, created_at, expires_at, user_id, jti) \
         VALUES ('', $1, $2, (SELECT id FROM auth_user WHERE id = $3), $4) \
         ON CONFLICT (jti) DO NOTHING")
    .time(token.created_at.and_then(known_to_python))
    .time(time_of(token.expires_at))
    .integer(token.user.map(|id| id.0))
    .text(storable(&token.jti))
}

fn spend(token: &TokenRecord, now: Timestamp) -> Statement {
    sql(
        "INSERT INTO token_blacklist_blacklistedtoken (blacklisted_at, token_id) \
         SELECT $1, id FROM token_blacklist_outstandingtoken WHERE jti = $2 \
         ON CONFLICT (token_id) DO NOTHING",
    )
    .time(now)
    .text(storable(&token.jti))
}
