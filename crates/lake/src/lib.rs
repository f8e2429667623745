//! Where telemetry is kept: a write-ahead log, a live buffer, sorted Parquet files and a catalog.
//!
//! Intakes hand batches to a [`append::Sink`]; an answer of success means that the rows are on
//! disk and in the next query's answer. Read [`lake`] first, then follow a row: [`append`] →
//! [`wal`] → [`buffer`] → [`publish`] → [`compact`] → [`retention`]. [`state`] is what queries see.

pub mod append;
pub mod bills;
pub mod buffer;
pub mod catalog;
pub mod checked_store;
pub mod clock;
pub mod compact;
pub mod counters;
pub mod description;
pub mod doctor;
pub mod error;
pub mod file;
mod file_writer;
pub mod folder_lock;
pub mod lake;
pub mod leftovers;
pub mod losses;
pub mod maintain;
pub mod open;
pub mod options;
pub mod parquet_file;
pub mod publish;
pub mod rebuild;
pub mod retention;
pub mod retry_window;
pub mod scan;
pub mod sort;
pub mod state;
pub mod store;
pub mod text_index;
pub mod tombstones;
pub mod verify;
pub mod wal;

pub use error::LakeError;
pub use lake::Lake;
pub use options::LakeOptions;
