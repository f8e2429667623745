//! One trace as its page shows it.
//!
//! However many spans a trace has, what is read of it is bounded: first they are counted, then as
//! many as a page may have are read, the first to begin first, and of long traces only what their
//! tree needs. Spans are answered as columns, in the order of a fully opened tree.

use crate::blocking;
use crate::detail::{Row, SpanDetail};
use crate::question::timestamp_ns;
use crate::skeleton::{self, Numbers, SkeletonRow};
use crate::tree::{self, Problem, Tree};
use hannun_model::limits::{TRACE_SPANS_MAX, TRACE_SPANS_WHOLE_MAX};
use hannun_query::error::QueryErrorKind;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// Spans of a trace are read so often at most, each time fewer of them.
const TRIES_MAX: usize = 4;

/// A trace with its spans.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trace {
    pub trace_id: String,
    /// When its first span began, in nanoseconds since 1970, after clocks were corrected.
    pub start_ns: String,
    pub start_ms: f64,
    /// To the last end of a span.
    pub duration_ns: i64,
    /// Spans that are stored.
    pub total_spans: u64,
    /// Whether spans are left out: those that began last.
    pub truncated: bool,
    /// Whether `details` tells all of every span. Otherwise each is to be asked for.
    pub whole: bool,
    /// The root that the critical path is of; null when there is no span.
    pub main_root: Option<usize>,
    /// Names of services, which `columns.service` counts through.
    pub services: Vec<String>,
    /// Names of spans, which `columns.name` counts through; at most 200 characters of each.
    pub names: Vec<String>,
    pub columns: SpanColumns,
    pub critical_path: CriticalPath,
    pub problems: TraceProblems,
    /// In the order of the columns; empty unless `whole`.
    pub details: Vec<SpanDetail>,
}

/// Spans as columns of one length. A row is followed by its children, which stand in order of time.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct SpanColumns {
    pub span_id: Vec<String>,
    /// Row of the parent, which is always a smaller number; -1 for a root.
    pub parent: Vec<i64>,
    pub depth: Vec<usize>,
    /// How many of the following rows are below this one.
    pub descendants: Vec<usize>,
    pub service: Vec<u32>,
    pub name: Vec<u32>,
    /// 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer.
    pub kind: Vec<u8>,
    /// 0 unset, 1 ok, 2 error.
    pub status: Vec<u8>,
    /// Nanoseconds after the start of the trace, after clocks were corrected.
    pub start_offset_ns: Vec<i64>,
    /// Not negative.
    pub duration_ns: Vec<i64>,
    /// Nanoseconds in which no child ran that the span waited for.
    pub self_ns: Vec<i64>,
    /// What was added to the recorded start, because the clock was off; 0 when nothing was.
    pub skew_ns: Vec<i64>,
    /// `missing_parent`, `cycle`, `duplicate_id`, `negative_duration` or null.
    #[schema(value_type = Vec<Option<String>>)]
    pub problem: Vec<Option<&'static str>>,
}

/// What the main root waited for, as columns of one length, in order of time and without a gap.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct CriticalPath {
    /// Rows of spans.
    pub span: Vec<usize>,
    /// Nanoseconds after the start of the trace.
    pub from_ns: Vec<i64>,
    pub to_ns: Vec<i64>,
}

/// How many spans have what is wrong.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct TraceProblems {
    pub missing_parent: usize,
    pub cycle: usize,
    pub duplicate_id: usize,
    pub negative_duration: usize,
    /// Spans that were moved because a clock was off.
    pub skewed: usize,
}

#[derive(Debug, Deserialize)]
struct CountRow {
    spans: u64,
}

#[derive(Debug, Deserialize)]
struct CutRow {
    last_ns: Option<i64>,
}

/// Spans as they were read, in order of time.
struct Read {
    rows: Vec<SkeletonRow>,
    /// In the same order, or empty.
    details: Vec<SpanDetail>,
    truncated: bool,
}

