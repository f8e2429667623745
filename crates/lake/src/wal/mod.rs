//! The write-ahead log: what is acknowledged is in it, synced, before the answer leaves.
//!
//! The log is a row of *segments*, each named after the position of its first record. A *record*
//! is the rows of one request. Many requests share one sync (group commit). A segment starts with
//! the requests remembered for retries, so that an older segment can be deleted without
//! forgetting them.

pub mod extent;
pub mod files;
pub mod format;
pub mod payload;
pub mod writer;
