//! Points of business metrics in both forms.

use super::map::{Outcome, map};
use super::wire::{self, CsvParameters, Kind, Numbered, Point};
use crate::otlp::map::Clock;
use crate::otlp::tests::support::{BUDGET_BYTES, now_ns, post, state};
use hannun_query::output::json::JsonRows;
use http_body_util::BodyExt;
use proptest::prelude::*;
use serde_json::{Value, json};

const SECOND_NS: i64 = 1_000_000_000;
/// 2026-10-02 00:00 UTC.
const NOW_NS: i64 = 1_790_899_200 * SECOND_NS;
const CLOCK: Clock = Clock { now_ns: NOW_NS, oldest_ns: NOW_NS - 40 * 86_400 * SECOND_NS };

fn json_points(points: Value) -> Vec<Numbered> {
    wire::json(json!({ "points": points }).to_string().as_bytes()).unwrap()
}

fn csv_points(body: &str, parameters: &str) -> Result<Vec<Numbered>, String> {
    let parameters = format!("/?{parameters}").parse().unwrap();
    let parameters: axum::extract::Query<CsvParameters> =
        axum::extract::Query::try_from_uri(&parameters).unwrap();
    wire::csv(body.as_bytes(), &parameters.0).map_err(|refusal| refusal.to_string())
}

fn stored(points: Vec<Numbered>) -> (Vec<Value>, Outcome) {
    let (decoded, outcome) = map(points, CLOCK).unwrap();
    let mut writer = JsonRows::default();
    let mut json = writer.begin().to_vec();
    json.extend(writer.rows(decoded.batch.records()).unwrap());
    json.extend_from_slice(writer.end());
    (serde_json::from_slice(&json).unwrap(), outcome)
}

fn reason(point: Value) -> String {
    let (_, outcome) = stored(json_points(json!([point])));
    assert_eq!((outcome.accepted, outcome.rejected), (0, 1));
    outcome.errors[0].reason.clone()
}

#[test]
fn a_count_is_a_delta_sum_and_a_level_a_gauge() {
    let (rows, outcome) = stored(json_points(json!([
        {"metric": " orders ", "time": "2026-10-01T09:00:00+09:00", "value": 5032, "unit": "{order}",
         "dimensions": {"team": "checkout ", "empty": "", "none": null, "store": 7}},
        {"metric": "users", "time_ms": 1_790_816_400_000_i64, "value": "12.5", "kind": "level"},
    ])));
    assert_eq!((outcome.accepted, outcome.rejected, rows.len()), (2, 0, 2));
    let orders = rows.iter().find(|row| row["metric_name"] == "orders").unwrap();
    assert_eq!(
        [&orders["metric_type"], &orders["aggregation_temporality"], &orders["metric_unit"]],
        [&json!("sum"), &json!("delta"), &json!("{order}")]
    );
    assert_eq!(orders["attributes"], json!({"store": "7", "team": "checkout"}));
    assert_eq!(
        (&orders["value"], &orders["time"]),
        (&json!(5032.0), &json!("2026-10-01T00:00:00Z"))
    );
    assert_eq!(orders["scope_name"], "hannun.business");
    assert_eq!(orders["scope_attributes"], json!({ "received_unix_nano": NOW_NS }));
    assert_eq!(orders["service_name"], Value::Null);
    let users = rows.iter().find(|row| row["metric_name"] == "users").unwrap();
    assert_eq!((&users["metric_type"], &users["value"]), (&json!("gauge"), &json!(12.5)));
    assert_eq!(users["aggregation_temporality"], Value::Null);
}

#[test]
fn of_two_points_about_the_same_the_later_is_kept() {
    let point = |time: &str, value: i64, team: &str| json!({"metric": "orders", "time": time, "value": value, "dimensions": {"team": team}});
    let (rows, outcome) = stored(json_points(json!([
        point("2026-10-01", 1, "a"),
        point("2026-10-01", 2, "b"),
        point("2026-10-01T00:00:00Z", 3, "a"),
        point("2026-10-01T00:00:01Z", 4, "a"),
    ])));
    assert_eq!((outcome.accepted, rows.len()), (4, 3));
    let mut values: Vec<f64> = rows.iter().map(|row| row["value"].as_f64().unwrap()).collect();
    values.sort_by(f64::total_cmp);
    assert_eq!(values, [2.0, 3.0, 4.0]);
    // A correction is of the same series, also when it says the unit for the first time.
    let series = |body: Value| {
        let (rows, _) = stored(json_points(json!([body])));
        rows[0]["series_id"].clone()
    };
    let mut corrected = point("2026-10-01", 5, "a");
    corrected["unit"] = json!("{order}");
    assert_eq!(series(corrected.clone()), series(point("2026-10-01", 1, "a")));
    corrected["kind"] = json!("level");
    assert_ne!(series(corrected), series(point("2026-10-01", 1, "a")));
}

