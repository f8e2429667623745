//! What was paid, by anything that lines of a bill have: the one place that writes SQL over the
//! tables of bills.
//!
//! A [`Question`] says which amount, of which time, by what; [`ask`] answers it from one pass over
//! `cost_daily`, or over `cost` where days are too coarse. Amounts are summed as decimals by the
//! engine, apart for each currency and exchange rate, and converted afterwards.

pub mod error;
mod fetch;
pub(crate) mod period;
mod question;
pub(crate) mod sql;

pub use error::CostError;
pub use fetch::{Answer, Row, ask};
pub use period::{Granularity, Period};
pub use question::{Filter, Key, Metric, Missing, Question, metric_of};
