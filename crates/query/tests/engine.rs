//! The engine over a real lake: live rows, files, and both after a compaction.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use hannun_query::error::QueryErrorKind;
use hannun_query::{EngineOptions, QueryLimits};
use std::time::Duration;
use support::{Fixture, WINDOW_NS, log, span};

const EPOCH: i64 = 100 * WINDOW_NS;

#[tokio::test]
async fn rows_are_seen_once_live_published_and_compacted() {
    let fixture = Fixture::new().await;
    for round in 0..9 {
        let spans: Vec<_> = (0..50)
            .map(|row| span("order", "GET /", &format!("t{round}-{row}"), EPOCH + round * 50 + row))
            .collect();
        fixture.append_spans(&spans).await;
        let expected = (round + 1) * 50;
        assert_eq!(fixture.count("SELECT count(*) FROM spans").await, expected, "I2: live");
        fixture.publish().await;
        assert_eq!(fixture.count("SELECT count(*) FROM spans").await, expected, "I2: published");
    }
    let files = fixture.count("SELECT count(*) FROM system_files WHERE table_name = 'spans'").await;
    assert_eq!(files, 9);
    fixture.compact().await;
    let files = fixture.count("SELECT count(*) FROM system_files WHERE table_name = 'spans'").await;
    assert_eq!(files, 1);
    let distinct = "SELECT count(DISTINCT trace_id) FROM spans";
    assert_eq!(fixture.count(distinct).await, 450, "I4: the same rows after a compaction");
}

#[tokio::test]
async fn a_range_of_time_filters_files_and_live_rows_alike() {
    let fixture = Fixture::new().await;
    for window in 0..3 {
        let logs: Vec<_> = (0..100)
            .map(|row| log("web", "hello", EPOCH + window * WINDOW_NS + row * 1_000_000_000))
            .collect();
        fixture.append_logs(&logs).await;
        if window < 2 {
            fixture.publish().await;
        }
    }
    let time = |window: i64, second: i64| {
        format!("to_timestamp_nanos({})", EPOCH + window * WINDOW_NS + second * 1_000_000_000)
    };
    let between = format!(
        "SELECT count(*) FROM logs WHERE time >= {} AND time < {}",
        time(0, 90),
        time(2, 10)
    );
    assert_eq!(fixture.count(&between).await, 10 + 100 + 10);
    let exactly = format!("SELECT count(body) FROM logs WHERE time = {}", time(1, 5));
    assert_eq!(fixture.count(&exactly).await, 1);
    let plan = fixture.json(&format!("EXPLAIN {between}")).await;
    let plan = plan[1]["plan"].as_str().unwrap();
    let scans: Vec<&str> =
        plan.lines().filter(|line| line.contains("DataSourceExec: file_groups")).collect();
    assert_eq!(scans.len(), 2, "one scan inside the range, one across its border:\n{plan}");
    assert_eq!(
        plan.matches("FilterExec").count() + plan.matches(", predicate=").count(),
        2,
        "{plan}"
    );
}

#[tokio::test]
async fn files_without_the_service_or_the_trace_are_not_opened() {
    let fixture = Fixture::new().await;
    for (window, service) in ["cart", "order", "payment"].into_iter().enumerate() {
        let time = EPOCH + window as i64 * WINDOW_NS;
        fixture.append_spans(&[span(service, "op", &format!("trace-{service}"), time)]).await;
        fixture.publish().await;
    }
    for filter in [
        "service_name = 'order'",
        "trace_id = 'trace-order'",
        "name = 'op' AND service_name IN ('order', 'x')",
    ] {
        let plan = fixture.json(&format!("EXPLAIN SELECT * FROM spans WHERE {filter}")).await;
        let plan = plan[1]["plan"].as_str().unwrap();
        assert_eq!(plan.matches(".parquet").count(), 1, "{filter}:\n{plan}");
        assert_eq!(fixture.count(&format!("SELECT count(*) FROM spans WHERE {filter}")).await, 1);
    }
    let plan = fixture.json("EXPLAIN SELECT * FROM spans WHERE trace_id = 'nowhere'").await;
    assert!(!plan[1]["plan"].as_str().unwrap().contains(".parquet"));
}

#[tokio::test]
async fn filters_give_the_same_answer_whether_pushed_down_or_not() {
    let fixture = Fixture::new().await;
    fixture.append_mixed(3000).await;
    fixture.publish().await;
    fixture.append_mixed(2000).await;
    fixture.publish().await;
    fixture.append_mixed(500).await;
    let plain = EngineOptions { push_down_filters: false, partitions: Some(2) };
    let pushed = fixture.engine(&EngineOptions::default());
    let plain = fixture.engine(&plain);
    for filter in [
        "service_name = 's1'",
        "service_name <> 's1' OR service_name IS NULL",
        "name LIKE '%3' AND duration > 400",
        "trace_id IN ('t3', 't77', 'none')",
        "http_response_status_code >= 500 AND status_code = 'error'",
        "http_response_status_code IS NULL",
        "attributes['n'] = '7'",
        "attr_int(attributes, 'n') BETWEEN 3 AND 5",
        "start_time > to_timestamp_nanos(1440100000000000) AND duration % 7 = 3",
        "upper(service_name) = 'S2' OR attributes['http.response.status_code'] = '503'",
    ] {
        let query = format!(
            "SELECT span_id, service_name, name, duration, attributes['n'] AS n FROM spans \
             WHERE {filter} ORDER BY span_id"
        );
        let left = fixture.json_from(&pushed, &query).await;
        let right = fixture.json_from(&plain, &query).await;
        assert_eq!(left, right, "{filter}");
        assert!(!left.as_array().unwrap().is_empty(), "{filter} selects something");
    }
}