#[test]
fn a_point_that_is_none_is_told_with_what_to_do() {
    let time = "2026-10-01T00:00:00Z";
    let told = |point: Value, expected: &str| {
        let reason = reason(point);
        assert!(reason.contains(expected), "{reason} is not {expected}");
    };
    told(json!({"metric": "a", "value": 1}), "has no time");
    told(json!({"metric": "a", "value": 1, "time": time, "time_ms": 1}), "both time and time_ms");
    told(json!({"metric": "a", "value": 1, "time": "today"}), "has a time that is none");
    told(json!({"metric": "a", "value": 1, "time": "2026-13-01"}), "has a time that is none");
    told(json!({"metric": "a", "value": "1,234", "time": time}), "write it as 1234.5");
    told(json!({"metric": "a", "value": "NaN", "time": time}), "is no number");
    told(json!({"metric": "a", "value": null, "time": time}), "is no number");
    told(json!({"metric": " ", "value": 1, "time": time}), "names no metric");
    told(json!({"metric": "a\u{7}", "value": 1, "time": time}), "control characters");
    told(json!({"metric": "a", "valeu": 1, "time": time}), "unknown field `valeu`");
    told(json!({"metric": "a", "value": 1, "time": "2020-01-01"}), "older than the retention");
    told(json!({"metric": "a", "value": 1, "time": "2026-10-09"}), "too far in the future");
    told(
        json!({"metric": "a", "value": 1, "time": time, "dimensions": {"b": [1]}}),
        "dimension \"b\"",
    );
    told(json!({"metric": "a".repeat(257), "value": 1, "time": time}), "longer than 256 bytes");
    assert!(wire::json(b"[]").is_err() && wire::json(b"{\"points\":").is_err());
}

#[test]
fn a_table_is_read_by_its_header() {
    let body = "\u{feff}time,team,orders,revenue\r\n2026-10-01,\"check, out\",5032,1.5e6\r\n\
                2026-10-01T01:00:00Z,cart,0,0\r\n";
    let (rows, outcome) = stored(csv_points(body, "metric=orders&dimensions=team").unwrap());
    assert_eq!((outcome.accepted, rows.len()), (2, 2));
    let values: Vec<(&Value, &Value)> =
        rows.iter().map(|row| (&row["attributes"]["team"], &row["value"])).collect();
    assert!(values.contains(&(&json!("check, out"), &json!(5032.0))), "{values:?}");
    assert!(values.contains(&(&json!("cart"), &json!(0.0))), "{values:?}");
    // Every column that is not named otherwise is a dimension.
    let all = csv_points(body, "metric=income&value=revenue&unit=KRW&kind=level").unwrap();
    let (rows, _) = stored(all);
    assert_eq!(rows[0]["metric_type"], "gauge");
    assert!(rows.iter().any(|row| row["attributes"]["orders"] == "5032"));
    let semicolons = csv_points("day;value\n2026-10-01;1.5\n", "metric=a&time=day").unwrap();
    assert_eq!(stored(semicolons).0[0]["value"], 1.5);
}

#[test]
fn what_is_wrong_with_a_table_is_told_with_its_line() {
    let body =
        "time,orders\n2026-10-01,5\n\nnever,6\n2026-10-01T02:00:00Z,7,8\n2026-10-01T03:00:00Z,9\n";
    let (rows, outcome) = stored(csv_points(body, "metric=orders").unwrap());
    assert_eq!((rows.len(), outcome.accepted, outcome.rejected), (2, 2, 2));
    let told: Vec<(usize, &str)> =
        outcome.errors.iter().map(|error| (error.line, error.reason.as_str())).collect();
    assert!(told[0].0 == 4 && told[0].1.starts_with("has a time that is none"), "{told:?}");
    assert_eq!(told[1], (5, "has 3 cells where the header has 2"));
    let missing = csv_points("when,orders\n", "metric=orders").unwrap_err();
    assert_eq!(missing, "there is no column \"time\"; the columns are when, orders");
    assert!(csv_points("time,x\n", "metric=orders").is_err());
}

