//! The catalog lens: which services there are, who answers for each, and whose telemetry is tagged
//! badly.
//!
//! A [`definition`] says what a service is; it is a document of the kind that [`documents`] names, in
//! the form of a service definition of Datadog. A [`survey`] says what telemetry shows. [`catalog`]
//! lists both together, [`entry`] opens one service, [`hygiene`] says what is wrong and who mends it.
//! [`routes`] is the only file that knows HTTP.

pub mod catalog;
pub mod declared;
pub mod definition;
pub mod documents;
pub mod entry;
mod figures;
pub mod hygiene;
pub mod routes;
pub mod survey;

use hannun_ledger::Ledger;
use hannun_query::Engine;
use std::sync::Arc;

/// What the routes of the lens share.
#[derive(Debug, Clone)]
pub struct CatalogState {
    pub engine: Arc<Engine>,
    pub ledger: Ledger,
}
