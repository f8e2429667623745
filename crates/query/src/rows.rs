//! The answer to a query as it arrives from the threads that work on it.

use crate::error::{QueryError, QueryErrorKind};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::physical_plan::ExecutionPlan;
use hannun_model::limits::QUERY_SECONDS_MAX;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// What one query may take.
#[derive(Debug, Clone, Copy)]
pub struct QueryLimits {
    pub rows_max: usize,
    pub deadline: Duration,
}

/// A plan that runs, and its rows one batch after another. Dropping it stops the query.
pub struct QueryRows {
    pub(crate) schema: SchemaRef,
    pub(crate) plan: Arc<dyn ExecutionPlan>,
    pub(crate) batches: mpsc::Receiver<Result<RecordBatch, QueryError>>,
    pub(crate) task: JoinHandle<()>,
    pub(crate) deadline: Instant,
    pub(crate) limits: QueryLimits,
    pub(crate) rows: usize,
    pub(crate) truncated: bool,
}

impl std::fmt::Debug for QueryRows {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("QueryRows").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Drop for QueryRows {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl QueryRows {
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// The plan that runs, with its metrics so far.
    pub fn plan(&self) -> &Arc<dyn ExecutionPlan> {
        &self.plan
    }

    /// Whether the row limit cut the answer. Known once the rows have been read.
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    /// The next rows; `None` at the end or at the row limit.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>, QueryError> {
        loop {
            let next = tokio::time::timeout_at(self.deadline, self.batches.recv())
                .await
                .map_err(|_| deadline_error(self.limits.deadline))?;
            let Some(batch) = next.transpose()? else { return Ok(None) };
            if batch.num_rows() == 0 {
                continue;
            }
            let left = self.limits.rows_max - self.rows;
            if left == 0 {
                self.truncated = true;
                return Ok(None);
            }
            let taken = batch.num_rows().min(left);
            self.truncated |= taken < batch.num_rows();
            self.rows += taken;
            return Ok(Some(batch.slice(0, taken)));
        }
    }
}

/// What a caller is told whose query took too long.
pub(crate) fn deadline_error(deadline: Duration) -> QueryError {
    let message = format!(
        "the query took longer than {} s; narrow its time range or ask with a larger \
         timeout_seconds (up to {QUERY_SECONDS_MAX})",
        deadline.as_secs_f64().ceil()
    );
    QueryError::new(QueryErrorKind::Deadline, message)
}
