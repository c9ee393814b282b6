//! The bytes of a body, copied into one buffer that grows with what has arrived, and the memory
//! that the bodies of all connections may take together.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::http::error::ApiError;
use crate::settings::Settings;

/// Bytes that all bodies together may take beyond [`SMALL_BODY`] each.
const BUDGET: usize = 4 << 20;

/// Bytes of a body that are outside the budget. A login, a token or a password change is no
/// larger, so that they never wait for clients that send large bodies.
const SMALL_BODY: usize = 4 << 10;

/// Limits of the body of a request. Clones share the budget.
#[derive(Clone, Debug)]
pub struct BodyLimits {
    /// Bytes of the largest body that is read: MAX_BODY.
    pub most_bytes: usize,
    /// The time for a body to arrive, including the wait for the budget: REQUEST_TIMEOUT.
    pub timeout: Duration,
    /// Bytes of the budget that are free.
    free: Arc<Semaphore>,
}

impl BodyLimits {
    /// Creates the limits of each body by MAX_BODY and REQUEST_TIMEOUT, and a budget that holds at
    /// least one body of the largest size.
    pub fn new(settings: &Settings) -> Self {
        let most_bytes = settings.max_body.0;
        let timeout = settings.request_timeout.0.unsigned_abs();
        Self {
            most_bytes,
            timeout,
            free: Arc::new(Semaphore::new(
                BUDGET.max(most_bytes).min(Semaphore::MAX_PERMITS),
            )),
        }
    }
}

/// A whole body. Dropping it returns its share of the budget.
pub(crate) struct Buffered {
    pub(crate) bytes: Vec<u8>,
    pub(crate) share: Option<OwnedSemaphorePermit>,
}

impl Buffered {
    /// Reads a body to its end.
    ///
    /// # Errors
    ///
    /// [`ApiError::TooLarge`] as soon as the body is known to be: by its `Content-Length` before
    /// anything is read. [`ApiError::BodyTimeout`] if it does not arrive in time, and
    /// [`ApiError::Busy`] if other bodies leave no room for it in that time. [`ApiError::Parse`] if
    /// it ends early.
    pub(crate) async fn read(limits: &BodyLimits, mut body: Body) -> Result<Self, ApiError> {
        let too_large = || ApiError::TooLarge(limits.most_bytes);
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > limits.most_bytes {
            return Err(too_large());
        }
        let deadline = Instant::now() + limits.timeout;
        let mut buffered = Self {
            bytes: Vec::new(),
            share: None,
        };
        loop {
            let Ok(frame) = timeout_at(deadline, body.frame()).await else {
                return Err(ApiError::BodyTimeout);
            };
            let Some(frame) = frame else {
                return Ok(buffered);
            };
            let frame =
                frame.map_err(|error| ApiError::Parse(format!("The body ended early: {error}")))?;
            // Trailers are none of ours.
            let Ok(data) = frame.into_data() else {
                continue;
            };
            let length = buffered.bytes.len() + data.len();
            if length > limits.most_bytes {
                return Err(too_large());
            }
            let room = timeout_at(deadline, buffered.make_room(limits, length)).await;
            room.map_err(|_| ApiError::Busy)?;
            buffered.bytes.extend_from_slice(&data);
        }
    }

    /// Grows the buffer to hold `length` bytes, at least by doubling, once the budget has room.
    async fn make_room(&mut self, limits: &BodyLimits, length: usize) {
        let capacity = self.bytes.capacity();
        if length <= capacity {
            return;
        }
        let wanted = length.max(capacity * 2).min(limits.most_bytes);
        let beyond_small = |bytes: usize| bytes.saturating_sub(SMALL_BODY);
        let more = beyond_small(wanted) - beyond_small(capacity);
        if let Ok(more) = u32::try_from(more)
            && more > 0
        {
            let free = Arc::clone(&limits.free);
            let share = free.acquire_many_owned(more).await;
            let share = share.expect("the budget is never closed");
            match &mut self.share {
                Some(held) => held.merge(share),
                None => self.share = Some(share),
            }
        }
        self.bytes.reserve_exact(wanted - self.bytes.len());
    }
}
