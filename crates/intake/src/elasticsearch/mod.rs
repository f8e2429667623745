//! The part of Elasticsearch's API that shippers of logs use: `_bulk`, single documents, and the
//! questions that they ask before.
//!
//! Documents are appended: an id is kept as the attribute `_id` and does not replace an earlier
//! document. Sources: <https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk>
//! and the shippers themselves.

pub mod handshake;
pub mod map;
pub mod routes;
#[cfg(test)]
mod tests;
pub mod wire;

pub use routes::router;
