//! Order of rows: time window and retention first, then the sort columns of the table.

use crate::file::window_start;
use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, Int64Type, TimestampNanosecondType};
use arrow::error::ArrowError;
use hannun_model::table::{Table, logs};
use std::collections::HashMap;

/// Sorted rows of one time window.
#[derive(Debug)]
pub struct WindowRows {
    pub window_start: i64,
    /// What a pipeline said of all of these rows.
    pub retention_days: Option<u32>,
    pub records: RecordBatch,
}

/// Sorts rows and splits them by time window, and by retention so that files can be dropped whole.
///
/// Identity columns have few distinct values, so each is turned into its rank first and rows are
/// compared as two integers instead of several texts.
pub fn sort_by_window(table: Table, records: &RecordBatch) -> Result<Vec<WindowRows>, ArrowError> {
    let rows = records.num_rows();
    let times = times(table, records)?;
    let mut keys: Vec<(i64, u32, u64, i64, u32)> = Vec::with_capacity(rows);
    let retention = retention_days(records);
    let identity = identity_ranks(table, records)?;
    let mut last_window = None;
    for (row, (time, identity)) in times.values().iter().copied().zip(identity).enumerate() {
        let window = match last_window {
            Some((start, end, window)) if (start..end).contains(&time) => window,
            _ => {
                let window = window_start(time);
                let start = window.saturating_mul(1_000_000_000);
                let length = hannun_model::limits::WINDOW_SECONDS * 1_000_000_000;
                last_window = Some((start, start.saturating_add(length), window));
                window
            }
        };
        let keep = retention.as_ref().map_or(0, |days| days[row]);
        keys.push((window, keep, identity, time, row as u32));
    }
    keys.sort_unstable();
    let order = UInt32Array::from_iter_values(keys.iter().map(|key| key.4));
    let sorted = take_record_batch(records, &order)?;
    let mut windows = Vec::new();
    let mut from = 0;
    for part in keys.chunk_by(|left, right| (left.0, left.1) == (right.0, right.1)) {
        windows.push(WindowRows {
            window_start: part[0].0,
            retention_days: Some(part[0].1).filter(|days| *days > 0),
            records: sorted.slice(from, part.len()),
        });
        from += part.len();
    }
    Ok(windows)
}

/// The days that each row is to be kept, zero where nobody said; `None` when no row says.
fn retention_days(records: &RecordBatch) -> Option<Vec<u32>> {
    let name = Table::Logs.columns()[logs::RETENTION_DAYS].name;
    let days = records.column_by_name(name)?.as_primitive::<Int64Type>();
    let day = |day: Option<i64>| day.and_then(|day| u32::try_from(day).ok()).unwrap_or(0);
    Some(days.iter().map(day).collect())
}

/// The time column as integers; a row without a time is an error of the intake.
pub fn times(table: Table, records: &RecordBatch) -> Result<Int64Array, ArrowError> {
    let name = table.columns()[table.time_column()].name;
    let array = records
        .column_by_name(name)
        .filter(|array| array.null_count() == 0)
        .ok_or_else(|| ArrowError::SchemaError(format!("a row of {table:?} has no {name}")))?;
    Ok(array.as_primitive::<TimestampNanosecondType>().reinterpret_cast::<Int64Type>())
}

/// One number per row that sorts like all sort columns but the last, which is the time.
fn identity_ranks(table: Table, records: &RecordBatch) -> Result<Vec<u64>, ArrowError> {
    let mut identity = vec![0u64; records.num_rows()];
    let columns = table.sort_columns();
    for column in &columns[..columns.len() - 1] {
        let Some(array) = records.column_by_name(table.columns()[*column].name) else {
            continue;
        };
        let (ranks, distinct) = ranks(array)?;
        for (key, rank) in identity.iter_mut().zip(ranks) {
            *key = key.checked_mul(distinct).and_then(|key| key.checked_add(rank)).ok_or_else(
                || ArrowError::ComputeError("too many distinct identities to sort".to_owned()),
            )?;
        }
    }
    Ok(identity)
}

