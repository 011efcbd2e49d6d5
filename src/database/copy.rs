//! COPY in both directions as a stream of large buffers: nothing is kept, and the network's pace is felt.

use std::io::Cursor;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio_postgres::CopyInSink;

use super::{BatchFailure, Session};

/// How long the answer to a COPY may take; the locks that it waits for have a limit of their own, which is shorter.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// Where buffers go when they have been sent.
pub trait Home: Send + Sync {
    /// Takes back what is not needed any more.
    fn take_back(&self, bytes: Vec<u8>);
}

/// A buffer that goes back to whoever fills it when it has been sent.
#[expect(
    missing_debug_implementations,
    reason = "whoever takes it back need have none"
)]
pub struct Buffer {
    bytes: Vec<u8>,
    home: Option<Arc<dyn Home>>,
}

impl Buffer {
    /// A buffer, and where it goes when it has been sent.
    #[must_use]
    pub fn new(bytes: Vec<u8>, home: Option<Arc<dyn Home>>) -> Self {
        Self { bytes, home }
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(home) = self.home.take() {
            home.take_back(std::mem::take(&mut self.bytes));
        }
    }
}

/// An open `copy … from stdin`.
#[expect(
    missing_debug_implementations,
    reason = "the sink of tokio-postgres has none"
)]
pub struct CopyIn<'s> {
    sink: Pin<Box<CopyInSink<Cursor<Buffer>>>>,
    session: &'s Session,
}

impl CopyIn<'_> {
    /// Sends a buffer; waits while the server is behind.
    ///
    /// # Errors
    /// When the server has refused what came before.
    pub async fn send(&mut self, buffer: Buffer) -> Result<(), BatchFailure> {
        let sent = self.sink.feed(Cursor::new(buffer)).await;
        sent.map_err(|error| self.session.failure(error))
    }

    /// Ends the stream; returns the rows that the server took.
    ///
    /// # Errors
    /// When the server refuses them.
    pub async fn finish(mut self) -> Result<u64, BatchFailure> {
        let finished = self.sink.as_mut().finish().await;
        finished.map_err(|error| self.session.failure(error))
    }
}

impl Session {
    /// Opens a `copy … from stdin`.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn copy_in(&self, sql: &str) -> Result<CopyIn<'_>, BatchFailure> {
        let sink = self
            .client()
            .copy_in(sql)
            .await
            .map_err(|error| self.failure(error))?;
        Ok(CopyIn {
            sink: Box::pin(sink),
            session: self,
        })
    }

    /// The same; `None` when nothing is heard for a minute. The statement is cancelled then, and the session is of no more
    /// use: some poolers do not pass on a COPY of the extended protocol, and say nothing.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn copy_in_unless_silent(
        &self,
        sql: &str,
    ) -> Result<Option<CopyIn<'_>>, BatchFailure> {
        let Ok(opened) = tokio::time::timeout(LONGEST_SILENCE, self.copy_in(sql)).await else {
            self.lost.store(true, Ordering::Relaxed);
            self.cancellation().cancel().await;
            return Ok(None);
        };
        opened.map(Some)
    }

    /// Runs a `copy … to stdout` and hands over its bytes as they come: for the binary and text forms, one row each.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn copy_out(
        &self,
        sql: &str,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), BatchFailure> {
        let stream = self
            .client()
            .copy_out(sql)
            .await
            .map_err(|error| self.failure(error))?;
        let mut stream = std::pin::pin!(stream);
        while let Some(bytes) = stream.next().await {
            take(&bytes.map_err(|error| self.failure(error))?);
        }
        Ok(())
    }
}
