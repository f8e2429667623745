//! Records as a file, written while it is read.
//!
//! The newest come first. Time is asked for in slices, so that the first row leaves at once and no
//! sort holds all of them; how dense records are tells how long the next slice is.

use crate::field::Field;
use crate::question::{Question, between_ns};
use bytes::Bytes;
use futures::Stream;
use hannun_model::limits::LOGS_EXPORT_PART_SECONDS_MAX;
use hannun_model::semconv::item_attributes;
use hannun_model::table::Table;
use hannun_query::error::QueryErrorKind;
use hannun_query::output::{csv, json::JsonRows};
use hannun_query::{Engine, QueryError, QueryLimits, QueryRows};
use serde::Deserialize;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Records that a slice has, and more where many have the time of its last.
const SLICE_RECORDS: u64 = 10_000;
/// Bytes that are read before their client wants them, so that a query ends however slow it reads.
const AHEAD_BYTES: usize = 16 * 1024 * 1024;
/// The shortest time that is looked at for the end of a slice, in nanoseconds.
const WIDTH_NS_MIN: i64 = 1_000_000_000;
/// How many times as long it gets where records are rare.
const WIDTH_GROWTH: i64 = 4;
/// Columns of every export, beside the time …
const USUAL: [&str; 8] =
    ["status", "service", "host", "env", "message", "trace_id", "span_id", "pattern_id"];
/// … and of one that names no columns.
const SOURCE: [&str; 7] = [
    "version",
    "container_name",
    "container_id",
    "image_name",
    "kube_cluster_name",
    "kube_namespace",
    "pod_name",
];

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    Csv,
    Ndjson,
}

impl ExportFormat {
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "ndjson" => Some(Self::Ndjson),
            _ => None,
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// The end of the name of its file.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// How many records an export has.
pub async fn total(engine: &Arc<Engine>, question: &Question) -> Result<u64, QueryError> {
    #[derive(Deserialize)]
    struct CountRow {
        records: u64,
    }
    let sql = format!("SELECT count(*) AS records FROM logs WHERE {}", question.condition());
    let rows = engine.rows::<CountRow>(&sql, QueryLimits::default()).await?.rows;
    Ok(rows.first().map_or(0, |row| row.records))
}

/// An export on its way.
pub struct Export {
    engine: Arc<Engine>,
    question: Question,
    columns: Vec<Field>,
    format: ExportFormat,
    /// The last nanosecond that was not asked for yet.
    last_ns: i64,
    /// How much time is looked at for the end of a slice.
    width_ns: i64,
    rows: Option<QueryRows>,
    /// Written and not yet fetched.
    ahead: VecDeque<Bytes>,
    head_written: bool,
    _turn: OwnedSemaphorePermit,
}

impl Export {
    /// Begins an export of about `total` records.
    pub fn new(
        engine: Arc<Engine>,
        question: Question,
        columns: Vec<Field>,
        format: ExportFormat,
        total: u64,
        turn: OwnedSemaphorePermit,
    ) -> Self {
        let (first, last) = question.bounds_ns();
        let parts = i64::try_from(total / SLICE_RECORDS + 1).unwrap_or(i64::MAX);
        Self {
            engine,
            question,
            columns,
            format,
            last_ns: last,
            width_ns: ((last - first) / parts).max(WIDTH_NS_MIN),
            rows: None,
            ahead: VecDeque::new(),
            head_written: false,
            _turn: turn,
        }
    }

    /// The bytes, as they are read. Dropping the stream ends the query that runs.
    pub fn stream(self) -> impl Stream<Item = Result<Bytes, QueryError>> {
        futures::stream::try_unfold(self, |mut export| async move {
            Ok(export.next().await?.map(|bytes| (bytes, export)))
        })
    }

    async fn next(&mut self) -> Result<Option<Bytes>, QueryError> {
        while self.ahead.is_empty() {
            if self.rows.is_none() {
                self.rows = self.next_slice().await?;
            }
            if self.rows.is_none() {
                return Ok(None);
            }
            self.read_ahead().await?;
        }
        if self.rows.is_some() {
            self.read_ahead().await?;
        }
        Ok(self.ahead.pop_front())
    }

    /// Writes rows of the slice, up to its end if they are not too many.
    async fn read_ahead(&mut self) -> Result<(), QueryError> {
        let mut bytes: usize = self.ahead.iter().map(Bytes::len).sum();
        while let Some(rows) = self.rows.as_mut().filter(|_| bytes < AHEAD_BYTES) {
            if self.format == ExportFormat::Csv && !self.head_written {
                self.head_written = true;
                self.ahead.push_back(Bytes::from(csv::header(&rows.schema())));
            }
            let Some(batch) = rows.next().await? else {
                self.rows = None;
                break;
            };
            let written = match self.format {
                ExportFormat::Csv => csv::rows(&batch),
                ExportFormat::Ndjson => JsonRows::default().rows(&batch).map(lines),
            };
            let written = Bytes::from(written.map_err(internal)?);
            bytes += written.len();
            self.ahead.push_back(written);
        }
        Ok(())
    }