/// The rank of each value among the distinct values of the column (nulls first), and how many
/// ranks there are.
fn ranks(array: &ArrayRef) -> Result<(Vec<u64>, u64), ArrowError> {
    match array.data_type() {
        DataType::Utf8View => {
            let texts = array.as_string_view();
            Ok(rank_values(texts.iter()))
        }
        DataType::Int64 => Ok(rank_values(array.as_primitive::<Int64Type>().iter())),
        other => Err(ArrowError::SchemaError(format!("rows are not sorted by {other}"))),
    }
}

fn rank_values<T: Ord + std::hash::Hash + Copy>(
    values: impl Iterator<Item = Option<T>>,
) -> (Vec<u64>, u64) {
    let mut numbers: HashMap<T, u64, foldhash::fast::FixedState> = HashMap::default();
    let mut distinct = Vec::new();
    let mut numbered = Vec::new();
    // Neighbours are often equal.
    let mut last: Option<(T, u64)> = None;
    for value in values {
        numbered.push(value.map(|value| match last {
            Some((text, number)) if text == value => number,
            _ => {
                let number = *numbers.entry(value).or_insert_with(|| {
                    distinct.push(value);
                    distinct.len() as u64 - 1
                });
                last = Some((value, number));
                number
            }
        }));
    }
    let mut order: Vec<usize> = (0..distinct.len()).collect();
    order.sort_unstable_by_key(|number| distinct[*number]);
    let mut rank_by_number = vec![0; distinct.len()];
    for (rank, number) in order.into_iter().enumerate() {
        rank_by_number[number] = rank as u64 + 1;
    }
    let ranks = numbered
        .into_iter()
        .map(|number| number.map_or(0, |number| rank_by_number[number as usize]))
        .collect();
    (ranks, distinct.len() as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::batch::BatchBuilder;
    use hannun_model::limits::WINDOW_SECONDS;
    use hannun_model::table::spans;

    fn rows(items: &[(Option<&str>, &str, i64)]) -> RecordBatch {
        let mut builder = BatchBuilder::new(Table::Spans);
        for (service, name, time) in items {
            builder.start_row();
            if let Some(service) = service {
                builder.set_text(spans::SERVICE_NAME, service);
            }
            builder.set_text(spans::NAME, name);
            builder.set_int(spans::START_TIME, *time);
        }
        builder.finish().unwrap().records().clone()
    }

    #[test]
    fn rows_are_sorted_by_identity_then_time_with_nulls_first() {
        let records = rows(&[
            (Some("b"), "x", 1),
            (Some("a"), "y", 5),
            (Some("a"), "y", 4),
            (None, "z", 9),
            (Some("a"), "x", 7),
        ]);
        let windows = sort_by_window(Table::Spans, &records).unwrap();
        assert_eq!(windows.len(), 1);
        assert_eq!(times(Table::Spans, &windows[0].records).unwrap().values(), &[9, 7, 4, 5, 1]);
    }

    #[test]
    fn rows_that_are_kept_longer_go_into_files_of_their_own() {
        let mut builder = BatchBuilder::new(Table::Logs);
        for (time, days) in [(5, Some(3)), (1, None), (2, Some(3)), (9, Some(30))] {
            builder.start_row();
            builder.set_int(logs::TIME, time);
            if let Some(days) = days {
                builder.set_int(logs::RETENTION_DAYS, days);
            }
        }
        let batch = builder.finish().unwrap();
        let windows = sort_by_window(Table::Logs, batch.records()).unwrap();
        let parts: Vec<_> = windows
            .iter()
            .map(|part| {
                let times = times(Table::Logs, &part.records).unwrap();
                (part.retention_days, times.values().to_vec())
            })
            .collect();
        assert_eq!(parts, [(None, vec![1]), (Some(3), vec![2, 5]), (Some(30), vec![9])]);
    }

    #[test]
    fn rows_are_split_by_window() {
        let window_ns = WINDOW_SECONDS * 1_000_000_000;
        let records = rows(&[
            (Some("a"), "x", window_ns + 1),
            (Some("a"), "x", window_ns - 1),
            (Some("a"), "x", -1),
        ]);
        let windows = sort_by_window(Table::Spans, &records).unwrap();
        let starts: Vec<i64> = windows.iter().map(|window| window.window_start).collect();
        assert_eq!(starts, vec![-WINDOW_SECONDS, 0, WINDOW_SECONDS]);
        assert!(windows.iter().all(|window| window.records.num_rows() == 1));
    }
}
