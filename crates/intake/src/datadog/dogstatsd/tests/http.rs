//! Bodies over HTTP.

use super::super::counters::Dropped;
use super::super::parse::Malformed;
use crate::datadog::{DatadogState, router};
use crate::otlp::tests::support::{BUDGET_BYTES, MemorySink, from, now_ns, post, send, state};
use arrow::array::{AsArray, types};
use hannun_lake::append::AppendError;
use hannun_model::table::Table;
use std::sync::Arc;
use std::time::Duration;

const PATH: &str = "/dogstatsd/v2/proxy";

fn datadog() -> (Arc<DatadogState>, Arc<MemorySink>) {
    let (intake, sink) = state(BUDGET_BYTES);
    let mut state = DatadogState::new(intake);
    state.host_name = Some("this-host".to_owned());
    (Arc::new(state), sink)
}

#[tokio::test]
async fn a_body_is_kept_before_it_is_answered() {
    let (state, sink) = datadog();
    let router = router(state.clone());
    let now_s = now_ns() / 1_000_000_000;
    let body = format!(
        "runtime.node.mem.rss:1|g|#service:shop\nn:1|c\nn:2|c\nat:5|c|T{now_s}\nbroken\n\
         _e{{1,1}}:a|b\n_sc|db|2\n"
    );
    let (response, answer) = send(&router, post(PATH, &[], body)).await;
    assert_eq!((response.status().as_u16(), answer.as_ref()), (200, b"{}".as_slice()));
    let batches = std::mem::take(&mut *sink.batches.lock());
    let rows: Vec<_> = batches.iter().map(|batch| (batch.table(), batch.rows())).collect();
    assert_eq!(rows, [(Table::MetricPoints, 4), (Table::Logs, 2)]);
    let records = batches[0].records();
    let names = records.column_by_name("metric_name").unwrap().as_string_view();
    let hosts = records.column_by_name("host_name").unwrap().as_string_view();
    let values = records.column_by_name("value").unwrap().as_primitive::<types::Float64Type>();
    let told: Vec<_> =
        (0..4).map(|row| (names.value(row), values.value(row), hosts.value(row))).collect();
    let host = "this-host";
    let expected = [
        ("at", 5.0, host),
        ("db", 2.0, host),
        ("n", 3.0, host),
        ("runtime.node.mem.rss", 1.0, host),
    ];
    assert_eq!(told, expected);
    let starts = records.column_by_name("start_time").unwrap();
    let starts = starts.as_primitive::<types::TimestampNanosecondType>();
    let times = records.column_by_name("time").unwrap();
    let times = times.as_primitive::<types::TimestampNanosecondType>();
    assert_eq!(times.value(2) - starts.value(2), 10_000_000_000, "clients aggregate so long");
    let counted = state.dogstatsd.snapshot();
    assert_eq!((counted.counts.metrics, counted.counts.events, counted.rows), (4, 1, 6));
    assert_eq!(counted.counts.malformed[Malformed::Format as usize], 1);
    assert_eq!(counted.last_malformed.unwrap().line, "broken");
    assert!(state.unkept.list().is_empty());
    // The same values ten seconds later are others.
    send(&router, post(PATH, &[], "n:1|c")).await;
    send(&router, post(PATH, &[], "n:1|c")).await;
    assert_eq!(sink.batches.lock().len(), 2);
}

#[tokio::test]
async fn a_body_that_finds_the_store_busy_is_refused_and_counted_when_it_is_kept() {
    let (state, sink) = datadog();
    let router = router(state.clone());
    let retry_after = Duration::from_secs(1);
    *sink.refusal.lock() = Some(AppendError::Busy { reason: "busy", retry_after });
    let (response, _) = send(&router, post(PATH, &[], "n:1|c")).await;
    assert_eq!(response.status().as_u16(), 503);
    assert_eq!(state.dogstatsd.snapshot().counts.metrics, 0);
    *sink.refusal.lock() = None;
    let (response, _) = send(&router, post("/dogstatsd/v1/proxy", &[], "n:1|c")).await;
    assert_eq!(response.status().as_u16(), 200);
    let counted = state.dogstatsd.snapshot();
    assert_eq!((counted.counts.metrics, counted.rows), (1, 1));
    assert_eq!(counted.counts.dropped[Dropped::Store as usize], 0);
}

#[tokio::test]
async fn a_stranger_is_refused() {
    let (state, sink) = datadog();
    let mut stranger = post(PATH, &[], "n:1|c");
    from(&mut stranger, "192.0.2.1:9");
    let (response, _) = send(&router(state), stranger).await;
    assert_eq!(response.status().as_u16(), 403);
    assert!(sink.batches.lock().is_empty());
}
