//! The socket of a client, with the time limits of reading, writing and draining.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, Sleep, sleep_until};

/// Bytes a second that a client must take of its answers once the system's buffers are full. A
/// telephone on a very bad line takes several times as many.
const LEAST_RATE: u32 = 1024;

/// The time that a new connection has for its first request once the server stops.
const FIRST_REQUEST_GRACE: Duration = Duration::from_secs(1);

/// The time for which the server reads and discards input after the last answer of a connection.
/// Closing a socket with unread input resets the connection, and the client may lose its answer.
const LINGER: Duration = Duration::from_secs(1);

/// Bytes that are read at a time. hyper's buffer for a connection grows when more arrive at once
/// than it asked for, which is twice as many.
const LARGEST_READ: usize = 4096;

/// The time limits of a client, from [`Limits`](crate::server::limits::Limits).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) header: Duration,
    pub(crate) keep_alive: Duration,
    pub(crate) write: Duration,
}

/// The state of a connection, shared by its service and its stream.
#[derive(Clone, Debug)]
pub(crate) struct Activity(Arc<Mutex<(Phase, Instant)>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No byte has been received.
    New,
    /// A head has begun.
    Head,
    /// A handler is at work; the time its body may take is the handler's concern.
    Request,
    /// An answer has been made, and no byte received since.
    KeptAlive,
}