    /// Asks for the next slice; `None` when all time was.
    async fn next_slice(&mut self) -> Result<Option<QueryRows>, QueryError> {
        let (first, _) = self.question.bounds_ns();
        if self.last_ns < first {
            return Ok(None);
        }
        let widest = self.last_ns.saturating_sub(self.width_ns).max(first);
        let limits = QueryLimits::asked(None, Some(LOGS_EXPORT_PART_SECONDS_MAX));
        let sql = end_sql(&self.question, widest, self.last_ns);
        let end = self.engine.rows::<EndRow>(&sql, limits).await?.rows.pop();
        let begin;
        (begin, self.width_ns) = slice_of(end.as_ref(), widest, self.last_ns, self.width_ns);
        let sql = slice_sql(&self.question, &self.columns, begin, self.last_ns);
        let limits = QueryLimits::asked(Some(usize::MAX), Some(LOGS_EXPORT_PART_SECONDS_MAX));
        let rows = self.engine.query(&sql, limits).await?;
        self.last_ns = begin - 1;
        Ok(Some(rows))
    }
}

/// How many records a time has, up to as many as a slice, and the time of the last of these.
#[derive(Debug, Deserialize)]
struct EndRow {
    found: u64,
    end_ns: Option<i64>,
}

fn end_sql(question: &Question, first: i64, last: i64) -> String {
    format!(
        "SELECT count(*) AS found, CAST(min(time) AS BIGINT) AS end_ns FROM \
         (SELECT time FROM logs WHERE {} AND {} ORDER BY time DESC LIMIT {SLICE_RECORDS})",
        question.condition(),
        between_ns(first, last)
    )
}

/// Where a slice begins that ends at `last`, and how much time to look at for the one before it.
fn slice_of(end: Option<&EndRow>, widest: i64, last: i64, width: i64) -> (i64, i64) {
    match end.and_then(|end| end.end_ns.filter(|_| end.found >= SLICE_RECORDS)) {
        // Twice as long, so that a slice that is somewhat less dense is full too.
        Some(begin) => (begin, (last - begin).saturating_mul(2).max(WIDTH_NS_MIN)),
        None => (widest, width.saturating_mul(WIDTH_GROWTH)),
    }
}

fn slice_sql(question: &Question, columns: &[Field], first: i64, last: i64) -> String {
    let mut names: Vec<String> = USUAL.map(str::to_owned).to_vec();
    let mut maps = Vec::new();
    if columns.is_empty() {
        names.extend(SOURCE.map(str::to_owned));
        maps.extend(["attributes", "resource_attributes"].map(str::to_owned));
        // Attributes with a column of their own are not in the map.
        let hot = item_attributes(Table::Logs).iter().filter(|(_, hot)| hot.canonical);
        let mut hot: Vec<String> = hot.map(|(key, _)| format!("@{key}")).collect();
        hot.sort();
        names.extend(hot);
    }
    let more = columns.iter().map(|field| &field.name);
    names.extend(more.cloned());
    let mut selected = vec!["time".to_owned()];
    let mut given = HashSet::from(["time".to_owned()]);
    for name in names {
        if !given.insert(name.clone()) {
            continue;
        }
        let value = Field { name: name.clone() }.sql();
        selected.push(format!("{value} AS \"{}\"", name.replace('"', "\"\"")));
    }
    selected.extend(maps);
    format!(
        "SELECT {} FROM logs WHERE {} AND {} ORDER BY time DESC",
        selected.join(", "),
        question.condition(),
        between_ns(first, last),
    )
}

/// Rows of an array as lines of their own.
fn lines(rows: Vec<u8>) -> Vec<u8> {
    // The first row follows a line break and no comma.
    let mut out = Vec::with_capacity(rows.len());
    for line in rows.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        out.extend_from_slice(line.strip_suffix(b",").unwrap_or(line));
        out.push(b'\n');
    }
    out
}

fn internal(error: impl std::fmt::Display) -> QueryError {
    QueryError::new(QueryErrorKind::Internal, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_objects_without_commas_between() {
        let rows = b"\n{\"a\":1},\n{\"a\":\"x,\"}".to_vec();
        assert_eq!(lines(rows), b"{\"a\":1}\n{\"a\":\"x,\"}\n");
    }

    #[test]
    fn a_slice_ends_after_its_records_however_dense_they_are() {
        let row = |found, end_ns| EndRow { found, end_ns: Some(end_ns) };
        let (last, width) = (100_000_000_000, 50_000_000_000);
        let widest = last - width;
        let full = row(SLICE_RECORDS, last - 3_000_000_000);
        assert_eq!(
            slice_of(Some(&full), widest, last, width),
            (last - 3_000_000_000, 6_000_000_000)
        );
        let dense = row(SLICE_RECORDS, last - 5);
        assert_eq!(slice_of(Some(&dense), widest, last, width), (last - 5, WIDTH_NS_MIN));
        let rare = row(7, last - 5);
        assert_eq!(slice_of(Some(&rare), widest, last, width), (widest, 4 * width));
        let sql = end_sql(&Question::everything(0, 1000), 0, 999);
        assert!(sql.contains("ORDER BY time DESC LIMIT 10000)"), "{sql}");
    }

    #[test]
    fn a_column_that_is_there_already_is_not_named_twice() {
        let question = Question::everything(0, 1000);
        let columns = Field::parse_list("time,service,@a,@a,message").unwrap();
        let sql = slice_sql(&question, &columns, 0, 1);
        for name in ["\"time\"", "\"service\"", "\"@a\"", "\"message\""] {
            assert!(sql.matches(&format!(" AS {name}")).count() <= 1, "{sql}");
        }
        assert!(sql.starts_with("SELECT time, ") && !sql.contains("\"time\""), "{sql}");
    }

    #[test]
    fn a_slice_names_its_columns_as_people_do() {
        let question = Question::everything(0, 1000);
        let columns = Field::parse_list("@a\"b,service").unwrap();
        insta::assert_snapshot!(slice_sql(&question, &columns, 0, 999_999_999));
    }
}
