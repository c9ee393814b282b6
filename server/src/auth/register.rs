//! Registering a user: judged as Django judges one, made in the database.

use crate::auth::service::AuthService;
use crate::clock::Timestamp;
use crate::metrics;
use crate::model::{
    LONGEST_EMAIL, LONGEST_USERNAME, NewUser, RegistrationAnswer, Rule, UserId, UserRecord,
    normalize_email, normalize_username,
};
use crate::network::Network;
use crate::password::{Busy, HashingPool, Password, Policy, Requester, Verification, Weakness};
use crate::storage::{Store, StoreError};
use crate::throttle::Throttled;

/// A registration whose fields are well-formed.
#[derive(Clone, Debug)]
pub struct Registration {
    /// As typed.
    pub username: String,
    /// In the clear.
    pub password: Password,
    /// Empty for none.
    pub email: String,
    /// Whether the user may sign in at once.
    pub is_active: bool,
}

/// A user that has just been made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The primary key.
    pub id: UserId,
    /// As stored.
    pub username: String,
    /// As stored.
    pub email: String,
}

/// A reason that a registration failed for.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// There is a user of that name, in the form that names are stored in.
    #[error("a user with that username already exists")]
    UsernameTaken,
    /// The password will not do; in the order in which to say so.
    #[error("the password is too weak")]
    WeakPassword(Vec<Weakness>),
    /// The normalized value of a field breaks a rule: the field, and Django's message.
    #[error("{0}: {1}")]
    Rule(&'static str, String),
    /// The client has registered too often.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// No thread is free to hash the password.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for RegistrationError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UsernameTaken => Self::UsernameTaken,
            error => Self::Store(error),
        }
    }
}

impl AuthService {
    /// Returns the weaknesses of the password of a registration.
    ///
    /// # Errors
    /// [`Busy`] if no thread is free to judge it.
    pub async fn password_weaknesses(
        &self,
        registration: &Registration,
        from: Network,
    ) -> Result<Vec<Weakness>, Busy> {
        let username = normalize_username(&registration.username);
        let requester = Requester::new(from, &username);
        let email = normalize_email(&registration.email);
        let password = registration.password.clone();
        let judged = self
            .hashing
            .judge(requester, self.password_policy, password, username, email);
        judged.await
    }

    /// Registers a user for a client of the network `from`, within THROTTLE_REGISTER.
    ///
    /// Every attempt with well-formed fields counts, because a refusal tells whether a username is
    /// taken. An attempt that the server could not carry out is not counted.
    ///
    /// # Errors
    /// - [`RegistrationError::Throttled`] if the network has registered too often.
    /// - The errors of [`create_user`].
    pub async fn register(
        &self,
        registration: Registration,
        from: Network,
        now: Timestamp,
    ) -> Result<Registered, RegistrationError> {
        let counted = self.throttle.register(from, now);
        counted.inspect_err(|_| self.metrics.throttled(metrics::Throttled::Registration))?;
        let policy = self.password_policy;
        let created = create_user(&self.store, &self.hashing, policy, registration, from, now);
        let registered = created.await.inspect_err(|error| {
            if matches!(
                error,
                RegistrationError::Busy(_) | RegistrationError::Store(_)
            ) {
                self.throttle.undo_registration(from, now);
            }
        })?;
        self.throttle
            .remember_location(&registered.username, from, now);
        let remembered = self.store.remember_location(registered.id, from, now);
        if let Err(error) = remembered.await {
            // The first login of the new user records the location again.
            tracing::debug!(%error, "the location of a registration could not be recorded");
        }
        Ok(registered)
    }
}

/// Creates a user, for a client of the network `from`.
///
/// # Errors
/// - [`RegistrationError::UsernameTaken`] if the username exists.
/// - [`RegistrationError::WeakPassword`], [`RegistrationError::Rule`] if a value is refused.
/// - [`RegistrationError::Busy`], [`RegistrationError::Store`] if the server could not do it.
pub async fn create_user(
    store: &Store,
    hashing: &HashingPool,
    policy: Policy,
    registration: Registration,
    from: Network,
    now: Timestamp,
) -> Result<Registered, RegistrationError> {
    let username = normalize_username(&registration.username);
    let email = normalize_email(&registration.email);
    // Some characters become several.
    let normalized = [
        (
            "username",
            Rule::MaxLength(LONGEST_USERNAME).judge(&username),
        ),
        ("email", Rule::MaxLength(LONGEST_EMAIL).judge(&email)),
    ];
    for (field, problem) in normalized {
        if let Some(problem) = problem {
            return Err(RegistrationError::Rule(field, problem));
        }
    }
    for (field, text, most) in [
        ("username", &username, LONGEST_USERNAME),
        ("email", &email, LONGEST_EMAIL),
    ] {
        if let Some(encoding) = store.encoding_in_the_way(text, most).await? {
            let problem =
                format!("The database cannot store this text: its encoding is {encoding}.");
            return Err(RegistrationError::Rule(field, problem));
        }
    }
    let requester = Requester::new(from, &username);
    // Asked first so that a taken name costs no hash and is said before the password is judged;
    // the database's own constraint decides between two at once.
    if let Some(user) = store.user_by_name(&username).await? {
        return repeat(store, hashing, requester, user, registration, now).await;
    }
    let password = registration.password.clone();
    let judged = hashing.judge(requester, policy, password, username.clone(), email.clone());
    let weaknesses = judged.await?;
    if !weaknesses.is_empty() {
        return Err(RegistrationError::WeakPassword(weaknesses));
    }
    let user = NewUser {
        username: username.clone(),
        email: email.clone(),
        password: hashing
            .hash(requester, registration.password.clone())
            .await?,
        is_active: registration.is_active,
    };
    match store.register_user(user, now).await {
        Ok(id) => {
            confirm(store, &username).await;
            Ok(Registered {
                id,
                username,
                email,
            })
        }
        Err(StoreError::UsernameTaken) => match store.user_by_name(&username).await? {
            // It may be this same registration, the first request of which waited for the disk.
            Some(user) => repeat(store, hashing, requester, user, registration, now).await,
            None => Err(RegistrationError::UsernameTaken),
        },
        Err(error) => Err(error.into()),
    }
}

/// Answers a registration whose name is taken: with the user there is, if an earlier request made
/// that one with the same password and address and may not have been answered.
async fn repeat(
    store: &Store,
    hashing: &HashingPool,
    requester: Requester,
    user: UserRecord,
    registration: Registration,
    now: Timestamp,
) -> Result<Registered, RegistrationError> {
    // Asked first and always: other usernames cost no password check, and the time of the answer
    // reveals no detail of the address.
    let answer = store.registration_answer(&user.username, now).await?;
    let may_be_repeated =
        answer == RegistrationAnswer::Missing && user.email == normalize_email(&registration.email);
    if !may_be_repeated {
        return Err(RegistrationError::UsernameTaken);
    }
    let verified = hashing.verify(requester, registration.password, Some(user.password));
    if verified.await? == Verification::Mismatch {
        return Err(RegistrationError::UsernameTaken);
    }
    confirm(store, &user.username).await;
    Ok(Registered {
        id: user.id,
        username: user.username,
        email: user.email,
    })
}

/// Records that a registration is answered from now on. Where that fails, it may be repeated for
/// some minutes more.
async fn confirm(store: &Store, username: &str) {
    if let Err(error) = store.confirm_registration(username).await {
        tracing::warn!(%error, "that a registration was answered could not be recorded");
    }
}
