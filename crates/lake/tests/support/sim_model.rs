//! What clients sent and were told, and whether a lake agrees.

use crate::records::Random;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, new_null_array};
use arrow::compute::SortOptions;
use arrow::datatypes::{Int64Type, TimestampNanosecondType};
use arrow::row::{RowConverter, SortField};
use hannun_lake::Lake;
use hannun_lake::append::content_hash;
use hannun_lake::file::{FileRecord, window_start};
use hannun_model::batch::{Batch, BatchBuilder};
use hannun_model::table::{Table, client_stats, logs, metric_points, profiles, spans};
use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::{BTreeMap, BTreeSet};

/// One request and what its client knows.
#[derive(Debug, Clone)]
pub struct Request {
    pub hash: u128,
    pub batches: Vec<Batch>,
    pub items: Vec<(Table, i64)>,
    pub first_sent_ms: u64,
    /// Told that it is stored, or seen after a restart: from then on it must stay.
    pub must_be_there: bool,
}

/// All requests of all lives.
#[derive(Debug, Default)]
pub struct Model {
    pub requests: Vec<Request>,
    next_item: i64,
}

/// The column that carries the number of an item.
fn item_column(table: Table) -> usize {
    match table {
        Table::Logs => logs::FLAGS,
        Table::MetricPoints => metric_points::VALUE_INT,
        Table::Spans | Table::TraceIndex | Table::SpanStats | Table::SpanErrors => spans::DURATION,
        Table::ClientStats => client_stats::SPANS,
        Table::Profiles => profiles::PAYLOAD_BYTES,
    }
}

impl Model {
    /// Makes a request of some tables, with rows of several windows, late ones too.
    pub fn new_request(&mut self, random: &mut Random, now_ms: u64) -> usize {
        let mut tables: Vec<Table> =
            Table::INTAKE.into_iter().filter(|_| random.below(2) == 0).collect();
        if tables.is_empty() {
            tables.push(Table::INTAKE[random.index(Table::INTAKE.len())]);
        }
        let mut batches = Vec::new();
        let mut items = Vec::new();
        for table in tables {
            let rows = if random.below(8) == 0 { 200 } else { 1 + random.below(20) };
            let mut builder = BatchBuilder::new(table);
            for _ in 0..rows {
                builder.start_row();
                self.next_item += 1;
                builder.set_int(item_column(table), self.next_item);
                items.push((table, self.next_item));
                let late_ms = [0, 60_000, 4 * 3_600_000, 9 * 3_600_000][random.index(4)];
                let time_ms = now_ms - late_ms - random.below(60_000);
                let time_ns = i64::try_from(time_ms).unwrap() * 1_000_000;
                builder.set_int(table.time_column(), time_ns);
                fill_identity(&mut builder, table, random);
            }
            batches.push(builder.finish().unwrap());
        }
        let hash = content_hash("simulation", &(self.requests.len() as u64).to_le_bytes());
        let must_be_there = false;
        self.requests.push(Request { hash, batches, items, first_sent_ms: now_ms, must_be_there });
        self.requests.len() - 1
    }

    /// Asserts that the lake holds exactly what it may. After a restart everything that is seen
    /// has to stay, whatever its client was told.
    pub fn check(&mut self, contents: &Contents, is_restart: bool) {
        let mut expected = BTreeSet::new();
        for request in &mut self.requests {
            let counts: Vec<usize> =
                request.items.iter().map(|item| contents.count(*item)).collect();
            let there = counts.iter().filter(|count| **count > 0).count();
            assert!(
                counts.iter().all(|count| *count <= 1),
                "I1: {request:?} is doubled: {counts:?}"
            );
            assert!(there == 0 || there == counts.len(), "I1: a part of {request:?}: {counts:?}");
            assert!(there > 0 || !request.must_be_there, "I1/I2: {request:?} is lost");
            request.must_be_there |= is_restart && there > 0;
            expected.extend(request.items.iter().copied());
        }
        let unknown: Vec<_> =
            contents.items.keys().filter(|item| !expected.contains(item)).collect();
        assert!(unknown.is_empty(), "nobody sent {unknown:?}");
    }
}

fn fill_identity(builder: &mut BatchBuilder, table: Table, random: &mut Random) {
    let service = ["cart", "checkout", "주문", ""][random.index(4)];
    let column = match table {
        Table::Spans | Table::TraceIndex | Table::SpanStats | Table::SpanErrors => {
            spans::SERVICE_NAME
        }
        Table::Logs => logs::SERVICE_NAME,
        Table::MetricPoints => metric_points::METRIC_NAME,
        Table::ClientStats => client_stats::SERVICE_NAME,
        Table::Profiles => profiles::SERVICE_NAME,
    };
    if !service.is_empty() {
        builder.set_text(column, service);
    }
    if table == Table::Spans {
        builder.set_text(spans::NAME, ["GET /", "POST /"][random.index(2)]);
        builder.set_text(spans::TRACE_ID, &format!("{:032x}", random.below(500)));
    }
    if table == Table::Profiles {
        let length = random.below(100_000) as usize;
        builder.set_bytes(profiles::PAYLOAD, &vec![random.below(256) as u8; length]);
    }
    if table == Table::MetricPoints {
        builder.set_int(metric_points::SERIES_ID, i64::try_from(random.below(9)).unwrap() - 4);
    }
}

