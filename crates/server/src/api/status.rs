//! `/metrics` for Prometheus and `/api/v1/status` for people and programs.

use super::ApiState;
use crate::metrics::prometheus_text;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use hannun_lake::losses::Loss;
use hannun_model::table::Table;
use hannun_query::system_tables::MetricsSource;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};

pub async fn metrics(State(state): State<ApiState>) -> impl IntoResponse {
    let text = prometheus_text(&state.gatherer.metrics());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

#[derive(Debug, Serialize)]
pub struct Status {
    version: &'static str,
    accepting: bool,
    /// Why intake is refused, when it is.
    refusing_because: Option<&'static str>,
    pending_flushes: u64,
    pending_compactions: u64,
    wal_unpublished_rows: u64,
    wal_bytes: u64,
    tables: Vec<TableStatus>,
    disk: Disk,
    memory: Memory,
    /// What the disk did not give back.
    losses: Vec<Loss>,
}

#[derive(Debug, Serialize)]
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

#[derive(Debug, Serialize)]
struct Disk {
    used_bytes: u64,
    budget_bytes: u64,
    free_bytes: u64,
    /// True well before the oldest windows have to be dropped.
    warning: bool,
    dropped_rows: u64,
}

#[derive(Debug, Serialize)]
struct Memory {
    resident_bytes: u64,
    limit_bytes: u64,
}

pub async fn status(State(state): State<ApiState>) -> Json<Status> {
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
        accepting: refusing_because.is_none() && !state.intake.is_draining(),
        refusing_because,
        pending_flushes: publishing,
        pending_compactions: load(&lake.counters.pending_compactions),
        wal_unpublished_rows: tables.iter().map(|table| table.live_rows).sum(),
        wal_bytes: load(&lake.wal.bytes),
        tables,
        disk: Disk {
            used_bytes: load(&lake.counters.disk_used_bytes),
            budget_bytes: load(&lake.counters.disk_budget_bytes),
            free_bytes: load(&lake.counters.disk_free_bytes),
            warning: load(&lake.counters.disk_warning) == 1,
            dropped_rows: load(&lake.counters.budget_dropped_rows),
        },
        memory: Memory {
            resident_bytes: state.gatherer.memory.resident_bytes(),
            limit_bytes: lake.options.memory_limit_bytes,
        },
        losses: lake.losses.list(),
    })
}
