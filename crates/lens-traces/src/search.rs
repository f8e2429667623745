//! Pages of spans that match, each with its trace in a few words.
//!
//! A page in order of time does not sort everything: it looks at growing slices of time until it has
//! enough. It ends with a [`Cursor`], the place of its last span in the order; spans that come
//! meanwhile move nothing.

use crate::question::{Question, timestamp_ns};
use crate::summary::{TraceSummary, summaries};
use hannun_api::ApiError;
use hannun_model::limits::{SPAN_NAME_CHARACTERS_MAX, TRACES_SEARCH_SECONDS_MAX};
use hannun_query::spans_sql::ENDPOINT;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::{Duration, Instant};
use utoipa::ToSchema;

const SECOND: i64 = 1_000_000_000;
/// The first slice is this part of the time asked about …
const FIRST_SLICE_PARTS: i64 = 4096;
/// … and each further one so many times as long.
const SLICE_GROWTH: i64 = 8;
const FAILED: &str = "coalesce(status_code = 'error', false)";
const DURATION: &str = "coalesce(duration, 0)";

/// A page of spans.
#[derive(Debug, Serialize, ToSchema)]
pub struct TraceSearch {
    pub rows: Vec<TraceHit>,
    /// Asks for the next page; null at the end. A page may be short and have one all the same, when
    /// finding more took too long.
    pub next_cursor: Option<String>,
}

/// A span that matches.
#[derive(Debug, Serialize, ToSchema)]
pub struct TraceHit {
    pub trace_id: String,
    pub span_id: String,
    pub time_ms: f64,
    pub service: String,
    /// The name of the span, at most 200 characters of it.
    pub operation: String,
    /// What was asked: method and route, or the name without its numbers and ids.
    pub endpoint: String,
    pub duration_ms: f64,
    pub failed: bool,
    pub kind: Option<String>,
    pub http_status: Option<i64>,
    pub trace: TraceSummary,
}

#[derive(Debug, Clone, Deserialize)]
struct HitRow {
    trace_id: String,
    span_id: String,
    time_ns: i64,
    service: String,
    operation: String,
    endpoint: String,
    duration_ns: i64,
    failed: bool,
    kind: Option<String>,
    http_status: Option<i64>,
}

/// In which order spans are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// The latest first.
    Recent,
    /// The longest first.
    Duration,
    /// Those that failed first, the latest first among them and among the others.
    Errors,
}

impl Sort {
    /// The order with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "recent" => Some(Self::Recent),
            "duration" => Some(Self::Duration),
            "errors" => Some(Self::Errors),
            _ => None,
        }
    }

    /// What is listed one after another, each in order of time.
    fn phases(self) -> &'static [Option<bool>] {
        match self {
            Self::Recent | Self::Duration => &[None],
            Self::Errors => &[Some(true), Some(false)],
        }
    }
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    phase: usize,
    duration_ns: i64,
    time_ns: i64,
    /// Trace and span id of the last span that was given at this time, or nothing before any was.
    after: Option<(String, String)>,
    /// How much time the next slice covers.
    slice_ns: i64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { phase, duration_ns, time_ns, after, slice_ns } = self;
        let (trace_id, span_id) = after.as_ref().map_or(("", ""), |(a, b)| (a, b));
        write!(formatter, "{phase}.{duration_ns}.{time_ns}.{slice_ns}.{trace_id}.{span_id}")
    }
}

impl std::str::FromStr for Cursor {
    type Err = ApiError;

    fn from_str(text: &str) -> Result<Self, ApiError> {
        let is_id = |id: &&str| id.len() <= 64 && id.bytes().all(|it| it.is_ascii_hexdigit());
        let parse = || {
            let mut parts = text.split('.');
            let phase = parts.next()?.parse().ok().filter(|phase| *phase < 2)?;
            let mut number = || parts.next()?.parse::<i64>().ok();
            let (duration_ns, time_ns) = (number()?, number()?);
            // A slice of nothing would never grow.
            let slice_ns = number().filter(|slice_ns| *slice_ns > 0)?;
            let trace_id = parts.next().filter(is_id)?;
            let span_id = parts.next().filter(is_id)?;
            let after = (!trace_id.is_empty()).then(|| (trace_id.to_owned(), span_id.to_owned()));
            let cursor = Self { phase, duration_ns, time_ns, after, slice_ns };
            parts.next().is_none().then_some(cursor)
        };
        parse().ok_or_else(|| ApiError::invalid("cursor must be the next_cursor of an answer"))
    }
}

