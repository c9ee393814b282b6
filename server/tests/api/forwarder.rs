//! A proxy before a server, which can stall as a machine does that is frozen or unplugged.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone, Copy, Default)]
struct State {
    /// Whether new connections stall.
    is_frozen: bool,
    /// Connections before this one stall for ever.
    lost_before: usize,
}

impl State {
    fn lets_through(&self, connection: usize) -> bool {
        !self.is_frozen && connection >= self.lost_before
    }
}

/// Forwards bytes to the server of a URL, unless it is told to stall.
pub(crate) struct Forwarder {
    address: SocketAddr,
    state: watch::Sender<State>,
    accepted: watch::Sender<usize>,
}

impl Forwarder {
    pub(crate) async fn new(url: &str) -> Self {
        let url: url::Url = url.parse().unwrap();
        let target = (
            url.host_str().unwrap().to_owned(),
            url.port().unwrap_or(5432),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, (accepted, _)) = (watch::Sender::new(State::default()), watch::channel(0));
        let (states, count) = (state.clone(), accepted.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = *count.borrow();
                count.send_modify(|count| *count += 1);
                tokio::spawn(forward(client, target.clone(), number, states.subscribe()));
            }
        });
        Self {
            address,
            state,
            accepted,
        }
    }

    /// The URL with this in the server's place.
    pub(crate) fn before(&self, url: &str) -> String {
        let mut url: url::Url = url.parse().unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url.into()
    }

    /// Every connection stalls, and new ones do, too.
    pub(crate) fn freeze(&self) {
        self.state.send_modify(|state| state.is_frozen = true);
    }

    /// New connections reach the server; those that there are stall for ever.
    pub(crate) fn switch(&self) {
        let lost_before = *self.accepted.borrow();
        self.state.send_replace(State {
            is_frozen: false,
            lost_before,
        });
    }
}

async fn forward(
    client: TcpStream,
    target: (String, u16),
    number: usize,
    state: watch::Receiver<State>,
) {
    let mut opening = state.clone();
    let _ = opening.wait_for(|state| state.lets_through(number)).await;
    let Ok(server) = TcpStream::connect((target.0.as_str(), target.1)).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = pump(from_client, to_server, number, state.clone()) => {}
        () = pump(from_server, to_client, number, state) => {}
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    number: usize,
    mut state: watch::Receiver<State>,
) {
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        let _ = state.wait_for(|state| state.lets_through(number)).await;
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
