//! What the spans of one side say of themselves, and the traces around them.

use crate::detail::{Row, attributes_of, optional, required};
use crate::question::Question;
use crate::sample::{self, SampledSpan, among};
use crate::skeleton::{self, SkeletonRow};
use foldhash::{HashMap, HashSet};
use hannun_model::limits::{
    TRACES_COMPARED_AROUND_SPANS_MAX, TRACES_COMPARED_PART_SPANS_MAX, TRACES_COMPARED_SPANS_MAX,
    TRACES_COMPARED_TRACES_MAX, TRACES_COMPARED_VALUE_CHARACTERS_MAX,
    TRACES_SAMPLED_PART_SPANS_MAX,
};
use hannun_model::table::Table;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde_json::Value;
use std::sync::Arc;

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Tag {
    /// Of another span of the trace: its service.
    pub(super) service: Option<String>,
    /// Name in the search language.
    pub(super) field: String,
    pub(super) value: String,
}

/// Trace and span id.
type SpanId = (String, String);

/// Service and operation.
pub(super) type Operation = (String, String);

/// One side of a comparison.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// Spans that match, the first of each trace.
    pub(super) spans: usize,
    /// How many of them have each value.
    pub(super) own: HashMap<Tag, usize>,
    /// Traces of which the other spans were looked at …
    pub(super) traces_around: usize,
    /// … and in how many of them each value occurs.
    pub(super) around: HashMap<Tag, usize>,
    /// Traces whose self times were added up.
    pub(super) traces: usize,
    pub(super) self_ns: HashMap<Operation, f64>,
    pub(super) sampled: bool,
}

/// Reads the spans of a question that take so long.
pub(super) async fn read(
    engine: &Arc<Engine>,
    question: &Question,
    durations: &str,
) -> Result<Side, QueryError> {
    let condition = format!("{} AND {durations}", question.condition());
    let sample = sample::choose(engine, &condition, TRACES_COMPARED_SPANS_MAX).await?;
    let mut side = Side { sampled: sample.sampled, ..Side::default() };
    if sample.ids.is_empty() {
        return Ok(side);
    }
    let matching = side.read_own(engine, &condition, &sample.ids).await?;
    let ids = &sample.ids[..sample.ids.len().min(TRACES_COMPARED_TRACES_MAX)];
    side.read_around(engine, ids, &matching).await?;
    let (reading, self_ns) =
        sample::read(engine, ids, TRACES_SAMPLED_PART_SPANS_MAX, HashMap::default(), add_times)
            .await?;
    (side.traces, side.self_ns) = (reading.traces, self_ns);
    Ok(side)
}

impl Side {
    /// Reads the spans themselves, and answers which they are.
    async fn read_own(
        &mut self,
        engine: &Arc<Engine>,
        condition: &str,
        ids: &[String],
    ) -> Result<HashSet<SpanId>, QueryError> {
        let condition = format!("{condition} AND {}", among(ids));
        // Only ids are sorted: rows with all their columns would not fit into the memory of a sort.
        // One of each trace: a test takes what it counts for independent, and spans of one trace
        // have much in common.
        let sql = format!(
            "SELECT trace_id, span_id FROM (SELECT trace_id, coalesce(span_id, '') AS span_id, \
             row_number() OVER (PARTITION BY trace_id ORDER BY start_time, span_id) AS place \
             FROM spans WHERE {condition}) AS matching WHERE place = 1 \
             ORDER BY right(trace_id, 6), trace_id LIMIT {}",
            TRACES_COMPARED_SPANS_MAX + 1
        );
        let limits = QueryLimits::asked(Some(TRACES_COMPARED_SPANS_MAX), None);
        let chosen = engine.rows::<Row>(&sql, limits).await?;
        self.sampled |= chosen.truncated;
        let chosen: Vec<SpanId> = chosen.rows.into_iter().map(|mut row| id_of(&mut row)).collect();
        if chosen.is_empty() {
            return Ok(HashSet::default());
        }
        let quoted = |id: fn(&SpanId) -> &str| {
            let mut ids: Vec<String> = chosen.iter().map(|it| typed::text(id(it))).collect();
            ids.dedup();
            ids.join(", ")
        };
        let sql = format!(
            "SELECT * FROM spans WHERE {condition} AND trace_id IN ({}) AND span_id IN ({})",
            quoted(|id| &id.0),
            quoted(|id| &id.1)
        );
        let matching: HashSet<SpanId> = chosen.into_iter().collect();
        let limits = QueryLimits::asked(Some(2 * TRACES_COMPARED_SPANS_MAX), None);
        let answer = engine.rows::<Row>(&sql, limits).await?;
        self.sampled |= answer.truncated;
        for mut row in answer.rows {
            if matching.contains(&id_of(&mut row)) {
                self.add_own(row);
            }
        }
        Ok(matching)
    }

    fn add_own(&mut self, row: Row) {
        self.spans += 1;
        for (field, value) in tags(row) {
            *self.own.entry(Tag { service: None, field, value }).or_insert(0) += 1;
        }
    }

