//! A pool of connections to a PostgreSQL server that recovers from outages by itself.
//!
//! sqlx's own pool returns connections whose statement was given up, pings idle ones without a bound,
//! and keeps opening connections that the server has no room for. Here a connection returns only
//! after its answer, every wait is bounded, and after a refusal the pool stays smaller for a while.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection as _, PgConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use crate::storage::error::{StoreError, is_full, is_starting};
use crate::storage::postgres_connect;

/// The longest time for the first connection of a start.
const FIRST_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest wait for a connection: less than QUERY_TIMEOUT, so that the failure reaches the log.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(1_900);

/// The longest time for the answer to a ping of an idle connection.
const PING_TIMEOUT: Duration = Duration::from_millis(500);

/// The time for which the pool stays smaller after the server had no room.
const WITHHELD_FOR: Duration = Duration::from_secs(5);

/// The pause before a server that starts, or has room for no connection at all, is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(50);

/// The longest time for closing all connections.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Between two looks at the ages of idle connections.
const ROUND: Duration = Duration::from_secs(60);

/// Rounds for which an idle connection is kept: 10 minutes.
const MOST_IDLE_ROUNDS: usize = 10;

/// Rounds after which a connection is replaced by a new one: half an hour.
const MOST_ROUNDS: usize = 30;

/// The connections to a server. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct PostgresPool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    options: PgConnectOptions,
    /// The encoding of the database, such as `UTF8`.
    encoding: String,
    /// The most connections at a time.
    size: usize,
    /// A permit for each connection that may be open.
    places: Arc<Semaphore>,
    /// The number of permits withheld because the server had no room.
    withheld: AtomicUsize,
    idle: Mutex<Vec<Idle>>,
    /// Counts [`ROUND`]s.
    round: AtomicUsize,
    /// Counts how often every connection was given up at once.
    epoch: AtomicUsize,
}

/// An idle connection.
#[derive(Debug)]
struct Idle {
    connection: PgConnection,
    birth: Birth,
    /// The round in which it was last used.
    used: usize,
}

/// The time at which a connection was opened.
#[derive(Clone, Copy, Debug)]
struct Birth {
    round: usize,
    epoch: usize,
}

/// A connection in use. Dropping it closes it; [`PooledConnection::give_back`] returns it to the
/// pool.
#[derive(Debug)]
pub(super) struct PooledConnection {
    connection: PgConnection,
    birth: Birth,
    pool: PostgresPool,
    /// Declared last: the place is free once the connection is closed or idle.
    _place: OwnedSemaphorePermit,
}

impl PostgresPool {
    /// Opens the first connection, and makes a pool of at most `size`.
    ///
    /// # Errors
    /// Says why the server cannot be reached, or did not let Signet in.
    pub(super) async fn open(options: PgConnectOptions, size: usize) -> Result<Self, StoreError> {
        let connecting = async {
            let mut connection = options.connect().await?;
            let encoding = sqlx::query_scalar("SELECT current_setting('server_encoding')");
            let encoding: String = encoding.fetch_one(&mut connection).await?;
            adapt(&mut connection, &encoding).await?;
            Ok::<_, sqlx::Error>((connection, encoding))
        };
        let (connection, encoding) = match timeout(FIRST_CONNECT_TIMEOUT, connecting).await {
            Ok(connected) => connected?,
            Err(_) => return Err(StoreError::unanswered()),
        };
        let shared = Arc::new(Shared {
            options,
            encoding,
            size,
            places: Arc::new(Semaphore::new(size)),
            withheld: AtomicUsize::new(0),
            idle: Mutex::default(),
            round: AtomicUsize::new(0),
            epoch: AtomicUsize::new(0),
        });
        shared.keep(connection, shared.birth());
        let watched = Arc::downgrade(&shared);
        tokio::spawn(async move {
            loop {
                sleep(ROUND).await;
                match watched.upgrade() {
                    Some(shared) => shared.close_aged(),
                    None => return,
                }
            }
        });
        Ok(Self(shared))
    }

    /// Returns the encoding of the database, unless it is UTF-8.
    pub(super) fn other_encoding(&self) -> Option<&str> {
        let encoding = self.0.encoding.as_str();
        (encoding != "UTF8").then_some(encoding)
    }

    /// Waits for a connection that answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with the words of the last failure, if there is none in time.
    pub(super) async fn acquire(&self) -> Result<PooledConnection, StoreError> {
        let mut last_failure = None;
        match timeout(ACQUIRE_TIMEOUT, self.find(&mut last_failure)).await {
            Ok(found) => found,
            Err(_) => Err(last_failure.unwrap_or_else(StoreError::unanswered)),
        }
    }

    async fn find(
        &self,
        last_failure: &mut Option<StoreError>,
    ) -> Result<PooledConnection, StoreError> {
        let mut place = self.place().await?;
        loop {
            let error = match self.idle_or_new().await {
                Ok((connection, birth)) => {
                    return Ok(PooledConnection {
                        connection,
                        birth,
                        pool: self.clone(),
                        _place: place,
                    });
                }
                Err(error) => error,
            };
            let is_full = is_full(&error);
            if !is_full && !is_starting(&error) {
                return Err(error.into());
            }
            *last_failure = Some(error.into());
            if is_full && self.withhold() {
                place.forget();
                // Waits for a connection that there is.
                place = self.place().await?;
            } else {
                sleep(RETRY_PAUSE).await;
            }
        }
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let place = self.0.places.clone().acquire_owned().await;
        place.map_err(|_| StoreError::Unavailable("it has been closed".to_owned()))
    }

