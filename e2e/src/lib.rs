//! Harness of the end-to-end tests: starts the built `hannun`, talks to it, stops or kills it.
//!
//! A test starts with [`Server::start`] on a folder of its own, sends requests that [`otlp`] made
//! or lets a client that others wrote do it ([`tools`]), and asserts rows by [`Server::rows`].
//!
//! Environment: `HANNUN_BIN` names the binary, `HANNUN_PYTHON` a Python with
//! `e2e/requirements.txt` installed, `HANNUN_NODE_MODULES` the folder where npm installed
//! `e2e/package-lock.json`. Without a tool a test prints `SKIPPED`, unless `CI` is set.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a harness fails its test at the first surprise; it is linked into nothing else"
)]

pub mod events;
pub mod http;
pub mod msgpack;
pub mod otlp;
pub mod random;
pub mod server;
pub mod session;
pub mod stores;
pub mod tools;

pub use events::Events;
pub use http::Response;
pub use server::{Server, ServerOptions};
pub use session::Session;

use serde_json::Value;

/// One row of an SQL answer.
pub type Row = serde_json::Map<String, Value>;

/// The integer in this column.
pub fn int(row: &Row, column: &str) -> i64 {
    row[column].as_i64().unwrap_or_else(|| panic!("{column} is no integer in {row:?}"))
}

/// The text in this column.
pub fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row[column].as_str().unwrap_or_else(|| panic!("{column} is no text in {row:?}"))
}

/// Nanoseconds since 1970, now.
pub fn now_ns() -> u64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since_epoch.as_nanos()).unwrap()
}

/// Asks until the answer is true; fails the test when it still is not after `seconds`.
pub fn eventually(what: &str, seconds: u64, mut holds: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(seconds);
    while !holds() {
        assert!(std::time::Instant::now() < deadline, "not after {seconds} s: {what}");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}
