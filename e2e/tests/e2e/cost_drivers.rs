//! What containers, endpoints and traces cost: a small store whose truth is known, and a real day of
//! a real bill with the access log of the same workload.

use hannun_e2e::{Server, ServerOptions, Session, now_ns, otlp};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

mod real_day;

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const GIB: f64 = 1_073_741_824.0;

/// Whole numbers of 10⁻¹², as money is kept.
fn units(amount: &Value) -> i128 {
    let text = amount.as_str().unwrap_or_else(|| panic!("{amount} is no decimal text"));
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let all: i128 = format!("{whole}{places:0<12}").parse().unwrap();
    if negative { -all } else { all }
}

fn amount(value: &Value) -> f64 {
    units(value) as f64 / 1e12
}

fn near(value: &Value, expected: f64) {
    close(amount(value), expected);
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

fn missing(answer: &Value) -> Vec<&str> {
    answer["missing"].as_array().unwrap().iter().map(|it| it["what"].as_str().unwrap()).collect()
}

/// Imports a file or folder of this machine and waits until it is in.
fn import(owner: &Session, location: &Path, source: &str) {
    let body = json!({ "location": location, "source": source });
    let started = owner.send("POST", "/cost/imports", Some(&body));
    assert_eq!(started.status, 202, "{}", started.text());
    let id = started.json()["id"].as_str().unwrap().to_owned();
    let began = Instant::now();
    loop {
        let job = owner.get(&format!("/cost/imports/{id}"));
        match job["state"].as_str().unwrap() {
            "done" => return,
            "queued" | "running" => {}
            _ => panic!("{job}"),
        }
        assert!(began.elapsed() < Duration::from_secs(120), "{job}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn put(owner: &Session, kind: &str, id: &str, body: &Value) {
    let path = format!("/documents/{kind}/{id}");
    let answer = owner.send("PUT", &path, Some(&json!({ "body": body, "expected_revision": 0 })));
    assert!(answer.status < 300, "{}", answer.text());
}

/// Year, month and day, by the rules of the Gregorian calendar counted from March on.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

fn time_text(ns: u64) -> String {
    let (year, month, day) = date(ns / (24 * HOUR));
    format!("{year:04}-{month:02}-{day:02}T{:02}:00:00Z", ns / HOUR % 24)
}

/// A bill of one hour in FOCUS.
fn bill(hour_ns: u64) -> String {
    let (start, end) = (time_text(hour_ns), time_text(hour_ns + HOUR));
    let (year, month, _) = date(hour_ns / (24 * HOUR));
    let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    let period_start = format!("{year:04}-{month:02}-01T00:00:00Z");
    let period_end = format!("{:04}-{:02}-01T00:00:00Z", next.0, next.1);
    let mut csv = String::from(
        "BilledCost,EffectiveCost,ListCost,ContractedCost,BillingAccountId,BillingCurrency,\
         BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,\
         ChargeDescription,ServiceName,ServiceCategory,ResourceId,ProviderName,PublisherName,\
         InvoiceIssuerName,SubAccountId,x_ServiceCode,x_UsageType\n",
    );
    let database = "arn:aws:rds:ap-northeast-2:1:db:shop-db";
    for (cost, category, service, kind, resource, code, usage) in [
        (
            "0.2",
            "Usage",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "i-node1",
            "AmazonEC2",
            "BoxUsage:t3.small",
        ),
        (
            "0.03",
            "Usage",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "i-node1",
            "AmazonEC2",
            "DataTransfer-Regional-Bytes",
        ),
        (
            "0.05",
            "Usage",
            "Amazon Relational Database Service",
            "Databases",
            database,
            "AmazonRDS",
            "InstanceUsage:db.t3.small",
        ),
        (
            "0.1",
            "Usage",
            "Amazon Elastic Kubernetes Service",
            "Compute",
            "arn:aws:eks:x:1:cluster/shop",
            "AmazonEKS",
            "AmazonEKS-Hours:perCluster",
        ),
        ("0.0123456789", "Tax", "Tax", "Other", "", "Tax", ""),
    ] {
        csv.push_str(&format!(
            "{cost},{cost},{cost},{cost},1,USD,{period_start},{period_end},{start},{end},{category},\
             line,{service},{kind},{resource},AWS,AWS,AWS,1,{code},{usage}\n"
        ));
    }
    csv
}

fn resource(attributes: &[(&str, &str)]) -> Option<Resource> {
    let attributes = attributes.iter().map(|(key, value)| otlp::attribute(key, value)).collect();
    Some(Resource { attributes, ..Resource::default() })
}

fn points(from_ns: u64, minutes: u64, value: impl Fn(u64) -> f64) -> Vec<NumberDataPoint> {
    let point = |minute: u64| NumberDataPoint {
        time_unix_nano: from_ns + minute * MINUTE,
        value: Some(number_data_point::Value::AsDouble(value(minute))),
        ..NumberDataPoint::default()
    };
    (0..minutes).map(point).collect()
}

fn gauge(name: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    let data = Some(metric::Data::Gauge(Gauge { data_points }));
    Metric { name: name.to_owned(), data, ..Metric::default() }
}

fn counter(name: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    let sum = Sum { data_points, aggregation_temporality: 2, is_monotonic: true };
    Metric { name: name.to_owned(), data: Some(metric::Data::Sum(sum)), ..Metric::default() }
}

fn send_metrics(server: &Server, resource: Option<Resource>, metrics: Vec<Metric>) {
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let resource_metrics =
        ResourceMetrics { resource, scope_metrics, ..ResourceMetrics::default() };
    let request = ExportMetricsServiceRequest { resource_metrics: vec![resource_metrics] };
    server.send_ok("metrics", &request.encode_to_vec());
}

/// As kubeletstats on the node and k8s_cluster somewhere else tell of two containers: one by a
/// counter, one by a gauge.
fn send_containers(server: &Server, hour_ns: u64) {
    let node = "ip-10-0-0-1.internal";
    for (pod, container_id) in [("order", "c-order"), ("agent", "c-agent")] {
        let name = format!("{pod}-7c9d8b6f5d-x2x4k");
        let usage = if pod == "order" {
            // From a minute before on, so that the first increment of the hour is known.
            let value = |minute: u64| 500.0 + 30.0 * minute as f64;
            counter("container.cpu.time", points(hour_ns - MINUTE, 61, value))
        } else {
            gauge("container.cpu.usage", points(hour_ns, 60, |_| 0.25))
        };
        let memory = if pod == "order" { GIB } else { 0.0 };
        let near = [
            ("k8s.pod.uid", pod),
            ("k8s.pod.name", &name),
            ("k8s.namespace.name", "shop"),
            ("k8s.container.name", "main"),
            ("container.id", container_id),
            ("host.id", "i-node1"),
        ];
        let metrics =
            vec![usage, gauge("container.memory.working_set", points(hour_ns, 60, |_| memory))];
        send_metrics(server, resource(&near), metrics);
        let afar = [
            ("k8s.pod.uid", pod),
            ("k8s.pod.name", &name),
            ("k8s.namespace.name", "shop"),
            ("k8s.container.name", "main"),
            ("k8s.node.name", node),
            ("k8s.cluster.name", "shop"),
            ("host.id", "i-collector"),
        ];
        let request = gauge("k8s.container.cpu_request", points(hour_ns, 60, |_| 1.0));
        send_metrics(server, resource(&afar), vec![request]);
        let moved = |minute: u64| minute as f64 * if pod == "order" { 200.0 } else { 100.0 };
        let network = counter("k8s.pod.network.io", points(hour_ns - MINUTE, 61, moved));
        let of_pod = [("k8s.pod.uid", pod), ("k8s.pod.name", &name), ("host.id", "i-node1")];
        send_metrics(server, resource(&of_pod), vec![network]);
    }
    let of_node = [("k8s.node.name", node), ("k8s.cluster.name", "shop")];
    let capacity = vec![
        gauge("k8s.node.allocatable_cpu", points(hour_ns, 60, |_| 2.0)),
        gauge("k8s.node.allocatable_memory", points(hour_ns, 60, |_| 2.0 * GIB)),
    ];
    send_metrics(server, resource(&of_node), capacity);
}

fn number(key: &str, value: i64) -> KeyValue {
    let value = AnyValue { value: Some(any_value::Value::IntValue(value)) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

fn request(id: u64, at_ns: u64, endpoint: &str, seconds: f64) -> Span {
    let (method, route) = endpoint.split_once(' ').unwrap();
    let mut span = otlp::span(id, at_ns);
    span.end_time_unix_nano = at_ns + (seconds * SECOND as f64) as u64;
    span.attributes =
        vec![otlp::attribute("http.request.method", method), otlp::attribute("http.route", route)];
    span
}

/// 100 orders of 8 s, 2 of them in the database, with a body; 200 lists of 3 s of which every other
/// one is sent, without a body; 100 health checks of 2 s.
fn send_spans(server: &Server, hour_ns: u64) {
    let mut spans = Vec::new();
    for id in 0..100_u64 {
        let at_ns = hour_ns + 10 * SECOND + id * 30 * SECOND;
        let mut order = request(id + 1, at_ns, "POST /orders", 8.0);
        order.attributes.push(number("http.response.body.size", 1000));
        let mut query = otlp::span(id + 1, at_ns + SECOND);
        query.span_id = (1_000_000 + id).to_be_bytes().to_vec();
        query.parent_span_id = order.span_id.clone();
        query.kind = 3;
        query.end_time_unix_nano = query.start_time_unix_nano + 2 * SECOND;
        query.attributes = vec![
            otlp::attribute("db.system.name", "postgresql"),
            otlp::attribute("server.address", "shop-db.abc.ap-northeast-2.rds.amazonaws.com"),
        ];
        let mut list = request(id + 1001, at_ns, "GET /orders", 3.0);
        list.trace_state = "ot=th:8".to_owned();
        let health = request(id + 2001, at_ns, "GET /healthz", 2.0);
        spans.extend([order, query, list, health]);
    }
    let resource = resource(&[("service.name", "order"), ("container.id", "c-order")]);
    server.send_ok("traces", &otlp::traces_of(resource, spans));
}

fn started(options: &ServerOptions) -> (tempfile::TempDir, Server, Session) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(&folder.path().join("data"), options);
    let owner = Session::owner(&server, "owner");
    (folder, server, owner)
}

/// The store of the tests, and the query of its hour.
fn small_store() -> (tempfile::TempDir, Server, Session, String) {
    let (folder, server, owner) = started(&ServerOptions::default());
    let hour_ns = (now_ns() / HOUR - 3) * HOUR;
    send_containers(&server, hour_ns);
    send_spans(&server, hour_ns);
    let path = folder.path().join("bill.csv");
    std::fs::write(&path, bill(hour_ns)).unwrap();
    import(&owner, &path, "small");
    let hour_ms = hour_ns / 1_000_000;
    let query = format!("from_ms={hour_ms}&to_ms={}", hour_ms + 3_600_000);
    (folder, server, owner, query)
}

fn row<'a>(answer: &'a Value, key: &str, name: &str) -> &'a Value {
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().find(|row| row[key] == name).unwrap_or_else(|| panic!("{name}: {answer}"))
}

fn driver(row: &Value, kind: &str) -> f64 {
    let drivers = row["drivers"].as_array().unwrap();
    drivers.iter().find(|it| it["kind"] == kind).map_or(0.0, |it| amount(&it["cost"]))
}

#[test]
fn containers_cost_what_they_reserve_or_use_and_the_rest_of_a_node_is_idle() {
    let (_folder, _server, owner, query) = small_store();
    let answer = owner.get(&format!("/cost/containers?{query}"));
    assert_eq!(answer["currency"], "USD");
    // Two processors at 9 and two GiB at 1 are 20 parts of 0.2: a cent each.
    let [order, agent] = answer["workloads"].as_array().unwrap().as_slice() else {
        panic!("{answer}")
    };
    assert_eq!((&order["workload"], &order["service_name"]), (&json!("order"), &json!("order")));
    assert_eq!((&order["used"], &order["idle"]), (&json!("0.055"), &json!("0.045")));
    assert_eq!((&agent["used"], &agent["idle"]), (&json!("0.0225"), &json!("0.0675")));
    assert_eq!(agent["service_name"], Value::Null);
    let reconciled =
        json!({ "bill": "0.2", "containers": "0.19", "cluster_idle": "0.01", "difference": "0" });
    assert_eq!(answer["reconciled"], reconciled);
    let cluster = &answer["clusters"][0];
    assert_eq!((&cluster["name"], &cluster["nodes"]), (&json!("shop"), &json!(1)));
    assert_eq!(cluster["unmatched_nodes"], json!([]));
    // The service uses exactly half of the processor that it reserves, the agent a quarter.
    assert_eq!(answer["headline"], json!({ "containers": 2, "under_half": 1, "share": 0.5 }));
    assert_eq!(answer["sensitivity"].as_array().unwrap().len(), 3);
    assert_eq!(missing(&answer), Vec::<&str>::new());
}

#[test]
fn endpoints_cost_their_loads_and_all_parts_sum_to_the_bill() {
    let (_folder, _server, owner, query) = small_store();
    let answer = owner.get(&format!("/cost/endpoints?{query}"));
    assert_eq!((&answer["total"], &answer["sums_exactly"]), (&json!("0.3923456789"), &json!(true)));
    let rest = ["non_request", "idle", "unallocated", "overhead"].map(|part| units(&answer[part]));
    let rows: i128 =
        answer["rows"].as_array().unwrap().iter().map(|row| units(&row["direct"])).sum();
    assert_eq!(rows + rest.iter().sum::<i128>(), units(&answer["total"]));

    // The container worked 1800 s for 0.045; spans tell of 600, 600 and 200, memory of 800, 600, 200.
    let order = row(&answer, "endpoint", "POST /orders");
    let list = row(&answer, "endpoint", "GET /orders");
    assert_eq!((&order["requests"], &list["requests"]), (&json!(100.0), &json!(200.0)));
    close(driver(order, "cpu"), 0.045 * 600.0 / 1800.0);
    close(driver(list, "cpu"), 0.045 * 600.0 / 1800.0);
    close(driver(order, "memory"), 0.01 * 800.0 / 1600.0);
    // Two thirds of the node's transfer are the service's, all of whose bytes orders tell.
    assert_eq!((driver(order, "network"), driver(list, "network")), (0.02, 0.0));
    assert_eq!((driver(order, "database"), driver(list, "database")), (0.05, 0.0));
    near(&order["per_request"], (0.015 + 0.005 + 0.02 + 0.05) / 100.0);
    // 400 s that no span tells of and 200 s of health checks with their memory.
    near(&answer["non_request"], 0.045 * 600.0 / 1800.0 + 0.01 * 200.0 / 1600.0);
    near(&answer["idle"], 0.045 + 0.0675 + 0.01);
    // The agent with its transfer, and the control plane.
    near(&answer["overhead"], 0.0225 + 0.01 + 0.1);
    assert_eq!(answer["unallocated"], "0.0123456789");
    assert!(amount(&list["low"]) < amount(&list["per_request"]));
    assert!(amount(&list["high"]) > amount(&list["per_request"]));
    assert_eq!(answer["method"]["sampling"]["corrected"], true);
    assert_eq!(missing(&answer), Vec::<&str>::new());

    let services = owner.get(&format!("/cost/services?{query}"));
    let service = row(&services, "service_name", "order");
    near(&service["direct"], 0.055 + 0.02 + 0.05);
    near(&service["idle"], 0.045);
    assert_eq!(service["requests"], 300.0);
    let one = owner.get(&format!("/cost/endpoints?{query}&service_name=order"));
    assert_eq!(units(&one["total"]), units(&service["direct"]) + units(&service["idle"]));
}

#[test]
fn a_trace_costs_what_its_spans_put_a_load_on() {
    let (_folder, _server, owner, _query) = small_store();
    let trace_id = format!("{:016x}{:016x}", 0x5eed, 1);
    let answer = owner.get(&format!("/cost/traces/{trace_id}"));
    near(&answer["total"], (0.015 + 0.005 + 0.02 + 0.05) / 100.0);
    let spans = answer["spans"].as_array().unwrap();
    assert_eq!(spans[0]["inclusive"], answer["total"]);
    near(&spans[1]["direct"], 0.05 / 100.0 + 0.01 / 1600.0 * 2.0);
    assert!(amount(&answer["low"]) < amount(&answer["total"]));
    let unknown = owner.send("GET", "/cost/traces/00", None);
    assert_eq!(unknown.status, 404);
}

#[test]
fn weights_are_settings_and_wrong_questions_are_told() {
    let (_folder, _server, owner, query) = small_store();
    let weights = json!({ "cpu_memory_weights": { "cpu": 1, "memory": 1 }, "health_checks": ["GET /orders"] });
    put(&owner, "cost-settings", "default", &weights);
    let answer = owner.get(&format!("/cost/containers?{query}"));
    // Four parts of 0.2: half a processor and a GiB used.
    assert_eq!(answer["workloads"][0]["used"], "0.075");
    let answer = owner.get(&format!("/cost/endpoints?{query}"));
    assert_eq!(answer["rows"].as_array().unwrap().len(), 1);
    for wrong in ["from_ms=5&to_ms=5", "from_ms=0&to_ms=9999999999999", "metric=real"] {
        let answer = owner.send("GET", &format!("/cost/endpoints?{wrong}"), None);
        assert_eq!(answer.status, 400, "{wrong}: {}", answer.text());
    }
    let euros = owner.send("GET", &format!("/cost/endpoints?{query}&currency=EUR"), None);
    assert_eq!(
        (euros.status, &euros.json()["error"]["code"]),
        (409, &json!("exchange_rate_missing"))
    );
}

#[test]
fn an_empty_store_says_what_is_missing() {
    let (_folder, _server, owner) = started(&ServerOptions::default());
    for page in ["endpoints", "services", "containers"] {
        let answer = owner.get(&format!("/cost/{page}"));
        let missing = missing(&answer);
        assert!(missing.starts_with(&["bill", "container_metrics"]), "{missing:?}");
        assert_eq!(missing.contains(&"spans"), page != "containers");
    }
}