/// What page is wanted.
#[derive(Debug)]
pub struct Page<'a> {
    pub question: &'a Question,
    pub sort: Sort,
    pub limit: usize,
    pub start: Option<Cursor>,
}

/// Answers a page.
pub async fn search(engine: &Arc<Engine>, page: Page<'_>) -> Result<TraceSearch, QueryError> {
    let Found { mut rows, goes_on } = match page.sort {
        Sort::Duration => page.longest(engine).await?,
        Sort::Recent | Sort::Errors => page.newest(engine).await?,
    };
    let more = rows.len() > page.limit;
    rows.truncate(page.limit);
    let next = if more { rows.last().map(|row| page.cursor_after(row)) } else { goes_on };
    let mut ids: Vec<&str> = rows.iter().map(|row| row.trace_id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let traces = summaries(engine, &ids).await?;
    let hit = |row: HitRow| {
        // Retention may take a trace between the two questions.
        let trace = traces.get(&row.trace_id).cloned()?;
        Some(TraceHit {
            trace_id: row.trace_id,
            span_id: row.span_id,
            time_ms: row.time_ns as f64 / 1e6,
            service: row.service,
            operation: row.operation,
            endpoint: row.endpoint,
            duration_ms: row.duration_ns as f64 / 1e6,
            failed: row.failed,
            kind: row.kind,
            http_status: row.http_status,
            trace,
        })
    };
    let rows = rows.into_iter().filter_map(hit).collect();
    Ok(TraceSearch { rows, next_cursor: next.map(|cursor| cursor.to_string()) })
}

/// Rows of a page and one more, if there is one.
struct Found {
    rows: Vec<HitRow>,
    /// Where to go on when there was no time to look further.
    goes_on: Option<Cursor>,
}

impl Page<'_> {
    async fn longest(&self, engine: &Arc<Engine>) -> Result<Found, QueryError> {
        let mut condition = self.question.condition();
        if let Some(cursor) = &self.start {
            let duration = cursor.duration_ns;
            condition.push_str(&format!(
                " AND ({DURATION} < {duration} OR ({DURATION} = {duration} AND {}))",
                cursor.later()
            ));
        }
        let order = format!("{DURATION} DESC, start_time DESC, trace_id DESC, span_id DESC");
        let rows = rows(engine, &condition, &order, self.limit + 1).await?;
        Ok(Found { rows, goes_on: None })
    }

    async fn newest(&self, engine: &Arc<Engine>) -> Result<Found, QueryError> {
        let started = Instant::now();
        let patience = Duration::from_secs(TRACES_SEARCH_SECONDS_MAX);
        let mut found = Vec::new();
        let mut cursor = self.start.clone().unwrap_or_else(|| self.beginning(0));
        while let Some(kind) = self.sort.phases().get(cursor.phase) {
            let wanted = self.limit + 1 - found.len();
            let (slice, next) = self.slice(&cursor, *kind);
            found.extend(
                rows(engine, &slice, "start_time DESC, trace_id DESC, span_id DESC", wanted)
                    .await?,
            );
            if found.len() > self.limit {
                break;
            }
            cursor = match next {
                Some(next) => next,
                None => self.beginning(cursor.phase + 1),
            };
            let is_done = cursor.phase >= self.sort.phases().len();
            if started.elapsed() > patience && !is_done {
                return Ok(Found { rows: found, goes_on: Some(cursor) });
            }
        }
        Ok(Found { rows: found, goes_on: None })
    }

    fn beginning(&self, phase: usize) -> Cursor {
        let (first, last) = self.question.bounds_ns();
        let slice_ns = ((last - first) / FIRST_SLICE_PARTS).max(SECOND);
        Cursor { phase, duration_ns: 0, time_ns: last, after: None, slice_ns }
    }

    /// SQL of the spans of the slice that begins at a cursor, and where the next one begins.
    fn slice(&self, cursor: &Cursor, failed: Option<bool>) -> (String, Option<Cursor>) {
        let (first, last) = self.question.bounds_ns();
        let near = cursor.time_ns.clamp(first, last);
        let far = near.saturating_sub(cursor.slice_ns.max(1)).max(first);
        let mut condition = format!(
            "{} AND start_time >= {} AND start_time <= {}",
            self.question.condition(),
            timestamp_ns(far),
            timestamp_ns(near)
        );
        if let Some(failed) = failed {
            condition.push_str(&format!(" AND {FAILED} = {failed}"));
        }
        if cursor.after.is_some() {
            condition.push_str(&format!(" AND {}", cursor.later()));
        }
        let next = (far > first).then(|| Cursor {
            phase: cursor.phase,
            duration_ns: 0,
            time_ns: far - 1,
            after: None,
            slice_ns: cursor.slice_ns.saturating_mul(SLICE_GROWTH),
        });
        (condition, next)
    }

    fn cursor_after(&self, row: &HitRow) -> Cursor {
        let is_second = self.sort == Sort::Errors && !row.failed;
        let start = self.start.as_ref().map(|start| start.time_ns);
        let start_ns = start.unwrap_or(self.question.bounds_ns().1);
        Cursor {
            phase: usize::from(is_second),
            duration_ns: row.duration_ns,
            time_ns: row.time_ns,
            after: Some((row.trace_id.clone(), row.span_id.clone())),
            // As much time as this page covered tells how dense spans are.
            slice_ns: start_ns.saturating_sub(row.time_ns).saturating_abs().max(SECOND),
        }
    }
}

