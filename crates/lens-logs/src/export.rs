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
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Records that a slice should have.
const SLICE_RECORDS: u64 = 50_000;
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
/// The shortest slice, in nanoseconds.
const SLICE_NS_MIN: i64 = 1_000_000_000;

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
    slice_ns: i64,
    records_in_slice: u64,
    rows: Option<QueryRows>,
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
            slice_ns: ((last - first) / parts).max(SLICE_NS_MIN),
            records_in_slice: 0,
            rows: None,
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
        loop {
            let rows = match &mut self.rows {
                Some(rows) => rows,
                None => match self.next_slice().await? {
                    Some(rows) => self.rows.insert(rows),
                    None => return Ok(None),
                },
            };
            if self.format == ExportFormat::Csv && !self.head_written {
                self.head_written = true;
                return Ok(Some(Bytes::from(csv::header(&rows.schema()))));
            }
            let Some(batch) = rows.next().await? else {
                self.rows = None;
                self.adapt();
                continue;
            };
            self.records_in_slice += batch.num_rows() as u64;
            let bytes = match self.format {
                ExportFormat::Csv => csv::rows(&batch),
                ExportFormat::Ndjson => JsonRows::default().rows(&batch).map(lines),
            };
            return bytes.map(|bytes| Some(Bytes::from(bytes))).map_err(internal);
        }
    }

    /// Asks for the next slice; `None` when all time was.
    async fn next_slice(&mut self) -> Result<Option<QueryRows>, QueryError> {
        let (first, _) = self.question.bounds_ns();
        if self.last_ns < first {
            return Ok(None);
        }
        let begin = self.last_ns.saturating_sub(self.slice_ns).max(first);
        let sql = slice_sql(&self.question, &self.columns, begin, self.last_ns);
        let limits = QueryLimits::asked(Some(usize::MAX), Some(LOGS_EXPORT_PART_SECONDS_MAX));
        let rows = self.engine.query(&sql, limits).await?;
        self.last_ns = begin - 1;
        self.records_in_slice = 0;
        Ok(Some(rows))
    }

    fn adapt(&mut self) {
        if self.records_in_slice < SLICE_RECORDS / 2 {
            self.slice_ns = self.slice_ns.saturating_mul(2);
        } else if self.records_in_slice > SLICE_RECORDS * 2 {
            self.slice_ns = (self.slice_ns / 2).max(SLICE_NS_MIN);
        }
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
    names.extend(more.filter(|name| !USUAL.contains(&name.as_str())).cloned());
    let mut selected = vec!["time".to_owned()];
    for name in names {
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
    fn a_slice_names_its_columns_as_people_do() {
        let question = Question::everything(0, 1000);
        let columns = Field::parse_list("@a\"b,service").unwrap();
        insta::assert_snapshot!(slice_sql(&question, &columns, 0, 999_999_999));
    }
}
