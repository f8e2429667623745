//! Whose a cost is: rules, shares and drivers. No I/O, no engine.
//!
//! Every amount that is split is split exactly: the parts sum to the whole, to 10⁻¹² of a currency.
//!
//! [`Rules`] are what people declared. A [`Dimension`] is what costs are told apart by; [`sql`] makes
//! SQL of it, [`value`] works it out for one line without an engine. [`share`] shares a bill out.

pub mod containers;
pub mod contribution;
pub mod dimension;
pub mod endpoints;
pub mod error;
pub mod faults;
pub mod recognise;
pub mod rule;
pub mod rules;
pub mod share;
pub mod sql;
pub mod units;
pub mod value;

pub use dimension::Dimension;
pub use error::{Problem, RuleError};
pub use rules::Rules;
