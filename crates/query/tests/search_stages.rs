//! What the stages of a search answer, and what is suggested while one is typed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod search_support;
mod support;

use hannun_query::search::{Completion, ItemKind, Source, compile, complete};
use search_support::{EPOCH_MS, batch, log_rows, span_rows};
use serde_json::{Value, json};
use support::Fixture;

async fn fixture() -> Fixture {
    let fixture = Fixture::new().await;
    fixture.append(batch(Source::Logs, &log_rows())).await;
    fixture.publish().await;
    fixture.append(batch(Source::Spans, &span_rows())).await;
    fixture
}

fn scope(source: Source) -> String {
    format!("{} >= to_timestamp_millis({EPOCH_MS})", source.time_column())
}

async fn ask(fixture: &Fixture, source: Source, search: &str) -> Value {
    let search = hannun_search::parse(search).unwrap();
    let sql = compile(&search, source, &scope(source), 1000).unwrap();
    fixture.json(&sql).await
}

async fn logs(fixture: &Fixture, search: &str) -> Value {
    ask(fixture, Source::Logs, search).await
}

#[tokio::test]
async fn a_filter_alone_answers_rows_newest_first() {
    let fixture = fixture().await;
    let rows = logs(&fixture, "service:pay status:error").await;
    let ids: Vec<_> = rows.as_array().unwrap().iter().map(|row| &row["span_id"]).collect();
    assert_eq!(ids, ["r08", "r07"]);
    assert_eq!(rows[1]["status"], "error");
    assert_eq!(rows[1]["message"], "결제 실패: 카드 한도 초과");
    assert_eq!(rows[1]["attributes"]["amount"], json!(12500.5));
    let spans = ask(&fixture, Source::Spans, "status:error | limit 2").await;
    assert_eq!(spans.as_array().unwrap().len(), 2);
    assert_eq!(spans[0]["name"], "charge");
    assert_eq!(spans[0]["duration"], json!(70_000_000));
}

#[tokio::test]
async fn stats_group_by_fields_and_time() {
    let fixture = fixture().await;
    let rows = logs(
        &fixture,
        "service:(web OR pay) | stats count(), count_distinct(@user), max(@n) by service",
    )
    .await;
    assert_eq!(
        rows,
        json!([
            {"service": "web", "count": 13, "count_distinct(@user)": 3, "max(@n)": 400.0},
            {"service": "pay", "count": 8, "count_distinct(@user)": 1, "max(@n)": null},
        ])
    );
    let all = logs(&fixture, "* | stats count() as rows, sum(@size), p50(@http.status_code)").await;
    assert_eq!(
        all,
        json!([{"rows": 30, "sum(@size)": 30000000.0, "p50(@http.status_code)": 500.0}])
    );
    let buckets = logs(&fixture, "* | stats count() by 10ms").await;
    let counts: Vec<_> =
        buckets.as_array().unwrap().iter().map(|row| row["count"].as_i64()).collect();
    assert_eq!(counts, [Some(10), Some(10), Some(10)]);
    let chart = logs(&fixture, "status:error | timechart 1h count() by service").await;
    let services: Vec<_> = chart.as_array().unwrap().iter().map(|row| &row["service"]).collect();
    assert_eq!(services, ["order", "pay", "web"]);
    let spans = ask(
        &fixture,
        Source::Spans,
        "* | stats max(@duration), min(duration) by service | sort service",
    )
    .await;
    assert_eq!(
        spans[2],
        json!({"service": "web", "max(@duration)": 1500000001.0, "min(duration)": 120000})
    );
}

#[tokio::test]
async fn later_stages_work_on_the_answer_of_earlier_ones() {
    let fixture = fixture().await;
    let top = logs(&fixture, "* | top 2 service").await;
    assert_eq!(top, json!([{"service": "web", "count": 13}, {"service": "pay", "count": 8}]));
    let sorted = logs(
        &fixture,
        "* | stats count() as n by service | sort n, -service | fields service | limit 2",
    )
    .await;
    assert_eq!(sorted, json!([{"service": "nginx"}, {"service": "kernel"}]));
    let limited = logs(&fixture, "* | limit 5 | stats count()").await;
    assert_eq!(limited, json!([{"count": 5}]));
    let newest =
        logs(&fixture, "service:(web OR order) | dedup service | fields service, message").await;
    assert_eq!(
        newest,
        json!([
            {"service": "web", "message": "ÜBERFALL in Köln"},
            {"service": "order", "message": "unhandled"},
        ])
    );
    let numbers = logs(&fixture, "@n:* | sort -@n | fields @n").await;
    let numbers: Vec<_> =
        numbers.as_array().unwrap().iter().map(|row| row["@n"].as_str().unwrap()).collect();
    assert_eq!(numbers[3..], ["5", "-3", "many"]);
    let once =
        logs(&fixture, "* | top 20 service | dedup count | fields count | sort -count").await;
    assert_eq!(once, json!([{"count": 13}, {"count": 8}, {"count": 4}, {"count": 1}]));
    let statuses =
        logs(&fixture, "-status:none | dedup status | sort -status | fields status").await;
    let statuses: Vec<_> = statuses.as_array().unwrap().iter().map(|row| &row["status"]).collect();
    assert_eq!(statuses, ["fatal", "error", "warn", "info", "debug", "trace"]);
    let patterns = logs(&fixture, "* | patterns 1").await;
    assert_eq!(patterns[0]["count"], json!(29));
    let nested = logs(&fixture, "@a.d.e:* | fields @a.d.e, owner.team, time").await;
    assert_eq!(nested[0]["@a.d.e"], "deep");
}

