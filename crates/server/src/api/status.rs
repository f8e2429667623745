//! `/metrics` for Prometheus and `/api/v1/status` for people and programs.

use super::ApiState;
use crate::metrics::prometheus_text;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use hannun_intake::counters::SignalCounts;
use hannun_lake::losses::Loss;
use hannun_model::table::Table;
use hannun_query::system_tables::MetricsSource;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get_status))
}

/// Numbers of this process for Prometheus.
pub async fn metrics(State(state): State<ApiState>) -> impl IntoResponse {
    let text = prometheus_text(&state.gatherer.metrics());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Status {
    version: &'static str,
    uptime_seconds: u64,
    time_ms: i64,
    listeners: Listeners,
    accepting: bool,
    /// Why intake is refused, when it is.
    refusing_because: Option<&'static str>,
    pending_flushes: u64,
    pending_compactions: u64,
    wal_unpublished_rows: u64,
    wal_bytes: u64,
    tables: Vec<TableStatus>,
    disk: DiskStatus,
    memory: MemoryStatus,
    /// What arrived since the start. Rates come from two reads.
    intake: Vec<IntakeStatus>,
    /// What the disk did not give back.
    losses: Vec<NamedLoss>,
}

/// Rows that are gone because the disk did not give back what it was given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Loss)]
struct NamedLoss {
    /// File or segment of the log.
    what: String,
    /// What is missing, as far as it is known.
    extent: String,
    found_ms: u64,
}

/// Addresses in use; null is a listener that is off.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Listeners {
    http: Option<String>,
    otlp_grpc: Option<String>,
    otlp_http: Option<String>,
    fluent: Option<String>,
    syslog_tcp: Option<String>,
    syslog_udp: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct IntakeStatus {
    /// `traces`, `logs` or `metrics`.
    signal: &'static str,
    requests: u64,
    /// Bodies as received.
    bytes: u64,
    accepted_rows: u64,
    rejected_rows: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct TableStatus {
    name: &'static str,
    live_rows: u64,
    live_bytes: u64,
    files: u64,
    file_rows: u64,
    file_bytes: u64,
    raw_bytes: u64,
    retention_seconds: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct DiskStatus {
    used_bytes: u64,
    budget_bytes: u64,
    free_bytes: u64,
    /// True well before the oldest windows have to be dropped.
    warning: bool,
    dropped_rows: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct MemoryStatus {
    resident_bytes: u64,
    limit_bytes: u64,
}

/// What is stored, what arrives, and what it takes
#[utoipa::path(get, path = "/status", tag = "system", operation_id = "getStatus",
    responses((status = 200, body = Status)))]
async fn get_status(State(state): State<ApiState>) -> Json<Status> {
    let lake = &state.lake;
    let load = |value: &AtomicU64| value.load(Ordering::Relaxed);
    let tables: Vec<TableStatus> = Table::ALL
        .into_iter()
        .map(|table| {
            let totals = lake.state.totals(table);
            TableStatus {
                name: table.name(),
                live_rows: totals.live_rows,
                live_bytes: totals.live_bytes,
                files: totals.files,
                file_rows: totals.file_rows,
                file_bytes: totals.file_bytes,
                raw_bytes: totals.raw_bytes,
                retention_seconds: lake.options.retention.get(&table).map(|keep| keep.as_secs()),
            }
        })
        .collect();
    let refusing_because = *lake.refusal.lock();
    let publishing =
        Table::INTAKE.into_iter().filter(|table| lake.state.totals(*table).publishing).count()
            as u64;
    Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        uptime_seconds: state.started.elapsed().as_secs(),
        time_ms: now_ms(),
        listeners: listeners(&state),
        accepting: refusing_because.is_none() && !state.intake.is_draining(),
        refusing_because,
        pending_flushes: publishing,
        pending_compactions: load(&lake.counters.pending_compactions),
        wal_unpublished_rows: tables.iter().map(|table| table.live_rows).sum(),
        wal_bytes: load(&lake.wal.bytes),
        tables,
        disk: DiskStatus {
            used_bytes: load(&lake.counters.disk_used_bytes),
            budget_bytes: load(&lake.counters.disk_budget_bytes),
            free_bytes: load(&lake.counters.disk_free_bytes),
            warning: load(&lake.counters.disk_warning) == 1,
            dropped_rows: load(&lake.counters.budget_dropped_rows),
        },
        memory: MemoryStatus {
            resident_bytes: state.gatherer.memory.resident_bytes(),
            limit_bytes: lake.options.memory_limit_bytes,
        },
        intake: state.intake.counters.by_signal().map(signal_intake).collect(),
        losses: lake.losses.list().into_iter().map(named_loss).collect(),
    })
}

fn named_loss(loss: Loss) -> NamedLoss {
    let Loss { what, extent, found_ms } = loss;
    NamedLoss { what, extent, found_ms }
}

fn listeners(state: &ApiState) -> Listeners {
    let address = |name: &str| state.listeners.get()?.get(name).cloned();
    Listeners {
        http: address("http"),
        otlp_grpc: address("otlp_grpc"),
        otlp_http: address("otlp_http"),
        fluent: address("fluent"),
        syslog_tcp: address("syslog_tcp"),
        syslog_udp: address("syslog_udp"),
    }
}

fn signal_intake(counts: SignalCounts) -> IntakeStatus {
    let SignalCounts { signal, requests, bytes, accepted_rows, rejected_rows } = counts;
    IntakeStatus { signal, requests, bytes, accepted_rows, rejected_rows }
}

fn now_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
