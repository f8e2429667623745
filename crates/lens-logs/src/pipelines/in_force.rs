//! The documents of the ledger put in force, and what the processor must remember after a start.

use crate::documents::{DEFAULT, LOG_CONTAINER_FILTER, LOG_PIPELINE};
use crate::question::timestamp_ns;
use hannun_ledger::{Document, Ledger, LedgerError};
use hannun_model::limits::{LOG_SERVICES_MAX, PATTERNS_MAX};
use hannun_pipelines::{LogProcessor, PipelineDocument, day_of};
use hannun_query::error::QueryError;
use hannun_query::{Engine, QueryLimits};
use serde::Deserialize;
use std::sync::Arc;

const DAY_NS: i64 = 24 * 3600 * 1_000_000_000;

/// What was put in force last: ids and revisions.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct InForce {
    documents: Vec<(String, i64)>,
}

/// Puts the documents in force that changed since the last time.
///
/// # Errors
/// When the ledger cannot be read; what was in force stays.
pub async fn refresh(
    ledger: &Ledger,
    processor: &LogProcessor,
    last: &mut Option<InForce>,
) -> Result<(), LedgerError> {
    let pipelines = ledger.documents(Some(LOG_PIPELINE.name), false).await?;
    let filters = ledger.documents(Some(LOG_CONTAINER_FILTER.name), false).await?;
    let filter = filters.into_iter().find(|document| document.id == DEFAULT);
    let id = |document: &Document| (document.id.clone(), document.revision);
    // The filter comes last, after a name that no document has.
    let documents =
        pipelines.iter().map(id).chain([(String::new(), 0)]).chain(filter.iter().map(id));
    let now = Some(InForce { documents: documents.collect() });
    if *last == now {
        return Ok(());
    }
    let document = |document: Document| PipelineDocument {
        id: document.id,
        revision: document.revision,
        body: document.body,
    };
    processor.set_rules(pipelines.into_iter().map(document).collect());
    processor.set_container_filter(filter.as_ref().map(|document| &document.body));
    *last = now;
    Ok(())
}

#[derive(Debug, Deserialize)]
struct Used {
    service: Option<String>,
    bytes: u64,
}

#[derive(Debug, Deserialize)]
struct KnownPattern {
    service: Option<String>,
    id: String,
    pattern: String,
}

/// Tells the processor what it knew before the process ended: the bytes of each service on the day
/// of `now_ns`, so that quotas go on, and the patterns of the last day, so that they keep their ids.
///
/// # Errors
/// When the logs cannot be read; quotas and patterns then begin anew.
pub async fn remember(
    engine: &Arc<Engine>,
    processor: &LogProcessor,
    now_ns: i64,
) -> Result<(), QueryError> {
    seed_usage(engine, processor, now_ns).await?;
    let Some(miner) = processor.miner() else { return Ok(()) };
    let sql = format!(
        "SELECT service_name AS service, pattern_id AS id,
            last_value(pattern ORDER BY time) AS pattern, count(*) AS records
         FROM logs WHERE time >= {} AND pattern_id IS NOT NULL AND pattern IS NOT NULL
         GROUP BY service_name, pattern_id ORDER BY records DESC",
        timestamp_ns(now_ns - DAY_NS)
    );
    let limits = QueryLimits::asked(Some(PATTERNS_MAX), None);
    for known in engine.rows::<KnownPattern>(&sql, limits).await?.rows {
        if let Ok(id) = u64::from_str_radix(&known.id, 16) {
            miner.seed(known.service.as_deref().unwrap_or_default(), id, &known.pattern);
        }
    }
    Ok(())
}

async fn seed_usage(
    engine: &Arc<Engine>,
    processor: &LogProcessor,
    now_ns: i64,
) -> Result<(), QueryError> {
    let day = day_of(now_ns);
    let (from, to) = (day * DAY_NS, (day + 1) * DAY_NS);
    let sql = format!(
        "SELECT service_name AS service, sum(record_bytes) AS bytes FROM logs
         WHERE time >= {} AND time < {} AND record_bytes IS NOT NULL
         GROUP BY service_name ORDER BY bytes DESC",
        timestamp_ns(from),
        timestamp_ns(to)
    );
    let limits = QueryLimits::asked(Some(LOG_SERVICES_MAX), None);
    for used in engine.rows::<Used>(&sql, limits).await?.rows {
        processor.seed_usage(used.service.as_deref().unwrap_or_default(), day, used.bytes);
    }
    Ok(())
}
