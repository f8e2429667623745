//! A table of the lake as the engine sees it: files and live rows as one.

use crate::derived::DerivedRows;
use crate::prune::{prune_files, trace_ids};
use crate::text_prune::{choose_rows, needs_of};
use crate::time_range::{TimeRange, range_of_filter};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DFSchema;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column as ColumnExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::union::UnionExec;
use hannun_lake::buffer::with_columns;
use hannun_lake::scan::{Footers, RowChoices, Scan, plan_scan, store_of};
use hannun_lake::state::{FileHandle, Snapshot, State};
use hannun_model::table::Table;
use std::sync::Arc;

/// What is to be read of files.
struct FilePart<'a> {
    files: Vec<FileHandle>,
    choices: RowChoices,
    range: TimeRange,
    time_filter: Option<&'a Arc<dyn PhysicalExpr>>,
    limit: Option<usize>,
}

/// One table over one lake. Each scan takes a snapshot of its own.
#[derive(Debug, Clone)]
pub struct LakeTable {
    table: Table,
    state: Arc<State>,
    schema: SchemaRef,
    derived: Arc<DerivedRows>,
}

impl LakeTable {
    pub fn new(table: Table, state: Arc<State>) -> Self {
        Self { table, state, schema: table.schema(), derived: Arc::default() }
    }

    fn time_column(&self) -> &'static str {
        self.table.columns()[self.table.time_column()].name
    }

    /// Files and live rows. Of a derived table the live rows are derived now, in the same way as
    /// they will be when they are published. The trace index is about published spans only.
    async fn snapshot(&self, session: &dyn Session) -> Result<Snapshot> {
        if self.table.source().is_none() || self.table == Table::TraceIndex {
            return Ok(self.state.snapshot(self.table));
        }
        let (table, state, derived) = (self.table, self.state.clone(), self.derived.clone());
        let pool = session.runtime_env().memory_pool.clone();
        // Half a million spans take a good part of a second.
        let derive = tokio::task::spawn_blocking(move || derived.snapshot(table, &state, &pool));
        derive.await.map_err(|error| DataFusionError::External(Box::new(error)))?
    }

    /// Where the traces that are asked for by id have spans, as far as files go.
    async fn trace_range(
        &self,
        state: &dyn Session,
        filters: &[Expr],
    ) -> Result<Option<TimeRange>> {
        if self.table != Table::Spans {
            return Ok(None);
        }
        let Some(ids) = trace_ids(filters) else { return Ok(None) };
        let index = Self::new(Table::TraceIndex, self.state.clone());
        crate::trace_range::trace_range(state, &index, ids).await.map(Some)
    }

    /// The plan over files, some of which may hold rows outside the range of time.
    fn plan_files(
        &self,
        session: &dyn Session,
        part: FilePart<'_>,
        projection: &[usize],
    ) -> Result<Vec<Arc<dyn ExecutionPlan>>> {
        let FilePart { files, choices, range, time_filter, limit } = part;
        let (inside, across): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|file| range.covers(file.min_time, file.max_time));
        let footers = Footers::new(session.runtime_env())?;
        let mut plans = Vec::new();
        for (files, needs_filter) in [(inside, false), (across, true)] {
            if files.is_empty() {
                continue;
            }
            let mut columns = projection.to_vec();
            let filter = time_filter.filter(|_| needs_filter);
            if filter.is_some() && !columns.contains(&self.table.time_column()) {
                columns.push(self.table.time_column());
            }
            let scan: Arc<dyn ExecutionPlan> = plan_scan(Scan {
                table: self.table,
                schema: self.schema.clone(),
                groups: groups(files, session.config().target_partitions()),
                projection: Some(columns.clone()),
                predicate: None,
                push_down_filters: session.config().options().execution.parquet.pushdown_filters,
                limit: limit.filter(|_| filter.is_none()),
                ordered: false,
                footers: Some(footers.clone()),
                choices: choices.clone(),
            })?;
            plans.push(match filter {
                Some(filter) => self.filter_time(scan, filter, projection.len())?,
                None => scan,
            });
        }
        Ok(plans)
    }

    fn plan_live(
        &self,
        batches: &[RecordBatch],
        projection: &[usize],
        time_filter: Option<&Arc<dyn PhysicalExpr>>,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        if batches.is_empty() {
            return Ok(None);
        }
        let mut columns = projection.to_vec();
        if time_filter.is_some() && !columns.contains(&self.table.time_column()) {
            columns.push(self.table.time_column());
        }
        let schema = Arc::new(self.schema.project(&columns)?);
        let batches: Vec<RecordBatch> = batches
            .iter()
            .map(|batch| with_columns(batch, &schema))
            .collect::<std::result::Result<_, _>>()?;
        let scan = MemorySourceConfig::try_new_exec(&[batches], schema, None)?;
        Ok(Some(match time_filter {
            Some(filter) => self.filter_time(scan, filter, projection.len())?,
            None => scan,
        }))
    }

    /// Filters by time and drops the time column again when it was read for that only.
    fn filter_time(
        &self,
        input: Arc<dyn ExecutionPlan>,
        filter: &Arc<dyn PhysicalExpr>,
        columns: usize,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = input.schema();
        let filter =
            datafusion::physical_expr::utils::reassign_expr_columns(filter.clone(), &schema)?;
        let filtered: Arc<dyn ExecutionPlan> = Arc::new(FilterExec::try_new(filter, input)?);
        if schema.fields().len() == columns {
            return Ok(filtered);
        }
        let kept = schema.fields().iter().take(columns).enumerate().map(|(index, field)| {
            let column: Arc<dyn PhysicalExpr> = Arc::new(ColumnExpr::new(field.name(), index));
            (column, field.name().clone())
        });
        Ok(Arc::new(ProjectionExec::try_new(kept.collect::<Vec<_>>(), filtered)?))
    }
}

