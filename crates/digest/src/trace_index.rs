//! Derives `trace_index` rows from spans.

use crate::rows::{Texts, Times};
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use hannun_model::batch::BatchBuilder;
use hannun_model::table::{Table, spans, trace_index};
use std::collections::HashMap;

/// One row a trace: when its first and its last span of these began. `None` without traces.
pub fn trace_index_of(batches: &[RecordBatch]) -> Result<Option<RecordBatch>, ArrowError> {
    let mut ranges: HashMap<&str, (i64, i64), foldhash::fast::FixedState> = HashMap::default();
    for records in batches {
        let trace_ids = Texts::of(records, Table::Spans, spans::TRACE_ID);
        let times = Times::of(records, Table::Spans, spans::START_TIME);
        for row in 0..records.num_rows() {
            let (Some(trace_id), Some(time)) = (trace_ids.get(row), times.get(row)) else {
                continue;
            };
            let range = ranges.entry(trace_id).or_insert((time, time));
            *range = (range.0.min(time), range.1.max(time));
        }
    }
    if ranges.is_empty() {
        return Ok(None);
    }
    let mut builder = BatchBuilder::new(Table::TraceIndex);
    for (trace_id, (first, last)) in ranges {
        builder.start_row();
        builder.set_text(trace_index::TRACE_ID, trace_id);
        builder.set_int(trace_index::FIRST_TIME, first);
        builder.set_int(trace_index::LAST_TIME, last);
    }
    Ok(Some(builder.finish()?.records().clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::AsArray;
    use arrow::datatypes::TimestampNanosecondType;

    #[test]
    fn a_trace_has_one_row_with_its_range() {
        let mut builder = BatchBuilder::new(Table::Spans);
        for (trace_id, time) in [("aa", 5), ("bb", 1), ("aa", 3), ("aa", 9)] {
            builder.start_row();
            builder.set_text(spans::TRACE_ID, trace_id);
            builder.set_int(spans::START_TIME, time);
        }
        let index =
            trace_index_of(&[builder.finish().unwrap().records().clone()]).unwrap().unwrap();
        let ids = index.column_by_name("trace_id").unwrap().as_string_view();
        let first = index.column_by_name("first_time").unwrap();
        let last = index.column_by_name("last_time").unwrap();
        let mut rows: Vec<_> = (0..index.num_rows())
            .map(|row| {
                let first = first.as_primitive::<TimestampNanosecondType>().value(row);
                (ids.value(row), first, last.as_primitive::<TimestampNanosecondType>().value(row))
            })
            .collect();
        rows.sort_unstable();
        assert_eq!(rows, vec![("aa", 3, 9), ("bb", 1, 1)]);
    }
}
