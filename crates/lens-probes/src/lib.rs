//! Live probes: set by people, kept in force, watched, and what they saw.
//!
//! Probes are documents ([`documents`]). [`in_force`] gives those of the ledger to the registry that
//! answers clients, [`list`] says how each fares in which process, [`snapshots`] shows what one saw,
//! [`check`] compiles expressions for the editor. [`routes`] is the only file that knows HTTP.

pub mod check;
pub mod documents;
pub mod in_force;
pub mod list;
pub mod routes;
pub mod snapshots;

use hannun_ledger::Ledger;
use hannun_probes::registry::Registry;
use hannun_query::Engine;
use std::sync::Arc;

/// What the routes of the lens share.
#[derive(Debug, Clone)]
pub struct ProbesState {
    pub engine: Arc<Engine>,
    pub ledger: Ledger,
    pub registry: Arc<Registry>,
}
