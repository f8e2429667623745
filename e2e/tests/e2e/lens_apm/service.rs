//! One service: in short, over time, by endpoint, by duration, request by request.

use super::{
    MILLISECOND, MINUTE, failed, float, floats, near, resource, send_together, span,
    whole_minute_ns,
};
use hannun_e2e::{Server, Session, otlp};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::{Value, json};

const SERVER: i32 = 2;
/// Nobody said that a name is easy to put into a path.
const NAME: &str = "주문/order v2?";
const PATH: &str = "%EC%A3%BC%EB%AC%B8%2Forder%20v2%3F";

struct Known {
    _folder: tempfile::TempDir,
    server: Server,
    owner: Session,
    start_ns: u64,
}

impl Known {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&folder.path().join("data"));
        let owner = Session::owner(&server, "owner");
        Self { _folder: folder, server, owner, start_ns: whole_minute_ns() }
    }

    /// The ten minutes in which what is known happened.
    fn range(&self) -> String {
        let from_ms = self.start_ns / MILLISECOND;
        format!("from_ms={from_ms}&to_ms={}", from_ms + 600_000)
    }

    fn get(&self, route: &str, more: &str) -> Value {
        self.owner.get(&format!("/services/{PATH}{route}?{}&{more}", self.range()))
    }
}

/// In minute 0: 40 requests of 1.0 for the menu, of 1 to 40 ms. In minute 4, from its 30th second:
/// 20 of 1.1 for orders, of 100 ms each, every fourth failed. Before, in minute -5: 10 for the menu.
fn send_known(known: &Known) {
    let get = [("http.request.method", "GET"), ("http.route", "/menus/{id}")];
    let post = [("http.request.method", "POST"), ("http.route", "/orders")];
    let menu = |id: u64, at_ns: u64, ms: u64| span(id, SERVER, "GET", at_ns, ms, &get);
    let old = [("service.version", "1.0"), ("host.name", "h1"), ("os.type", "linux")];
    let before = (1..=10).map(|id| menu(id, known.start_ns - 5 * MINUTE, 10));
    let first = (1..=40).map(|id| menu(100 + id, known.start_ns + id * MILLISECOND, id));
    send_together(&known.server, vec![(resource(NAME, &old), before.chain(first).collect())]);
    let new = [
        ("service.version", "1.1"),
        ("host.name", "h2"),
        ("deployment.environment.name", "production"),
        ("telemetry.sdk.language", "rust"),
    ];
    let at_ns = known.start_ns + 4 * MINUTE + 30_000 * MILLISECOND;
    let orders = (1..=20).map(|id| {
        let order = span(200 + id, SERVER, "POST", at_ns + id * MILLISECOND, 100, &post);
        if id % 4 == 0 { failed(order) } else { order }
    });
    send_together(&known.server, vec![(resource(NAME, &new), orders.collect())]);
}

