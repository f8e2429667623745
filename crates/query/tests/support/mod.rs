//! A lake in a temporary folder with rows that tests know.

#![allow(dead_code, reason = "each test binary uses a part")]

use arrow::array::{AsArray, RecordBatch};
use datafusion::physical_plan::ExecutionPlan;
use hannun_lake::append::{Append, Sink, content_hash};
use hannun_lake::{Lake, LakeOptions, maintain};
use hannun_model::batch::BatchBuilder;
use hannun_model::table::{Table, logs, spans};
use hannun_query::output::json::JsonRows;
use hannun_query::system_tables::{Metric, MetricsSource};
use hannun_query::{Engine, EngineOptions, QueryError, QueryLimits};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Length of a time window in nanoseconds.
pub const WINDOW_NS: i64 = hannun_model::limits::WINDOW_SECONDS * 1_000_000_000;

#[derive(Debug)]
struct NoMetrics;

impl MetricsSource for NoMetrics {
    fn metrics(&self) -> Vec<Metric> {
        Vec::new()
    }
}

pub struct SpanRow {
    service: String,
    name: String,
    trace_id: String,
    time: i64,
}

pub fn span(service: &str, name: &str, trace_id: &str, time: i64) -> SpanRow {
    SpanRow {
        service: service.to_owned(),
        name: name.to_owned(),
        trace_id: trace_id.to_owned(),
        time,
    }
}

pub struct LogRow {
    service: String,
    body: String,
    time: i64,
}

pub fn log(service: &str, body: &str, time: i64) -> LogRow {
    LogRow { service: service.to_owned(), body: body.to_owned(), time }
}

pub struct Fixture {
    lake: Lake,
    engine: Arc<Engine>,
    requests: AtomicU64,
    rows: AtomicU64,
    _folder: tempfile::TempDir,
}

impl Fixture {
    pub async fn new() -> Self {
        Self::with_memory(1024 * 1024 * 1024).await
    }

    pub async fn with_memory(memory_limit_bytes: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = LakeOptions::new(folder.path(), memory_limit_bytes);
        options.background = false;
        options.retention.clear();
        let lake = Lake::open(options).await.unwrap();
        let engine = build(&lake, &EngineOptions::default());
        let (requests, rows) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { lake, engine, requests, rows, _folder: folder }
    }

    pub fn engine(&self, options: &EngineOptions) -> Arc<Engine> {
        build(&self.lake, options)
    }

    pub fn lake(&self) -> &Lake {
        &self.lake
    }

    pub fn default_engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    pub async fn append(&self, builder: BatchBuilder) {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let batches = vec![builder.finish().unwrap()];
        let content_hash = content_hash("test", &number.to_le_bytes());
        self.lake.append(Append { batches, content_hash }).await.unwrap();
    }

    pub async fn append_spans(&self, rows: &[SpanRow]) {
        let mut builder = BatchBuilder::new(Table::Spans);
        for row in rows {
            builder.start_row();
            builder.set_text(spans::SERVICE_NAME, &row.service);
            builder.set_text(spans::NAME, &row.name);
            builder.set_text(spans::TRACE_ID, &row.trace_id);
            builder.set_int(spans::START_TIME, row.time);
        }
        self.append(builder).await;
    }

    pub async fn append_logs(&self, rows: &[LogRow]) {
        let mut builder = BatchBuilder::new(Table::Logs);
        for row in rows {
            builder.start_row();
            builder.set_text(logs::SERVICE_NAME, &row.service);
            builder.set_text(logs::BODY, &row.body);
            builder.set_int(logs::TIME, row.time);
        }
        self.append(builder).await;
    }

    /// Spans whose every column follows from their number.
    pub async fn append_mixed(&self, count: u64) {
        let mut builder = BatchBuilder::new(Table::Spans);
        for _ in 0..count {
            let number = self.rows.fetch_add(1, Ordering::Relaxed);
            builder.start_row();
            builder.set_text(spans::SPAN_ID, &format!("s{number:08}"));
            builder.set_text(spans::TRACE_ID, &format!("t{}", number / 3));
            if !number.is_multiple_of(11) {
                builder.set_text(spans::SERVICE_NAME, &format!("s{}", number % 4));
            }
            builder.set_text(spans::NAME, &format!("op {}", number % 13));
            builder.set_int(spans::START_TIME, 100 * WINDOW_NS + number as i64 * 1_000_000_000);
            builder.set_int(spans::DURATION, (number * 37 % 1009) as i64);
            if number.is_multiple_of(5) {
                builder.set_text(spans::STATUS_CODE, "error");
            }
            if !number.is_multiple_of(3) {
                builder.set_int(spans::HTTP_RESPONSE_STATUS_CODE, 500 + (number % 7) as i64);
            }
            builder.add_attribute(spans::ATTRIBUTES, "n", |out| {
                out.push_str(&format!("\u{2}{}", number % 17));
            });
            builder.add_attribute(spans::ATTRIBUTES, "ratio", |out| out.push_str("\u{3}0.25"));
            builder.add_attribute(spans::ATTRIBUTES, "가게", |out| out.push_str("김밥"));
            builder.set_text(spans::RESOURCE_ATTRIBUTES, r#"{"process.pid":42,"os.type":"linux"}"#);
        }
        self.append(builder).await;
    }

    pub async fn publish(&self) {
        for table in Table::INTAKE {
            maintain::publish(self.lake.shared(), table).await.unwrap();
        }
    }

    pub async fn compact(&self) {
        while maintain::maintain_once(self.lake.shared()).await.unwrap() {}
    }

    pub async fn json(&self, query: &str) -> serde_json::Value {
        self.json_from(&self.engine, query).await
    }

    pub async fn json_from(&self, engine: &Arc<Engine>, query: &str) -> serde_json::Value {
        let batches = engine.collect(query, QueryLimits::default()).await.unwrap();
        let mut writer = JsonRows::default();
        let mut bytes = writer.begin().to_vec();
        for batch in &batches {
            bytes.extend(writer.rows(batch).unwrap());
        }
        bytes.extend(writer.end());
        serde_json::from_slice(&bytes).unwrap()
    }

    pub async fn count(&self, query: &str) -> i64 {
        let rows = self.json(query).await;
        rows[0].as_object().unwrap().values().next().unwrap().as_i64().unwrap()
    }

    pub async fn fail(&self, query: &str) -> QueryError {
        self.engine.collect(query, QueryLimits::default()).await.unwrap_err()
    }
}

fn build(lake: &Lake, options: &EngineOptions) -> Arc<Engine> {
    Arc::new(Engine::new(lake.shared().clone(), Arc::new(NoMetrics), options).unwrap())
}

pub fn text_of(batch: &RecordBatch, column: usize, row: usize) -> String {
    let column =
        arrow::compute::cast(batch.column(column), &arrow::datatypes::DataType::Utf8).unwrap();
    column.as_string::<i32>().value(row).to_owned()
}

/// How often the operators of a plan spilled.
pub fn spill_count(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let own = plan.metrics().and_then(|metrics| metrics.spill_count()).unwrap_or(0);
    own + plan.children().into_iter().map(spill_count).sum::<usize>()
}
