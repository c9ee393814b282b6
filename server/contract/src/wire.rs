//! Requests as they stand in the cases, over HTTP/1.1, a connection each.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use http::{HeaderMap, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The longest time for an answer. Long, because the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// The address of a server.
#[derive(Clone, Debug)]
pub struct Base {
    /// Host and port.
    authority: String,
    /// The prefix of every path; mostly empty.
    prefix: String,
}

/// An answer, read to its end.
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Base {
    /// Takes `http://HOST[:PORT][/PATH]`.
    ///
    /// # Errors
    /// If the text is no such URL.
    pub fn new(url: &str) -> Result<Self> {
        let uri: Uri = url.parse().with_context(|| url.to_owned())?;
        if uri.scheme_str() != Some("http") {
            bail!("{url}: only http:// is spoken here");
        }
        let authority = uri.authority().context("no host in the URL")?;
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self {
            authority: format!("{}:{port}", authority.host()),
            prefix: uri.path().trim_end_matches('/').to_owned(),
        })
    }

    /// Asks; the path and the headers go out as they are.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(String, Vec<u8>)],
        body: Vec<u8>,
    ) -> Result<Received> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.prefix))
            .header("Host", &self.authority);
        for (name, value) in headers {
            request = request.header(name, value.as_slice());
        }
        let request = request.body(Full::new(Bytes::from(body)))?;
        let answered = tokio::time::timeout(PATIENCE, self.send(request)).await;
        answered.context("no answer")?
    }

    /// Asks `/healthz`; an error unless that is well.
    ///
    /// # Errors
    /// If the answer is another one, or none.
    pub async fn is_healthy(&self) -> Result<()> {
        let answer = self.ask("GET", "/healthz", &[], Vec::new()).await?;
        match answer.status {
            200 => Ok(()),
            status => bail!("/healthz answers {status}"),
        }
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Received> {
        let stream = TcpStream::connect(&self.authority)
            .await
            .with_context(|| self.authority.clone())?;
        stream.set_nodelay(true)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        drop(sender);
        // Only the answer matters; how the connection ends is the server's.
        let _ = connection.await;
        Ok(Received {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        })
    }
}