    /// Looks at the other spans of these traces.
    async fn read_around(
        &mut self,
        engine: &Arc<Engine>,
        ids: &[String],
        matching: &HashSet<SpanId>,
    ) -> Result<(), QueryError> {
        let (all, part) = (TRACES_COMPARED_AROUND_SPANS_MAX, TRACES_COMPARED_PART_SPANS_MAX);
        let plan = sample::plan(engine, ids, all, part).await?;
        for part in plan.parts {
            let sql = format!("SELECT * FROM spans WHERE {}", among(&part));
            let limits = QueryLimits::asked(Some(TRACES_COMPARED_AROUND_SPANS_MAX), None);
            let answer = engine.rows::<Row>(&sql, limits).await?;
            if answer.truncated {
                // Very large attributes: what a part of a trace lacks, the rest may have.
                continue;
            }
            self.traces_around += part.len();
            self.add_around(answer.rows, matching);
        }
        Ok(())
    }

    /// Adds whole traces. A value counts once for each, however many of its spans have it.
    fn add_around(&mut self, rows: Vec<Row>, matching: &HashSet<SpanId>) {
        let mut met: HashSet<(String, Tag)> = HashSet::default();
        for mut row in rows {
            let id = id_of(&mut row);
            if matching.contains(&id) {
                continue;
            }
            let service = row.get("service_name").and_then(Value::as_str).unwrap_or_default();
            let service = Some(service.to_owned());
            for (field, value) in tags(row) {
                let tag = Tag { service: service.clone(), field, value };
                met.insert((id.0.clone(), tag));
            }
        }
        for (_, tag) in met {
            *self.around.entry(tag).or_insert(0) += 1;
        }
    }
}

/// Trace and span id, taken out of a row.
fn id_of(row: &mut Row) -> SpanId {
    (required(row, "trace_id"), required(row, "span_id"))
}

fn add_times(self_ns: &mut HashMap<Operation, f64>, spans: &[SampledSpan]) {
    let skeletons: Vec<SkeletonRow> = spans.iter().map(|span| span.skeleton.clone()).collect();
    for row in skeleton::tree(&skeletons).rows {
        let span = &spans[row.node];
        let operation = (span.skeleton.service.clone(), span.endpoint.clone());
        *self_ns.entry(operation).or_insert(0.0) += row.self_ns as f64;
    }
}

/// What a span says of itself, each thing once: names in the search language, and values.
fn tags(mut row: Row) -> HashSet<(String, String)> {
    let (attributes, resource) = attributes_of(&mut row, Table::Spans);
    let own = attributes.into_iter().map(|(key, value)| (format!("@{key}"), value));
    let mut tags: HashSet<(String, String)> =
        own.chain(resource).filter_map(|(field, value)| Some((field, text(value)?))).collect();
    for (field, column) in [("operation_name", "name"), ("status", "status_code")] {
        let value = optional(&mut row, column).unwrap_or_else(|| "unset".to_owned());
        tags.insert((field.to_owned(), cut(&value)));
    }
    tags
}

/// A value as people write it; nothing for those without a single value.
fn text(value: Value) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) | Value::Array(_) => None,
        Value::String(text) => Some(cut(&text)),
        other => Some(other.to_string()),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(TRACES_COMPARED_VALUE_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(json: Value) -> Row {
        let Value::Object(row) = json else { panic!() };
        row
    }

    #[test]
    fn a_span_says_each_thing_once_and_lists_are_no_value() {
        let row = row(json!({"name": "GET /", "status_code": null, "service_name": "web",
            "http_route": "/", "attributes": {"n": 5, "ok": true, "list": [1]},
            "resource_attributes": {"team": "a"}}));
        let mut tags: Vec<String> =
            tags(row).into_iter().map(|(field, value)| format!("{field}={value}")).collect();
        tags.sort();
        let expected = [
            "@http.route=/",
            "@n=5",
            "@ok=true",
            "operation_name=GET /",
            "service.name=web",
            "status=unset",
            "team=a",
        ];
        assert_eq!(tags, expected);
    }

    #[test]
    fn other_spans_of_a_trace_count_once_a_trace() {
        let span = |trace: &str, id: &str, shard: u32| {
            row(json!({"trace_id": trace, "span_id": id, "service_name": "stock", "name": "q",
                "attributes": {"shard": shard}}))
        };
        let rows = vec![span("a", "1", 9), span("a", "2", 3), span("a", "3", 3), span("b", "4", 3)];
        let matching = [("a".to_owned(), "1".to_owned())].into_iter().collect();
        let mut side = Side::default();
        side.add_around(rows, &matching);
        let count = |value: &str| {
            let (field, value) = ("@shard".to_owned(), value.to_owned());
            side.around.get(&Tag { service: Some("stock".to_owned()), field, value }).copied()
        };
        assert_eq!((count("3"), count("9")), (Some(2), None));
    }
}