impl Activity {
    /// Of a connection that has just been accepted.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new((Phase::New, Instant::now()))))
    }

    /// The head of a request is complete.
    pub(crate) fn request_begins(&self) {
        self.set(Phase::Request);
    }

    /// Its answer has been made.
    pub(crate) fn request_ends(&self) {
        self.set(Phase::KeptAlive);
    }

    fn bytes_received(&self) {
        if matches!(self.get().0, Phase::New | Phase::KeptAlive) {
            self.set(Phase::Head);
        }
    }

    /// The phase, and since when.
    fn get(&self) -> (Phase, Instant) {
        *self.lock()
    }

    fn set(&self, phase: Phase) {
        *self.lock() = (phase, Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, (Phase, Instant)> {
        // The pair is written at once, so a panic leaves no half-made state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket that ends when its client takes too long, or when the server stops and all received
/// requests are answered.
///
/// hyper sees the end as the end of the stream while no request has begun, so that it closes the
/// connection as if the client had.
pub(crate) struct ClientStream {
    socket: TcpStream,
    activity: Activity,
    timeouts: Timeouts,
    /// Places for further connections.
    slots: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
    silence: Timer,
    /// The rest of [`Timeouts::write`].
    patience: Duration,
    /// Since when an answer waits for the client.
    blocked_since: Option<Instant>,
    write_timer: Timer,
    has_said_goodbye: bool,
    /// The client has closed its side, or no request is under way: the end need not wait.
    is_over: bool,
}

impl ClientStream {
    pub(crate) fn new(
        socket: TcpStream,
        activity: Activity,
        timeouts: Timeouts,
        slots: Arc<Semaphore>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            socket,
            activity,
            timeouts,
            slots,
            stop,
            silence: Timer::default(),
            patience: timeouts.write,
            blocked_since: None,
            write_timer: Timer::default(),
            has_said_goodbye: false,
            is_over: false,
        }
    }

    /// Ends the stream when the client has been silent for too long.
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (phase, since) = self.activity.get();
        let is_stopping = *self.stop.borrow();
        match phase {
            Phase::Request => return Poll::Pending,
            Phase::Head => {
                let header = self.timeouts.header;
                ready!(self.silence.poll(cx, since, |_| header));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            Phase::KeptAlive if is_stopping => {
                // What the system has received but not announced yet is answered, too.
                if self.has_unread() {
                    return Poll::Pending;
                }
            }
            Phase::KeptAlive => {
                let Timeouts {
                    header, keep_alive, ..
                } = self.timeouts;
                let slots = &self.slots;
                ready!(self.silence.poll(cx, since, |waited| {
                    let is_crowded = slots.available_permits() == 0;
                    if is_crowded && waited >= header {
                        waited
                    } else {
                        keep_alive.min(waited + header)
                    }
                }));
            }
            Phase::New => {
                let header = self.timeouts.header;
                let allowed = if is_stopping {
                    header.min(FIRST_REQUEST_GRACE)
                } else {
                    header
                };
                ready!(self.silence.poll(cx, since, |_| allowed));
            }
        }
        self.is_over = true;
        Poll::Ready(Ok(()))
    }

    fn has_unread(&self) -> bool {
        let mut byte = [MaybeUninit::uninit()];
        matches!(SockRef::from(&self.socket).peek(&mut byte), Ok(1))
    }

    /// Ends the connection when the client takes its answers too slowly.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let since = *self.blocked_since.get_or_insert_with(Instant::now);
        let patience = self.patience;
        ready!(self.write_timer.poll(cx, since, |_| patience));
        // The system would go on for the answer's sake.
        let _ = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }

    /// Judges an attempt to write.
    fn written(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending => self.poll_patience(cx).map(Err),
            Poll::Ready(Ok(bytes)) => {
                if let Some(since) = self.blocked_since.take() {
                    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
                    let earned = Duration::from_secs(1) * bytes / LEAST_RATE;
                    let left = self.patience.saturating_sub(since.elapsed());
                    self.patience = (left + earned).min(self.timeouts.write);
                }
                Poll::Ready(Ok(bytes))
            }
            failed => failed,
        }
    }

    /// Reads on until the client has ended its side, or [`LINGER`] is over.
    fn poll_linger(&mut self, cx: &mut Context<'_>, since: Instant) -> Poll<()> {
        let mut scratch = [0; LARGEST_READ];
        while self.silence.poll(cx, since, |_| LINGER).is_pending() {
            let mut dropped = ReadBuf::new(&mut scratch);
            match ready!(Pin::new(&mut self.socket).poll_read(cx, &mut dropped)) {
                Ok(()) if !dropped.filled().is_empty() => {}
                _ => break,
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let mut scratch = [0; LARGEST_READ];
        let size = buffer.remaining().min(LARGEST_READ);
        let mut received = ReadBuf::new(&mut scratch[..size]);
        match Pin::new(&mut this.socket).poll_read(cx, &mut received) {
            Poll::Pending => this.poll_silence(cx),
            Poll::Ready(Ok(())) => {
                if received.filled().is_empty() {
                    this.is_over = true
                } else {
                    this.activity.bytes_received()
                }
                buffer.put_slice(received.filled());
                Poll::Ready(Ok(()))
            }
            failed => failed,
        }
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.socket).poll_write(cx, bytes);
        this.written(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.socket).poll_write_vectored(cx, slices);
        this.written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.has_said_goodbye {
            ready!(Pin::new(&mut this.socket).poll_shutdown(cx))?;
            this.has_said_goodbye = true;
            this.activity.request_ends();
        }
        if !this.is_over {
            let (_, since) = this.activity.get();
            ready!(this.poll_linger(cx, since));
        }
        Poll::Ready(Ok(()))
    }
}

/// Tells when a time is over that began at some moment.
#[derive(Default)]
struct Timer(Option<(Instant, Pin<Box<Sleep>>)>);

impl Timer {
    /// Ready once as much time has passed since `since` as `allowed` says, which is asked again
    /// whenever that has passed: it may then allow more, by what has been waited for.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        since: Instant,
        allowed: impl Fn(Duration) -> Duration,
    ) -> Poll<()> {
        let deadline = |waited| since + allowed(waited);
        let (began, sleep) = self.0.get_or_insert_with(|| {
            let sleep = sleep_until(deadline(Duration::ZERO));
            (since, Box::pin(sleep))
        });
        if *began != since || deadline(Duration::ZERO) < sleep.deadline() {
            *began = since;
            sleep.as_mut().reset(deadline(Duration::ZERO));
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            let later = deadline(since.elapsed());
            if later <= Instant::now() {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(later);
        }
    }
}
