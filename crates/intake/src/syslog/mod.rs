//! Syslog: RFC 5424 and RFC 3164 over UDP and TCP.
//!
//! Syslog has neither keys nor acknowledgements: whoever reaches the address may send, and what a
//! sender wrote into its socket when the server ended is lost. Over TCP (RFC 6587) a sender is
//! pushed back by not being read; over UDP (RFC 5426) what finds no room is dropped and counted.

pub mod listener;
pub mod map;
#[cfg(test)]
mod tests;
pub mod wire;

pub use listener::{serve_tcp, serve_udp};
