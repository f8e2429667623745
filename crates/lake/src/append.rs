//! The door that intakes knock at.

use hannun_model::batch::Batch;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// The rows of one request. They are kept all or not at all.
#[derive(Debug)]
pub struct Append {
    pub batches: Vec<Batch>,
    /// Hash of what the client sent. The same hash within the retry window is the same request,
    /// sent again because its answer was lost. See [`content_hash`].
    pub content_hash: u128,
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    Stored,
    /// The same request was stored before; nothing was added.
    Duplicate,
}

/// Why an append was not kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// The client should send the same request again after a while.
    #[error("not accepted now: {reason}")]
    Busy { reason: &'static str, retry_after: Duration },
    /// The rows can never be kept as they are.
    #[error("not acceptable: {0}")]
    Invalid(String),
}

pub type AppendFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Appended, AppendError>> + Send + 'a>>;

/// Keeps batches.
pub trait Sink: Send + Sync {
    /// Returns once the rows are synced to disk and visible to queries.
    fn append(&self, append: Append) -> AppendFuture<'_>;
}

/// Hash of a request: the protocol and signal it came by, and its bytes before decompression.
pub fn content_hash(route: &str, body: &[u8]) -> u128 {
    xxhash_rust::xxh3::xxh3_128_with_seed(body, xxhash_rust::xxh3::xxh3_64(route.as_bytes()))
}
