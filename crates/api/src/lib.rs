//! What every route of our own HTTP API shares: its errors, who asks, and the time asked about.
//!
//! A lens writes its routes with these; `server` puts the routes behind sign-in.

pub mod buckets;
pub mod caller;
pub mod error;
pub mod figures;
pub mod range;

pub use buckets::Buckets;
pub use caller::{Caller, Door};
pub use error::{ApiError, ErrorAnswer};
pub use figures::Figures;
pub use range::TimeRange;