#[tokio::test]
async fn nothing_can_be_written() {
    let fixture = Fixture::new().await;
    for statement in [
        "INSERT INTO spans (name) VALUES ('x')",
        "CREATE TABLE x AS SELECT 1",
        "CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION '/etc/passwd'",
        "DROP TABLE spans",
        "COPY (SELECT 1) TO '/tmp/hannun-should-not-exist.parquet'",
        "DELETE FROM spans",
        "UPDATE spans SET name = 'x'",
        "SET datafusion.execution.batch_size = 1",
    ] {
        let error = fixture.fail(statement).await;
        assert_ne!(error.kind, QueryErrorKind::Internal, "{statement}: {error}");
    }
    assert_eq!(fixture.fail("DROP TABLE spans").await.kind, QueryErrorKind::Forbidden);
    assert!(!std::path::Path::new("/tmp/hannun-should-not-exist.parquet").exists());
}

#[tokio::test]
async fn a_query_stays_within_its_limits() {
    let fixture = Fixture::new().await;
    let limits = QueryLimits { rows_max: 10, deadline: Duration::from_secs(30) };
    let mut rows = fixture
        .default_engine()
        .query("SELECT * FROM generate_series(1, 100)", limits)
        .await
        .unwrap();
    let mut count = 0;
    while let Some(batch) = rows.next().await.unwrap() {
        count += batch.num_rows();
    }
    assert_eq!((count, rows.truncated()), (10, true));

    let limits = QueryLimits { rows_max: 10, deadline: Duration::from_millis(300) };
    let slow = "SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 1000) b";
    let error = fixture.default_engine().collect(slow, limits).await.unwrap_err();
    assert_eq!(error.kind, QueryErrorKind::Deadline, "{error}");

    let error = fixture.fail(&format!("SELECT '{}'", "x".repeat(300_000))).await;
    assert_eq!(error.kind, QueryErrorKind::TooLarge);
    let error = fixture.fail("SELECT no_such_column FROM spans").await;
    assert_eq!(error.kind, QueryErrorKind::Invalid);
    assert!(error.message.contains("no_such_column"), "{error}");
}

#[tokio::test]
async fn a_sort_larger_than_its_memory_spills_and_still_answers() {
    let fixture = Fixture::with_memory(128 * 1024 * 1024).await;
    // One part: two would compete for the last bytes, and which one gives up is chance.
    let engine = fixture.engine(&EngineOptions { partitions: Some(1), ..EngineOptions::default() });
    let limits = QueryLimits { rows_max: 3, deadline: Duration::from_secs(120) };
    let query = "SELECT value, repeat('x', 20) || value AS text FROM generate_series(1, 2500000) \
                 ORDER BY text DESC";
    let mut rows = engine.query(query, limits).await.unwrap();
    let first = rows.next().await.unwrap().unwrap();
    assert_eq!(support::text_of(&first, 1, 0), format!("{}999999", "x".repeat(20)));
    let plan = datafusion::physical_plan::display::DisplayableExecutionPlan::with_metrics(
        rows.plan().as_ref(),
    );
    let spills = support::spill_count(rows.plan());
    assert!(spills > 0, "the sort was larger than its share:\n{}", plan.indent(false));
}

#[tokio::test]
async fn attributes_keep_their_types_and_functions_read_them() {
    let fixture = Fixture::new().await;
    fixture.append_mixed(20).await;
    let rows = fixture
        .json(
            "SELECT attributes, attributes['n'] AS n, attr_int(attributes, 'n') + 1 AS next, \
             attr_double(attributes, 'ratio') AS ratio, \
             attributes['http.response.status_code'] AS status, \
             resource_attributes['process.pid'] AS pid, attributes['absent'] AS absent, \
             arrow_typeof(duration) AS kind, duration \
             FROM spans WHERE span_id = 's00000007'",
        )
        .await;
    insta::assert_json_snapshot!(rows, @r#"
    [
      {
        "absent": null,
        "attributes": {
          "n": 7,
          "ratio": 0.25,
          "가게": "김밥"
        },
        "duration": 259,
        "kind": "Int64",
        "n": "7",
        "next": 8,
        "pid": "42",
        "ratio": 0.25,
        "status": "500"
      }
    ]
    "#);
}

#[tokio::test]
async fn convenience_functions_group_by_time_and_find_percentiles() {
    let fixture = Fixture::new().await;
    fixture.append_mixed(1000).await;
    let rows = fixture
        .json(
            "SELECT time_bucket('1 minute', start_time) AS minute, count(*) AS spans, \
             percentile(duration, 0.5) AS p50, min(duration) AS least, max(duration) AS most \
             FROM spans GROUP BY minute ORDER BY minute LIMIT 2",
        )
        .await;
    insta::assert_json_snapshot!(rows, @r#"
    [
      {
        "least": 0,
        "minute": "1970-01-17T16:00:00Z",
        "most": 999,
        "p50": 461.75,
        "spans": 60
      },
      {
        "least": 7,
        "minute": "1970-01-17T16:01:00Z",
        "most": 1006,
        "p50": 451.75,
        "spans": 60
      }
    ]
    "#);
}