/// The trace with this id (32 hexadecimal digits in lower case), or `None`.
pub async fn trace(engine: &Arc<Engine>, id: &str) -> Result<Option<Trace>, QueryError> {
    let id_text = typed::text(id);
    let sql = format!("SELECT count(*) AS spans FROM spans WHERE trace_id = {id_text}");
    let counted = engine.rows::<CountRow>(&sql, QueryLimits::default()).await?.rows.pop();
    let total = counted.map_or(0, |row| row.spans);
    let is_small = usize::try_from(total).is_ok_and(|total| total <= TRACE_SPANS_WHOLE_MAX);
    let whole = if is_small { read_whole(engine, &id_text).await? } else { None };
    let read = match whole {
        Some(read) => read,
        None => read_skeletons(engine, &id_text, total).await?,
    };
    if read.rows.is_empty() {
        return Ok(None);
    }
    let id = id.to_owned();
    Ok(Some(blocking(move || trace_of(id, read, total)).await?))
}

/// All spans with all they have, unless that is too much for one answer.
async fn read_whole(engine: &Arc<Engine>, id_text: &str) -> Result<Option<Read>, QueryError> {
    let sql = format!("SELECT {}, * FROM spans WHERE trace_id = {id_text}", skeleton::columns());
    let limits = QueryLimits::asked(Some(TRACE_SPANS_WHOLE_MAX), None);
    let answer = engine.rows::<Row>(&sql, limits).await?;
    if answer.truncated {
        return Ok(None);
    }
    let mut spans = Vec::with_capacity(answer.rows.len());
    for mut row in answer.rows {
        let span: SkeletonRow = serde_json::from_value(Value::Object(short(&mut row)))
            .map_err(|error| QueryError::new(QueryErrorKind::Internal, error.to_string()))?;
        let detail = SpanDetail::read(&mut row, span.start_ns);
        spans.push((span, detail));
    }
    spans.sort_by(|(a, _), (b, _)| a.order().cmp(&b.order()));
    let (rows, details) = spans.into_iter().unzip();
    Ok(Some(Read { rows, details, truncated: false }))
}

/// Takes the columns of the skeleton out of a row.
fn short(row: &mut Row) -> Row {
    let keys: Vec<String> = row.keys().filter(|key| key.starts_with("__")).cloned().collect();
    keys.into_iter().filter_map(|key| row.remove_entry(&key)).collect()
}

/// The first spans, as much of them as their tree needs.
async fn read_skeletons(
    engine: &Arc<Engine>,
    id_text: &str,
    total: u64,
) -> Result<Read, QueryError> {
    let mut wanted = TRACE_SPANS_MAX;
    let mut tries_left = TRIES_MAX;
    loop {
        let cut = total > wanted as u64;
        let until = if cut { first_only(engine, id_text, wanted).await? } else { String::new() };
        let sql =
            format!("SELECT {} FROM spans WHERE trace_id = {id_text}{until}", skeleton::columns());
        let limits = QueryLimits::asked(Some(TRACE_SPANS_MAX), None);
        let answer = engine.rows::<SkeletonRow>(&sql, limits).await?;
        let mut rows = answer.rows;
        tries_left -= 1;
        if answer.truncated && rows.len() < wanted && tries_left > 0 {
            // Long names take the room of other spans: as many of the first as it is enough for.
            wanted = (rows.len() / 10 * 9).max(1);
            continue;
        }
        // Here rather than in the query: it is not said how it orders what is equal.
        rows.sort_by(|a, b| a.order().cmp(&b.order()));
        return Ok(Read { rows, details: Vec::new(), truncated: cut || answer.truncated });
    }
}

/// SQL that goes on with the first spans of a trace, so many and those that began with the last.
async fn first_only(
    engine: &Arc<Engine>,
    id_text: &str,
    wanted: usize,
) -> Result<String, QueryError> {
    // One narrow column is sorted, and nothing else.
    let sql = format!(
        "SELECT CAST(max(start_time) AS BIGINT) AS last_ns FROM (SELECT start_time FROM spans \
         WHERE trace_id = {id_text} ORDER BY start_time LIMIT {wanted})"
    );
    let row = engine.rows::<CutRow>(&sql, QueryLimits::default()).await?.rows.pop();
    let last_ns = row.and_then(|row| row.last_ns).unwrap_or(i64::MAX);
    Ok(format!(" AND start_time <= {}", timestamp_ns(last_ns)))
}

