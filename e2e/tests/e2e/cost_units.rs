//! Business metrics by every door, unit costs, and why they moved; and the queries of the guides.

use crate::cost_explorer::{Bill, DAY_MS, text_of};
use hannun_e2e::http::{Client, Response};
use hannun_e2e::{Server, otlp};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric, number_data_point,
};
use prost::Message;
use serde_json::{Value, json};

const DELTA: i32 = 1;
const CUMULATIVE: i32 = 2;

/// Sends as a program beside the server does: without a key, from this machine.
fn send(server: &Server, path: &str, body: &[u8], headers: &[(&str, &str)]) -> Response {
    let url = format!("{}/api/v1/business-metrics{path}", server.base_url("http"));
    Client::default().post(&url, headers, body).unwrap()
}

fn send_points(server: &Server, points: &[Value]) {
    let body = json!({ "points": points }).to_string();
    let answer = send(server, "", body.as_bytes(), &[]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["accepted"], json!(points.len()), "{}", answer.text());
}

fn orders(bill: &Bill, day: i64, hour: i64, team: &str, value: i64) -> Value {
    let time_ms = bill.month_ms + day * DAY_MS + hour * 3_600_000;
    json!({"metric": "orders", "time_ms": time_ms, "value": value, "unit": "{order}",
        "dimensions": {"team": team}})
}

/// A hundred orders a day of one team in the first week and 120 in the second, fifty of the other;
/// teams are spelled otherwise than in the bill.
fn usual_orders(bill: &Bill, days: impl Iterator<Item = i64>) {
    let of_day = |day: i64| {
        let evening = if day < 7 { 40 } else { 60 };
        [
            orders(bill, day, 9, "checkout", 60),
            orders(bill, day, 18, "checkout", evening),
            orders(bill, day, 9, "cart-team", 50),
        ]
    };
    let points: Vec<Value> = days.flat_map(of_day).collect();
    send_points(&bill.server, &points);
}

fn units(bill: &Bill, more: &str) -> Value {
    let (from_ms, to_ms) = bill.period();
    bill.owner.get(&format!("/cost/units?from_ms={from_ms}&to_ms={to_ms}&{more}"))
}

fn row<'a>(answer: &'a Value, key: Option<&str>) -> &'a Value {
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().find(|row| row["key"].as_str() == key).unwrap()
}

fn amounts(row: &Value) -> [&str; 3] {
    ["cost", "quantity", "unit_cost"].map(|name| row[name].as_str().unwrap_or("null"))
}

fn what(answer: &Value) -> Vec<&str> {
    let missing = answer["missing"].as_array().unwrap();
    missing.iter().map(|missing| missing["what"].as_str().unwrap()).collect()
}

#[test]
fn costs_are_divided_by_what_was_counted() {
    let bill = Bill::imported();
    let none = units(&bill, "metric=orders");
    assert_eq!(
        (what(&none), amounts(&none["total"])),
        (vec!["business_metric"], ["0", "0", "null"])
    );
    assert_eq!(none["left_out"]["cost"], "384.3");

    usual_orders(&bill, 0..14);
    let all = units(&bill, "metric=orders&by=none");
    assert_eq!(amounts(&all["total"]), ["384.3", "2240", "0.1715625"]);
    assert_eq!((&all["unit"], &all["kind"]), (&json!("{order}"), &json!("count")));
    assert_eq!(what(&all), [""; 0]);
    let by_team = units(&bill, "metric=orders&by=tag:team");
    assert_eq!(amounts(row(&by_team, Some("Checkout"))), ["307.3", "1540", "0.199545454545"]);
    assert_eq!(amounts(row(&by_team, Some("Cart Team"))), ["70", "700", "0.1"]);
    // What belongs to nobody has no orders: null, never infinity.
    assert_eq!(amounts(row(&by_team, None)), ["7", "0", "null"]);
    let points = row(&by_team, Some("Checkout"))["points"].as_array().unwrap();
    assert_eq!((points.len(), amounts(&points[0])), (14, ["18", "100", "0.18"]));
    // A virtual tag is told apart by the dimension of its name.
    let rules = json!([{"then": {"copy": "tag:team"}}]);
    let tag = json!({"name": "team", "normalise": "kebab", "default": "nobody", "rules": rules});
    bill.put("cost-virtual-tag", "team", &tag);
    let by_tag = units(&bill, "metric=orders&by=virtual:team&granularity=total");
    assert_eq!(amounts(row(&by_tag, Some("cart-team"))), ["70", "700", "0.1"]);
    assert_eq!(amounts(row(&by_tag, Some("nobody"))), ["7", "0", "null"]);
    // Points do not say the service: each service costs so much of every order.
    let by_service = units(&bill, "metric=orders&by=service_name&granularity=week");
    assert_eq!(by_service["quantity_by_key"], json!(false));
    assert_eq!(amounts(row(&by_service, Some("Databases"))), ["70", "2240", "0.03125"]);
    for wrong in ["metric=", "metric=orders&by=team", "metric=orders&cost_metric=x"] {
        let (from_ms, to_ms) = bill.period();
        let path = format!("/cost/units?from_ms={from_ms}&to_ms={to_ms}&{wrong}");
        assert_eq!(bill.owner.send("GET", &path, None).status, 400, "{wrong}");
    }
}

