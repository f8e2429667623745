//! What is counted when spans are published is what counting the spans says.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use hannun_model::batch::BatchBuilder;
use hannun_model::histogram::Histogram;
use hannun_model::table::{Table, client_stats, spans};
use hannun_query::span_stats::source;
use hannun_query::spans_sql::{COUNT, ENDPOINT, PEER_KIND, PEER_NAME, PEER_SYSTEM};
use support::{Fixture, WINDOW_NS};

const EPOCH_NS: i64 = 100 * WINDOW_NS;
const EPOCH_MS: i64 = EPOCH_NS / 1_000_000;

/// Spans of four kinds whose columns follow from their number, some of them sampled.
async fn append(fixture: &Fixture, from: i64, count: i64) {
    let mut builder = BatchBuilder::new(Table::Spans);
    for number in from..from + count {
        builder.start_row();
        builder.set_int(spans::START_TIME, EPOCH_NS + number * 617_000_000);
        builder.set_int(spans::DURATION, (number * 7_919) % 90_000_000 - 1000);
        builder.set_text(spans::TRACE_ID, &format!("t{}", number / 4));
        builder.set_text(spans::SPAN_ID, &format!("s{number}"));
        builder.set_text(spans::SERVICE_NAME, ["order", "pay"][(number % 2) as usize]);
        builder.set_text(spans::SERVICE_VERSION, &format!("1.{}", number / 400));
        builder.set_text(
            spans::KIND,
            ["server", "client", "internal", "producer"][(number % 4) as usize],
        );
        builder.set_text(spans::NAME, &format!("GET /orders/{number}"));
        if number % 4 == 1 {
            builder.set_text(spans::DB_SYSTEM_NAME, "postgresql");
            builder.set_text(spans::DB_NAMESPACE, ["shop", "pay"][(number % 3 == 0) as usize]);
        }
        if number % 4 == 3 {
            builder.set_text(spans::MESSAGING_DESTINATION_NAME, "orders");
        }
        if number % 5 == 0 {
            builder.set_text(spans::STATUS_CODE, "error");
        }
        if number % 6 == 0 {
            builder.set_text(spans::TRACE_STATE, "ot=th:c");
        }
        if number % 10 == 7 {
            builder.set_float(spans::ADJUSTED_COUNT, (number % 20 / 10 * 4) as f64);
        }
        if number % 3 != 0 {
            builder.set_text(spans::PARENT_SPAN_ID, &format!("s{}", number - 1));
        }
    }
    fixture.append(builder).await;
}

/// Everything that statistics say, from the statistics and from the spans.
async fn compare(fixture: &Fixture, from_ms: i64, to_ms: i64) {
    let keys = "service_name, service_version, kind, endpoint, failed, root, peer_kind, \
        peer_system, peer_name";
    let stats = format!(
        "SELECT {keys}, sum(spans) AS spans, sum(count) AS count, sum(duration_sum) AS duration_sum, \
         max(duration_max) AS duration_max, merge_histograms(histogram) AS histogram \
         FROM {} AS stats GROUP BY {keys} ORDER BY {keys}",
        source(from_ms, to_ms, None)
    );
    let raw = format!(
        "SELECT {keys}, count(*) AS spans, sum(weight) AS count, \
         sum(duration * weight) AS duration_sum, max(duration) AS duration_max, \
         duration_histogram(duration, weight) AS histogram FROM (SELECT service_name, \
         service_version, kind, {ENDPOINT} AS endpoint, coalesce(status_code = 'error', false) AS \
         failed, parent_span_id IS NULL AS root, {PEER_KIND} AS peer_kind, {PEER_SYSTEM} AS \
         peer_system, {PEER_NAME} AS peer_name, greatest(duration, 0) AS duration, {COUNT} AS weight \
         FROM spans WHERE start_time >= to_timestamp_millis({from_ms}) \
         AND start_time < to_timestamp_millis({to_ms})) AS raw GROUP BY {keys} ORDER BY {keys}"
    );
    let (stats, raw) = (fixture.json(&stats).await, fixture.json(&raw).await);
    assert!(!raw.as_array().unwrap().is_empty());
    assert_eq!(stats, raw, "{from_ms} to {to_ms}");
}

