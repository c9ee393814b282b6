//! One client: a connection that stays open, and one request at a time.

use std::net::SocketAddr;

use anyhow::Result;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A connection to the server.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Seconds after which to ask again, if it says so.
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: Bytes,
}

impl Client {
    /// Connects.
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // The next request reports its end.
        tokio::spawn(connection);
        Ok(Self { sender })
    }

    /// Posts a body of JSON.
    pub(crate) async fn post(&mut self, path: &'static str, body: String) -> Result<Answer> {
        let request = Request::post(path)
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(body))?;
        self.sender.ready().await?;
        let (head, body) = self.sender.send_request(request).await?.into_parts();
        let retry_after = head.headers.get(header::RETRY_AFTER);
        Ok(Answer {
            status: head.status,
            retry_after: retry_after.and_then(|value| value.to_str().ok()?.parse().ok()),
            body: body.collect().await?.to_bytes(),
        })
    }
}
