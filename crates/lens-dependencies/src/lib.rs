//! The dependencies lens: what others did to us, as evidence that can be shown to them.
//!
//! [`list`] says which dependencies there are. [`evidence`] is the page about one of them: [`totals`]
//! counts its calls, [`affected`] lists the slow ones with the [`attributes`] that name the business
//! behind them, [`what_if`] says what another timeout would have done. What a call is, and what a
//! timeout, stands in [`calls`]. [`routes`] is the only file that knows HTTP.

pub mod affected;
pub mod attributes;
pub mod calls;
pub mod evidence;
pub mod list;
pub mod routes;
pub mod totals;
pub mod what_if;

pub(crate) const NS_PER_MS: f64 = 1e6;
