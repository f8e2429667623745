//! Records of senders that follow no schema: lines of text and JSON objects, to rows of `logs`.
//!
//! Each protocol hands over what it knows itself ([`Hints`]) and the record; the usual places of
//! time, severity, message, service, host, container and trace are looked up here ([`fields`]).
//! What is not known stays an attribute, so that nothing is lost by guessing.

pub mod fields;
pub mod find;
pub mod fuzz;
pub mod json;
pub mod rows;
pub mod severity;
#[cfg(test)]
pub(crate) mod tests;
pub mod text;
pub mod time;

pub use rows::{Hints, LogRows, Record};