#[test]
fn a_service_in_short_tells_how_it_does_and_where_it_runs() {
    let known = Known::new();
    send_known(&known);
    let service = known.get("", "");
    assert_eq!(service["service"], json!(NAME));
    let figures = &service["figures"];
    assert_eq!((float(&figures["requests"]), float(&figures["errors"])), (60.0, 5.0));
    assert_eq!(float(&figures["total_ms"]), 820.0 + 2000.0);
    assert_eq!(float(&figures["max_ms"]), 100.0);
    near(&figures["p50_ms"], 30.0, 0.3);
    near(&figures["error_percent"], 100.0 * 5.0 / 60.0, 1e-9);
    near(&figures["rate_per_second"], 0.1, 1e-9);
    assert_eq!(float(&service["previous"]["requests"]), 10.0);
    assert_eq!(float(&service["previous"]["p99_ms"]).round(), 10.0);
    let start_ms = known.start_ns / MILLISECOND;
    assert_eq!(
        service["versions"],
        json!([
            {"version": "1.0", "requests": 40.0, "first_seen_ms": start_ms - 300_000,
             "last_seen_ms": start_ms},
            {"version": "1.1", "requests": 20.0, "first_seen_ms": start_ms + 240_000,
             "last_seen_ms": start_ms + 240_000},
        ])
    );
    assert_eq!(service["environments"], json!(["none", "production"]));
    assert_eq!(service["languages"], json!(["rust"]));
    assert_eq!(service["has_entry_spans"], json!(true));
    let hosts = json!([{"value": "h1", "spans": 40}, {"value": "h2", "spans": 20}]);
    assert_eq!(
        service["infrastructure"],
        json!([
            {"key": "host.name", "values": hosts, "more": false},
            {"key": "telemetry.sdk.language", "values": [{"value": "rust", "spans": 20}],
             "more": false},
            {"key": "os.type", "values": [{"value": "linux", "spans": 40}], "more": false},
        ])
    );
    assert_eq!(service["infrastructure_from_ms"], json!(start_ms));

    let production = known.get("", "environment=production");
    assert_eq!(float(&production["figures"]["requests"]), 20.0);
    assert_eq!(float(&production["previous"]["requests"]), 0.0);
    assert_eq!(production["previous"]["p50_ms"], Value::Null);
}

#[test]
fn a_service_that_is_silent_is_empty_and_one_that_never_was_is_not_found() {
    let known = Known::new();
    send_known(&known);
    let silent = known.get("", "environment=staging");
    assert_eq!(float(&silent["figures"]["requests"]), 0.0);
    assert_eq!((&silent["versions"], &silent["infrastructure"]), (&json!([]), &json!([])));
    assert_eq!(silent["infrastructure_from_ms"], Value::Null);
    let from_ms = known.start_ns / MILLISECOND - 86_400_000;
    let path = format!("/services/{PATH}?from_ms={from_ms}&to_ms={}", from_ms + 60_000);
    assert_eq!(float(&known.owner.get(&path)["figures"]["requests"]), 0.0);
    let nobody = known.owner.send("GET", "/services/nobody", None);
    assert_eq!((nobody.status, nobody.error_code()), (404, "not_found".to_owned()));
    let series = known.owner.get("/services/nobody/series");
    assert_eq!((&series["versions"], &series["deploys"]), (&json!([]), &json!([])));
    assert_eq!(known.owner.get("/services/nobody/endpoints")["endpoints"], json!([]));
    assert_eq!(known.owner.get("/services/nobody/latency")["buckets"], json!([]));
    assert_eq!(known.owner.get("/services/nobody/hits")["total"], json!(0));
    assert_eq!(known.owner.get("/services/nobody/dependencies")["upstream"], json!([]));
    assert_eq!(known.owner.send("GET", "/services/a%FF", None).status, 400);
}

#[test]
fn a_service_over_time_is_told_by_version_with_its_deploys() {
    let known = Known::new();
    send_known(&known);
    let start_ms = known.start_ns / MILLISECOND;
    let series = known.get("/series", "buckets=10");
    assert_eq!(series["from_ms"], json!(start_ms));
    assert_eq!(series["bucket_ms"], json!(60_000));
    let versions: Vec<_> =
        series["versions"].as_array().unwrap().iter().map(|it| &it["version"]).collect();
    assert_eq!(versions, ["1.0", "1.1"]);
    let mut all = vec![0.0; 10];
    all[0] = 40.0;
    all[4] = 20.0;
    assert_eq!(floats(&series["all"]["requests"]), all);
    assert_eq!(float(&series["all"]["errors"][4]), 5.0);
    near(&series["versions"][0]["p95_ms"][0], 38.0, 0.38);
    near(&series["all"]["p50_ms"][4], 100.0, 1.0);
    assert_eq!(series["all"]["p50_ms"][1], Value::Null);
    // 1.0 is the first that is known; 1.1 came with its first request.
    let came = json!([{"version": "1.1", "at_ms": start_ms + 240_000 + 30_001}]);
    assert_eq!(series["deploys"], came);

    let menus = known.get("/series", "buckets=10&endpoint=GET%20%2Fmenus%2F%7Bid%7D");
    assert_eq!(float(&menus["all"]["requests"][0]), 40.0);
    assert_eq!(float(&menus["all"]["requests"][4]), 0.0);

    // Parts of less than a minute.
    let fine = known.get("/series", "buckets=60");
    assert_eq!(fine["bucket_ms"], json!(10_000));
    let requests = floats(&fine["all"]["requests"]);
    let filled: Vec<_> = (0..requests.len()).filter(|part| requests[*part] > 0.0).collect();
    assert_eq!(filled, [0, 27]);
    assert_eq!((requests[0], requests[27]), (40.0, 20.0));
    let versions = fine["versions"].as_array().unwrap();
    assert_eq!(float(&versions[1]["errors"][27]), 5.0);
    near(&versions[1]["p99_ms"][27], 100.0, 1.0);
}

