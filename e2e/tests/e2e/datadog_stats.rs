//! Statistics that Datadog's tracers compute themselves: services of which a tenth of the spans came
//! show all their requests.

mod clients;
mod payload;
mod profiles;

use hannun_e2e::{Server, Session, now_ns};
use payload::{BUCKETS, REQUESTS_PER_BUCKET, client_stats, sampled_spans};
use serde_json::{Value, json};

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1000 * MILLISECOND;
const MINUTE: u64 = 60 * SECOND;
/// Of the sketch and of the histogram it becomes.
const ERROR: f64 = 0.016;

fn near(value: &Value, expected: f64, share: f64) {
    let found = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((found / expected - 1.0).abs() <= share, "{found} is not {expected}");
}

fn floats(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect()
}

fn named<'a>(list: &'a Value, key: &str, name: &str) -> &'a Value {
    let found = list.as_array().unwrap().iter().find(|it| it[key] == name);
    found.unwrap_or_else(|| panic!("no {name} in {list}"))
}

struct Sampled {
    _folder: tempfile::TempDir,
    server: Server,
    owner: Session,
    from_ms: u64,
}

impl Sampled {
    /// Two minutes of requests of two versions, a tenth of their spans, and statistics of all.
    fn sent() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&folder.path().join("data"));
        let owner = Session::owner(&server, "owner");
        let start_ns = (now_ns() - 30 * MINUTE) / MINUTE * MINUTE;
        let sampled = Self { _folder: folder, server, owner, from_ms: start_ns / MILLISECOND };
        for (version, minute) in [("3.0", 0), ("3.1", 1)] {
            let start_ns = start_ns + minute * MINUTE;
            let headers =
                [("datadog-client-computed-stats", "true"), ("datadog-meta-lang", "python")];
            sampled.put("/v0.4/traces", &headers, &sampled_spans(version, start_ns));
            // Its answer was lost, and it came again.
            for _ in 0..2 {
                sampled.put("/v0.6/stats", &[], &client_stats(version, start_ns));
            }
        }
        sampled
    }

    fn put(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        let url = format!("{}{path}", self.server.base_url("datadog"));
        let client = hannun_e2e::http::Client::default();
        let headers = [headers, &[("content-type", "application/msgpack")]].concat();
        let answer = client.request("PUT", &url, &headers, Some(body)).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }

    /// Asks about a part of the time, in seconds from its beginning.
    fn get(&self, path: &str, from_s: u64, to_s: u64, more: &str) -> Value {
        let (from_ms, to_ms) = (self.from_ms + from_s * 1000, self.from_ms + to_s * 1000);
        self.owner.get(&format!("{path}?from_ms={from_ms}&to_ms={to_ms}{more}"))
    }
}

/// What is known of the requests of this many intervals.
fn assert_true_figures(figures: &Value, buckets: u64) {
    let requests = (buckets * REQUESTS_PER_BUCKET) as f64;
    assert_eq!(figures["requests"], requests, "{figures}");
    assert_eq!(figures["errors"], requests / 20.0);
    assert_eq!(figures["error_percent"], 5.0);
    near(&figures["p50_ms"], 50.0, ERROR);
    near(&figures["p95_ms"], 95.0, ERROR);
    near(&figures["p99_ms"], 99.0, ERROR);
}

#[test]
fn a_sampled_service_has_its_true_figures_everywhere() {
    let sampled = Sampled::sent();
    let server = &sampled.server;
    assert_eq!(server.number("SELECT count(*) AS n FROM spans WHERE kind = 'server'"), 120);
    assert_eq!(server.number("SELECT count(*) AS n FROM client_stats WHERE spans <> 0"), 0);
    // Once from what was not published yet, once from files.
    for _ in 0..2 {
        assert_eq!(server.count("client_stats"), 2 * 3 * BUCKETS as i64);
        let services = sampled.get("/services", 0, 120, "");
        let shop = named(&services["services"], "service", "shop");
        assert_true_figures(shop, 2 * BUCKETS);
        assert_eq!(shop["versions"], json!(["3.0", "3.1"]));
        assert_eq!(shop["environments"], json!(["production"]));

        let endpoints = sampled.get("/services/shop/endpoints", 0, 120, "");
        let endpoints = &endpoints["endpoints"];
        assert_eq!(endpoints.as_array().unwrap().len(), 1, "{endpoints}");
        let orders = named(endpoints, "endpoint", "GET /orders/{number}");
        assert_true_figures(&orders["figures"], 2 * BUCKETS);

        let map = sampled.get("/service-map", 0, 120, "");
        let database = named(&map["nodes"], "kind", "database");
        assert_eq!(database["name"], "shop@db-1", "{map}");
        assert_eq!(map["edges"].as_array().unwrap().len(), 1, "{map}");
        assert_eq!(map["edges"][0]["figures"]["requests"], 1200.0);
        let counted = "SELECT sum(count) AS n FROM client_stats WHERE endpoint = 'SELECT orders'";
        assert_eq!(server.row(counted)["n"], 1200.0);

        let deploys = sampled.get("/deploys", 0, 120, "&service=shop");
        let came = named(&deploys["deploys"], "version", "3.1");
        assert_eq!((&came["requests"], &came["error_percent"]), (&json!(600.0), &json!(5.0)));
        near(&came["p95_ms"], 95.0, ERROR);
        assert_eq!(came["previous_error_percent"], 5.0);
        server.settle(150);
    }
}

#[test]
fn parts_of_ten_seconds_are_told_apart_whatever_minutes_they_lie_in() {
    let sampled = Sampled::sent();
    for (from_s, to_s, buckets) in
        [(10, 40, 3), (50, 70, 2), (0, 10, 1), (60, 120, 6), (20, 110, 9)]
    {
        let services = sampled.get("/services", from_s, to_s, "");
        assert_true_figures(named(&services["services"], "service", "shop"), buckets);
        let endpoints = sampled.get("/services/shop/endpoints", from_s, to_s, "");
        let orders = named(&endpoints["endpoints"], "endpoint", "GET /orders/{number}");
        assert_true_figures(&orders["figures"], buckets);
    }
    let series = sampled.get("/services/shop/series", 0, 120, "&buckets=12");
    assert_eq!(series["bucket_ms"], 10_000);
    assert_eq!(floats(&series["all"]["requests"]), [100.0; 12]);
    assert_eq!(floats(&series["all"]["errors"]), [5.0; 12]);
    let version = named(&series["versions"], "version", "3.1");
    let first_half = |of: &str| floats(&version[of])[..6].iter().sum::<f64>();
    assert_eq!((first_half("requests"), first_half("errors")), (0.0, 0.0));
    for part in 0..12 {
        near(&series["all"]["p95_ms"][part], 95.0, ERROR);
    }
    let by_minute = sampled.get("/services/shop/series", 0, 120, "&buckets=2");
    assert_eq!(floats(&by_minute["all"]["requests"]), [600.0; 2]);
}