fn trace_of(trace_id: String, read: Read, total: u64) -> Trace {
    let tree = skeleton::tree(&read.rows);
    let start_ns = tree.rows.iter().map(|row| row.start_ns).min().unwrap_or(0);
    let end_ns = tree.rows.iter().map(tree::Row::end_ns).max().unwrap_or(start_ns);
    let (mut services, mut names) = (Numbers::default(), Numbers::default());
    let mut columns = columns_of(&tree, &read.rows, start_ns);
    columns.service =
        tree.rows.iter().map(|row| services.of(&read.rows[row.node].service)).collect();
    columns.name = tree.rows.iter().map(|row| names.of(&read.rows[row.node].name)).collect();
    let (services, service_places) = services.sorted();
    let (names, name_places) = names.sorted();
    for (column, places) in
        [(&mut columns.service, service_places), (&mut columns.name, name_places)]
    {
        column.iter_mut().for_each(|number| *number = places[*number as usize]);
    }
    let mut details: Vec<Option<SpanDetail>> = read.details.into_iter().map(Some).collect();
    let in_place = |row: &tree::Row| details.get_mut(row.node).and_then(Option::take);
    let details: Vec<SpanDetail> = tree.rows.iter().filter_map(in_place).collect();
    Trace {
        trace_id,
        start_ns: start_ns.to_string(),
        start_ms: start_ns as f64 / 1e6,
        duration_ns: end_ns.saturating_sub(start_ns),
        // Spans may have come between the count and now.
        total_spans: total.max(tree.rows.len() as u64),
        truncated: read.truncated,
        whole: !details.is_empty(),
        main_root: tree.main_root,
        services,
        names,
        critical_path: path_of(&tree, start_ns),
        problems: problems_of(&tree),
        columns,
        details,
    }
}

fn columns_of(tree: &Tree, spans: &[SkeletonRow], start_ns: i64) -> SpanColumns {
    let rows = || tree.rows.iter();
    let status = |row: &tree::Row| match spans[row.node].status.as_deref() {
        Some("ok") => 1,
        Some("error") => 2,
        _ => 0,
    };
    SpanColumns {
        span_id: rows().map(|row| spans[row.node].span_id.clone()).collect(),
        parent: rows().map(|row| row.parent.map_or(-1, |parent| parent as i64)).collect(),
        depth: rows().map(|row| row.depth).collect(),
        descendants: rows().map(|row| row.descendants).collect(),
        service: Vec::new(),
        name: Vec::new(),
        kind: rows().map(|row| spans[row.node].kind().number()).collect(),
        status: rows().map(status).collect(),
        start_offset_ns: rows().map(|row| row.start_ns.saturating_sub(start_ns)).collect(),
        duration_ns: rows().map(|row| row.duration_ns).collect(),
        self_ns: rows().map(|row| row.self_ns).collect(),
        skew_ns: rows().map(|row| row.skew_ns).collect(),
        problem: rows().map(|row| row.problem.map(Problem::as_str)).collect(),
    }
}

fn path_of(tree: &Tree, start_ns: i64) -> CriticalPath {
    let parts = || tree.critical_path.iter();
    CriticalPath {
        span: parts().map(|part| part.row).collect(),
        from_ns: parts().map(|part| part.from_ns.saturating_sub(start_ns)).collect(),
        to_ns: parts().map(|part| part.to_ns.saturating_sub(start_ns)).collect(),
    }
}

fn problems_of(tree: &Tree) -> TraceProblems {
    let mut problems = TraceProblems::default();
    for row in &tree.rows {
        problems.skewed += usize::from(row.skew_ns != 0);
        match row.problem {
            None => {}
            Some(Problem::MissingParent) => problems.missing_parent += 1,
            Some(Problem::Cycle) => problems.cycle += 1,
            Some(Problem::DuplicateId) => problems.duplicate_id += 1,
            Some(Problem::NegativeDuration) => problems.negative_duration += 1,
        }
    }
    problems
}
