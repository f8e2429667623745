//! Pipelines tried on stored logs before they go live: what they would have dropped, and what that
//! would have saved.

use hannun_api::ApiError;
use hannun_api::range::Scope;
use hannun_model::batch::Batch;
use hannun_model::limits::{LOG_TRIAL_RECORDS_MAX, QUERY_ROWS_MAX};
use hannun_model::table::Table;
use hannun_pipelines::{Example, PipelineDocument, RuleCounts, Trial};
use hannun_query::{Engine, QueryLimits};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// How long the stored logs are read.
const SECONDS_MAX: u64 = 120;
/// A part of a long time is read in so many pieces, so that all its hours are in it.
const PIECES: i64 = 1000;

/// What pipelines would have done. Of a long time a part is read, and the numbers are reckoned
/// from it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TryAnswer {
    /// Records of the time.
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Records that were read, when not all were.
    pub read_records: Option<u64>,
    pub kept_records: u64,
    pub kept_bytes: u64,
    pub dropped_records: u64,
    pub dropped_bytes: u64,
    /// Records of status error or fatal among those dropped.
    pub dropped_errors: u64,
    pub redactions: u64,
    /// Records on which a rule failed, once for each rule; they are kept.
    pub failed: u64,
    /// Metrics that would have been made.
    pub metrics: Vec<TryMetric>,
    pub rules: Vec<TryRule>,
    /// A few records before and after.
    #[schema(value_type = Vec<TryExample>)]
    pub examples: Vec<Example>,
}

/// A metric that would have been made.
#[derive(Debug, Serialize, ToSchema)]
pub struct TryMetric {
    pub name: String,
    /// Its points.
    pub points: u64,
}

/// What a rule would have done.
#[derive(Debug, Serialize, ToSchema)]
pub struct TryRule {
    /// Name of its pipeline.
    pub pipeline: String,
    pub rule: String,
    pub matched: u64,
    /// Records that it dropped, sampled out or refused.
    pub dropped: u64,
    pub dropped_bytes: u64,
    pub changed: u64,
    pub failed: u64,
    pub redactions: u64,
    /// What it costs for each record that comes to it.
    pub nanoseconds_per_record: f64,
}

/// A record before and after, as the description of the API knows it.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only describes what is written")]
pub struct TryExample {
    before: TryRecord,
    /// Null when the record would not have been kept.
    after: Option<TryRecord>,
}

