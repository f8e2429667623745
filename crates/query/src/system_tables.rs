//! Hannun about itself, as tables: `system_metrics`, `system_files`, and which bills there are.

use crate::cost_tables::system::{restatements_batch, snapshots_batch};
use arrow::array::{
    Float64Array, Int64Array, RecordBatch, StringViewArray, TimestampNanosecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use hannun_lake::lake::Shared;
use hannun_model::table::Table;
use std::sync::Arc;

/// The tables and what they hold.
pub const DESCRIPTIONS: [(&str, &str); 4] = [
    ("system_metrics", "What Hannun counts about itself, as it is now."),
    ("system_files", "The data files of the lake."),
    ("cost_snapshots", "The deliveries of bills that were imported, one row a currency."),
    ("cost_restatements", "By how much a delivery differs from the one before it."),
];

/// One number that Hannun keeps about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    pub name: &'static str,
    /// Label names and values.
    pub labels: Vec<(&'static str, String)>,
    pub value: f64,
    /// Whether it only grows.
    pub counter: bool,
    pub help: &'static str,
}

/// Where the numbers come from.
pub trait MetricsSource: Send + Sync + std::fmt::Debug {
    fn metrics(&self) -> Vec<Metric>;
}

/// Adds the tables to a session. They are filled with what is true when they are read.
pub fn register(
    context: &SessionContext,
    lake: &Arc<Shared>,
    source: &Arc<dyn MetricsSource>,
) -> Result<()> {
    let source = source.clone();
    let metrics = SystemTable::new(move || metrics_batch(&source.metrics()))?;
    context.register_table("system_metrics", Arc::new(metrics))?;
    let of_lake = lake.clone();
    let files = SystemTable::new(move || files_batch(&of_lake))?;
    context.register_table("system_files", Arc::new(files))?;
    let bills = lake.bills.clone();
    let snapshots = SystemTable::new(move || snapshots_batch(&bills))?;
    context.register_table("cost_snapshots", Arc::new(snapshots))?;
    let bills = lake.bills.clone();
    let restatements = SystemTable::new(move || restatements_batch(&bills))?;
    context.register_table("cost_restatements", Arc::new(restatements))?;
    Ok(())
}

/// A table whose rows are made when somebody asks.
struct SystemTable {
    schema: SchemaRef,
    fill: Box<dyn Fn() -> Result<RecordBatch> + Send + Sync>,
}

impl SystemTable {
    fn new(fill: impl Fn() -> Result<RecordBatch> + Send + Sync + 'static) -> Result<Self> {
        Ok(Self { schema: fill()?.schema(), fill: Box::new(fill) })
    }
}

impl std::fmt::Debug for SystemTable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SystemTable").field("schema", &self.schema).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for SystemTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = (self.fill)()?;
        let scan = MemorySourceConfig::try_new_exec(
            &[vec![rows]],
            self.schema.clone(),
            projection.cloned(),
        )?;
        Ok(scan)
    }
}

fn metrics_batch(metrics: &[Metric]) -> Result<RecordBatch> {
    let schema = Schema::new(vec![
        Field::new("name", DataType::Utf8View, false),
        Field::new("labels", DataType::Utf8View, false),
        Field::new("value", DataType::Float64, false),
    ]);
    let labels = metrics.iter().map(|metric| {
        let labels: Vec<String> =
            metric.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        labels.join(",")
    });
    Ok(RecordBatch::try_new(
        Arc::new(schema),
        vec![
            Arc::new(StringViewArray::from_iter_values(metrics.iter().map(|metric| metric.name))),
            Arc::new(StringViewArray::from_iter_values(labels)),
            Arc::new(Float64Array::from_iter_values(metrics.iter().map(|metric| metric.value))),
        ],
    )?)
}

fn files_batch(lake: &Shared) -> Result<RecordBatch> {
    let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let schema = Schema::new(vec![
        Field::new("table_name", DataType::Utf8View, false),
        Field::new("path", DataType::Utf8View, false),
        Field::new("window_start", time.clone(), false),
        Field::new("level", DataType::Int64, false),
        Field::new("rows", DataType::UInt64, false),
        Field::new("bytes", DataType::UInt64, false),
        Field::new("raw_bytes", DataType::UInt64, false),
        Field::new("min_time", time.clone(), false),
        Field::new("max_time", time, false),
    ]);
    let files: Vec<_> = Table::ALL.into_iter().flat_map(|table| lake.state.files(table)).collect();
    let times = |time: fn(&hannun_lake::file::FileRecord) -> i64| {
        let times = files.iter().map(|file| time(file));
        Arc::new(TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC"))
    };
    let counts = |count: fn(&hannun_lake::file::FileRecord) -> u64| {
        Arc::new(UInt64Array::from_iter_values(files.iter().map(|file| count(file))))
    };
    let names = files.iter().map(|file| file.table.as_str());
    let paths = files.iter().map(|file| file.path.as_str());
    let levels = files.iter().map(|file| i64::from(file.level));
    Ok(RecordBatch::try_new(
        Arc::new(schema),
        vec![
            Arc::new(StringViewArray::from_iter_values(names)),
            Arc::new(StringViewArray::from_iter_values(paths)),
            times(|file| file.window_start.saturating_mul(1_000_000_000)),
            Arc::new(Int64Array::from_iter_values(levels)),
            counts(|file| file.rows),
            counts(|file| file.bytes),
            counts(|file| file.raw_bytes),
            times(|file| file.min_time),
            times(|file| file.max_time),
        ],
    )?)
}
