//! The number of files and sockets that the process may have open; each connection is one of these.

/// Descriptors that are left to everything but connections: the database, the log, the listener.
#[cfg(unix)]
const OTHERS: u64 = 64;

/// Returns the number of connections that leaves enough descriptors for the database. First raises
/// the process's soft limit to its hard limit: the usual soft limit, 1024, is kept low for programs
/// that still use `select`.
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
