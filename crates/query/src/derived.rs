//! Rows of derived tables that are not published yet, kept from one question to the next.
//!
//! A page asks several questions about statistics of the same live spans. They are derived for the
//! first one; the others find them, as long as no span came or went since.

use arrow::array::RecordBatch;
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use hannun_lake::state::{Snapshot, State};
use hannun_model::limits::DERIVED_ROWS_KEPT_BYTES_MAX;
use hannun_model::table::Table;
use parking_lot::Mutex;
use std::sync::Arc;

/// The rows that the live rows of a table come to, as they were when somebody asked last.
#[derive(Debug, Default)]
pub(crate) struct DerivedRows {
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    /// What [`State::snapshot_derived`] said of the rows that these were derived from.
    version: u64,
    rows: Option<RecordBatch>,
    /// They count as memory of queries.
    _reservation: MemoryReservation,
}

impl DerivedRows {
    /// The files of a derived table, and the rows that will be added to them when the live rows of
    /// its source are published.
    pub(crate) fn snapshot(
        &self,
        table: Table,
        state: &State,
        pool: &Arc<dyn MemoryPool>,
    ) -> Result<Snapshot> {
        // Who asks at the same time waits here, and finds what was derived meanwhile.
        let mut kept = self.kept.lock();
        // Only now, so that nothing is missed that came while waiting (I2).
        let (Snapshot { files, batches }, version) = state.snapshot_derived(table);
        if let Some(kept) = kept.as_ref().filter(|kept| kept.version == version) {
            return Ok(Snapshot { files, batches: kept.rows.clone().into_iter().collect() });
        }
        *kept = None;
        let rows = hannun_digest::derive(table, &batches)?;
        let bytes = rows.as_ref().map_or(0, RecordBatch::get_array_memory_size);
        let reservation = MemoryConsumer::new("derived rows that are not published").register(pool);
        // Where there is no room the next question derives them again.
        if bytes <= DERIVED_ROWS_KEPT_BYTES_MAX && reservation.try_grow(bytes).is_ok() {
            *kept = Some(Kept { version, rows: rows.clone(), _reservation: reservation });
        }
        Ok(Snapshot { files, batches: rows.into_iter().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    use datafusion::execution::memory_pool::{GreedyMemoryPool, UnboundedMemoryPool};
    use hannun_model::batch::BatchBuilder;
    use hannun_model::table::spans;
    use std::collections::BTreeMap;

    fn state() -> State {
        State::new(Vec::new(), &BTreeMap::new())
    }

    fn push(state: &State, position: u64) {
        let mut builder = BatchBuilder::new(Table::Spans);
        builder.start_row();
        builder.set_int(spans::START_TIME, 1);
        builder.set_text(spans::SERVICE_NAME, "order");
        state.push(position, [builder.finish().unwrap()], 0);
    }

    /// Spans that are counted, and where the rows are in memory.
    fn told(rows: &DerivedRows, state: &State, pool: &Arc<dyn MemoryPool>) -> (i64, usize) {
        let snapshot = rows.snapshot(Table::SpanStats, state, pool).unwrap();
        let column = |batch: &RecordBatch| batch.column_by_name("spans").unwrap().clone();
        let columns: Vec<_> = snapshot.batches.iter().map(column).collect();
        let values = columns.iter().flat_map(|it| it.as_primitive::<Int64Type>().values());
        let place = columns.first().map_or(0, |it| Arc::as_ptr(it).cast::<u8>() as usize);
        (values.sum(), place)
    }

    #[test]
    fn the_same_live_rows_are_derived_once() {
        let pool: Arc<dyn MemoryPool> = Arc::new(UnboundedMemoryPool::default());
        let (rows, state) = (DerivedRows::default(), state());
        push(&state, 1);
        let first = told(&rows, &state, &pool);
        assert_eq!(first.0, 1);
        assert_eq!(told(&rows, &state, &pool), first);
        // What is being published is still live.
        state.begin_publish(Table::Spans).unwrap();
        assert_eq!(told(&rows, &state, &pool), first);
    }

    #[test]
    fn a_span_that_came_or_was_published_is_seen_at_once_i2() {
        let pool: Arc<dyn MemoryPool> = Arc::new(UnboundedMemoryPool::default());
        let (rows, state) = (DerivedRows::default(), state());
        for count in 1..=3 {
            push(&state, count);
            assert_eq!(told(&rows, &state, &pool).0, count as i64);
        }
        state.begin_publish(Table::Spans).unwrap();
        push(&state, 4);
        assert_eq!(told(&rows, &state, &pool).0, 4);
        state.finish_publish(Table::Spans, 3, Vec::new());
        assert_eq!(told(&rows, &state, &pool).0, 1);
    }

    #[test]
    fn rows_that_are_kept_count_as_memory_and_are_not_kept_without_i6() {
        let pool: Arc<dyn MemoryPool> = Arc::new(UnboundedMemoryPool::default());
        let (rows, state) = (DerivedRows::default(), state());
        push(&state, 1);
        told(&rows, &state, &pool);
        let one = pool.reserved();
        assert!(one > 0);
        push(&state, 2);
        told(&rows, &state, &pool);
        assert_eq!(pool.reserved(), one, "what is replaced is given back");
        let full: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(one - 1));
        let rows = DerivedRows::default();
        assert_eq!((told(&rows, &state, &full).0, told(&rows, &state, &full).0), (2, 2));
        assert_eq!(full.reserved(), 0);
    }
}
