//! How often something may happen.

use std::num::NonZeroU32;

use crate::clock::Duration;

/// How many times the failures of one address an account may have from all addresses together.
const ACCOUNT_FACTOR: u32 = 10;

/// So many in such a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub most: NonZeroU32,
    /// In what time, counted from the first of them.
    pub period: Duration,
}

/// What the settings say of throttling. `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Failed logins of one account from one address.
    pub login: Option<Rate>,
    /// Failed logins from one address.
    pub login_address: Option<Rate>,
    /// Registrations from one address.
    pub register: Option<Rate>,
}

impl Rates {
    /// Failed logins of one account from everywhere that it has not signed in from.
    pub(super) fn login_account(&self) -> Option<Rate> {
        self.login.map(|rate| Rate {
            most: rate
                .most
                .saturating_mul(NonZeroU32::MIN.saturating_add(ACCOUNT_FACTOR - 1)),
            ..rate
        })
    }
}
