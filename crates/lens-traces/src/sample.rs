//! Some of the traces that match, always the same ones, and their spans in parts.
//!
//! Ids of traces are random at their end, as W3C asks, so those whose end is smallest are an even
//! choice. Of very many spans only those are grouped whose ids end low enough.

use crate::blocking;
use crate::question::Question;
use crate::skeleton::{self, SkeletonRow};
use hannun_model::limits::{
    LENS_ROWS_MAX, SPAN_NAME_CHARACTERS_MAX, TRACES_SAMPLED_PART_SPANS_MAX,
    TRACES_SAMPLED_SPANS_MAX,
};
use hannun_query::spans_sql::{ENDPOINT, PEER_NAME};
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Hexadecimal digits at the end of a trace id that a choice looks at.
const DIGITS: u32 = 6;
/// So many times as many spans are looked at as traces are wanted, at first.
const SPARE: u64 = 16;

/// Traces that were chosen.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    pub(crate) ids: Vec<String>,
    /// Whether there are more.
    pub(crate) sampled: bool,
}

#[derive(Debug, Deserialize)]
struct CountRow {
    spans: u64,
}

#[derive(Debug, Deserialize)]
struct IdRow {
    trace_id: String,
}

#[derive(Debug, Deserialize)]
struct SizeRow {
    trace_id: String,
    spans: usize,
}

/// A span of a chosen trace.
#[derive(Debug, Deserialize)]
pub(crate) struct SampledSpan {
    #[serde(rename = "__x")]
    pub(crate) trace_id: String,
    #[serde(rename = "__e")]
    pub(crate) endpoint: String,
    #[serde(rename = "__q")]
    pub(crate) peer: Option<String>,
    #[serde(flatten)]
    pub(crate) skeleton: SkeletonRow,
}

/// The only row of an answer.
pub(crate) async fn one<T: DeserializeOwned>(
    engine: &Arc<Engine>,
    sql: &str,
) -> Result<Option<T>, QueryError> {
    Ok(engine.rows(sql, QueryLimits::default()).await?.rows.pop())
}

/// Chooses among the traces with a span for which this condition is true.
pub(crate) async fn choose(
    engine: &Arc<Engine>,
    condition: &str,
    wanted: usize,
) -> Result<Sample, QueryError> {
    let sql = format!("SELECT count(*) AS spans FROM spans WHERE {condition}");
    let spans = one::<CountRow>(engine, &sql).await?.map_or(0, |row| row.spans);
    if spans == 0 {
        return Ok(Sample::default());
    }
    let mut end = first_end(spans, wanted);
    loop {
        let sql = format!(
            "SELECT trace_id FROM spans WHERE {condition}{} GROUP BY trace_id \
             ORDER BY right(trace_id, {DIGITS}), trace_id LIMIT {}",
            ends_below(end),
            wanted + 1
        );
        let limits = QueryLimits::asked(Some(wanted + 1), None);
        let rows = engine.rows::<IdRow>(&sql, limits).await?.rows;
        if rows.len() <= wanted && end.is_some() {
            end = end.map(|end| end * SPARE).filter(|end| *end < all_ends());
            continue;
        }
        let sampled = rows.len() > wanted;
        let ids = rows.into_iter().take(wanted).map(|row| row.trace_id).collect();
        return Ok(Sample { ids, sampled });
    }
}

fn all_ends() -> u64 {
    16_u64.pow(DIGITS)
}

/// The end below which about [`SPARE`] times as many spans as traces are wanted lie; `None` when
/// all of them may be grouped.
fn first_end(spans: u64, wanted: usize) -> Option<u64> {
    let looked_at = wanted as u64 * SPARE;
    (spans > looked_at).then(|| (all_ends() * looked_at / spans).max(1))
}

/// SQL that goes on with the traces whose ids end below this.
fn ends_below(end: Option<u64>) -> String {
    end.map_or_else(String::new, |end| {
        format!(" AND right(trace_id, {DIGITS}) < '{end:0width$x}'", width = DIGITS as usize)
    })
}

/// Traces that are read together.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) parts: Vec<Vec<String>>,
    /// Traces that have more spans than may be read.
    pub(crate) too_large: usize,
}

