//! The documents of the ledger put in force, and what the processor must remember after a start.

use crate::documents::{DEFAULT, LOG_CONTAINER_FILTER, LOG_PIPELINE};
use crate::question::timestamp_ns;
use hannun_ledger::{Document, Ledger, LedgerError};
use hannun_model::limits::{LOG_SERVICES_MAX, PATTERNS_MAX};
use hannun_pipelines::{Fault, LogProcessor, PipelineDocument, day_of, pipeline_faults};
use hannun_query::error::QueryError;
use hannun_query::{Engine, QueryLimits};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

const DAY_NS: i64 = 24 * 3600 * 1_000_000_000;

/// What was put in force last: ids and revisions.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct InForce {
    documents: Vec<(String, i64)>,
}

/// Puts the documents in force that changed since the last time. Of a pipeline that does not compile
/// it is the newest revision that does. Answers those that should redact and of which no revision
/// compiles, with their faults: when nothing else was in force of them, secrets are stored.
///
/// # Errors
/// When the ledger cannot be read; what was in force stays.
pub async fn refresh(
    ledger: &Ledger,
    processor: &LogProcessor,
    last: &mut Option<InForce>,
) -> Result<Vec<String>, LedgerError> {
    let pipelines = ledger.documents(Some(LOG_PIPELINE.name), false).await?;
    let filters = ledger.documents(Some(LOG_CONTAINER_FILTER.name), false).await?;
    let filter = filters.into_iter().find(|document| document.id == DEFAULT);
    let id = |document: &Document| (document.id.clone(), document.revision);
    // The filter comes last, after a name that no document has.
    let documents =
        pipelines.iter().map(id).chain([(String::new(), 0)]).chain(filter.iter().map(id));
    let now = Some(InForce { documents: documents.collect() });
    if *last == now {
        return Ok(Vec::new());
    }
    let mut not_redacting = Vec::new();
    let mut revisions = Vec::new();
    for latest in pipelines {
        let faults = pipeline_faults(&latest.body);
        if !faults.is_empty() {
            let earlier = newest_that_compiles(ledger, &latest).await?;
            if earlier.is_none() && should_redact(&latest.body) {
                let faults: Vec<_> = faults.iter().map(Fault::to_string).collect();
                not_redacting.push(format!("`{}`: {}", latest.id, faults.join("; ")));
            }
            revisions.extend(earlier.map(pipeline));
        }
        revisions.push(pipeline(latest));
    }
    processor.set_rules(revisions);
    processor.set_container_filter(filter.as_ref().map(|document| &document.body));
    *last = now;
    Ok(not_redacting)
}

fn pipeline(document: Document) -> PipelineDocument {
    PipelineDocument { id: document.id, revision: document.revision, body: document.body }
}

/// The newest revision before the latest that compiles.
async fn newest_that_compiles(
    ledger: &Ledger,
    latest: &Document,
) -> Result<Option<Document>, LedgerError> {
    let mut before = latest.revision;
    loop {
        let page = ledger.revisions(LOG_PIPELINE.name, &latest.id, Some(before)).await?;
        let Some(oldest) = page.last() else { return Ok(None) };
        before = oldest.revision;
        for earlier in page {
            // What somebody deleted does not come back by itself.
            if earlier.deleted {
                return Ok(None);
            }
            if pipeline_faults(&earlier.body).is_empty() {
                return Ok(Some(earlier));
            }
        }
    }
}

/// Whether a body that does not compile has a redact rule that would run.
fn should_redact(body: &Value) -> bool {
    let mut rules = body["rules"].as_array().into_iter().flatten();
    body["enabled"] != false && rules.any(|rule| rule["action"] == "redact")
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

/// Tells the processor the patterns of the last day before `now_ns`, so that they keep their ids.
///
/// # Errors
/// When the logs cannot be read; patterns then begin anew.
pub async fn seed_patterns(
    engine: &Arc<Engine>,
    processor: &LogProcessor,
    now_ns: i64,
) -> Result<(), QueryError> {
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

/// Tells the processor the bytes of each service on the day of `now_ns`, so that quotas go on.
///
/// # Errors
/// When the logs cannot be read; quotas then begin anew.
pub async fn seed_usage(
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

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_ledger::{Actor, Kind, KindRegistry, Put};
    use serde_json::json;

    /// A kind that takes what an earlier version took.
    const UNCHECKED: Kind = Kind { schema: "{}", check: None, ..LOG_PIPELINE };

    async fn ledger(folder: &tempfile::TempDir, bodies: &[Value]) -> Ledger {
        let kinds = KindRegistry::new([UNCHECKED, LOG_CONTAINER_FILTER]).unwrap();
        let url = format!("sqlite://{}", folder.path().join("ledger.sqlite").display());
        let ledger = Ledger::open(&url, kinds).await.unwrap();
        for (body, revision) in bodies.iter().zip(0..) {
            put(&ledger, body, revision).await;
        }
        ledger
    }

    async fn put(ledger: &Ledger, body: &Value, expected_revision: i64) {
        let put = Put {
            kind: LOG_PIPELINE.name.to_owned(),
            id: "mail".to_owned(),
            body: body.clone(),
            expected_revision,
            message: None,
        };
        ledger.put_document(&Actor::local_owner(), put).await.unwrap();
    }

    fn redact(kind: &str) -> Value {
        json!({"name": "Mail", "rules": [{"action": "redact", "kinds": [kind]}]})
    }

    #[tokio::test]
    async fn after_a_start_the_newest_revision_that_compiles_redacts() {
        let folder = tempfile::tempdir().unwrap();
        let bodies = [redact("jwt"), redact("email"), redact("x"), redact("y")];
        let ledger = ledger(&folder, &bodies).await;
        let processor = LogProcessor::without_patterns();
        let missing = refresh(&ledger, &processor, &mut None).await.unwrap();
        assert_eq!(missing, Vec::<String>::new());
        let status = processor.status().pipelines;
        assert_eq!((status.len(), status[0].revision), (1, Some(2)));
        assert!(status[0].error.as_deref().unwrap().starts_with("/rules/0/kinds/0: "));
    }

    #[tokio::test]
    async fn a_pipeline_that_should_redact_and_never_compiled_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(&folder, &[redact("x")]).await;
        let processor = LogProcessor::without_patterns();
        let missing = refresh(&ledger, &processor, &mut None).await.unwrap();
        assert_eq!(missing.len(), 1);
        assert!(missing[0].starts_with("`mail`: /rules/0/kinds/0: "), "{missing:?}");
        let mut off = redact("x");
        off["enabled"] = json!(false);
        put(&ledger, &off, 1).await;
        assert_eq!(refresh(&ledger, &processor, &mut None).await.unwrap(), Vec::<String>::new());
        put(&ledger, &json!({"name": "Mail", "rules": [{"action": "dropp"}]}), 2).await;
        assert_eq!(refresh(&ledger, &processor, &mut None).await.unwrap(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_revision_from_before_a_deletion_does_not_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(&folder, &[redact("email")]).await;
        ledger.delete_document(&Actor::local_owner(), LOG_PIPELINE.name, "mail", 1).await.unwrap();
        put(&ledger, &redact("x"), 2).await;
        let processor = LogProcessor::without_patterns();
        assert_eq!(refresh(&ledger, &processor, &mut None).await.unwrap().len(), 1);
        assert_eq!(processor.status().pipelines[0].revision, None);
    }
}