#[test]
fn corrections_late_points_and_days_without_any_are_taken_as_they_are_meant() {
    let bill = Bill::imported();
    usual_orders(&bill, (0..14).filter(|day| *day != 3));
    let gap = units(&bill, "metric=orders");
    assert_eq!(what(&gap), ["business_metric_points"]);
    assert_eq!(gap["left_out"]["cost"], "23.5");
    assert_eq!(amounts(&gap["total"]), ["360.8", "2090", "0.172631578947"]);
    // The day comes late, and one hour of another is corrected, twice.
    usual_orders(&bill, 3..4);
    send_points(&bill.server, &[orders(&bill, 0, 9, "checkout", 10)]);
    send_points(&bill.server, &[orders(&bill, 0, 9, "checkout", 70)]);
    let corrected = units(&bill, "metric=orders");
    assert_eq!(amounts(&corrected["total"])[1], "2250");
    assert_eq!(what(&corrected), [""; 0]);
    // A day after the bill's last has orders and no costs yet.
    send_points(&bill.server, &[orders(&bill, 14, 9, "checkout", 999)]);
    let (from_ms, to_ms) = bill.period();
    let path = format!("/cost/units?metric=orders&from_ms={from_ms}&to_ms={}", to_ms + DAY_MS);
    let later = bill.owner.get(&path);
    assert_eq!(
        (amounts(&later["total"])[1], &later["left_out"]["quantity"]),
        ("2250", &json!("999"))
    );
    // Somebody counted and there was nothing: that day costs, and is told.
    let zero: Vec<Value> = (0..14)
        .map(|day| {
            let mut point = orders(&bill, day, 9, "x", 0);
            point["metric"] = json!("refunds");
            point
        })
        .collect();
    send_points(&bill.server, &zero);
    let nothing = units(&bill, "metric=refunds");
    assert_eq!(
        (amounts(&nothing["total"]), what(&nothing)),
        (["384.3", "0", "null"], vec!["quantity"])
    );
}

#[test]
fn a_table_is_taken_and_revenue_is_of_the_currency_of_the_costs() {
    let bill = Bill::imported();
    let mut table = String::from("day,team,orders,revenue\n");
    for day in 0..14 {
        let day_text = &text_of(bill.month_ms + day * DAY_MS)[..10];
        table.push_str(&format!("{day_text},Checkout,100,1000\n{day_text},\"Cart Team\",50,500\n"));
    }
    let path = "/csv?metric=revenue&time=day&unit=EUR&dimensions=team";
    let answer = send(&bill.server, path, table.as_bytes(), &[("content-type", "text/csv")]);
    assert_eq!((answer.status, &answer.json()["accepted"]), (200, &json!(28)));
    let (from_ms, to_ms) = bill.period();
    let path = format!("/cost/units?metric=revenue&from_ms={from_ms}&to_ms={to_ms}");
    let missing = bill.owner.send("GET", &path, None);
    assert_eq!((missing.status, missing.error_code().as_str()), (409, "exchange_rate_missing"));
    let body = json!({"from": "EUR", "to": "USD", "rate": "1.25",
        "valid_from": &text_of(bill.month_ms)[..10]});
    bill.put("exchange-rate", "eur", &body);
    // 384.3 of costs, 14 × 1500 × 1.25 of revenue.
    let ratio = units(&bill, "metric=revenue");
    assert_eq!(
        (amounts(&ratio["total"]), &ratio["unit"]),
        (["384.3", "26250", "0.01464"], &json!("USD"))
    );
    let bad = send(&bill.server, "/csv?metric=revenue&time=when", table.as_bytes(), &[]);
    assert_eq!((bad.status, bad.error_code().as_str()), (400, "malformed"));
}