/// Says which of these traces are read together, so that all have at most `spans_max` spans and
/// parts of several at most `part_spans_max`.
pub(crate) async fn plan(
    engine: &Arc<Engine>,
    ids: &[String],
    spans_max: usize,
    part_spans_max: usize,
) -> Result<Plan, QueryError> {
    if ids.is_empty() {
        return Ok(Plan::default());
    }
    let sql = format!(
        "SELECT trace_id, count(*) AS spans FROM spans WHERE {} GROUP BY trace_id",
        among(ids)
    );
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let mut sizes = engine.rows::<SizeRow>(&sql, limits).await?.rows;
    sizes.sort_by_cached_key(|row| ids.iter().position(|id| *id == row.trace_id));
    Ok(planned(sizes, spans_max, part_spans_max))
}

fn planned(sizes: Vec<SizeRow>, spans_max: usize, part_spans_max: usize) -> Plan {
    let mut plan = Plan::default();
    let (mut total, mut in_part) = (0, 0);
    for size in sizes {
        if total + size.spans > spans_max {
            plan.too_large += 1;
            continue;
        }
        total += size.spans;
        in_part += size.spans;
        match plan.parts.last_mut() {
            Some(part) if in_part <= part_spans_max => part.push(size.trace_id),
            _ => {
                in_part = size.spans;
                plan.parts.push(vec![size.trace_id]);
            }
        }
    }
    plan
}

/// What was read of a sample.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) traces: usize,
    pub(crate) too_large: usize,
    pub(crate) spans: usize,
}

/// Reads chosen traces, as many as may be, and adds the spans of each, in order of time, to `sum`.
pub(crate) async fn read<T: Send + 'static>(
    engine: &Arc<Engine>,
    ids: &[String],
    spans_max: usize,
    mut sum: T,
    add: fn(&mut T, &[SampledSpan]),
) -> Result<(Reading, T), QueryError> {
    let Plan { parts, too_large } =
        plan(engine, ids, spans_max, TRACES_SAMPLED_PART_SPANS_MAX).await?;
    let mut reading = Reading { too_large, ..Reading::default() };
    for part in parts {
        let sql = format!(
            "SELECT trace_id AS __x, left(coalesce({ENDPOINT}, ''), {SPAN_NAME_CHARACTERS_MAX}) \
             AS __e, left({PEER_NAME}, {SPAN_NAME_CHARACTERS_MAX}) AS __q, {} FROM spans WHERE {}",
            skeleton::columns(),
            among(&part)
        );
        let limits = QueryLimits::asked(Some(TRACES_SAMPLED_SPANS_MAX), None);
        let answer = engine.rows::<SampledSpan>(&sql, limits).await?;
        if answer.truncated {
            // Very long names: part of a trace would tell nothing.
            reading.too_large += part.len();
            continue;
        }
        let spans = answer.rows;
        reading.spans += spans.len();
        let (traces, added) = blocking(move || (add_traces(spans, &mut sum, add), sum)).await?;
        reading.traces += traces;
        sum = added;
    }
    Ok((reading, sum))
}

/// Adds traces one by one and answers how many they are.
fn add_traces<T>(
    mut spans: Vec<SampledSpan>,
    sum: &mut T,
    add: fn(&mut T, &[SampledSpan]),
) -> usize {
    spans.sort_by(|a, b| {
        let order = a.trace_id.cmp(&b.trace_id);
        order.then_with(|| a.skeleton.order().cmp(&b.skeleton.order()))
    });
    let traces = spans.chunk_by(|a, b| a.trace_id == b.trace_id);
    traces.inspect(|trace| add(sum, trace)).count()
}

/// SQL that is true for the spans of these traces.
pub(crate) fn among(ids: &[String]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| typed::text(id)).collect();
    format!("trace_id IN ({})", ids.join(", "))
}

/// Chooses among the traces that a question finds.
pub(crate) async fn of_question(
    engine: &Arc<Engine>,
    question: &Question,
    wanted: usize,
) -> Result<Sample, QueryError> {
    choose(engine, &question.condition(), wanted).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_few_spans_all_are_grouped_and_of_many_those_with_low_ends() {
        assert_eq!(first_end(1000, 200), None);
        assert_eq!(first_end(100_000_000, 200), Some(536));
        assert_eq!(ends_below(Some(536)), " AND right(trace_id, 6) < '000218'");
        assert_eq!(ends_below(None), "");
    }

    #[test]
    fn parts_are_bounded_and_what_does_not_fit_is_counted() {
        let size = |id: &str, spans| SizeRow { trace_id: id.to_owned(), spans };
        let sizes = vec![size("a", 5), size("b", 5), size("c", 1), size("d", 45)];
        let plan = planned(sizes, 25, 10);
        assert_eq!(plan.parts, [vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]]);
        assert_eq!(plan.too_large, 1);
    }
}
