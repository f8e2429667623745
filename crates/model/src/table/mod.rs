//! The tables: which columns each has, how it is sorted and which column is its time.

use crate::column::Column;
use arrow::datatypes::{Schema, SchemaRef};
use std::sync::{Arc, LazyLock};

/// Declares the columns of a table: one index constant each (for builders) and the `COLUMNS` list.
///
/// A line reads `CONSTANT = field_id "sql_name" Type Lookup "description";`. The constants are the
/// positions in the list; the field ids are stamped into files and are never reused.
macro_rules! columns {
    ($($index:ident = $id:literal $name:literal $kind:ident $lookup:ident $description:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "named like the constants")]
        enum Index {
            $($index,)*
        }
        $(pub const $index: usize = Index::$index as usize;)*
        /// All columns in order.
        pub const COLUMNS: &[$crate::column::Column] = &[
            $($crate::column::Column {
                name: $name,
                field_id: $id,
                column_type: $crate::column::ColumnType::$kind,
                lookup: $crate::column::Lookup::$lookup,
                description: $description,
            },)*
        ];
    };
}
pub(crate) use columns;

pub mod client_stats;
pub mod logs;
pub mod metric_points;
pub mod profiles;
pub mod span_errors;
pub mod span_stats;
pub mod spans;
pub mod trace_index;

/// A table of the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Table {
    Spans = 1,
    Logs = 2,
    MetricPoints = 3,
    /// `trace_id → (first, last time)`, derived from spans when they are published.
    TraceIndex = 4,
    /// What the spans of a minute come to, derived from spans when they are published.
    SpanStats = 5,
    /// The errors that spans tell of, derived from spans when they are published.
    SpanErrors = 6,
    /// What the spans of a client come to by its own statistics.
    ClientStats = 7,
    /// Attachments of profiles, as they were sent.
    Profiles = 8,
}

static SCHEMAS: LazyLock<Vec<(Table, SchemaRef)>> = LazyLock::new(|| {
    Table::ALL
        .iter()
        .map(|table| {
            let fields: Vec<_> = table.columns().iter().map(Column::field).collect();
            (*table, Arc::new(Schema::new(fields)))
        })
        .collect()
});

impl Table {
    pub const ALL: [Self; 8] = [
        Self::Spans,
        Self::Logs,
        Self::MetricPoints,
        Self::TraceIndex,
        Self::SpanStats,
        Self::SpanErrors,
        Self::ClientStats,
        Self::Profiles,
    ];
    /// The tables that intakes write; the others are derived from them.
    pub const INTAKE: [Self; 5] =
        [Self::Spans, Self::Logs, Self::MetricPoints, Self::ClientStats, Self::Profiles];

