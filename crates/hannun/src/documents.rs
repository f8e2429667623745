//! Which kinds of documents there are: those of the ledger and those of each lens.

use anyhow::Result;
use hannun_ledger::KindRegistry;

pub fn kinds() -> Result<KindRegistry> {
    let kinds = [
        hannun_ledger::SAVED_VIEW,
        hannun_ledger::DISPLAY_SETTINGS,
        hannun_lens_errors::documents::ERROR_ISSUE_STATE,
        hannun_lens_catalog::documents::SERVICE_DEFINITION,
        hannun_lens_probes::documents::LIVE_PROBE,
        hannun_lens_probes::documents::LIVE_PROBE_SERVICE,
        hannun_lens_logs::documents::LOG_PIPELINE,
        hannun_lens_logs::documents::LOG_CONTAINER_FILTER,
        hannun_lens_logs::documents::LOG_PRICE,
    ];
    Ok(KindRegistry::new(kinds.into_iter().chain(hannun_lens_cost::documents::KINDS))?)
}