/// Spreads files over partitions so that each has about as many bytes.
fn groups(mut files: Vec<FileHandle>, partitions: usize) -> Vec<Vec<FileHandle>> {
    files.sort_by_key(|file| std::cmp::Reverse(file.bytes));
    let count = partitions.clamp(1, files.len().max(1));
    let mut groups: Vec<(u64, Vec<FileHandle>)> = vec![(0, Vec::new()); count];
    for file in files {
        if let Some(smallest) = groups.iter_mut().min_by_key(|group| group.0) {
            smallest.0 += file.bytes;
            smallest.1.push(file);
        }
    }
    groups.into_iter().map(|(_, files)| files).filter(|files| !files.is_empty()).collect()
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        // Ranges of time are applied here, so that files inside the range are not filtered at all.
        // Everything else prunes files here and is evaluated by the engine.
        Ok(filters
            .iter()
            .map(|filter| match range_of_filter(filter, self.time_column()) {
                Some(_) => TableProviderFilterPushDown::Exact,
                None => TableProviderFilterPushDown::Inexact,
            })
            .collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let projection: &[usize] = projection.unwrap_or(&all);
        let snapshot = self.snapshot(state).await?;
        let mut range = TimeRange::ALL;
        let mut time_filters = Vec::new();
        for filter in filters {
            if let Some(part) = range_of_filter(filter, self.time_column()) {
                range = range.intersect(part);
                time_filters.push(filter.clone());
            }
        }
        let schema = DFSchema::try_from(self.schema.clone())?;
        let physical = |filter: Expr| state.create_physical_expr(unqualified(filter)?, &schema);
        let time_filter = conjunction(time_filters).map(physical).transpose()?;
        let mut files = snapshot.files;
        if let Some(predicate) = conjunction(filters.to_vec()).map(physical).transpose()? {
            files = prune_files(self.table, &self.schema, files, &predicate)?;
        }
        if let Some(traces) = self.trace_range(state, filters).await? {
            files.retain(|file| traces.overlaps(file.min_time, file.max_time));
        }
        let needs = needs_of(self.table, filters);
        let mut choices = RowChoices::default();
        if !needs.is_nothing() && !files.is_empty() {
            let store = store_of(state.runtime_env())?;
            (files, choices) = choose_rows(&store, files, &needs).await?;
        }
        let part = FilePart { files, choices, range, time_filter: time_filter.as_ref(), limit };
        let mut plans = self.plan_files(state, part, projection)?;
        plans.extend(self.plan_live(&snapshot.batches, projection, time_filter.as_ref())?);
        match plans.len() {
            0 => Ok(Arc::new(EmptyExec::new(Arc::new(self.schema.project(projection)?)))),
            1 => plans.pop().ok_or_else(|| DataFusionError::Internal("no plan".to_owned())),
            _ => UnionExec::try_new(plans),
        }
    }
}

/// The same expression over columns without a table name.
pub(crate) fn unqualified(expr: Expr) -> Result<Expr> {
    use datafusion::common::tree_node::{Transformed, TreeNode};
    expr.transform(|expr| match expr {
        Expr::Column(column) if column.relation.is_some() => {
            Ok(Transformed::yes(Expr::Column(datafusion::common::Column::from_name(column.name))))
        }
        other => Ok(Transformed::no(other)),
    })
    .map(|transformed| transformed.data)
}
