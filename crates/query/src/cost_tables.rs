//! The tables of bills: `cost`, `cost_daily` and `cost_split`.
//!
//! Their columns are those of FOCUS and those that the current snapshots add, so that they change
//! when a bill is imported. A query therefore is given a table of its own when it is planned, which
//! holds the snapshots as they were then: a delivery that replaces a month meanwhile changes nothing
//! for it.

pub(crate) mod system;

use arrow::array::{
    ArrayRef, BooleanArray, StringViewArray, TimestampNanosecondArray, UInt64Array,
};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, Session, TableProvider};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, DFSchema};
use datafusion::error::Result;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use hannun_lake::bills::scan::{BillScan, plan_bill_scan};
use hannun_lake::bills::view::PinnedFile;
use hannun_lake::bills::{BillStore, View};
use hannun_model::cost::{self, COLUMNS, CostTable};
use std::collections::HashSet;
use std::sync::Arc;

/// Puts the tables beside those that the session has, and those that are added later.
///
/// # Errors
/// When the session has no schema that tables are found in.
pub fn register(context: &SessionContext, bills: &Arc<BillStore>) -> Result<()> {
    let state = context.state();
    let names = &state.config_options().catalog;
    let catalog = context.catalog(&names.default_catalog).ok_or_else(|| {
        datafusion::error::DataFusionError::Internal("the session has no catalog".to_owned())
    })?;
    let tables = Tables { fixed: MemorySchemaProvider::new(), bills: bills.clone() };
    catalog.register_schema(&names.default_schema, Arc::new(tables))?;
    Ok(())
}

/// All tables of a session.
#[derive(Debug)]
struct Tables {
    /// Those that are the same for every query.
    fixed: MemorySchemaProvider,
    bills: Arc<BillStore>,
}

fn cost_table(name: &str) -> Option<CostTable> {
    CostTable::ALL.into_iter().find(|table| table.name() == name)
}

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        let of_bills = CostTable::ALL.map(|table| table.name().to_owned());
        self.fixed.table_names().into_iter().chain(of_bills).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match cost_table(name) {
            Some(table) => Ok(Some(Arc::new(BillTable::new(table, self.bills.view())))),
            None => self.fixed.table(name).await,
        }
    }

    fn register_table(
        &self,
        name: String,
        table: Arc<dyn TableProvider>,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        self.fixed.register_table(name, table)
    }

    fn table_exist(&self, name: &str) -> bool {
        cost_table(name).is_some() || self.fixed.table_exist(name)
    }
}

/// One table over the snapshots of one moment.
#[derive(Debug)]
struct BillTable {
    table: CostTable,
    view: Arc<View>,
    schema: SchemaRef,
}

impl BillTable {
    fn new(table: CostTable, view: Arc<View>) -> Self {
        let schema = view.schema(table);
        Self { table, view, schema }
    }

    /// The files that may have rows for these filters.
    fn files(&self, session: &dyn Session, filters: &[Expr]) -> Result<Vec<PinnedFile>> {
        let files = self.view.files(self.table);
        let Some(filter) = conjunction(filters.to_vec()).filter(|_| !files.is_empty()) else {
            return Ok(files);
        };
        let schema = DFSchema::try_from(self.schema.clone())?;
        let filter =
            session.create_physical_expr(crate::lake_table::unqualified(filter)?, &schema)?;
        let pruning = PruningPredicateBuilder::new()
            .with_file_schema(self.schema.clone())
            .try_build(filter)?;
        let kept = pruning.prune(&FileStatistics { files: &files })?;
        Ok(files.into_iter().zip(kept).filter_map(|(file, keep)| keep.then_some(file)).collect())
    }
}

#[async_trait]
impl TableProvider for BillTable {
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
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let files = self.files(session, filters)?;
        if files.is_empty() {
            let all: Vec<usize> = (0..self.schema.fields().len()).collect();
            let schema = self.schema.project(projection.unwrap_or(&all))?;
            return Ok(Arc::new(EmptyExec::new(Arc::new(schema))));
        }
        let scan = BillScan {
            schema: self.schema.clone(),
            files,
            partitions: session.config().target_partitions(),
            projection: projection.cloned(),
            push_down_filters: session.config().options().execution.parquet.pushdown_filters,
            limit,
        };
        Ok(plan_bill_scan(scan, session.runtime_env())?)
    }
}

/// What is known of files without opening them.
struct FileStatistics<'a> {
    files: &'a [PinnedFile],
}

impl FileStatistics<'_> {
    fn times(&self, time_ns: impl Fn(&PinnedFile) -> Option<i64>) -> ArrayRef {
        let times = TimestampNanosecondArray::from_iter(self.files.iter().map(time_ns));
        Arc::new(times.with_timezone("UTC"))
    }

    /// What all rows of a file have in common.
    fn common(&self, column: &Column) -> Option<ArrayRef> {
        let texts = |text: fn(&PinnedFile) -> &str| -> Option<ArrayRef> {
            Some(Arc::new(StringViewArray::from_iter_values(self.files.iter().map(text))))
        };
        match cost::column_index(&column.name)? {
            cost::SOURCE => texts(|file| &file.snapshot.record.source),
            cost::SNAPSHOT_ID => texts(|file| &file.snapshot.record.id),
            _ => None,
        }
    }

    fn is_charge_period_start(column: &Column) -> bool {
        column.name == COLUMNS[cost::CHARGE_PERIOD_START].name
    }
}

impl PruningStatistics for FileStatistics<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        if Self::is_charge_period_start(column) {
            return Some(self.times(|file| Some(file.file().times_ns?.0)));
        }
        self.common(column)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        if Self::is_charge_period_start(column) {
            return Some(self.times(|file| Some(file.file().times_ns?.1)));
        }
        self.common(column)
    }

    fn num_containers(&self) -> usize {
        self.files.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let known = Self::is_charge_period_start(column) || self.common(column).is_some();
        known.then(|| Arc::new(UInt64Array::from(vec![0; self.files.len()])) as ArrayRef)
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        let rows = self.files.iter().map(|file| file.file().rows);
        Some(Arc::new(UInt64Array::from_iter_values(rows)))
    }

    fn contained(&self, _column: &Column, _wanted: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