/// A record of an example.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only describes what is written")]
pub struct TryRecord {
    service: Option<String>,
    status: Option<String>,
    message: Option<String>,
    attributes: std::collections::HashMap<String, Value>,
    pipeline_error: Option<String>,
    retention_days: Option<i64>,
    adjusted_count: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Total {
    records: u64,
    bytes: u64,
}

/// Tries pipelines on the logs of a time.
///
/// # Errors
/// When a body does not compile; each fault names its place.
pub async fn try_out(
    engine: &Arc<Engine>,
    scope: &Scope,
    bodies: Vec<Value>,
) -> Result<TryAnswer, ApiError> {
    let total = total(engine, scope).await?;
    let share = match total.records {
        records if records > LOG_TRIAL_RECORDS_MAX => LOG_TRIAL_RECORDS_MAX as f64 / records as f64,
        _ => 1.0,
    };
    let needs_order = bodies.iter().any(has_quota);
    let documents = bodies.into_iter().enumerate().map(|(index, body)| PipelineDocument {
        id: format!("{index:04}"),
        revision: 1,
        body: enabled(body),
    });
    let mut trial = Trial::new(documents.collect(), share).map_err(|faults| {
        let mut invalid = ApiError::invalid("a pipeline cannot be tried, see its fields");
        invalid.body.error.fields = faults
            .into_iter()
            .map(|fault| {
                hannun_ledger::FieldError::new(format!("/pipelines{}", fault.path), fault.message)
            })
            .collect();
        invalid
    })?;
    trial = read(engine, &records_sql(scope, share, needs_order), trial).await?;
    if share < 1.0 && trial.counts().records == 0 {
        // All records stand close together, between the pieces.
        trial = read(engine, &first_records_sql(scope, needs_order), trial).await?;
    }
    Ok(answer(&total, share < 1.0, &trial))
}

/// Has a trial read the rows of a query.
async fn read(engine: &Arc<Engine>, sql: &str, mut trial: Trial) -> Result<Trial, ApiError> {
    let limits = QueryLimits::asked(Some(QUERY_ROWS_MAX), Some(SECONDS_MAX));
    let mut rows = engine.query(sql, limits).await?;
    while let Some(batch) = rows.next().await? {
        // Rules are work for a processor; other requests must not wait for it.
        let read = tokio::task::spawn_blocking(move || {
            let read = trial.read(&Batch::new(Table::Logs, batch));
            (trial, read)
        });
        let (back, read) = read.await.map_err(|error| failed(&error))?;
        read.map_err(|error| failed(&error))?;
        trial = back;
    }
    Ok(trial)
}

fn failed(error: &dyn std::fmt::Display) -> ApiError {
    tracing::error!(%error, "failed to try pipelines");
    let status = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
    ApiError::new(status, "internal", format!("failed to try the pipelines: {error}"))
}

async fn total(engine: &Arc<Engine>, scope: &Scope) -> Result<Total, ApiError> {
    let sql = format!(
        "SELECT count(*) AS records,
            coalesce(sum(coalesce(record_bytes, octet_length(body))), 0) AS bytes
         FROM logs WHERE {}",
        scope.condition("time")
    );
    let limits = QueryLimits::asked(Some(1), Some(SECONDS_MAX));
    let rows = engine.rows::<Total>(&sql, limits).await?.rows;
    Ok(rows.into_iter().next().unwrap_or(Total { records: 0, bytes: 0 }))
}

/// The records of the time, or of even pieces of it that make up a share.
fn records_sql(scope: &Scope, share: f64, needs_order: bool) -> String {
    let mut sql = format!("SELECT * FROM logs WHERE {}", scope.condition("time"));
    if share < 1.0 {
        let from_ns = scope.from_ms.saturating_mul(1_000_000);
        let length_ns = (scope.to_ms - scope.from_ms).saturating_mul(1_000_000);
        let piece_ns = (length_ns / PIECES).max(1);
        let read_ns = ((piece_ns as f64 * share) as i64).max(1);
        sql.push_str(&format!(
            " AND (arrow_cast(time, 'Int64') - {from_ns}) % {piece_ns} < {read_ns}"
        ));
    }
    if needs_order {
        sql.push_str(" ORDER BY time");
    }
    sql
}

/// As many records of the time as a trial reads, whichever they are.
fn first_records_sql(scope: &Scope, needs_order: bool) -> String {
    let order = if needs_order { " ORDER BY time" } else { "" };
    let condition = scope.condition("time");
    format!("SELECT * FROM logs WHERE {condition}{order} LIMIT {LOG_TRIAL_RECORDS_MAX}")
}

/// A pipeline that is switched off can be tried as well.
fn enabled(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.remove("enabled");
    }
    body
}

fn has_quota(body: &Value) -> bool {
    let rules = body.get("rules").and_then(Value::as_array);
    rules.is_some_and(|rules| rules.iter().any(|rule| rule["action"] == "quota"))
}

