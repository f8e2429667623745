//! The documents of the ledger put in force.

use crate::documents::{LIVE_PROBE, LIVE_PROBE_SERVICE};
use hannun_ledger::{Document, Ledger, LedgerError};
use hannun_probes::probe::Probe;
use hannun_probes::registry::Registry;
use std::collections::BTreeSet;

/// What was put in force last: ids and revisions.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct InForce {
    documents: Vec<(String, i64)>,
}

/// Gives the registry the documents as they are now, when they changed since the last time. A probe
/// that cannot be read any more is not in force.
///
/// # Errors
/// When the ledger cannot be read; what was in force stays.
pub async fn refresh(
    ledger: &Ledger,
    registry: &Registry,
    last: &mut Option<InForce>,
) -> Result<(), LedgerError> {
    let probes = ledger.documents(Some(LIVE_PROBE.name), false).await?;
    let services = ledger.documents(Some(LIVE_PROBE_SERVICE.name), false).await?;
    let id = |document: &Document| (document.id.clone(), document.revision);
    // A name that no document has stands between both.
    let documents =
        probes.iter().map(id).chain([(String::new(), 0)]).chain(services.iter().map(id));
    let now = Some(InForce { documents: documents.collect() });
    if *last == now {
        return Ok(());
    }
    let read = |document: &Document| match read(document) {
        Ok(probe) => Some(probe),
        Err(fault) => {
            tracing::warn!(probe = document.id, fault, "a live probe cannot be read");
            None
        }
    };
    let deleted = ledger.documents(Some(LIVE_PROBE.name), true).await?;
    let deleted: Vec<Probe> = deleted.iter().filter_map(|it| self::read(it).ok()).collect();
    registry.remember_deleted(&deleted);
    registry.set(probes.iter().filter_map(read).collect(), enabled(&services));
    *last = now;
    Ok(())
}

/// The probe of a document, or what is wrong with it.
pub(crate) fn read(document: &Document) -> Result<Probe, String> {
    Probe::read(&document.id, document.revision, &document.body).map_err(|faults| {
        let texts: Vec<_> =
            faults.iter().map(|fault| format!("{}: {}", fault.path, fault.message)).collect();
        texts.join("; ")
    })
}

/// Services for which probes are on, in lower case: clients and documents may differ in that.
pub(crate) fn enabled(services: &[Document]) -> BTreeSet<String> {
    services
        .iter()
        .filter(|document| document.body["enabled"] == true)
        .filter_map(|document| Some(document.body["service"].as_str()?.to_lowercase()))
        .collect()
}