fn otlp_point(time_ms: i64, start_ms: i64, value: i64) -> NumberDataPoint {
    NumberDataPoint {
        time_unix_nano: (time_ms * 1_000_000) as u64,
        start_time_unix_nano: (start_ms * 1_000_000) as u64,
        value: Some(number_data_point::Value::AsInt(value)),
        ..NumberDataPoint::default()
    }
}

fn sum(name: &str, temporality: i32, data_points: Vec<NumberDataPoint>) -> Vec<u8> {
    let sum = Sum { data_points, aggregation_temporality: temporality, is_monotonic: true };
    let data = Some(metric::Data::Sum(sum));
    let metric = Metric { name: name.to_owned(), data, ..Metric::default() };
    let scope_metrics = vec![ScopeMetrics { metrics: vec![metric], ..ScopeMetrics::default() }];
    let resource = otlp::resource("checkout");
    let resource_metrics =
        ResourceMetrics { resource, scope_metrics, ..ResourceMetrics::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![resource_metrics] }.encode_to_vec()
}

#[test]
fn metrics_by_otlp_count_as_their_kind_says() {
    let bill = Bill::imported();
    let hour = |hour: i64| bill.month_ms + hour * 3_600_000;
    let server = &bill.server;
    // A delta that is sent twice is one.
    server.send_ok("metrics", &sum("sold", DELTA, vec![otlp_point(hour(9), hour(8), 7)]));
    let again = vec![otlp_point(hour(9), hour(8), 7), otlp_point(hour(10), hour(9), 3)];
    server.send_ok("metrics", &sum("sold", DELTA, again));
    // A counter that begins within the time, grows, and begins again.
    let grown = vec![
        otlp_point(hour(9), hour(8), 10),
        otlp_point(hour(10), hour(8), 25),
        otlp_point(hour(12), hour(11), 5),
    ];
    server.send_ok("metrics", &sum("grown", CUMULATIVE, grown));
    // One that began before: only what it grew by within the time counts.
    let older = vec![otlp_point(hour(-2), hour(-900), 1000), otlp_point(hour(3), hour(-900), 1004)];
    server.send_ok("metrics", &sum("older", CUMULATIVE, older));
    // A gauge is a level: the mean of a day.
    let users = vec![otlp_point(hour(9), 0, 100), otlp_point(hour(10), 0, 200)];
    server.send_ok("metrics", &otlp::gauge("checkout", "users", users));
    let quantity = |metric: &str| {
        let answer = units(&bill, &format!("metric={metric}"));
        (amounts(&answer["total"])[1].to_owned(), answer["kind"].as_str().unwrap().to_owned())
    };
    let pair = |quantity: &str, kind: &str| (quantity.to_owned(), kind.to_owned());
    assert_eq!(quantity("sold"), pair("10", "count"));
    assert_eq!(quantity("grown"), pair("30", "count"));
    assert_eq!(quantity("older"), pair("4", "count"));
    assert_eq!(quantity("users"), pair("150", "level"));
    // The sender is the service that they are told apart by.
    let rules = json!([{"when": [{"dimension": "service_name", "operator": "is",
        "values": ["Machines"]}], "then": {"set": "checkout"}}]);
    bill.put("cost-virtual-tag", "service", &json!({"name": "service", "rules": rules}));
    let by_service = units(&bill, "metric=sold&by=virtual:service");
    assert_eq!(amounts(row(&by_service, Some("checkout"))), ["17.5", "10", "1.75"]);
}

#[test]
fn business_metrics_are_listed_and_sent_only_by_who_may() {
    let bill = Bill::imported();
    usual_orders(&bill, 0..2);
    let listed = bill.owner.get("/business-metrics");
    let metric = &listed["metrics"][0];
    assert_eq!((&metric["name"], &metric["unit"]), (&json!("orders"), &json!("{order}")));
    assert_eq!((&metric["dimensions"], &metric["points"]), (&json!(["team"]), &json!(6)));
    assert_eq!(metric["last_ms"], json!(bill.month_ms + DAY_MS + 18 * 3_600_000));
    let point = otlp::point(1, (bill.month_ms * 1_000_000) as u64);
    bill.server.send_ok("metrics", &otlp::gauge("checkout", "basket.size", vec![point]));
    assert_eq!(bill.owner.get("/business-metrics")["metrics"].as_array().unwrap().len(), 1);
    let found = bill.owner.get("/business-metrics?query=BASKET");
    assert_eq!(found["metrics"][0]["name"], "basket.size");

    let body = json!({"points": [orders(&bill, 0, 1, "x", 1)]});
    let sent = |session: &hannun_e2e::Session| {
        session.send("POST", "/business-metrics", Some(&body)).status
    };
    assert_eq!(sent(&bill.owner), 200);
    assert_eq!(sent(&bill.owner.invite("eddy", "editor")), 200);
    assert_eq!(sent(&bill.owner.invite("vera", "viewer")), 403);
    assert_eq!(sent(&hannun_e2e::Session::stranger(&bill.server)), 401);
    let mut forged = bill.owner.clone();
    forged.csrf_token = None;
    assert_eq!(sent(&forged), 403);
    let text = body.to_string();
    let with = |headers: &[(&str, &str)]| send(&bill.server, "", text.as_bytes(), headers).status;
    assert_eq!(with(&[]), 200);
    assert_eq!(with(&[("hannun-key", "wrong")]), 401);
    assert_eq!(with(&[("authorization", "Bearer wrong")]), 401);
    assert_eq!(with(&[("authorization", &bill.server.authorization())]), 200);
}