#[tokio::test]
async fn the_answer_says_what_became_of_each_point() {
    let (state, sink) = state(BUDGET_BYTES);
    let time_ms = now_ns() / 1_000_000;
    let send = |body: Value| {
        let request = post("/api/v1/business-metrics", &[], body.to_string());
        let state = state.clone();
        async move {
            let answer = super::take_json(&state, request).await;
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            (status, serde_json::from_slice::<Value>(&body).unwrap())
        }
    };
    let good = json!({"metric": "orders", "time_ms": time_ms, "value": 3});
    let bad = json!({"metric": "orders", "time_ms": time_ms, "value": "x"});
    let (status, told) = send(json!({"points": [good, bad]})).await;
    assert_eq!((status, &told["accepted"], &told["rejected"]), (200, &json!(1), &json!(1)));
    assert_eq!(told["errors"][0]["line"], 2);
    assert_eq!(*sink.stored_rows.lock(), 1);
    let (status, _) = send(json!({"points": [bad]})).await;
    assert_eq!((status, *sink.stored_rows.lock()), (400, 1));
    let (status, told) = send(json!({"metric": "orders"})).await;
    assert_eq!((status, &told["error"]["code"]), (400, &json!("malformed")));
    // A correction that is taken back is sent with the bytes of the first.
    for _ in 0..2 {
        assert_eq!(send(json!({"points": [good]})).await.0, 200);
    }
    assert_eq!(*sink.stored_rows.lock(), 3);
    let request =
        post("/api/v1/business-metrics/csv?metric=orders&colour=red", &[], "time,value\n");
    assert_eq!(super::take_csv(&state, request).await.status(), 400);
    state.drain();
    assert_eq!(send(json!({"points": [good]})).await.0, 503);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let parameters = CsvParameters { metric: "a".to_owned(), ..CsvParameters::default() };
        let _ = wire::json(&body);
        let _ = wire::csv(&body, &parameters);
        let mut table = b"time,value,team\n".to_vec();
        table.extend(&body);
        if let Ok(points) = wire::csv(&table, &parameters) {
            map(points, CLOCK).unwrap();
        }
    }

    #[test]
    fn points_come_back_as_they_were(
        seconds in 1_789_000_000_i64..1_790_899_200,
        value in -1e12_f64..1e12,
        team in "[a-z가-힣]{1,9}( [a-z]{1,9})?",
    ) {
        let time_ms = seconds * 1000;
        let body = json!([{"metric": "a", "time_ms": time_ms, "value": value,
            "dimensions": {"team": team}}]);
        let point = json_points(body).remove(0).1.unwrap();
        let dimensions = [("team".to_owned(), team)].into();
        let time_ns = seconds * SECOND_NS;
        let metric = "a".to_owned();
        prop_assert_eq!(
            point,
            Point { metric, unit: None, kind: Kind::Count, time_ns, value, dimensions }
        );
    }
}

#[test]
fn a_day_that_is_none_and_a_value_beyond_counting_are_told() {
    let of =
        |time: &str, value: f64| reason(json!({"metric": "orders", "time": time, "value": value}));
    for time in ["2026-09-31", "2026-02-29", "9999-12-31", "2026-13-01", "2026-00-10", "+226-10-01"]
    {
        assert!(of(time, 1.0).starts_with("has a time that is none"), "{time}: {}", of(time, 1.0));
    }
    assert_eq!(of("2026-09-30", 1e308), "has the value 1e308, which is too much to count with");
    let days = ["2026-09-30", "2026-08-31"];
    let points = days.map(|day| json!({"metric": "orders", "time": day, "value": -2.5e15}));
    let (rows, outcome) = stored(json_points(json!(points)));
    assert_eq!((outcome.accepted, outcome.rejected), (2, 0));
    assert_eq!(rows[0]["time"], "2026-08-31T00:00:00Z");
}
