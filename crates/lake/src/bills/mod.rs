//! Bills: immutable snapshots, one for each delivery of a month of a source.
//!
//! A month of a bill is not rows that arrive and expire: each delivery replaces the one before as a
//! whole. So bills have a store of their own, `bills` in the data folder, without a catalog. An
//! import is staged in a folder named by the id of the snapshot to be:
//!
//! ```text
//! bills/<snapshot id>/cost-0.parquet …   lines, written while the delivery is read
//! bills/<snapshot id>/staging.json       which files of the delivery are in them so far
//! bills/<snapshot id>/totals.json        control totals, to compare the next delivery with
//! bills/<snapshot id>/snapshot.json      what the snapshot is: writing it commits
//! ```
//!
//! Committed is what has a `snapshot.json`, which appears by one rename after everything else is on
//! disk. The current snapshot of a source and a period is the one that was committed last. What an
//! interrupted import leaves has a `staging.json` only, from which the same delivery goes on.
//!
//! [`store::BillStore`] is the way in, [`staging::Staging`] an import that is under way,
//! [`writer::BillWriter`] its files, [`view::View`] what queries see, pinned.

pub mod check;
mod durable;
pub mod scan;
pub mod snapshot;
pub mod staging;
pub mod store;
pub mod view;
pub mod writer;

#[cfg(test)]
mod testing;

pub use snapshot::SnapshotRecord;
pub use staging::Staging;
pub use store::BillStore;
pub use view::View;
pub use writer::BillWriter;
