//! Derives `span_stats` rows from spans: counts and durations by minute, service, endpoint, peer.
//!
//! Rows add up: those of two publishes together say what one publish of all their spans would have
//! said, but for callees and callers, which are known only when both spans of a call come in the
//! same publish.

mod calls;
mod keys;

use crate::rows::{Floats, Ints, Texts, Times};
use crate::weight::adjusted_count;
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use calls::Calls;
use hannun_model::batch::BatchBuilder;
use hannun_model::histogram::Histogram;
use hannun_model::table::{Table, span_stats, spans};
use keys::{GroupKey, Names};
use std::collections::HashMap;

/// Nanoseconds that one row is about.
pub const MINUTE_NS: i64 = 60 * 1_000_000_000;

/// The columns of a batch of spans that are counted by.
struct Columns<'a> {
    time: Times<'a>,
    duration: Ints<'a>,
    trace_id: Texts<'a>,
    span_id: Texts<'a>,
    parent_span_id: Texts<'a>,
    trace_state: Texts<'a>,
    adjusted_count: Floats<'a>,
    links: Texts<'a>,
    name: Texts<'a>,
    kind: Texts<'a>,
    status_code: Texts<'a>,
    service_name: Texts<'a>,
    service_version: Texts<'a>,
    environment: Texts<'a>,
    http_request_method: Texts<'a>,
    http_route: Texts<'a>,
    url_path: Texts<'a>,
    url_full: Texts<'a>,
    server_address: Texts<'a>,
    server_port: Ints<'a>,
    network_peer_address: Texts<'a>,
    peer_service: Texts<'a>,
    db_system_name: Texts<'a>,
    db_namespace: Texts<'a>,
    messaging_system: Texts<'a>,
    messaging_destination_name: Texts<'a>,
    rpc_system: Texts<'a>,
    rpc_service: Texts<'a>,
}

impl<'a> Columns<'a> {
    fn of(records: &'a RecordBatch) -> Self {
        let text = |index| Texts::of(records, Table::Spans, index);
        let int = |index| Ints::of(records, Table::Spans, index);
        Self {
            time: Times::of(records, Table::Spans, spans::START_TIME),
            duration: int(spans::DURATION),
            trace_id: text(spans::TRACE_ID),
            span_id: text(spans::SPAN_ID),
            parent_span_id: text(spans::PARENT_SPAN_ID),
            trace_state: text(spans::TRACE_STATE),
            adjusted_count: Floats::of(records, Table::Spans, spans::ADJUSTED_COUNT),
            links: text(spans::LINKS),
            name: text(spans::NAME),
            kind: text(spans::KIND),
            status_code: text(spans::STATUS_CODE),
            service_name: text(spans::SERVICE_NAME),
            service_version: text(spans::SERVICE_VERSION),
            environment: text(spans::DEPLOYMENT_ENVIRONMENT_NAME),
            http_request_method: text(spans::HTTP_REQUEST_METHOD),
            http_route: text(spans::HTTP_ROUTE),
            url_path: text(spans::URL_PATH),
            url_full: text(spans::URL_FULL),
            server_address: text(spans::SERVER_ADDRESS),
            server_port: int(spans::SERVER_PORT),
            network_peer_address: text(spans::NETWORK_PEER_ADDRESS),
            peer_service: text(spans::PEER_SERVICE),
            db_system_name: text(spans::DB_SYSTEM_NAME),
            db_namespace: text(spans::DB_NAMESPACE),
            messaging_system: text(spans::MESSAGING_SYSTEM),
            messaging_destination_name: text(spans::MESSAGING_DESTINATION_NAME),
            rpc_system: text(spans::RPC_SYSTEM),
            rpc_service: text(spans::RPC_SERVICE),
        }
    }
}

/// What the spans of one group come to.
#[derive(Debug, Default)]
struct Group {
    spans: i64,
    count: f64,
    duration_sum: f64,
    duration_max: i64,
    histogram: Histogram,
}

impl Group {
    fn add(&mut self, duration_ns: i64, weight: f64) {
        self.spans += 1;
        self.count += weight;
        self.duration_sum += duration_ns as f64 * weight;
        self.duration_max = self.duration_max.max(duration_ns);
        if weight > 0.0 {
            self.histogram.add(duration_ns, weight);
        }
    }
}

/// A row for each minute, service, endpoint and peer among these spans. `None` without spans.
pub fn span_stats_of(batches: &[RecordBatch]) -> Result<Option<RecordBatch>, ArrowError> {
    let batches: Vec<(Columns<'_>, usize)> =
        batches.iter().map(|records| (Columns::of(records), records.num_rows())).collect();
    let mut names = Names::default();
    let calls = Calls::among(&batches, &mut names);
    let mut groups: HashMap<GroupKey, Group, foldhash::fast::FixedState> = HashMap::default();
    for (columns, rows) in &batches {
        for row in 0..*rows {
            let Some(time) = columns.time.get(row) else { continue };
            let key = names.key(columns, row, time.div_euclid(MINUTE_NS), &calls);
            // A clock that went back says nothing about how long it took.
            let duration = columns.duration.get(row).unwrap_or(0).max(0);
            let told = columns.adjusted_count.get(row);
            let weight = told.unwrap_or_else(|| adjusted_count(columns.trace_state.get(row)));
            groups.entry(key).or_default().add(duration, weight);
        }
    }
    if groups.is_empty() { Ok(None) } else { write(groups, &names).map(Some) }
}

fn write(
    groups: HashMap<GroupKey, Group, foldhash::fast::FixedState>,
    names: &Names<'_>,
) -> Result<RecordBatch, ArrowError> {
    let mut builder = BatchBuilder::new(Table::SpanStats);
    for (key, group) in groups {
        builder.start_row();
        builder.set_int(span_stats::TIME, key.minute.saturating_mul(MINUTE_NS));
        builder.set_bool(span_stats::FAILED, key.failed);
        builder.set_bool(span_stats::ROOT, key.root);
        let texts = [
            (span_stats::ENDPOINT, key.endpoint),
            (span_stats::KIND, key.kind),
            (span_stats::PEER_KIND, key.peer.kind),
            (span_stats::PEER_SYSTEM, key.peer.system),
            (span_stats::PEER_NAME, key.peer.name),
            (span_stats::CALLEE_SERVICE_NAME, key.callee),
            (span_stats::CALLER_SERVICE_NAME, key.caller),
            (span_stats::SERVICE_NAME, key.service),
            (span_stats::SERVICE_VERSION, key.version),
            (span_stats::DEPLOYMENT_ENVIRONMENT_NAME, key.environment),
        ];
        for (column, name) in texts {
            if let Some(text) = names.text(name) {
                builder.set_text(column, text);
            }
        }
        builder.set_int(span_stats::SPANS, group.spans);
        builder.set_float(span_stats::COUNT, group.count);
        builder.set_float(span_stats::DURATION_SUM, group.duration_sum);
        builder.set_int(span_stats::DURATION_MAX, group.duration_max);
        builder.set_floats(span_stats::HISTOGRAM, &group.histogram.to_flat());
    }
    Ok(builder.finish()?.records().clone())
}

#[cfg(test)]
mod tests;
