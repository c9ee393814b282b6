//! A PostgreSQL server for the tests and the benchmark: a given one, or one made for the run.

#[cfg(unix)]
mod cluster;
#[cfg(unix)]
mod programs;

use std::process::ExitCode;
use std::{env, thread};

use anyhow::{Result, bail};

/// The URL of a database on a server that the tests may use; the role must be allowed to make
/// databases. It goes to the tests under the same name.
pub(crate) const URL: &str = "TEST_POSTGRES_URL";

/// The advice if there is no server.
pub(crate) const MISSING: &str = "no PostgreSQL was found. Install its server (Debian: `apt-get \
     install postgresql`), or let TEST_POSTGRES_URL name a database on one where the tests may \
     make databases of their own";

/// The durability of a server that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// None, for speed.
    None,
    /// Full, as by PostgreSQL's default.
    Full,
}

/// A server that the tests may use.
pub(crate) enum Server {
    /// A given server.
    Named(String),
    /// Ours; it ends with this.
    #[cfg(unix)]
    Made(cluster::Cluster),
}

impl Server {
    /// The server that TEST_POSTGRES_URL names, or a new one; none if its programs are not
    /// installed.
    pub(crate) fn find(durability: Durability) -> Result<Option<Self>> {
        if let Some(url) = env::var(URL).ok().filter(|url| !url.is_empty()) {
            return Ok(Some(Self::Named(url)));
        }
        #[cfg(unix)]
        if let Some(cluster) = cluster::Cluster::start(durability)? {
            return Ok(Some(Self::Made(cluster)));
        }
        Ok(None)
    }

    /// The URL of a database on it, of a role that may do everything.
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Named(url) => url,
            #[cfg(unix)]
            Self::Made(cluster) => cluster.url(),
        }
    }
}

/// `cargo xtask postgres`: a server for tests that are run by hand.
pub(crate) fn serve() -> Result<ExitCode> {
    let Some(server) = Server::find(Durability::None)? else {
        bail!("{MISSING}");
    };
    println!("export {URL}='{}'", server.url());
    loop {
        thread::park();
    }
}
