//! When traces happened, by the trace index.

use crate::lake_table::LakeTable;
use crate::time_range::TimeRange;
use arrow::array::{Array, AsArray};
use arrow::datatypes::TimestampNanosecondType;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::filter_pushdown::FilterPushdown;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{col, lit};
use futures::StreamExt;
use std::sync::Arc;

/// The range of time in which these traces have published spans. Empty when they have none.
pub async fn trace_range(
    state: &dyn Session,
    index: &LakeTable,
    ids: Vec<String>,
) -> Result<TimeRange> {
    let wanted: Vec<Expr> = ids.into_iter().map(lit).collect();
    let filter = col("trace_id").in_list(wanted, false);
    let scan = index.scan(state, None, std::slice::from_ref(&filter), None).await?;
    let schema = DFSchema::try_from(index.schema())?;
    let predicate = state.create_physical_expr(filter, &schema)?;
    let filtered: Arc<dyn ExecutionPlan> = Arc::new(FilterExec::try_new(predicate, scan)?);
    // Into the scan, where bloom filters and pages are pruned by it.
    let plan = FilterPushdown::new().optimize(filtered, state.config_options())?;
    let mut rows = execute_stream(plan, state.task_ctx())?;
    let mut range = TimeRange { first: i64::MAX, last: i64::MIN };
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        if let Some(times) = batch.column_by_name("first_time") {
            let times = times.as_primitive::<TimestampNanosecondType>();
            debug_assert_eq!(times.null_count(), 0, "the index names both times");
            range.first = times.values().iter().copied().fold(range.first, i64::min);
        }
        if let Some(times) = batch.column_by_name("last_time") {
            let times = times.as_primitive::<TimestampNanosecondType>();
            range.last = times.values().iter().copied().fold(range.last, i64::max);
        }
    }
    Ok(range)
}
