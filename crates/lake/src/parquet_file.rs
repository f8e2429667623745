//! Writing data files: layout, encodings, and what a file says of itself.

use crate::file::{ColumnStatistics, FILE_METADATA_KEY, FileRecord};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use hannun_model::column::{Column, ColumnType, Lookup};
use hannun_model::limits::ROW_GROUP_ROWS;
use hannun_model::table::{Table, logs, metric_points, profiles, span_errors, spans};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use std::collections::{BTreeMap, BTreeSet};

/// How much processor time a file is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// A flush: it is rewritten soon.
    Fast,
    /// A compaction: it stays.
    Small,
}

/// Distinct values of an identity column that the catalog lists; more are summarised by range.
const LISTED_VALUES_MAX: usize = 64;
/// False positives of a bloom filter. One in a hundred row groups is read in vain.
const BLOOM_FALSE_POSITIVES: f64 = 0.01;
/// Dictionaries may grow to this before a column falls back to plain values.
const DICTIONARY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Writer settings for a file of `table` with these columns.
pub fn writer_properties(
    table: Table,
    schema: &SchemaRef,
    effort: Effort,
) -> Result<WriterProperties, ParquetError> {
    let level = match effort {
        Effort::Fast => 1,
        Effort::Small => 3,
    };
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("hannun ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(level)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_write_batch_size(8192)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES_MAX)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_statistics_truncate_length(Some(64))
        .set_sorting_columns(sorting_columns(table, schema));
    for field in schema.fields() {
        let Some(index) = table.column_index(field.name()) else { continue };
        let column = &table.columns()[index];
        properties = column_properties(properties, table, index, column);
    }
    Ok(properties.build())
}

fn column_properties(
    mut properties: WriterPropertiesBuilder,
    table: Table,
    index: usize,
    column: &Column,
) -> WriterPropertiesBuilder {
    let path = ColumnPath::from(column.name);
    match column.column_type {
        ColumnType::Text | ColumnType::Json => {
            properties =
                properties.set_column_encoding(path.clone(), Encoding::DELTA_LENGTH_BYTE_ARRAY);
        }
        ColumnType::Timestamp => {
            properties = properties
                .set_column_encoding(path.clone(), Encoding::DELTA_BINARY_PACKED)
                .set_column_dictionary_enabled(path.clone(), false);
        }
        _ => {}
    }
    if is_nearly_unique(table, index) {
        properties = properties.set_column_dictionary_enabled(path.clone(), false);
    }
    if table.sort_columns().contains(&index) || is_ranged(table, index) {
        properties =
            properties.set_column_statistics_enabled(path.clone(), EnabledStatistics::Page);
    }
    if column.lookup == Lookup::Needle {
        properties = properties
            .set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_fpp(path.clone(), BLOOM_FALSE_POSITIVES)
            // The writer folds the filter down to what the values need.
            .set_column_bloom_filter_max_ndv(path, ROW_GROUP_ROWS as u64);
    }
    properties
}

/// Columns for which a dictionary would be work for nothing.
fn is_nearly_unique(table: Table, column: usize) -> bool {
    match table {
        Table::Spans => {
            matches!(column, spans::SPAN_ID | spans::PARENT_SPAN_ID | spans::DURATION)
        }
        Table::Logs => matches!(column, logs::BODY),
        Table::MetricPoints => matches!(column, metric_points::VALUE | metric_points::SUM),
        Table::SpanErrors => matches!(column, span_errors::MESSAGE | span_errors::SPAN_ID),
        Table::Profiles => matches!(column, profiles::PAYLOAD | profiles::PROFILE_ID),
        Table::SpanStats | Table::ClientStats => false,
        Table::TraceIndex => true,
    }
}

/// Columns that people compare with ranges, and so worth statistics on every page.
fn is_ranged(table: Table, column: usize) -> bool {
    match table {
        Table::Spans => matches!(column, spans::DURATION | spans::STATUS_CODE),
        Table::Logs => matches!(column, logs::SEVERITY_NUMBER),
        Table::MetricPoints
        | Table::TraceIndex
        | Table::SpanStats
        | Table::SpanErrors
        | Table::ClientStats
        | Table::Profiles => false,
    }
}

fn sorting_columns(table: Table, schema: &SchemaRef) -> Option<Vec<SortingColumn>> {
    let mut sorting = Vec::new();
    for index in table.sort_columns() {
        // Column numbers of the file; maps and lists count their leaves, and stand after these.
        let position = leaf_position(schema, table.columns()[*index].name)?;
        sorting.push(SortingColumn { column_idx: position, descending: false, nulls_first: true });
    }
    Some(sorting)
}

fn leaf_position(schema: &SchemaRef, name: &str) -> Option<i32> {
    let mut leaf = 0;
    for field in schema.fields() {
        if field.name() == name {
            return Some(leaf);
        }
        leaf +=
            if matches!(field.data_type(), arrow::datatypes::DataType::Map(..)) { 2 } else { 1 };
    }
    None
}

/// The key-value metadata with which a file describes itself.
pub fn describe(record: &FileRecord) -> Result<KeyValue, serde_json::Error> {
    let own_copy = FileRecord { bytes: 0, checksums: Vec::new(), ..record.clone() };
    Ok(KeyValue::new(FILE_METADATA_KEY.to_owned(), serde_json::to_string(&own_copy)?))
}

/// Gathers statistics of the identity columns over the batches of a file.
#[derive(Debug, Default)]
pub struct StatisticsBuilder {
    columns: BTreeMap<&'static str, ColumnValues>,
    pub rows: u64,
}

#[derive(Debug, Default)]
struct ColumnValues {
    values: BTreeSet<String>,
    /// Set once there were too many values to list: the range of all of them.
    range: Option<(String, String)>,
    null_count: u64,
}

impl StatisticsBuilder {
    pub fn add(&mut self, table: Table, records: &RecordBatch) {
        self.rows += records.num_rows() as u64;
        for index in table.identity_columns() {
            let name = table.columns()[*index].name;
            let column = self.columns.entry(name).or_default();
            let Some(array) = records.column_by_name(name) else {
                column.null_count += records.num_rows() as u64;
                continue;
            };
            column.null_count += array.null_count() as u64;
            let mut last = None;
            for value in array.as_string_view().iter().flatten() {
                if last != Some(value) {
                    column.add(value);
                    last = Some(value);
                }
            }
        }
    }

    /// Statistics by column name.
    pub fn finish(self) -> BTreeMap<String, ColumnStatistics> {
        self.columns.into_iter().map(|(name, column)| (name.to_owned(), column.finish())).collect()
    }
}

impl ColumnValues {
    fn add(&mut self, value: &str) {
        if let Some((min, max)) = &mut self.range {
            if value < min.as_str() {
                value.clone_into(min);
            } else if value > max.as_str() {
                value.clone_into(max);
            }
            return;
        }
        if !self.values.contains(value) {
            self.values.insert(value.to_owned());
        }
        if self.values.len() > LISTED_VALUES_MAX
            && let (Some(min), Some(max)) = (self.values.first(), self.values.last())
        {
            self.range = Some((min.clone(), max.clone()));
            self.values.clear();
        }
    }

    fn finish(self) -> ColumnStatistics {
        let (min, max, values) = match self.range {
            Some((min, max)) => (Some(min), Some(max), None),
            None => (
                self.values.first().cloned(),
                self.values.last().cloned(),
                Some(self.values.into_iter().collect()),
            ),
        };
        ColumnStatistics { min, max, null_count: self.null_count, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::batch::BatchBuilder;

    fn services(names: impl Iterator<Item = String>) -> ColumnStatistics {
        let mut builder = BatchBuilder::new(Table::Logs);
        for name in names {
            builder.start_row();
            builder.set_text(logs::SERVICE_NAME, &name);
        }
        builder.start_row();
        let mut statistics = StatisticsBuilder::default();
        statistics.add(Table::Logs, builder.finish().unwrap().records());
        statistics.finish().remove("service_name").unwrap()
    }

    #[test]
    fn few_values_are_listed_and_many_become_a_range() {
        let few = services(["b", "a", "b"].into_iter().map(str::to_owned));
        assert_eq!(few.values, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(few.null_count, 1);
        let many = services((0..LISTED_VALUES_MAX + 10).map(|number| format!("s{number:03}")));
        assert_eq!(many.values, None);
        assert_eq!(many.min.as_deref(), Some("s000"));
        assert_eq!(many.max.as_deref(), Some("s073"));
    }
}
