//! The cost lens: the bill as a signal, joined to teams, containers, endpoints and orders.
//!
//! [`routes`] is the only folder that knows HTTP.

pub mod allocation;
pub mod business;
pub mod containers;
pub mod costs;
pub mod currency;
pub mod documents;
pub mod endpoints;
pub mod explorer;
pub mod imports;
pub mod overview;
pub mod routes;
pub mod rules;
pub mod sources;
pub mod traces;
pub mod units;

use hannun_bill_import::Imports;
use hannun_lake::lake::Shared;
use hannun_ledger::Ledger;
use hannun_query::Engine;
use std::sync::Arc;

/// What the routes of the lens share.
#[derive(Debug, Clone)]
pub struct CostState {
    pub engine: Arc<Engine>,
    pub ledger: Ledger,
    pub lake: Arc<Shared>,
    pub imports: Arc<Imports>,
}
