//! Log pipelines of the ledger, put in force before anything is taken in, and again when they
//! change.

use anyhow::{Context, Result, bail};
use hannun_ledger::Ledger;
use hannun_lens_logs::pipelines::in_force::{self, InForce};
use hannun_model::limits::{LOG_QUOTA_WAIT_SECONDS_MAX, LOG_RULES_REFRESH_SECONDS};
use hannun_pipelines::LogProcessor;
use hannun_query::Engine;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Puts the pipelines in force and keeps them so. A server that cannot read them, or one of which no
/// revision redacts as it should, does not start: what should be redacted would be stored.
pub async fn put_in_force(ledger: &Ledger, processor: &Arc<LogProcessor>) -> Result<()> {
    let mut last = None;
    let not_redacting = in_force::refresh(ledger, processor, &mut last)
        .await
        .context("failed to read the log pipelines")?;
    if !not_redacting.is_empty() {
        bail!(
            "failed to put log pipelines in force that redact; correct or disable them with \
             `hannun apply`, else what they redact would be stored: {}",
            not_redacting.join(", ")
        );
    }
    tokio::spawn(keep_in_force(ledger.clone(), processor.clone(), last));
    Ok(())
}

async fn keep_in_force(ledger: Ledger, processor: Arc<LogProcessor>, mut last: Option<InForce>) {
    let mut failing = false;
    loop {
        tokio::time::sleep(Duration::from_secs(LOG_RULES_REFRESH_SECONDS)).await;
        match in_force::refresh(&ledger, &processor, &mut last).await {
            Ok(_) => failing = false,
            // Told once: it is tried again every second.
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "failed to read the log pipelines; those in force stay");
            }
            Err(_) => {}
        }
    }
}

/// Lets quotas and patterns go on where they were before the process ended. While a quota is in
/// force this waits for the day so far, though not for ever: logs are taken in only then.
pub async fn remember(engine: Arc<Engine>, processor: Arc<LogProcessor>) {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now_ns = i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX);
    let counting = tokio::spawn({
        let (engine, processor) = (engine.clone(), processor.clone());
        async move {
            if let Err(error) = in_force::seed_usage(&engine, &processor, now_ns).await {
                tracing::warn!(%error, "quotas of logs begin anew");
            }
        }
    });
    let longest = Duration::from_secs(LOG_QUOTA_WAIT_SECONDS_MAX);
    if processor.has_quotas() && tokio::time::timeout(longest, counting).await.is_err() {
        tracing::warn!(
            "logs are taken in before those of today are counted; quotas may let more through"
        );
    }
    tokio::spawn(async move {
        if let Err(error) = in_force::seed_patterns(&engine, &processor, now_ns).await {
            tracing::warn!(%error, "patterns of logs begin anew");
        }
    });
}
