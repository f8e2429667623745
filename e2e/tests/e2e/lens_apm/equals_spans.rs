//! What is counted ahead equals what the spans say, for times that cut minutes through.

use super::{MILLISECOND, failed, float, resource, send_together, span, whole_minute_ns};
use hannun_e2e::random::Random;
use hannun_e2e::{Server, Session};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::Value;

const SERVICES: [&str; 3] = ["web", "order", "mail"];
const SPANS_EACH: u64 = 350;
const MINUTES: u64 = 9;
/// What a percentile from buckets may be off.
const RELATIVE_ERROR: f64 = 0.01;

/// Spans of all kinds, versions, outcomes and durations at any time, some of them sampled.
fn send_random(server: &Server, start_ns: u64, first_id: u64, random: &mut Random) {
    let mut id = first_id;
    for service in SERVICES {
        for version in ["1.0", "1.1"] {
            let spans: Vec<Span> = (0..SPANS_EACH)
                .map(|_| {
                    id += 1;
                    random_span(id, start_ns, random)
                })
                .collect();
            let environment = if version == "1.0" { "production" } else { "staging" };
            let attributes =
                [("service.version", version), ("deployment.environment.name", environment)];
            send_together(server, vec![(resource(service, &attributes), spans)]);
        }
    }
}

fn random_span(id: u64, start_ns: u64, random: &mut Random) -> Span {
    let at_ns = start_ns + random.below(MINUTES * 60_000) * MILLISECOND;
    let kind = [1, 2, 2, 2, 3, 5][random.below(6) as usize];
    let method = [("http.request.method", "GET")];
    let name = ["GET /a", "GET /b/17", "job"][random.below(3) as usize];
    let mut span = span(id, kind, name, at_ns, 0, &method);
    // From microseconds to minutes.
    let duration_ns = 10_u64.pow(3 + random.below(8) as u32) + random.below(1_000_000);
    span.end_time_unix_nano = at_ns + duration_ns;
    if random.below(3) == 0 {
        span.trace_state = "ot=th:c".to_owned();
    }
    if random.below(5) == 0 { failed(span) } else { span }
}

/// Nearest rank of weighted durations.
fn quantile_ms(durations: &[(f64, f64)], share: f64) -> f64 {
    let wanted = durations.iter().map(|(_, weight)| weight).sum::<f64>() * share;
    let mut seen = 0.0;
    for (ms, weight) in durations {
        seen += weight;
        if seen >= wanted {
            return *ms;
        }
    }
    panic!("no durations")
}

/// What the spans say, read one by one.
struct Truth {
    /// Milliseconds and weight, by duration.
    durations: Vec<(f64, f64)>,
    errors: f64,
}

impl Truth {
    fn of(server: &Server, condition: &str) -> Self {
        let rows = server.rows(&format!(
            "SELECT duration / 1e6 AS ms, \
             CASE WHEN trace_state = 'ot=th:c' THEN 4.0 ELSE 1.0 END AS weight, \
             coalesce(status_code = 'error', false) AS failed FROM spans WHERE {condition} ORDER BY ms"
        ));
        let errors = rows.iter().filter(|row| row["failed"] == true).map(|it| float(&it["weight"]));
        let durations = rows.iter().map(|row| (float(&row["ms"]), float(&row["weight"])));
        Self { errors: errors.sum(), durations: durations.collect() }
    }

    fn requests(&self) -> f64 {
        self.durations.iter().map(|(_, weight)| weight).sum()
    }

    /// Asserts that these figures tell it.
    fn is_told_by(&self, figures: &Value, what: &str) {
        assert!(!self.durations.is_empty(), "{what} has no spans");
        assert_eq!(float(&figures["requests"]), self.requests(), "{what}: {figures}");
        assert_eq!(float(&figures["errors"]), self.errors, "{what}: {figures}");
        for (name, share) in [("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99)] {
            let (told, expected) = (float(&figures[name]), quantile_ms(&self.durations, share));
            let off = (told - expected).abs() / expected;
            assert!(off <= RELATIVE_ERROR, "{what}: {name} is {told}, not {expected}");
        }
        if let Some(max_ms) = figures.get("max_ms") {
            assert_eq!(float(max_ms), self.durations.last().unwrap().0, "{what}");
            let total: f64 = self.durations.iter().map(|(ms, weight)| ms * weight).sum();
            let off = (float(&figures["total_ms"]) - total).abs() / total;
            assert!(off < 1e-9, "{what}: {figures} is not {total}");
        }
    }
}

fn assert_equal(server: &Server, owner: &Session, from_ms: u64, to_ms: u64) {
    let range = format!("from_ms={from_ms}&to_ms={to_ms}");
    let within = format!(
        "CAST(start_time AS BIGINT) >= {} AND CAST(start_time AS BIGINT) < {}",
        from_ms * MILLISECOND,
        to_ms * MILLISECOND
    );
    let services = owner.get(&format!("/services?{range}"));
    let map = owner.get(&format!("/service-map?{range}"));
    for service in SERVICES {
        let requests =
            format!("{within} AND service_name = '{service}' AND kind IN ('server', 'consumer')");
        let truth = Truth::of(server, &requests);
        let named = |list: &Value, key: &str, name: &str| {
            let found = list.as_array().unwrap().iter().find(|it| it[key] == name);
            found.unwrap_or_else(|| panic!("no {name} in {list}")).clone()
        };
        truth.is_told_by(&named(&services["services"], "service", service), service);
        let node = named(&map["nodes"], "id", &format!("service:{service}"));
        truth.is_told_by(&node["figures"], service);
        let about = |route: &str, more: &str| {
            owner.get(&format!("/services/{service}{route}?{range}&{more}"))
        };
        truth.is_told_by(&about("", "")["figures"], service);
        truth.is_told_by(&about("/latency", "")["figures"], service);
        assert_eq!(about("/hits", "")["total"].as_u64().unwrap(), truth.durations.len() as u64);
        let series = about("/series", "buckets=5");
        let told: f64 = super::floats(&series["all"]["requests"]).iter().sum();
        assert_eq!(told, truth.requests(), "{series}");
        for row in about("/endpoints", "")["endpoints"].as_array().unwrap() {
            let (endpoint, kind) =
                (row["endpoint"].as_str().unwrap(), row["kind"].as_str().unwrap());
            let name = endpoint.replace("{id}", "17");
            let condition = format!("{requests} AND name = '{name}' AND kind = '{kind}'");
            Truth::of(server, &condition).is_told_by(&row["figures"], endpoint);
        }
        let staging = about("", "environment=staging");
        let condition = format!("{requests} AND deployment_environment_name = 'staging'");
        Truth::of(server, &condition).is_told_by(&staging["figures"], "staging");
    }
}

#[test]
fn aggregates_equal_the_spans_for_any_time_and_wherever_the_spans_are() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    let start_ns = whole_minute_ns();
    let start_ms = start_ns / MILLISECOND;
    let mut random = Random::from_environment("HANNUN_APM_SEED");
    send_random(&server, start_ns, 0, &mut random);
    let times = [
        // Minutes cut through at both ends.
        (start_ms + 37_123, start_ms + 8 * 60_000 + 12_345),
        // Whole minutes.
        (start_ms, start_ms + 600_000),
        // No whole minute.
        (start_ms + 65_001, start_ms + 118_999),
    ];
    let assert_all = || {
        for (from_ms, to_ms) in times {
            assert_equal(&server, &owner, from_ms, to_ms);
        }
    };
    // Nothing is published yet; then one half of all is.
    assert_all();
    server.settle(120);
    send_random(&server, start_ns, 1_000_000, &mut random);
    assert_all();
}