async fn suggest(fixture: &Fixture, text: &str) -> Completion {
    let cursor = text.chars().count();
    let range = (EPOCH_MS, EPOCH_MS + 1000);
    let condition = |_, _| scope(Source::Logs);
    complete(fixture.default_engine(), Source::Logs, text, cursor, range, &condition).await.unwrap()
}

fn first(completion: &Completion) -> (&str, ItemKind, Option<u64>) {
    let item = &completion.items[0];
    (&item.insert, item.kind, item.count)
}

#[tokio::test]
async fn suggestions_are_fields_and_values_that_rows_have() {
    let fixture = fixture().await;
    let services = suggest(&fixture, "service:").await;
    assert_eq!((services.from, services.to), (8, 8));
    assert_eq!(first(&services), ("web", ItemKind::Value, Some(13)));
    let users = suggest(&fixture, "timeout @user:김").await;
    assert_eq!(first(&users), ("김민수", ItemKind::Value, Some(1)));
    assert_eq!((users.from, users.to), (14, 15));
    let spaced = suggest(&fixture, "@space:").await;
    assert_eq!(first(&spaced), ("\"hello world\"", ItemKind::Value, Some(1)));
    let fields = suggest(&fixture, "@http").await;
    let labels: Vec<_> = fields.items.iter().map(|item| item.label.as_str()).collect();
    assert_eq!(labels, ["@http.response.status_code", "@http.route", "@http.status_code"]);
    assert_eq!(fields.items[0].count, Some(4));
    assert_eq!(suggest(&fixture, "tea").await.items[0].label, "team");
    assert_eq!(first(&suggest(&fixture, "status:w").await), ("warn", ItemKind::Value, Some(1)));
    assert_eq!(first(&suggest(&fixture, "a o").await), ("OR ", ItemKind::Keyword, None));
    assert_eq!(first(&suggest(&fixture, "a | st").await), ("stats ", ItemKind::Stage, None));
    assert_eq!(first(&suggest(&fixture, "a | stats cou").await).0, "count()");
    assert_eq!(first(&suggest(&fixture, "a | stats count() by serv").await).0, "service");
    assert_eq!(first(&suggest(&fixture, "a | stats count() as n | sort -").await).0, "n");
    assert!(suggest(&fixture, "@n:>").await.items.is_empty());
    assert!(suggest(&fixture, "\"in a text").await.items.is_empty());
}

#[tokio::test]
async fn dedup_may_come_more_than_once() {
    let fixture = fixture().await;
    let once = logs(&fixture, "* | dedup service | sort service").await;
    let twice = logs(&fixture, "* | dedup service, host | dedup service | sort service").await;
    assert!(once.as_array().unwrap().len() > 1);
    assert_eq!(twice, once);
    let groups = "* | stats count() by service, host | dedup host | dedup service | sort service";
    assert!(!logs(&fixture, groups).await.as_array().unwrap().is_empty());
}

/// Pages of a lens order by attributes and choose groups so.
#[tokio::test]
async fn rows_can_be_ordered_by_their_attributes_and_chosen_by_groups() {
    let fixture = fixture().await;
    let ids = async |direction: &str| {
        let sql = format!(
            "SELECT span_id FROM logs ORDER BY time {direction}, \
             resource_attributes {direction}, map_keys(attributes) {direction}, \
             map_values(attributes) {direction} LIMIT 1000"
        );
        fixture.json(&sql).await.as_array().unwrap().clone()
    };
    let newest = ids("DESC NULLS FIRST").await;
    let mut oldest = ids("ASC NULLS LAST").await;
    oldest.reverse();
    assert!(newest.len() > 1);
    assert_eq!(newest, oldest);
    let groups = "SELECT service_name AS value, count(*) AS n FROM logs GROUP BY 1";
    let chosen = format!(
        "SELECT count(*) AS n FROM logs WHERE time IS NOT NULL \
         AND (coalesce('=' || service_name, '') IN \
         (SELECT coalesce('=' || value, '') FROM ({groups})))"
    );
    assert_eq!(fixture.json(&chosen).await[0]["n"], json!(newest.len()));
}