/// Items of a lake and how often each is there.
#[derive(Debug, Default)]
pub struct Contents {
    items: BTreeMap<(Table, i64), usize>,
}

impl Contents {
    fn count(&self, item: (Table, i64)) -> usize {
        self.items.get(&item).copied().unwrap_or(0)
    }

    fn add(&mut self, table: Table, records: &RecordBatch) {
        let name = table.columns()[item_column(table)].name;
        for item in records.column_by_name(name).unwrap().as_primitive::<Int64Type>().values() {
            *self.items.entry((table, *item)).or_default() += 1;
        }
    }
}

/// Reads everything that a query would see, checking each file and the totals of the catalog.
pub async fn read_contents(lake: &Lake) -> Contents {
    let mut contents = Contents::default();
    let mut indexed = BTreeSet::new();
    let mut traced = BTreeSet::new();
    let (mut counted_spans, mut published_spans) = (0, 0);
    for table in Table::ALL {
        let snapshot = lake.snapshot(table);
        let mut totals: BTreeMap<i64, (u64, u64, u64)> = BTreeMap::new();
        for file in &snapshot.files {
            let total = totals.entry(file.window_start).or_default();
            *total = (total.0 + 1, total.1 + file.rows, total.2 + file.bytes);
            let records = read_file(lake, file).await;
            check_file(table, file, &records);
            match table {
                Table::TraceIndex => indexed.extend(texts(&records, "trace_id")),
                Table::Spans => {
                    traced.extend(texts(&records, "trace_id"));
                    published_spans += file.rows;
                }
                Table::SpanStats => counted_spans += sum(&records, "spans"),
                Table::SpanErrors
                | Table::Logs
                | Table::MetricPoints
                | Table::ClientStats
                | Table::Profiles => {}
            }
            if table.source().is_none() {
                contents.add(table, &records);
            }
        }
        snapshot.batches.iter().for_each(|records| contents.add(table, records));
        let windows = lake.shared().catalog.windows(table.name()).await.unwrap();
        let counted: BTreeMap<i64, (u64, u64, u64)> = windows
            .into_iter()
            .map(|window| (window.window_start, (window.files, window.rows, window.bytes)))
            .collect();
        assert_eq!(counted, totals, "I3/I5: totals of the windows of {}", table.name());
    }
    assert!(traced.is_subset(&indexed), "I3: spans are published with their trace index");
    assert_eq!(counted_spans, published_spans, "I3: spans are published with their statistics");
    contents
}

async fn read_file(lake: &Lake, file: &FileRecord) -> RecordBatch {
    let path = ObjectPath::from(file.path.as_str());
    let bytes = lake.shared().store.object_store().get(&path).await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes.len() as u64, file.bytes);
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    let schema = builder.schema().clone();
    let batches: Vec<RecordBatch> = builder.build().unwrap().collect::<Result<_, _>>().unwrap();
    arrow::compute::concat_batches(&schema, &batches).unwrap()
}

/// Rows, window and order of a file are what its record says.
fn check_file(table: Table, file: &FileRecord, records: &RecordBatch) {
    assert_eq!(records.num_rows() as u64, file.rows, "I4: {}", file.path);
    let time = table.columns()[table.time_column()].name;
    let times = records.column_by_name(time).unwrap().as_primitive::<TimestampNanosecondType>();
    for time in times.values() {
        assert_eq!(window_start(*time), file.window_start, "I4/I5: {} spans windows", file.path);
        assert!((file.min_time..=file.max_time).contains(time), "{}", file.path);
    }
    let columns: Vec<ArrayRef> = table
        .sort_columns()
        .iter()
        .map(|index| {
            let field = table.columns()[*index].field();
            records
                .column_by_name(field.name())
                .cloned()
                .unwrap_or_else(|| new_null_array(field.data_type(), records.num_rows()))
        })
        .collect();
    let options = SortOptions { descending: false, nulls_first: true };
    let fields = columns
        .iter()
        .map(|column| SortField::new_with_options(column.data_type().clone(), options))
        .collect();
    let rows = RowConverter::new(fields).unwrap().convert_columns(&columns).unwrap();
    assert!(rows.iter().is_sorted(), "I4: {} is not sorted", file.path);
}

fn sum(records: &RecordBatch, name: &str) -> u64 {
    let column = records.column_by_name(name).unwrap().as_primitive::<Int64Type>();
    u64::try_from(column.values().iter().sum::<i64>()).unwrap()
}

fn texts(records: &RecordBatch, name: &str) -> Vec<String> {
    let Some(column) = records.column_by_name(name) else { return Vec::new() };
    let texts = arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8).unwrap();
    texts.as_string::<i32>().iter().flatten().map(str::to_owned).collect()
}
