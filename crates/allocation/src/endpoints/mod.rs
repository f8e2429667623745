//! What an endpoint, a request and a trace cost.
//!
//! The spans of a request say where its time went; containers say what the service used; the bill
//! says what that cost. [`trace`] takes traces apart into what each span put a load on ([`Drivers`]),
//! [`sums`] adds them up by endpoint, [`price`] splits the costs of an hour over the endpoints by
//! those loads, scaled to the requests that were really counted, and [`interval`] says how sure that
//! is. [`names`] tells work that nobody asked for.
//!
//! The direct costs of all endpoints, work that is no request, overhead, idle and what nobody can be
//! charged for sum to the bill exactly.

pub mod drivers;
pub mod interval;
pub mod names;
pub mod price;
pub mod sums;
pub mod trace;

pub use drivers::{DriverKind, Drivers};