impl Cursor {
    /// SQL that is true for the spans after this place, in descending order of time and ids.
    fn later(&self) -> String {
        let time = timestamp_ns(self.time_ns);
        let Some((trace_id, span_id)) = &self.after else {
            return format!("start_time <= {time}");
        };
        let (trace_id, span_id) = (typed::text(trace_id), typed::text(span_id));
        format!(
            "(start_time < {time} OR (start_time = {time} AND (trace_id < {trace_id} OR \
             (trace_id = {trace_id} AND coalesce(span_id, '') < {span_id}))))"
        )
    }
}

async fn rows(
    engine: &Arc<Engine>,
    condition: &str,
    order: &str,
    limit: usize,
) -> Result<Vec<HitRow>, QueryError> {
    let sql = format!(
        "SELECT trace_id, coalesce(span_id, '') AS span_id, \
         CAST(start_time AS BIGINT) AS time_ns, coalesce(service_name, '') AS service, \
         left(coalesce(name, ''), {SPAN_NAME_CHARACTERS_MAX}) AS operation, \
         left(coalesce({ENDPOINT}, ''), {SPAN_NAME_CHARACTERS_MAX}) AS endpoint, \
         {DURATION} AS duration_ns, {FAILED} AS failed, kind, \
         http_response_status_code AS http_status \
         FROM spans WHERE {condition} ORDER BY {order} LIMIT {limit}"
    );
    Ok(engine.rows(&sql, QueryLimits::asked(Some(limit), None)).await?.rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::SpanSearch;
    use hannun_api::TimeRange;

    fn question() -> Question {
        let range = TimeRange { from_ms: Some(0), to_ms: Some(100_000), environment: None };
        Question::new(&range, &SpanSearch::default()).unwrap()
    }

    #[test]
    fn a_cursor_reads_back_and_nonsense_is_refused() {
        let cursor = Cursor {
            phase: 1,
            duration_ns: -5,
            time_ns: 7,
            after: Some(("ab".to_owned(), "cd".to_owned())),
            slice_ns: 9,
        };
        assert_eq!(cursor.to_string(), "1.-5.7.9.ab.cd");
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        let before_any = Cursor { after: None, ..cursor };
        assert_eq!(before_any.to_string().parse::<Cursor>().unwrap(), before_any);
        for nonsense in [
            "",
            "1",
            "2.0.0.1..",
            "0.0.0.1.a'.b",
            "0.0.0.1.ab.cd.e",
            "a.b.c.d.e.f",
            "0.0.0.0.ab.cd",
            "0.0.0.-1.ab.cd",
        ] {
            assert!(nonsense.parse::<Cursor>().is_err(), "{nonsense}");
        }
    }

    #[test]
    fn slices_grow_until_the_time_is_covered() {
        let question = question();
        let page = Page { question: &question, sort: Sort::Errors, limit: 10, start: None };
        let mut cursor = page.beginning(0);
        assert_eq!((cursor.time_ns, cursor.slice_ns), (99_999_999_999, SECOND));
        let mut starts = Vec::new();
        while let (_, Some(next)) = page.slice(&cursor, Some(true)) {
            starts.push(next.time_ns);
            cursor = next;
        }
        assert_eq!(starts, [98_999_999_998, 90_999_999_997, 26_999_999_996]);
        let (condition, _) = page.slice(&cursor, Some(true));
        assert!(condition.ends_with("coalesce(status_code = 'error', false) = true"));
    }
}
