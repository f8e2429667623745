//! Fluent forward: what Fluent Bit, Fluentd, Docker's fluentd driver and the fluent-logger libraries
//! send over TCP.
//!
//! Source: <https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1.5>. A chunk is
//! acknowledged once its events are durable. Senders on other machines authenticate by the
//! handshake of the protocol, with an intake key as the shared key.

pub mod handshake;
pub mod listener;
pub mod map;
#[cfg(test)]
mod tests;
pub mod wire;

pub use listener::{FluentOptions, serve};
