//! Live probes of the ledger, put in force before clients ask, and again when they change.

use anyhow::{Context, Result};
use hannun_ledger::Ledger;
use hannun_lens_probes::in_force::{self, InForce};
use hannun_model::limits::PROBES_REFRESH_SECONDS;
use hannun_probes::registry::Registry;
use std::sync::Arc;
use std::time::Duration;

/// Puts the probes in force and keeps them so.
pub async fn put_in_force(ledger: &Ledger, registry: &Arc<Registry>) -> Result<()> {
    let mut last = None;
    in_force::refresh(ledger, registry, &mut last)
        .await
        .context("failed to read the live probes")?;
    tokio::spawn(keep_in_force(ledger.clone(), registry.clone(), last));
    Ok(())
}

async fn keep_in_force(ledger: Ledger, registry: Arc<Registry>, mut last: Option<InForce>) {
    let mut failing = false;
    loop {
        tokio::time::sleep(Duration::from_secs(PROBES_REFRESH_SECONDS)).await;
        match in_force::refresh(&ledger, &registry, &mut last).await {
            Ok(()) => failing = false,
            // Told once: it is tried again every second.
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "failed to read the live probes; those in force stay");
            }
            Err(_) => {}
        }
    }
}