    /// Makes the pool smaller by one place for a while, unless it has only one: the caller then
    /// forgets its own.
    fn withhold(&self) -> bool {
        let more = |withheld: usize| (withheld + 1 < self.0.size).then_some(withheld + 1);
        let withheld = &self.0.withheld;
        let is_withheld = withheld.fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        if is_withheld.is_err() {
            return false;
        }
        let shared = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            sleep(WITHHELD_FOR).await;
            if let Some(shared) = shared.upgrade() {
                shared.withheld.fetch_sub(1, Ordering::AcqRel);
                shared.places.add_permits(1);
            }
        });
        true
    }

    async fn idle_or_new(&self) -> Result<(PgConnection, Birth), sqlx::Error> {
        if let Some(idle) = self.find_idle().await {
            return Ok((idle.connection, idle.birth));
        }
        let birth = self.0.birth();
        let mut connection = self.0.options.connect().await?;
        adapt(&mut connection, &self.0.encoding).await?;
        Ok((connection, birth))
    }

    /// The connection that was used last, if it still answers.
    async fn find_idle(&self) -> Option<Idle> {
        loop {
            let mut idle = self.0.idle().pop()?;
            match timeout(PING_TIMEOUT, idle.connection.ping()).await {
                Ok(Ok(())) => return Some(idle),
                Ok(Err(error)) => tracing::debug!(%error, "an idle connection has been cut"),
                Err(_) => self.give_all_up(),
            }
        }
    }

    /// Closes every connection; those in use once they are returned. For a server that does not
    /// answer, or is read-only by now.
    fn give_all_up(&self) {
        self.0.epoch.fetch_add(1, Ordering::AcqRel);
        self.0.idle().clear();
    }

    /// Asks whether the server takes writes. One that does not is left.
    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        let mut connection = self.acquire().await?;
        let asked = sqlx::query_scalar("SELECT current_setting('transaction_read_only') = 'on'");
        let asked = asked.fetch_one(connection.get()).await;
        let answer = match asked {
            Ok(false) => Ok(()),
            Ok(true) => Err(StoreError::ReadOnly("it takes no writes".to_owned())),
            Err(error) => Err(error.into()),
        };
        connection.after(answer)
    }

    /// Closes the pool. Connections in use are closed when they are given back.
    pub(super) async fn close(&self) {
        self.0.places.close();
        let idle = std::mem::take(&mut *self.0.idle());
        let closing = async {
            for Idle { connection, .. } in idle {
                let _ = connection.close().await;
            }
        };
        // The server notices the end of a connection that was not closed in time, too.
        let _ = timeout(CLOSE_TIMEOUT, closing).await;
    }
}

impl Shared {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn birth(&self) -> Birth {
        Birth {
            round: self.round.load(Ordering::Acquire),
            epoch: self.epoch.load(Ordering::Acquire),
        }
    }

    fn is_aged(&self, birth: Birth) -> bool {
        let now = self.birth();
        birth.epoch != now.epoch || now.round - birth.round >= MOST_ROUNDS
    }

    /// Returns a connection to the pool, unless it is too old or the pool is closed.
    fn keep(&self, connection: PgConnection, birth: Birth) {
        if !self.places.is_closed() && !self.is_aged(birth) {
            let used = self.birth().round;
            self.idle().push(Idle {
                connection,
                birth,
                used,
            });
        }
    }

    /// Begins a round: closes the idle connections that are old, or have not been used for long.
    fn close_aged(&self) {
        let round = self.round.fetch_add(1, Ordering::AcqRel) + 1;
        self.idle()
            .retain(|idle| round - idle.used < MOST_IDLE_ROUNDS && !self.is_aged(idle.birth));
    }
}

impl PooledConnection {
    /// Returns the connection that runs statements.
    pub(super) fn get(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Returns the connection to the pool. Only for a connection outside a transaction whose
    /// statements have been answered.
    pub(super) fn give_back(self) {
        let Self {
            connection,
            birth,
            pool: PostgresPool(shared),
            _place,
        } = self;
        shared.keep(connection, birth);
    }

    /// Gives the connection back after what was done outside of a transaction, unless the error
    /// speaks of the server's health.
    pub(super) fn after<T>(self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        match &done {
            Err(error) if error.is_unavailable() => self.give_up(error),
            _ => self.give_back(),
        }
        done
    }

    /// Closes the connection for this reason. If the server is read-only, as after a switchover,
    /// closes all other connections, too.
    pub(super) fn give_up(self, reason: &StoreError) {
        if matches!(reason, StoreError::ReadOnly(_)) {
            self.pool.give_all_up();
        }
    }
}

/// Sets a new connection up. A database in SQL_ASCII holds bytes: the server would refuse to send a
/// row with some that are no UTF-8.
async fn adapt(connection: &mut PgConnection, encoding: &str) -> Result<(), sqlx::Error> {
    postgres_connect::set_up(connection).await?;
    if encoding == "SQL_ASCII" {
        let raw = sqlx::raw_sql("SET client_encoding TO 'SQL_ASCII'");
        raw.execute(connection).await?;
    }
    Ok(())
}
