//! What clients may ask of the server before they have asked for anything: connections and time.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use signet::network::TrustedProxies;
use signet::server::{Limits, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long anything may take that is waited for. Long: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Limits that no test comes near.
fn wide() -> Limits {
    Limits {
        connections: NonZeroUsize::new(100).unwrap(),
        connections_per_address: NonZeroUsize::new(100).unwrap(),
        trusted_proxies: TrustedProxies::new(&[]),
        header_timeout: PATIENCE,
        keep_alive_timeout: PATIENCE,
        write_timeout: PATIENCE,
        drain_timeout: PATIENCE,
        open: Default::default(),
    }
}

/// The real accept loop before a router that writes down what it was asked for.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<bool>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer = {
            let asked = Arc::clone(&asked);
            async move |Path(name): Path<String>| {
                asked.lock().unwrap().push(name);
                "hello"
            }
        };
        let never = get(std::future::pending::<()>);
        let more = get(async || "x".repeat(64 << 20));
        let router = Router::new()
            .route("/{name}", get(answer))
            .route("/never/ends", never)
            .route("/more-than/buffers-hold", more);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(run(listener, router, limits, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            asked,
            stop,
            ended,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn send(stream: &mut TcpStream, name: &str) {
    let request = format!("GET /{name} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // A connection that has been closed may say so here or when it is read.
    let _ = stream.write_all(request.as_bytes()).await;
}

/// `true` if the request is answered, `false` if the connection ends instead.
async fn is_answered(stream: &mut TcpStream) -> bool {
    let mut answer = Vec::new();
    let whole = async {
        while !answer.ends_with(b"hello") {
            match stream.read_buf(&mut answer).await {
                Ok(0) | Err(_) => return false,
                Ok(_) => {}
            }
        }
        true
    };
    tokio::time::timeout(PATIENCE, whole).await.unwrap()
}

async fn is_served(stream: &mut TcpStream, name: &str) -> bool {
    send(stream, name).await;
    is_answered(stream).await
}

fn two() -> NonZeroUsize {
    NonZeroUsize::new(2).unwrap()
}

#[tokio::test]
async fn a_client_with_too_many_connections_is_refused_until_it_closes_one() {
    let server = Server::start(Limits {
        connections_per_address: two(),
        ..wide()
    })
    .await;
    let (mut one, mut other) = (server.connect().await, server.connect().await);
    assert!(is_served(&mut one, "one").await);
    assert!(is_served(&mut other, "other").await);
    assert!(!is_served(&mut server.connect().await, "third").await);
    assert!(is_served(&mut one, "one-again").await, "the others live on");
    drop(one);
    // The server learns of it when it next looks.
    while !is_served(&mut server.connect().await, "fourth").await {}
    assert_eq!(server.asked(), ["one", "other", "one-again", "fourth"]);
}

#[tokio::test]
async fn the_connections_of_a_trusted_proxy_are_those_of_many() {
    let server = Server::start(Limits {
        connections_per_address: two(),
        trusted_proxies: TrustedProxies::new(&["127.0.0.0/8".parse().unwrap()]),
        ..wide()
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..5 {
        let mut connection = server.connect().await;
        assert!(is_served(&mut connection, "x").await);
        open.push(connection);
    }
}

#[tokio::test]
async fn beyond_all_connections_others_wait_and_are_served() {
    let server = Server::start(Limits {
        connections: two(),
        ..wide()
    })
    .await;
    let (mut one, mut other) = (server.connect().await, server.connect().await);
    assert!(is_served(&mut one, "one").await);
    assert!(is_served(&mut other, "other").await);
    let mut waiting = server.connect().await;
    send(&mut waiting, "waiting").await;
    assert!(is_served(&mut one, "one-again").await);
    assert_eq!(server.asked(), ["one", "other", "one-again"]);
    drop(other);
    assert!(is_answered(&mut waiting).await);
    assert_eq!(server.asked().last().unwrap(), "waiting");
}

#[tokio::test]
async fn whoever_sends_no_head_in_time_is_not_waited_for() {
    let server = Server::start(Limits {
        header_timeout: Duration::from_millis(50),
        keep_alive_timeout: Duration::from_millis(50),
        ..wide()
    })
    .await;
    for beginning in ["", "GET /slow HTTP/1.1\r\nHost: loc"] {
        let mut stream = server.connect().await;
        stream.write_all(beginning.as_bytes()).await.unwrap();
        assert!(!is_answered(&mut stream).await);
    }
    // On a busy machine quick may not be quick enough at once.
    let mut stream = loop {
        let mut stream = server.connect().await;
        if is_served(&mut stream, "quick").await {
            break stream;
        }
    };
    assert!(!is_answered(&mut stream).await, "nor for a second request");
}

#[tokio::test]
async fn a_head_may_hold_a_long_token_but_not_grow_without_end() {
    let server = Server::start(wide()).await;
    let name_with_header = |size| format!("x HTTP/1.1\r\nX-Token: {}\r\nX-End:", "a".repeat(size));
    let mut stream = server.connect().await;
    assert!(is_served(&mut stream, &name_with_header(8 * 1024)).await);
    let mut stream = server.connect().await;
    assert!(!is_served(&mut stream, &name_with_header(200 * 1024)).await);
    assert_eq!(server.asked(), ["x"]);
}

#[tokio::test]
async fn whoever_reads_no_answer_does_not_keep_its_connection() {
    let server = Server::start(Limits {
        connections: two(),
        write_timeout: Duration::from_millis(50),
        ..wide()
    })
    .await;
    let (mut one, mut other) = (server.connect().await, server.connect().await);
    send(&mut one, "more-than/buffers-hold").await;
    send(&mut other, "more-than/buffers-hold").await;
    assert!(is_served(&mut server.connect().await, "waiting").await);
    // Both were open until now.
    drop((one, other));
}

/// Half a kibibyte a second, in pieces that are taken more often than the time-out.
#[tokio::test]
async fn whoever_reads_an_answer_too_slowly_does_not_keep_its_connection() {
    let server = Server::start(Limits {
        connections: NonZeroUsize::MIN,
        write_timeout: Duration::from_millis(500),
        ..wide()
    })
    .await;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    let mut slow = socket.connect(server.address).await.unwrap();
    send(&mut slow, "more-than/buffers-hold").await;
    let reads = async {
        let mut piece = [0; 50];
        while slow.read(&mut piece).await.is_ok_and(|read| read > 0) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut waiting = server.connect().await;
    tokio::select! {
        () = reads => {}
        answered = is_served(&mut waiting, "waiting") => assert!(answered),
    }
}

#[tokio::test]
async fn what_cannot_be_answered_in_time_is_dropped_at_the_end() {
    let server = Server::start(Limits {
        drain_timeout: Duration::from_millis(50),
        ..wide()
    })
    .await;
    let mut stream = server.connect().await;
    assert!(is_served(&mut stream, "one").await);
    send(&mut stream, "never/ends").await;
    server.stop.send(()).unwrap();
    // Whether the request has arrived by then or not, the server does not wait for ever.
    let ended = tokio::time::timeout(PATIENCE, server.ended).await;
    ended.unwrap().unwrap();
}