#[test]
fn endpoints_are_ranked_by_their_time_and_compared_with_before() {
    let known = Known::new();
    send_known(&known);
    let answer = known.get("/endpoints", "");
    let [orders, menus] = answer["endpoints"].as_array().unwrap().as_slice() else {
        panic!("{answer}")
    };
    assert_eq!((&orders["endpoint"], &orders["kind"]), (&json!("POST /orders"), &json!("server")));
    assert_eq!(float(&orders["figures"]["errors"]), 5.0);
    assert_eq!(orders["previous"], Value::Null);
    near(&orders["share_percent"], 100.0 * 2000.0 / 2820.0, 1e-9);
    assert_eq!(menus["endpoint"], json!("GET /menus/{id}"));
    assert_eq!(float(&menus["figures"]["requests"]), 40.0);
    assert_eq!(float(&menus["previous"]["requests"]), 10.0);
    near(&menus["previous"]["p50_ms"], 10.0, 0.1);
    let told = (&answer["truncated"], &answer["collapsed_names"]);
    assert_eq!(told, (&json!(false), &json!(0.0)));
    let one = known.get("/endpoints", "limit=1");
    assert_eq!((one["endpoints"].as_array().unwrap().len(), &one["truncated"]), (1, &json!(true)));
    near(&one["endpoints"][0]["share_percent"], 100.0 * 2000.0 / 2820.0, 1e-9);
}

#[test]
fn names_without_end_are_counted_together_and_said_to_be() {
    let known = Known::new();
    let letter = |number: u64| char::from(b'a' + (number % 26) as u8);
    // Words, which no rule takes for ids.
    let name = |id: u64| format!("job-{}{}{}", letter(id / 676), letter(id / 26), letter(id));
    let spans = (0..1500_u64).map(|id| span(id + 1, SERVER, &name(id), known.start_ns, 1, &[]));
    send_together(&known.server, vec![(resource(NAME, &[]), spans.collect())]);
    let answer = known.get("/endpoints", "limit=1000");
    assert_eq!(answer["collapsed_names"], json!(500.0));
    assert_eq!(answer["endpoints"].as_array().unwrap().len(), 1000);
    assert_eq!(answer["truncated"], json!(true));
    let other = &answer["endpoints"][0];
    assert_eq!(
        (&other["endpoint"], &other["figures"]["requests"]),
        (&json!("(other)"), &json!(500.0))
    );
    assert_eq!(float(&known.get("", "")["figures"]["requests"]), 1500.0);
}