fn answer(total: &Total, sampled: bool, trial: &Trial) -> TryAnswer {
    let read = trial.counts();
    // Rows may have come or gone since they were counted.
    let (records, bytes) = match sampled {
        true => (total.records, total.bytes),
        false => (read.records, read.bytes),
    };
    let scaled = |part: u64, of: u64, whole: u64| match of {
        0 => 0,
        _ if !sampled => part,
        _ => (part as f64 / of as f64 * whole as f64).round() as u64,
    };
    let in_records = |part: u64| scaled(part, read.records, records);
    let in_bytes = |part: u64| scaled(part, read.bytes, bytes);
    let (kept_records, kept_bytes) = (in_records(read.kept_records), in_bytes(read.kept_bytes));
    // What was not read was not dropped.
    let dropped = |of: u64, all: u64, kept: u64| if of == 0 { 0 } else { all.saturating_sub(kept) };
    let pipelines = trial.pipelines();
    let all = || pipelines.iter().flat_map(|pipeline| &pipeline.rules).map(|rule| rule.counts);
    let sum = |count: fn(RuleCounts) -> u64| in_records(all().map(count).sum());
    let metric = |(name, points): (&String, &u64)| TryMetric {
        name: name.clone(),
        points: in_records(*points),
    };
    let rules = pipelines.iter().flat_map(|pipeline| {
        pipeline.rules.iter().map(|rule| {
            let counts = rule.counts;
            TryRule {
                pipeline: pipeline.name.clone(),
                rule: rule.name.clone(),
                matched: in_records(counts.matched),
                dropped: in_records(
                    counts.dropped_records + counts.sampled_out + counts.quota_dropped,
                ),
                dropped_bytes: in_bytes(counts.dropped_bytes),
                changed: in_records(counts.changed),
                failed: in_records(counts.failed),
                redactions: in_records(counts.redactions),
                nanoseconds_per_record: counts.nanoseconds as f64 / counts.evaluated.max(1) as f64,
            }
        })
    });
    TryAnswer {
        records,
        bytes,
        read_records: sampled.then_some(read.records),
        kept_records,
        kept_bytes,
        dropped_records: dropped(read.records, records, kept_records),
        dropped_bytes: dropped(read.bytes, bytes, kept_bytes),
        dropped_errors: sum(|counts| counts.dropped_errors),
        redactions: sum(|counts| counts.redactions),
        failed: sum(|counts| counts.failed),
        metrics: read.points.iter().map(metric).collect(),
        rules: rules.collect(),
        examples: trial.examples().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_time_is_read_in_even_pieces() {
        let scope = Scope { from_ms: 1_000, to_ms: 11_000, environment: None };
        let sql = records_sql(&scope, 0.25, true);
        assert!(
            sql.contains("(arrow_cast(time, 'Int64') - 1000000000) % 10000000 < 2500000"),
            "{sql}"
        );
        assert!(sql.ends_with("ORDER BY time"));
        assert!(!records_sql(&scope, 1.0, false).contains('%'));
    }

    #[test]
    fn what_was_not_read_is_not_told_as_dropped() {
        let trial = Trial::new(Vec::new(), 0.1).unwrap();
        let nothing = answer(&Total { records: 100, bytes: 500 }, true, &trial);
        assert_eq!((nothing.records, nothing.read_records), (100, Some(0)));
        assert_eq!((nothing.dropped_records, nothing.dropped_bytes), (0, 0));
    }

    #[test]
    fn records_of_one_moment_are_read_without_pieces() {
        let scope = Scope { from_ms: 1_000, to_ms: 11_000, environment: None };
        let sql = first_records_sql(&scope, true);
        assert!(sql.ends_with(" ORDER BY time LIMIT 500000") && !sql.contains('%'), "{sql}");
    }

    #[test]
    fn numbers_of_a_part_are_reckoned_for_the_whole() {
        let body =
            serde_json::json!({"name": "x", "rules": [{"action": "drop", "match": "noise"}]});
        let document = PipelineDocument { id: "x".to_owned(), revision: 1, body };
        let mut trial = Trial::new(vec![document], 0.1).unwrap();
        let mut builder = hannun_model::batch::BatchBuilder::new(Table::Logs);
        for row in 0..10 {
            builder.start_row();
            builder.set_int(hannun_model::table::logs::TIME, row);
            let text = if row < 4 { "noise" } else { "order" };
            builder.set_text(hannun_model::table::logs::BODY, text);
        }
        trial.read(&builder.finish().unwrap()).unwrap();
        let total = Total { records: 100, bytes: 500 };
        let sampled = answer(&total, true, &trial);
        assert_eq!((sampled.records, sampled.read_records), (100, Some(10)));
        assert_eq!((sampled.dropped_records, sampled.dropped_bytes), (40, 200));
        assert_eq!((sampled.rules[0].matched, sampled.rules[0].dropped), (40, 40));
        let whole = answer(&total, false, &trial);
        assert_eq!((whole.records, whole.kept_records, whole.read_records), (10, 6, None));
    }
}
