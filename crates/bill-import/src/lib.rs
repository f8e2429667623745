//! How a bill arrives: deliveries found in folders and buckets, read, checked, and brought into the
//! lake as jobs that can be watched, cancelled and resumed.
//!
//! Follow an import: [`request`] says what is wanted, [`queue`] runs one [`job`] at a time, [`place`]
//! lists and opens files, [`deliveries`] finds which of them make a month, [`delivery`] brings one
//! month into the lake over the threads of [`lines`], and [`outcome`] says what it comes to.

pub mod credentials;
mod deliveries;
mod delivery;
pub mod error;
pub mod job;
mod lines;
mod outcome;
pub mod place;
pub mod queue;
pub mod request;
mod run;

pub use error::ImportError;
pub use job::{Job, JobState, Phase};
pub use queue::Imports;
pub use request::ImportRequest;
pub use run::run;
