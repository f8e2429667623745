//! What was sent comes back from the store: from the live buffer, from the log after a restart,
//! from published files and from a compacted one.

use super::generate::{NOW_NS, logs, traces};
use super::generate_metrics::metrics;
use super::normal;
use crate::otlp::map::Clock;
use crate::otlp::{Signal, decode, restore};
use arrow::array::RecordBatch;
use hannun_lake::append::{Append, Sink, content_hash};
use hannun_lake::{Lake, LakeOptions, maintain};
use hannun_model::table::Table;
use hannun_query::system_tables::{Metric, MetricsSource};
use hannun_query::{Engine, EngineOptions, QueryLimits};
use opentelemetry_proto::tonic::logs::v1::ResourceLogs;
use opentelemetry_proto::tonic::metrics::v1::ResourceMetrics;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use proptest::prelude::*;
use prost::Message;
use std::path::Path;
use std::sync::Arc;

#[derive(Debug)]
struct NoMetrics;

impl MetricsSource for NoMetrics {
    fn metrics(&self) -> Vec<Metric> {
        Vec::new()
    }
}

/// A store that is driven by hand.
struct Store {
    lake: Lake,
    engine: Arc<Engine>,
}

impl Store {
    async fn open(folder: &Path) -> Self {
        let mut options = LakeOptions::new(folder, 1 << 30);
        options.background = false;
        options.retention.clear();
        let lake = Lake::open(options).await.unwrap();
        let engine =
            Engine::new(lake.shared().clone(), Arc::new(NoMetrics), &EngineOptions::default());
        Self { lake, engine: Arc::new(engine.unwrap()) }
    }

    /// Stores the two halves of a message that is sent twice, each as a request of its own.
    async fn append(&self, signal: Signal, bytes: &[u8], number: u8) {
        let clock = Clock { now_ns: NOW_NS, oldest_ns: i64::MIN };
        let batches = vec![decode(signal, bytes, clock).unwrap().batch];
        let content_hash = content_hash("test", &[number]);
        self.lake.append(Append { batches, content_hash }).await.unwrap();
    }

    async fn rows(&self, table: Table) -> Vec<RecordBatch> {
        let query = format!("SELECT * FROM {}", table.name());
        self.engine.collect(&query, QueryLimits::default()).await.unwrap()
    }

    async fn publish(&self, table: Table) {
        maintain::publish(self.lake.shared(), table).await.unwrap();
    }
}

/// Sends `bytes` once, restarts, then sends them as often as it takes to have them compacted.
/// `check` sees the rows at each stage, and how often each item is to be there.
fn through_the_store(signal: Signal, bytes: &[u8], check: impl Fn(&[RecordBatch], usize)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let table = signal.table();
        let store = Store::open(folder.path()).await;
        store.append(signal, bytes, 0).await;
        check(&store.rows(table).await, 1);
        drop(store);
        let store = Store::open(folder.path()).await;
        check(&store.rows(table).await, 1);
        let files = u8::try_from(hannun_model::limits::COMPACTION_FAN_IN).unwrap();
        for number in 1..=files {
            store.publish(table).await;
            check(&store.rows(table).await, usize::from(number));
            store.append(signal, bytes, number).await;
        }
        while maintain::maintain_once(store.lake.shared()).await.unwrap() {}
        check(&store.rows(table).await, usize::from(files) + 1);
    });
}

fn repeated<T: Clone>(items: &[T], times: usize) -> Vec<T> {
    items.iter().cloned().cycle().take(items.len() * times).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn spans_come_back_from_the_store_as_they_were_sent(request in traces()) {
        let sent = request.resource_spans.clone();
        through_the_store(Signal::Traces, &request.encode_to_vec(), |rows, times| {
            let restored: Vec<ResourceSpans> =
                rows.iter().flat_map(|batch| restore::spans(batch).unwrap()).collect();
            assert_eq!(normal::spans(restored), normal::spans(repeated(&sent, times)));
        });
    }

    #[test]
    fn logs_come_back_from_the_store_as_they_were_sent(request in logs()) {
        let sent = request.resource_logs.clone();
        through_the_store(Signal::Logs, &request.encode_to_vec(), |rows, times| {
            let restored: Vec<ResourceLogs> =
                rows.iter().flat_map(|batch| restore::logs(batch).unwrap()).collect();
            assert_eq!(normal::logs(restored), normal::logs(repeated(&sent, times)));
        });
    }

    #[test]
    fn points_come_back_from_the_store_as_they_were_sent(request in metrics()) {
        // Writing leaves out what equals a default, such as -0.0.
        let bytes = request.encode_to_vec();
        let sent = opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest
            ::decode(bytes.as_slice())
            .unwrap()
            .resource_metrics;
        through_the_store(Signal::Metrics, &bytes, |rows, times| {
            let restored: Vec<ResourceMetrics> =
                rows.iter().flat_map(|batch| restore::metrics(batch).unwrap()).collect();
            assert_eq!(normal::metrics(restored), normal::metrics(repeated(&sent, times)));
        });
    }
}
