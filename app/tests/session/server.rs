//! A server that signs in whole seconds, as SimpleJWT does, rotates refresh tokens where it is
//! asked to, and takes the reuse of a spent one for theft once the grace is over.

use std::collections::HashMap;

/// Signet's ROTATION_GRACE.
const GRACE: i64 = 2_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Expired,
    Spent,
    /// The successor has been rotated, too: the session goes on with a later token, and the
    /// cookie stays.
    AlreadyRotated,
}

struct Refresh {
    exp: i64,
    /// When it was spent, and for what.
    spent: Option<(i64, u64)>,
}

pub(crate) struct Server {
    access: i64,
    refresh: i64,
    rotates: bool,
    /// What its clock is ahead of the browser's, in milliseconds.
    ahead: i64,
    refreshes: HashMap<u64, Refresh>,
    accesses: HashMap<String, i64>,
    names: u64,
    /// How many renewals were asked for.
    pub(crate) renewals: usize,
}

impl Server {
    pub(crate) fn new(access: i64, refresh: i64, rotates: bool, ahead: i64) -> Self {
        Self {
            access,
            refresh,
            rotates,
            ahead,
            refreshes: HashMap::new(),
            accesses: HashMap::new(),
            names: 0,
            renewals: 0,
        }
    }

    fn seconds(&self, at: i64) -> i64 {
        (at + self.ahead).div_euclid(1_000)
    }

    fn name(&mut self) -> u64 {
        self.names += 1;
        self.names
    }

    fn new_access(&mut self, at: i64) -> u64 {
        let name = self.name();
        let exp = self.seconds(at) + self.access;
        self.accesses.insert(name.to_string(), exp);
        name
    }

    fn new_refresh(&mut self, at: i64) -> u64 {
        let name = self.name();
        let exp = self.seconds(at) + self.refresh;
        let refresh = Refresh { exp, spent: None };
        self.refreshes.insert(name, refresh);
        name
    }

    /// An access and a refresh token, and the seconds that the latter has left.
    pub(crate) fn sign_in(&mut self, at: i64) -> (u64, u64, i64) {
        let refresh = self.new_refresh(at);
        (self.new_access(at), refresh, self.refresh)
    }

    /// The same for a refresh token.
    pub(crate) fn refresh(&mut self, name: u64, at: i64) -> Result<(u64, u64, i64), Refusal> {
        self.renewals += 1;
        let seconds = self.seconds(at);
        let known = &self.refreshes[&name];
        if known.exp <= seconds {
            return Err(Refusal::Expired);
        }
        let held = match known.spent {
            _ if !self.rotates => name,
            Some((spent, successor)) if at - spent <= GRACE => {
                if self.refreshes[&successor].spent.is_some() {
                    return Err(Refusal::AlreadyRotated);
                }
                successor
            }
            Some(_) => return Err(Refusal::Spent),
            None => {
                let successor = self.new_refresh(at);
                let known = self.refreshes.get_mut(&name).expect("it is known");
                known.spent = Some((at, successor));
                successor
            }
        };
        let left = self.refreshes[&held].exp - seconds;
        Ok((self.new_access(at), held, left))
    }

    /// The protected endpoint.
    pub(crate) fn open(&self, access: &str, at: i64) {
        let exp = self.accesses[access];
        assert!(exp > self.seconds(at), "an expired access token was sent");
    }

    /// Milliseconds that a refresh token has left.
    pub(crate) fn left(&self, name: u64, at: i64) -> i64 {
        self.refreshes[&name].exp * 1_000 - (at + self.ahead)
    }
}