#[test]
fn durations_are_told_in_bars_with_their_failures() {
    let known = Known::new();
    send_known(&known);
    let latency = known.get("/latency", "");
    let bars = latency["buckets"].as_array().unwrap();
    let sum = |name: &str| bars.iter().map(|bar| float(&bar[name])).sum::<f64>();
    assert_eq!((sum("requests"), sum("errors")), (60.0, 5.0));
    assert_eq!(float(&latency["figures"]["requests"]), 60.0);
    for pair in bars.windows(2) {
        assert_eq!(pair[0]["to_ms"], pair[1]["from_ms"]);
    }
    let last = bars.last().unwrap();
    assert_eq!((float(&last["requests"]), float(&last["errors"])), (20.0, 5.0));
    assert!(float(&last["from_ms"]) <= 101.0 && 99.0 <= float(&last["to_ms"]), "{last}");
    let menus = known.get("/latency", "endpoint=GET%20%2Fmenus%2F%7Bid%7D");
    assert_eq!(float(&menus["figures"]["max_ms"]), 40.0);
    assert_eq!(known.get("/latency", "kind=client")["buckets"], json!([]));
}

#[test]
fn a_hit_map_keeps_failures_and_an_even_part_of_the_others() {
    let known = Known::new();
    send_known(&known);
    let all = known.get("/hits", "");
    assert_eq!((&all["total"], &all["sampled"]), (&json!(60), &json!(false)));
    let times = floats(&all["times_ms"]);
    assert!(times.is_sorted() && times.len() == 60);
    assert_eq!(floats(&all["durations_ms"])[..3], [1.0, 2.0, 3.0]);
    assert_eq!(all["endpoints"][0], json!("GET /menus/{id}"));
    assert_eq!(all["span_ids"][0], json!(format!("{:016x}", 101)));
    let trace_id = all["trace_ids"][0].as_str().unwrap();
    let trace = known.owner.get(&format!("/traces/{trace_id}"));
    assert_eq!(trace["total_spans"], json!(1));

    let few = known.get("/hits", "limit=12");
    let failures = few["failed"].as_array().unwrap().iter().filter(|it| **it == true).count();
    assert_eq!((few["trace_ids"].as_array().unwrap().len(), failures), (12, 5));
    assert_eq!((&few["total"], &few["sampled"]), (&json!(60), &json!(true)));
    assert_eq!(few, known.get("/hits", "limit=12"));

    let count = |more: &str| known.get("/hits", more)["total"].clone();
    assert_eq!(count("errors_only=true"), json!(5));
    assert_eq!(count("min_ms=10&max_ms=20"), json!(10));
    assert_eq!(count("min_ms=100&errors_only=true"), json!(5));
    assert_eq!(count("endpoint=POST%20%2Forders"), json!(20));
    let wrong = format!("/services/{PATH}/hits?{}&min_ms=-1", known.range());
    assert_eq!(known.owner.send("GET", &wrong, None).status, 400);
}

#[test]
fn very_many_dots_are_thinned_out_evenly() {
    let known = Known::new();
    // One a millisecond over five minutes would be too many to send; every 20 ms will do.
    let span_at = |id: u64| {
        let dot = otlp::span(id + 1, known.start_ns + id * 20 * MILLISECOND);
        if id % 1000 == 7 { failed(dot) } else { dot }
    };
    for part in 0..3_u64 {
        let spans: Vec<Span> = (part * 5000..(part + 1) * 5000).map(span_at).collect();
        send_together(&known.server, vec![(resource(NAME, &[]), spans)]);
    }
    let dots = known.get("/hits", "limit=1000");
    assert_eq!((&dots["total"], &dots["sampled"]), (&json!(15_000), &json!(true)));
    let times = floats(&dots["times_ms"]);
    assert_eq!(times.len(), 1000);
    let failures = dots["failed"].as_array().unwrap().iter().filter(|it| **it == true).count();
    assert_eq!(failures, 15);
    // Each of the five minutes has about a fifth.
    let start_ms = (known.start_ns / MILLISECOND) as f64;
    for minute in 0..5 {
        let from_ms = start_ms + 60_000.0 * f64::from(minute);
        let dots = times.iter().filter(|ms| (from_ms..from_ms + 60_000.0).contains(*ms)).count();
        assert!((150..=250).contains(&dots), "minute {minute}: {dots}");
    }
}