#[test]
fn a_unit_cost_that_moved_is_explained_to_the_last_place() {
    let bill = Bill::imported();
    usual_orders(&bill, 0..14);
    let (from_ms, to_ms) = bill.period();
    let middle_ms = bill.month_ms + 7 * DAY_MS;
    let explain = |by: &str, before_to_ms: i64| {
        let body = json!({"metric": "orders", "by": by,
            "before": {"from_ms": from_ms, "to_ms": before_to_ms},
            "after": {"from_ms": middle_ms, "to_ms": to_ms}});
        bill.owner.send("POST", "/cost/units/explain", Some(&body))
    };
    // Amounts of twelve places as whole numbers.
    let places = |value: &Value| -> i128 {
        let text = value.as_str().unwrap();
        let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        sign * format!("{whole}{fraction:0<12}").parse::<i128>().unwrap()
    };
    for by in ["none", "tag:team", "service_name", "charge"] {
        let answer = explain(by, middle_ms).json();
        assert_eq!(amounts(&answer["before"]), ["164.5", "1050", "0.156666666667"]);
        assert_eq!(amounts(&answer["after"]), ["219.8", "1190", "0.184705882353"]);
        let parts = answer["parts"].as_array().unwrap();
        let sum: i128 = parts.iter().map(|part| places(&part["amount"])).sum();
        assert_eq!(sum, places(&answer["change"]), "{by}: {answer}");
        assert_eq!(answer["sums_exactly"], json!(true));
        // The same price in every grouping: 63 h of small machines at 0.1 more, over 1190 orders.
        let rate = parts.iter().find(|part| part["kind"] == "rate").unwrap();
        assert!((places(&rate["amount"]) - 5_294_117_647).abs() <= 4, "{by}: {rate}");
        let volume = parts.iter().find(|part| part["kind"] == "volume").unwrap();
        assert_eq!(volume["key"], Value::Null);
        // 164.5 over 1190 orders in place of 1050.
        assert!((places(&volume["amount"]) + 18_431_372_549).abs() <= 4, "{by}: {volume}");
    }
    let overlapping = explain("none", middle_ms + DAY_MS);
    assert_eq!(overlapping.status, 400, "{}", overlapping.text());
}

/// The queries in a guide.
fn queries(guide: &str) -> Vec<String> {
    let blocks = guide.split("```sql\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_queries_of_the_guides_run() {
    let bill = Bill::imported();
    usual_orders(&bill, 0..14);
    let guides = [
        include_str!("../../../docs/guide/cost-explorer.md"),
        include_str!("../../../docs/guide/unit-cost.md"),
    ];
    let time_ns = |day: i64| ((bill.month_ms + day * DAY_MS) * 1_000_000) as u64;
    let spans = |day: i64| (0..10).map(|id| otlp::span(id, time_ns(day) + id)).collect();
    bill.server.send_ok("traces", &otlp::traces("checkout", spans(0)));
    bill.server.send_ok("logs", &otlp::logs("checkout", vec![otlp::log(1, time_ns(0))]));
    let queries: Vec<String> = guides.into_iter().flat_map(queries).collect();
    assert!(queries.len() >= 8, "{}", queries.len());
    for query in queries {
        // The guide names a month; the bill has another.
        let month = &text_of(bill.month_ms)[..7];
        let query = query.replace("2026-10-", &format!("{month}-"));
        let answer = bill.server.sql(&json!({"query": query, "format": "json"}));
        assert_eq!(answer.status, 200, "{query}\n{}", answer.text());
        assert!(!answer.json().as_array().unwrap().is_empty(), "nothing came of\n{query}");
    }
}
