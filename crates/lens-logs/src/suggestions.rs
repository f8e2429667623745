//! What could be left out of the logs, how much that saves, and a pipeline that does it.
//!
//! Each kind of suggestion looks for candidates; a candidate is a filter in the search language, so
//! that what is measured is what its draft will match. Later kinds leave out what earlier ones
//! found: savings add up. Records of status error or fatal are never suggested.

use crate::documents::LOG_PIPELINE;
use crate::field::BYTES;
use crate::histogram::whole;
use crate::question::{Question, sql_of};
use crate::suggestions::candidates::Candidate;
use crate::volume::{LogPrice, share};
use hannun_api::ApiError;
use hannun_ledger::Ledger;
use hannun_query::{Engine, QueryLimits};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use utoipa::ToSchema;

mod candidates;

/// What could be left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestions {
    /// The largest saving first.
    pub suggestions: Vec<Suggestion>,
    /// Bytes of the time, of which the shares are.
    pub total_bytes: u64,
}

/// Something that could be left out.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Suggestion {
    /// `noisy_pattern`, `debug`, `duplicates` or `health_checks`.
    pub kind: &'static str,
    /// What a title is made of: `service`, `environment`, `pattern`, `message`, `keep_percent`.
    pub title_parts: BTreeMap<String, String>,
    pub service: Option<String>,
    pub pattern_id: Option<String>,
    pub pattern: Option<String>,
    /// Records as stored that the draft matches.
    pub records: u64,
    pub bytes: u64,
    /// Part of all bytes, from 0 to 1.
    pub share: f64,
    pub saving_bytes: u64,
    /// Part of all bytes, from 0 to 1.
    pub saving_share: f64,
    /// Null without a price.
    pub saving_cost: Option<f64>,
    /// Records of status error or fatal among those that the draft matches.
    pub errors: u64,
    /// Body of a document of the kind `log-pipeline`.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub draft: Value,
    /// The id that its document should have. A suggestion whose document exists is not made again.
    pub draft_id: String,
}

#[derive(Debug, Deserialize)]
struct MeasureRow {
    candidate: usize,
    records: u64,
    bytes: u64,
    errors: u64,
}

#[derive(Debug, Deserialize)]
struct TotalRow {
    records: u64,
    bytes: u64,
}

/// Size of what is asked about.
#[derive(Debug, Clone, Copy)]
struct Total {
    records: u64,
    bytes: u64,
}

/// Ids of the pipelines that there are.
pub async fn pipelines(ledger: &Ledger) -> Result<HashSet<String>, ApiError> {
    let documents = ledger.documents(Some(LOG_PIPELINE.name), false).await?;
    Ok(documents.into_iter().map(|document| document.id).collect())
}

/// Suggestions about the records of a question.
pub async fn suggestions(
    engine: &Arc<Engine>,
    question: &Question,
    price: Option<&LogPrice>,
    known: &HashSet<String>,
) -> Result<Suggestions, ApiError> {
    let sql = format!(
        "SELECT count(*) AS records, coalesce(sum({BYTES}), 0) AS bytes FROM logs WHERE {}",
        question.condition()
    );
    let rows = engine.rows::<TotalRow>(&sql, QueryLimits::default()).await?.rows;
    let total = rows.first().map_or(Total { records: 0, bytes: 0 }, |row| Total {
        records: row.records,
        bytes: row.bytes,
    });
    if total.bytes == 0 {
        return Ok(Suggestions { suggestions: Vec::new(), total_bytes: 0 });
    }
    let mut candidates = candidates::find(engine, question, total).await?;
    candidates.retain(|candidate| !known.contains(&candidate.draft_id));
    let measured = measure(engine, question, &candidates).await?;
    let mut suggestions: Vec<Suggestion> = measured
        .iter()
        .filter_map(|row| Some(suggestion(candidates.get(row.candidate)?, row, total, price)))
        .collect();
    suggestions.sort_by(|a, b| b.saving_bytes.cmp(&a.saving_bytes).then(a.kind.cmp(b.kind)));
    Ok(Suggestions { suggestions, total_bytes: total.bytes })
}

/// What each candidate matches, all in one pass.
async fn measure(
    engine: &Arc<Engine>,
    question: &Question,
    candidates: &[Candidate],
) -> Result<Vec<MeasureRow>, ApiError> {
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let mut which = String::new();
    for (index, candidate) in candidates.iter().enumerate() {
        which.push_str(&format!(" WHEN {} THEN {index}", sql_of(&candidate.filter)));
    }
    let sql = format!(
        "SELECT candidate, count(*) AS records, coalesce(sum(bytes), 0) AS bytes, \
         count(*) FILTER (WHERE severity_number >= 17) AS errors FROM \
         (SELECT CASE{which} END AS candidate, {BYTES} AS bytes, severity_number FROM logs \
         WHERE {}) WHERE candidate IS NOT NULL GROUP BY candidate",
        question.condition()
    );
    Ok(engine.rows::<MeasureRow>(&sql, QueryLimits::default()).await?.rows)
}

fn suggestion(
    candidate: &Candidate,
    row: &MeasureRow,
    total: Total,
    price: Option<&LogPrice>,
) -> Suggestion {
    let dropped = 1.0 - f64::from(candidate.keep_percent) / 100.0;
    let saving_bytes = whole(row.bytes as f64 * dropped);
    let rule = match candidate.keep_percent {
        0 => json!({ "action": "drop" }),
        keep_percent => json!({ "action": "sample", "keep_percent": keep_percent }),
    };
    let mut title_parts = candidate.title_parts.clone();
    title_parts.insert("keep_percent".to_owned(), candidate.keep_percent.to_string());
    Suggestion {
        kind: candidate.kind,
        title_parts,
        service: candidate.service.clone(),
        pattern_id: candidate.pattern_id.clone(),
        pattern: candidate.pattern.clone(),
        records: row.records,
        bytes: row.bytes,
        share: share(row.bytes, total.bytes),
        saving_bytes,
        saving_share: share(saving_bytes, total.bytes),
        saving_cost: price.map(|price| price.cost(saving_bytes)),
        errors: row.errors,
        draft: json!({
            "name": candidate.name,
            "match": candidate.filter.to_string(),
            "rules": [rule],
        }),
        draft_id: candidate.draft_id.clone(),
    }
}
