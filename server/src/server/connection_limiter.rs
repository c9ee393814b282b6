//! The limits on open connections: of all clients together, and of each client.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::network::{Network, TrustedProxies};
use crate::server::limits::Limits;
use crate::server::open_files;

/// The pause after a failure to accept, such as exhausted file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections that wait to be accepted, at most: what tokio asks of the system.
const MOST_WAITING: usize = 1024;

/// Accepts connections within the limits.
pub(crate) struct ConnectionLimiter {
    listener: TcpListener,
    /// The number of queued connections that may still be accepted while draining; new ones may
    /// arrive as fast.
    left_waiting: usize,
    slots: Arc<Semaphore>,
    clients: PerClient,
    open: Gauge,
    proxies: TrustedProxies,
}

/// An accepted connection. It counts for as long as its permit lives.
pub(crate) struct Accepted {
    pub(crate) stream: TcpStream,
    pub(crate) address: IpAddr,
    pub(crate) place: ConnectionPermit,
}

/// A connection that is counted for as long as this is held.
pub(crate) struct ConnectionPermit {
    open: Gauge,
    _slot: OwnedSemaphorePermit,
    _of_client: Option<ClientPermit>,
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.open.dec();
    }
}

impl ConnectionLimiter {
    /// Creates a limiter without connections.
    pub(crate) fn new(listener: TcpListener, limits: &Limits) -> Self {
        let wanted = limits.connections.get();
        let slots = wanted
            .min(open_files::for_connections())
            .min(Semaphore::MAX_PERMITS);
        if slots < wanted {
            tracing::warn!(
                "MAX_CONNECTIONS is {wanted}, but the system allows no more than {slots} besides \
                 the files that are open; `ulimit -n` raises that"
            );
        }
        Self {
            listener,
            left_waiting: MOST_WAITING,
            slots: Arc::new(Semaphore::new(slots)),
            clients: PerClient::at_most(limits.connections_per_address),
            open: limits.open.clone(),
            proxies: limits.trusted_proxies.clone(),
        }
    }

    /// Places for further connections.
    pub(crate) fn slots(&self) -> Arc<Semaphore> {
        Arc::clone(&self.slots)
    }

    async fn free_slot(&self) -> OwnedSemaphorePermit {
        let slot = self.slots().acquire_owned().await;
        slot.expect("it is never closed")
    }

    /// Lets the next one in, when there is room.
    pub(crate) async fn next(&self) -> Accepted {
        let mut has_complained = false;
        loop {
            let slot = self.free_slot().await;
            let (stream, address) = match self.listener.accept().await {
                Ok((stream, address)) => (stream, address.ip()),
                Err(error) => {
                    if !std::mem::replace(&mut has_complained, true) {
                        tracing::warn!(%error, "no connection can be accepted for now");
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            if let Some(accepted) = self.let_in(stream, address, slot) {
                return accepted;
            }
        }
    }

    /// Accepts the next connection that is queued already, when the limits allow it; `None` if the
    /// queue is empty.
    pub(crate) async fn next_waiting(&mut self) -> Option<Accepted> {
        while self.left_waiting > 0 {
            self.left_waiting -= 1;
            let slot = self.free_slot().await;
            match self.accept_now() {
                Ok((stream, address)) => {
                    if let Some(accepted) = self.let_in(stream, address, slot) {
                        return Some(accepted);
                    }
                }
                // Its client has left meanwhile; the next one has not.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(_) => return None,
            }
        }
        None
    }

    /// Accepts a connection that waits, without waiting for one. tokio's `accept` asks the system
    /// only once the system has announced a connection.
    fn accept_now(&self) -> io::Result<(TcpStream, IpAddr)> {
        let (stream, address) = SockRef::from(&self.listener).accept()?;
        let address = address.as_socket().ok_or(ErrorKind::Unsupported)?;
        let stream = std::net::TcpStream::from(stream);
        stream.set_nonblocking(true)?;
        Ok((TcpStream::from_std(stream)?, address.ip()))
    }

    /// Accepts a connection; `None` if its client has too many, and closes it.
    fn let_in(
        &self,
        stream: TcpStream,
        address: IpAddr,
        slot: OwnedSemaphorePermit,
    ) -> Option<Accepted> {
        let of_client = self.clients.place(Network::of(address));
        if of_client.is_none() && !self.proxies.contains(address) {
            tracing::debug!(%address, "a client has too many connections; one is closed");
            return None;
        }
        self.open.inc();
        // Answers are small: sent at once they are sooner there. Without it they still arrive.
        let _ = stream.set_nodelay(true);
        Some(Accepted {
            stream,
            address,
            place: ConnectionPermit {
                open: self.open.clone(),
                _slot: slot,
                _of_client: of_client,
            },
        })
    }
}

/// Counts the connections of each client, up to a limit. Clones share the counts.
#[derive(Clone, Debug)]
struct PerClient {
    most: NonZeroUsize,
    counts: Arc<Mutex<HashMap<Network, usize>>>,
}

impl PerClient {
    /// Lets each client have at most so many.
    fn at_most(most: NonZeroUsize) -> Self {
        Self {
            most,
            counts: Arc::default(),
        }
    }

    /// Returns a permit for one more connection of a client; `None` at the client's limit.
    fn place(&self, client: Network) -> Option<ClientPermit> {
        let mut counts = self.counts();
        let count = counts.entry(client).or_default();
        if *count >= self.most.get() {
            return None;
        }
        *count += 1;
        Some(ClientPermit {
            all: self.clone(),
            client,
        })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Network, usize>> {
        // The counts are consistent at every moment, so a panic leaves no half-made state.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A permit for one connection of a client.
#[derive(Debug)]
struct ClientPermit {
    all: PerClient,
    client: Network,
}

impl Drop for ClientPermit {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.all.counts().entry(self.client) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_as_many_places_as_it_may_and_each_is_given_back() {
        let all = PerClient::at_most(NonZeroUsize::new(2).unwrap());
        let client = |text: &str| Network::of(text.parse().unwrap());
        let one = all.place(client("192.0.2.1")).unwrap();
        let _other = all.place(client("192.0.2.1")).unwrap();
        assert!(all.place(client("192.0.2.1")).is_none());
        let elsewhere = all.place(client("192.0.2.2")).unwrap();
        drop(one);
        assert!(all.place(client("192.0.2.1")).is_some());
        drop(elsewhere);
        assert_eq!(all.counts().len(), 1, "who has none is not remembered");
    }
}