#[tokio::test]
async fn statistics_equal_the_spans_live_published_and_compacted() {
    let fixture = Fixture::new().await;
    let ranges =
        [(0, 600_000), (60_000, 120_000), (1234, 59_000), (61_000, 185_001), (59_500, 60_500)];
    for round in 0..9 {
        append(&fixture, round * 120, 120).await;
        if round == 4 {
            for (from, to) in ranges {
                compare(&fixture, EPOCH_MS + from, EPOCH_MS + to).await;
            }
        }
        if round < 8 {
            fixture.publish().await;
        }
    }
    for (from, to) in ranges {
        compare(&fixture, EPOCH_MS + from, EPOCH_MS + to).await;
    }
    fixture.publish().await;
    fixture.compact().await;
    for (from, to) in ranges {
        compare(&fixture, EPOCH_MS + from, EPOCH_MS + to).await;
    }
}

#[tokio::test]
async fn a_histogram_is_read_by_share_and_by_bound() {
    let fixture = Fixture::new().await;
    let answer = fixture
        .json(
            "SELECT histogram_quantile(h, 0.5) AS median, histogram_quantile(h, 1) AS most, \
             histogram_count_over(h, 5000000) AS over FROM (SELECT duration_histogram(d, w) AS h \
             FROM (VALUES (1000000, 1.0), (2000000, 1.0), (9000000, 2.0)) AS t(d, w)) AS it",
        )
        .await;
    let number = |name: &str| answer[0][name].as_f64().unwrap();
    assert!((number("median") - 2e6).abs() < 2e4, "{answer}");
    assert!((number("most") - 9e6).abs() < 9e4, "{answer}");
    assert_eq!(number("over"), 2.0);
    let empty = fixture
        .json(
            "SELECT histogram_quantile(merge_histograms(histogram), 0.5) AS median FROM span_stats",
        )
        .await;
    assert_eq!(empty[0]["median"], serde_json::Value::Null);
}

#[tokio::test]
async fn what_clients_counted_is_added_and_their_spans_count_nothing() {
    let fixture = Fixture::new().await;
    let mut sample = BatchBuilder::new(Table::Spans);
    for number in 0..6 {
        sample.start_row();
        sample.set_int(spans::START_TIME, EPOCH_NS + number * 30_000_000_000);
        sample.set_int(spans::DURATION, 5_000_000);
        sample.set_text(spans::SERVICE_NAME, "order");
        sample.set_text(spans::KIND, "server");
        sample.set_text(spans::NAME, "GET /orders");
        sample.set_float(spans::ADJUSTED_COUNT, 0.0);
    }
    fixture.append(sample).await;
    let mut counted = BatchBuilder::new(Table::ClientStats);
    for number in 0..18 {
        let mut histogram = Histogram::default();
        histogram.add(8_000_000, 10.0);
        counted.start_row();
        counted.set_int(client_stats::TIME, EPOCH_NS + number * 10_000_000_000);
        counted.set_text(client_stats::SERVICE_NAME, "order");
        counted.set_text(client_stats::KIND, "server");
        counted.set_text(client_stats::ENDPOINT, "GET /orders");
        counted.set_bool(client_stats::FAILED, false);
        counted.set_bool(client_stats::ROOT, true);
        counted.set_int(client_stats::SPANS, 0);
        counted.set_float(client_stats::COUNT, 10.0);
        counted.set_float(client_stats::DURATION_SUM, 80_000_000.0);
        counted.set_int(client_stats::DURATION_MAX, 9_000_000);
        counted.set_floats(client_stats::HISTOGRAM, &histogram.to_flat());
    }
    fixture.append(counted).await;
    for is_published in [false, true] {
        if is_published {
            fixture.publish().await;
        }
        // Minutes cut, an interval of the client cut, and less than a minute.
        for (from, to, spans, intervals) in
            [(0, 180_000, 6, 18), (20_000, 170_000, 5, 15), (1, 25_000, 0, 2)]
        {
            let told = fixture
                .json(&format!(
                    "SELECT sum(spans) AS spans, sum(count) AS requests, \
                     round(histogram_quantile(merge_histograms(histogram), 0.5) / 1e6) AS p50_ms \
                     FROM {} AS stats",
                    source(EPOCH_MS + from, EPOCH_MS + to, Some("service_name = 'order'"))
                ))
                .await;
            let expected = serde_json::json!([
                {"spans": spans, "requests": f64::from(intervals) * 10.0, "p50_ms": 8.0}
            ]);
            assert_eq!(told, expected, "{from} to {to}");
        }
    }
}
