//! Running queries: one engine per process, one session per query.

use crate::cost_tables;
use crate::error::{QueryError, QueryErrorKind};
use crate::functions;
use crate::functions::lookup::{LookupTable, Lookups, lookup_function};
use crate::lake_table::LakeTable;
use crate::planner::AttributePlanner;
use crate::rows::{QueryLimits, QueryRows, deadline_error};
use crate::system_tables::{self, MetricsSource};
use crate::yielding::YieldAfterJoins;
use arrow::array::RecordBatch;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream, execute_stream};
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use futures::StreamExt;
use hannun_lake::lake::Shared;
use hannun_model::limits::{
    FOOTER_CACHE_BYTES_MAX, QUERIES_MAX, QUERY_BATCHES_AHEAD, QUERY_MEMORY_SHARE_PERCENT,
    QUERY_ROWS_DEFAULT, QUERY_ROWS_MAX, QUERY_SECONDS_DEFAULT, QUERY_SECONDS_MAX,
    QUERY_SPILL_BYTES_MAX, SQL_BYTES_MAX, SQL_DEPTH_MAX,
};
use hannun_model::table::Table;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Part of the memory of all queries that one sort holds back for its merge.
const SORT_RESERVATION_PARTS: usize = 32;
/// … and the most it holds back.
const SORT_RESERVATION_BYTES_MAX: usize = 10 * 1024 * 1024;

/// How an engine is set up.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Parallel parts of one query; the number of processors when not given.
    pub partitions: Option<usize>,
    /// Evaluate filters while files are decoded. Off only in the test that both ways agree.
    pub push_down_filters: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { partitions: None, push_down_filters: true }
    }
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self { rows_max: QUERY_ROWS_DEFAULT, deadline: Duration::from_secs(QUERY_SECONDS_DEFAULT) }
    }
}

impl QueryLimits {
    /// Limits as a caller asks for them, within what is allowed.
    pub fn asked(rows_max: Option<usize>, seconds: Option<u64>) -> Self {
        let default = Self::default();
        Self {
            rows_max: rows_max.unwrap_or(default.rows_max).min(QUERY_ROWS_MAX),
            deadline: seconds.map_or(default.deadline, |seconds| {
                Duration::from_secs(seconds.clamp(1, QUERY_SECONDS_MAX))
            }),
        }
    }
}

/// Answers SQL over a lake.
pub struct Engine {
    context: SessionContext,
    turns: Arc<Semaphore>,
    threads: QueryThreads,
    lookups: Lookups,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// The threads that queries run on.
#[derive(Debug)]
struct QueryThreads(Option<Runtime>);

impl QueryThreads {
    fn start(count: usize) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(count)
            .thread_name("query")
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        match &self.0 {
            Some(runtime) => runtime.spawn(task),
            // Only while being dropped, when nobody can ask.
            None => tokio::spawn(async {}),
        }
    }
}

impl Drop for QueryThreads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // The last owner may be a task, and a task may not wait for threads.
            runtime.shutdown_background();
        }
    }
}

