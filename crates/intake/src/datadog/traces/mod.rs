//! Traces of Datadog's tracers and agents, in every version of the payload that they send.
//!
//! A payload is read once: the spans of a chunk as borrowed fields in buffers that are used again
//! ([`span`]), then as rows ([`map`]). A payload that is malformed anywhere is refused whole, with
//! the place of the fault; a span with a time that cannot be is left out and counted.

pub mod info;
pub mod map;
pub mod msgpack;
pub mod proto;
pub mod receive;
mod routes;
pub mod sampling;
pub mod span;
#[cfg(test)]
mod tests;
pub mod v04;
pub mod v05;
pub mod v07;

pub use routes::routes;