    /// Name in SQL, in the catalog and in file paths.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spans => "spans",
            Self::Logs => "logs",
            Self::MetricPoints => "metric_points",
            Self::TraceIndex => "trace_index",
            Self::SpanStats => "span_stats",
            Self::SpanErrors => "span_errors",
            Self::ClientStats => "client_stats",
            Self::Profiles => "profiles",
        }
    }

    /// What one row is.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Spans => "One row a span.",
            Self::Logs => "One row a log record.",
            Self::MetricPoints => "One row a data point of any metric type.",
            Self::TraceIndex => {
                "When each trace happened, derived from `spans` when they are published."
            }
            Self::SpanStats => {
                "Counts and durations of `spans` by minute, service, endpoint and peer."
            }
            Self::SpanErrors => "One row an error that `spans` tell of, with its fingerprint.",
            Self::ClientStats => {
                "Counts and durations by clients that sampled their spans, beside `span_stats`."
            }
            Self::Profiles => "One row an attachment of a profile, as it was sent.",
        }
    }

    /// The table that the rows of this one are derived from, when it is not an intake's.
    pub fn source(self) -> Option<Self> {
        match self {
            Self::Spans | Self::Logs | Self::MetricPoints | Self::ClientStats | Self::Profiles => {
                None
            }
            Self::TraceIndex | Self::SpanStats | Self::SpanErrors => Some(Self::Spans),
        }
    }

    /// The table with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// The number that the write-ahead log uses.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The table with this number.
    pub fn by_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.number() == number)
    }

    /// All columns in the order of the schema.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Spans => spans::COLUMNS,
            Self::Logs => logs::COLUMNS,
            Self::MetricPoints => metric_points::COLUMNS,
            Self::TraceIndex => trace_index::COLUMNS,
            Self::SpanStats => span_stats::COLUMNS,
            Self::SpanErrors => span_errors::COLUMNS,
            Self::ClientStats => client_stats::COLUMNS,
            Self::Profiles => profiles::COLUMNS,
        }
    }

    /// The position of the column with this SQL name.
    pub fn column_index(self, name: &str) -> Option<usize> {
        self.columns().iter().position(|column| column.name == name)
    }

    /// The full Arrow schema.
    pub fn schema(self) -> SchemaRef {
        SCHEMAS
            .iter()
            .find(|(table, _)| *table == self)
            .map(|(_, schema)| schema.clone())
            .unwrap_or_else(|| Arc::new(Schema::empty()))
    }

    /// The column that decides the time window of a row.
    pub fn time_column(self) -> usize {
        match self {
            Self::Spans => spans::START_TIME,
            Self::Logs => logs::TIME,
            Self::MetricPoints => metric_points::TIME,
            Self::TraceIndex => trace_index::FIRST_TIME,
            Self::SpanStats => span_stats::TIME,
            Self::SpanErrors => span_errors::TIME,
            Self::ClientStats => client_stats::TIME,
            Self::Profiles => profiles::TIME,
        }
    }

    /// The columns that rows of a file are sorted by (ascending, nulls first): identity, then time.
    pub fn sort_columns(self) -> &'static [usize] {
        match self {
            Self::Spans => &[spans::SERVICE_NAME, spans::NAME, spans::START_TIME],
            Self::Logs => &[logs::SERVICE_NAME, logs::TIME],
            Self::MetricPoints => {
                &[metric_points::METRIC_NAME, metric_points::SERIES_ID, metric_points::TIME]
            }
            Self::TraceIndex => &[trace_index::TRACE_ID, trace_index::FIRST_TIME],
            Self::SpanStats | Self::ClientStats => {
                &[span_stats::SERVICE_NAME, span_stats::ENDPOINT, span_stats::TIME]
            }
            Self::Profiles => &[profiles::SERVICE_NAME, profiles::TIME],
            Self::SpanErrors => {
                &[span_errors::SERVICE_NAME, span_errors::FINGERPRINT, span_errors::TIME]
            }
        }
    }

    /// The columns whose words the text index of a file knows: everything that a person may look
    /// for and that is neither an id with a filter of its own nor made from other columns.
    pub fn text_columns(self) -> &'static [usize] {
        match self {
            Self::Logs => logs::TEXT_COLUMNS,
            Self::Spans
            | Self::MetricPoints
            | Self::TraceIndex
            | Self::SpanStats
            | Self::SpanErrors
            | Self::ClientStats
            | Self::Profiles => &[],
        }
    }

    /// The columns whose set of values the catalog keeps per file, for coarse pruning.
    pub fn identity_columns(self) -> &'static [usize] {
        match self {
            Self::Spans => &[spans::SERVICE_NAME, spans::NAME],
            Self::Logs => &[logs::SERVICE_NAME],
            Self::MetricPoints => &[metric_points::METRIC_NAME, metric_points::SERVICE_NAME],
            Self::TraceIndex => &[],
            Self::SpanStats | Self::ClientStats => &[span_stats::SERVICE_NAME],
            Self::Profiles => &[profiles::SERVICE_NAME],
            Self::SpanErrors => &[span_errors::SERVICE_NAME],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_and_field_ids_are_unique_in_each_table() {
        for table in Table::ALL {
            let names: HashSet<_> = table.columns().iter().map(|column| column.name).collect();
            let ids: HashSet<_> = table.columns().iter().map(|column| column.field_id).collect();
            assert_eq!(names.len(), table.columns().len(), "{table:?}");
            assert_eq!(ids.len(), table.columns().len(), "{table:?}");
        }
    }

    #[test]
    fn tables_are_found_by_name_and_number() {
        for table in Table::ALL {
            assert_eq!(Table::by_name(table.name()), Some(table));
            assert_eq!(Table::by_number(table.number()), Some(table));
        }
    }
}
