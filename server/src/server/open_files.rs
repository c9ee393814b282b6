//! How many files and sockets the process may have open: each connection is one.

/// Descriptors that are left to everything but connections: the database, the log, the listener.
#[cfg(unix)]
const OTHERS: u64 = 64;

/// How many connections there may be so that none takes the database's descriptors. The limit of
/// the process is first raised as far as the system allows: the usual one, 1024, is kept low for
/// programs that still use `select`.
#[cfg(unix)]
pub(crate) fn for_connections() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let now = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current,
        // Some systems name a maximum that they do not allow.
        Err(_) => limit.current,
    };
    // No number is no limit.
    let most = now.map_or(u64::MAX, |most| most - OTHERS.min(most / 2));
    usize::try_from(most).unwrap_or(usize::MAX)
}

/// Elsewhere the system has no limit of the kind.
#[cfg(not(unix))]
pub(crate) fn for_connections() -> usize {
    usize::MAX
}
