//! `/metrics` for Prometheus and `/api/v1/status` for people and programs.

use super::ApiState;
use crate::metrics::prometheus_text;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use hannun_intake::counters::SignalCounts;
use hannun_intake::datadog::DatadogState;
use hannun_intake::datadog::dogstatsd::Snapshot;
use hannun_intake::datadog::dogstatsd::counters::Dropped;
use hannun_intake::datadog::dogstatsd::parse::Malformed;
use hannun_intake::datadog::unkept::NotKept;
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
    datadog: DatadogStatus,
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
    datadog: Option<String>,
    datadog_socket: Option<String>,
    dogstatsd: Option<String>,
    dogstatsd_socket: Option<String>,
}

/// What came from Datadog's agents and SDKs since the start.
#[derive(Debug, Serialize, ToSchema)]
struct DatadogStatus {
    /// What was answered as if it had been kept, in the order of endpoints.
    not_kept: Vec<NotKeptPayloads>,
    dogstatsd: DogStatsDStatus,
}

/// Payloads of one endpoint that have no place here.
#[derive(Debug, Serialize, ToSchema)]
struct NotKeptPayloads {
    /// Path, or what paths have in common.
    endpoint: &'static str,
    reason: &'static str,
    payloads: u64,
    /// Bodies as received.
    bytes: u64,
    last_ms: i64,
}

/// What came over UDP and Unix sockets.
#[derive(Debug, Serialize, ToSchema)]
struct DogStatsDStatus {
    /// Datagrams, or frames of a stream.
    packets: u64,
    bytes: u64,
    /// Lines with metrics.
    metrics: u64,
    /// Their values.
    values: u64,
    events: u64,
    service_checks: u64,
    /// Rows that were stored.
    rows: u64,
    /// Metrics with their tags in the window that is open.
    contexts: u64,
    /// Lines that were not read, by reason; only reasons that occurred.
    malformed: Vec<CountOfReason>,
    malformed_last: Option<MalformedLine>,
    /// What found no room, by reason; only reasons that occurred.
    dropped: Vec<CountOfReason>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CountOfReason {
    reason: &'static str,
    count: u64,
}

/// A line of DogStatsD that was not read.
#[derive(Debug, Serialize, ToSchema)]
struct MalformedLine {
    time_ms: i64,
    reason: &'static str,
    /// Its beginning; what is no UTF-8 is replaced.
    line: String,
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
        datadog: datadog(&state.datadog),
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
        datadog: address("datadog"),
        datadog_socket: address("datadog_socket"),
        dogstatsd: address("dogstatsd"),
        dogstatsd_socket: address("dogstatsd_socket"),
    }
}

fn datadog(state: &DatadogState) -> DatadogStatus {
    let not_kept = state.unkept.list().into_iter().map(|not_kept| {
        let NotKept { endpoint, reason, payloads, bytes, last_ms } = not_kept;
        NotKeptPayloads { endpoint, reason, payloads, bytes, last_ms }
    });
    DatadogStatus { not_kept: not_kept.collect(), dogstatsd: dogstatsd(state.dogstatsd.snapshot()) }
}

fn dogstatsd(snapshot: Snapshot) -> DogStatsDStatus {
    let Snapshot { counts, rows, contexts, last_malformed } = snapshot;
    let occurred = |counts: Vec<(&'static str, u64)>| {
        let occurred = counts.into_iter().filter(|(_, count)| *count > 0);
        occurred.map(|(reason, count)| CountOfReason { reason, count }).collect()
    };
    let malformed = Malformed::ALL.map(Malformed::label).into_iter().zip(counts.malformed);
    let dropped = Dropped::ALL.map(Dropped::label).into_iter().zip(counts.dropped);
    DogStatsDStatus {
        packets: counts.packets,
        bytes: counts.bytes,
        metrics: counts.metrics,
        values: counts.values,
        events: counts.events,
        service_checks: counts.service_checks,
        rows,
        contexts,
        malformed: occurred(malformed.collect()),
        malformed_last: last_malformed.map(|last| MalformedLine {
            time_ms: last.time_ms,
            reason: last.reason,
            line: last.line,
        }),
        dropped: occurred(dropped.collect()),
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
