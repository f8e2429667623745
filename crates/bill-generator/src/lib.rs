//! Synthetic bills with known truth, for tests and for the demo.
//!
//! A seed makes a company of sixteen accounts with what makes real bills hard: hourly lines of some
//! thirty services, tags that drift or are missing, a Savings Plan that is billed, covers, is taken
//! back and is partly unused, reservations, split cost allocation data, NAT gateways and traffic
//! between zones, credits, refunds, tax and support, anomalies, and a period whose first version
//! was wrong. The same charges are written in any of AWS's formats; the truth is added up while
//! they are made, by code that reads no file.
//!
//! ```
//! use hannun_bill_generator::{Format, Options, generate};
//!
//! let folder = tempfile::tempdir().unwrap();
//! let mut options = Options::new(folder.path());
//! options.lines = 20_000;
//! options.formats = vec![Format::Cur2Csv];
//! let truth = generate(&options).unwrap();
//! assert_eq!(truth.accounts.len(), 16);
//! assert!(folder.path().join("truth.json").exists());
//! ```

mod calendar;
mod chance;
mod charge;
mod columns;
mod company;
mod error;
mod format;
mod generate;
mod ids;
mod ledger;
mod output;
mod price;
mod products;
mod shape;
mod simulate;
mod split;
mod synthetic;
pub mod truth;

pub use calendar::Month;
pub use company::{
    Account, Company, Node, Pod, Region, Resource, SEOUL, TOKYO, Use, VIRGINIA, uuid,
};
pub use error::GenerateError;
pub use format::Format;
pub use generate::{Options, Output, Progress, generate, generate_with, write_bills};
pub use price::{Price, Quantity};
pub use products::Shape;
pub use truth::Truth;
