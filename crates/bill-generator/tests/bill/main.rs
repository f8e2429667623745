//! Generated bills, read back by code that knows only the formats.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod formats;
mod layout;
mod read;
mod truth;