impl Engine {
    pub fn new(
        lake: Arc<Shared>,
        metrics: Arc<dyn MetricsSource>,
        options: &EngineOptions,
    ) -> Result<Self, QueryError> {
        let memory_bytes = usize::try_from(lake.options.memory_limit_bytes).unwrap_or(usize::MAX)
            / 100
            * QUERY_MEMORY_SHARE_PERCENT;
        let spill = lake.options.folder.join("spill");
        // What an earlier process spilled is of no use to anybody.
        if spill.exists() {
            std::fs::remove_dir_all(&spill).map_err(internal)?;
        }
        std::fs::create_dir_all(&spill).map_err(internal)?;
        let consumers_named = NonZeroUsize::new(3).unwrap_or(NonZeroUsize::MIN);
        let pool = TrackConsumersPool::new(FairSpillPool::new(memory_bytes), consumers_named);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(pool))
            .with_disk_manager_builder(
                DiskManagerBuilder::default()
                    .with_mode(DiskManagerMode::Directories(vec![spill]))
                    .with_max_temp_directory_size(QUERY_SPILL_BYTES_MAX),
            )
            .with_metadata_cache_limit(FOOTER_CACHE_BYTES_MAX)
            .build_arc()?;
        hannun_lake::scan::register_store(&runtime, &lake.store)?;
        hannun_lake::bills::scan::register_bills(&runtime, lake.bills.files())?;
        let partitions = options.partitions.unwrap_or_else(|| {
            std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
        });
        let mut config = SessionConfig::new()
            .with_target_partitions(partitions)
            .with_information_schema(true)
            .with_default_catalog_and_schema("hannun", "public");
        config.options_mut().execution.parquet.pushdown_filters = options.push_down_filters;
        // What a sort holds back for merging what it spilled; the engine's own default is larger
        // than all the memory that queries have under a small limit.
        config.options_mut().execution.sort_spill_reservation_bytes =
            (memory_bytes / SORT_RESERVATION_PARTS).min(SORT_RESERVATION_BYTES_MAX);
        // A union of two tables has columns whose field ids differ, and the engine takes that for a
        // mistake of its own when such a union is aggregated.
        config.options_mut().execution.skip_physical_aggregate_schema_check = true;
        // What is nested in a search is up to four times as deep in SQL.
        config
            .options_mut()
            .set("datafusion.sql_parser.recursion_limit", &SQL_DEPTH_MAX.to_string())?;
        config.options_mut().execution.time_zone = Some("UTC".to_owned());
        let turns = Arc::new(Semaphore::new(QUERIES_MAX));
        let threads = QueryThreads::start(partitions).map_err(internal)?;
        let context = session(config, runtime, &lake, &metrics)?;
        let lookups = Lookups::default();
        context.register_udf(lookup_function(&lookups));
        Ok(Self { context, turns, threads, lookups })
    }

    /// Takes these tables for `lookup('table', key)`, in place of those before.
    pub fn publish_lookups(&self, tables: BTreeMap<String, LookupTable>) {
        self.lookups.replace(tables);
    }

    /// Plans and starts a query. The rows come as they are found; dropping them cancels it.
    pub async fn query(
        self: &Arc<Self>,
        sql: &str,
        limits: QueryLimits,
    ) -> Result<QueryRows, QueryError> {
        if sql.len() > SQL_BYTES_MAX {
            let message = format!("the query is longer than {SQL_BYTES_MAX} bytes");
            return Err(QueryError::new(QueryErrorKind::TooLarge, message));
        }
        let deadline = Instant::now() + limits.deadline;
        let (started, starting) = oneshot::channel();
        let (sender, batches) = mpsc::channel(QUERY_BATCHES_AHEAD);
        let (engine, sql) = (self.clone(), sql.to_owned());
        // On threads of its own: a query must not keep intakes and other requests waiting.
        let task = self.threads.spawn(async move {
            let turn = engine.turns.clone().acquire_owned().await;
            let planned = engine.plan(&sql).await;
            let mut stream = match planned {
                Ok((plan, stream)) => {
                    let _ = started.send(Ok((plan, stream.schema())));
                    stream
                }
                Err(error) => {
                    let _ = started.send(Err(error));
                    return;
                }
            };
            while let Some(batch) = stream.next().await {
                // Nobody waits any more when the receiver is gone.
                if sender.send(batch.map_err(QueryError::from)).await.is_err() {
                    break;
                }
            }
            drop(turn);
        });
        let abort = task.abort_handle();
        let started = tokio::time::timeout_at(deadline, starting).await;
        let started = started.map_err(|_| deadline_error(limits.deadline)).and_then(|started| {
            started.map_err(|_| internal("the query ended before it began"))?
        });
        let (plan, schema) = match started {
            Ok(started) => started,
            Err(error) => {
                abort.abort();
                return Err(error);
            }
        };
        Ok(QueryRows { schema, plan, batches, task, deadline, limits, rows: 0, truncated: false })
    }

    pub(crate) fn context(&self) -> &SessionContext {
        &self.context
    }

    async fn plan(
        &self,
        sql: &str,
    ) -> Result<(Arc<dyn ExecutionPlan>, SendableRecordBatchStream), QueryError> {
        // Shared by all queries: its tables take a snapshot when they are scanned.
        let context = &self.context;
        let plan = context.state().create_logical_plan(sql).await?;
        read_only().verify_plan(&plan).map_err(|error| {
            let message = format!("{}; queries only read", error.strip_backtrace());
            QueryError::new(QueryErrorKind::Forbidden, message)
        })?;
        let frame = context.execute_logical_plan(plan).await?;
        let task = Arc::new(frame.task_ctx());
        let plan = frame.create_physical_plan().await?;
        let stream = execute_stream(plan.clone(), task)?;
        Ok((plan, stream))
    }

    /// Runs a query and collects its rows.
    pub async fn collect(
        self: &Arc<Self>,
        sql: &str,
        limits: QueryLimits,
    ) -> Result<Vec<RecordBatch>, QueryError> {
        let mut rows = self.query(sql, limits).await?;
        let mut batches = Vec::new();
        while let Some(batch) = rows.next().await? {
            batches.push(batch);
        }
        Ok(batches)
    }
}

/// Functions and tables, the same for every query.
fn session(
    config: SessionConfig,
    runtime: Arc<RuntimeEnv>,
    lake: &Arc<Shared>,
    metrics: &Arc<dyn MetricsSource>,
) -> Result<SessionContext, QueryError> {
    let mut planners = SessionStateDefaults::default_expr_planners();
    planners.insert(0, Arc::new(AttributePlanner));
    let state = SessionStateBuilder::new_with_default_features()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_expr_planners(planners)
        .with_physical_optimizer_rule(Arc::new(YieldAfterJoins))
        .build();
    let context = SessionContext::new_with_state(state);
    functions::register(&context);
    cost_tables::register(&context, &lake.bills)?;
    for table in Table::ALL {
        let provider = LakeTable::new(table, lake.state.clone());
        context.register_table(table.name(), Arc::new(provider))?;
    }
    system_tables::register(&context, lake, metrics)?;
    Ok(context)
}

fn read_only() -> SQLOptions {
    SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false)
}

fn internal(error: impl std::fmt::Display) -> QueryError {
    QueryError::new(QueryErrorKind::Internal, error.to_string())
}
