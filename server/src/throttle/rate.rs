//! Rates of events.

use std::num::NonZeroU32;

use crate::clock::Duration;

/// The factor between the limit of an account from one address and from all addresses.
const ACCOUNT_FACTOR: u32 = 10;

/// So many in such a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The number of events.
    pub most: NonZeroU32,
    /// In what time, counted from the first of them.
    pub period: Duration,
}

/// The limits of the settings. `None` is unlimited.
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
