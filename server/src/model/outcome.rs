//! Outcomes of reads and writes.

/// The outcome of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// The condition held, and the rows were written.
    Done,
    /// The condition did not hold, and no row was written.
    Refused,
}

impl Write {
    /// Returns [`Write::Done`] if `is_done`.
    pub(crate) fn done_if(is_done: bool) -> Self {
        if is_done { Self::Done } else { Self::Refused }
    }
}

/// The rest of a deletion in batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remaining {
    /// More rows may have to be deleted.
    MayBeMore,
    /// No rows are left to delete.
    None,
}

/// The entry of a token on the blacklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blacklist {
    /// The token is blacklisted, or its session has ended.
    Listed,
    /// The token is not blacklisted.
    NotListed,
}

/// The answer to a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationAnswer {
    /// The request that registered the user was answered, as far as the database knows.
    Given,
    /// The request may not have been answered, and may be repeated.
    Missing,
}
