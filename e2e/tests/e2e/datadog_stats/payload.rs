//! Payloads whose truth is known, as a tracer writes them.

use super::{MILLISECOND, SECOND};
use hannun_e2e::msgpack::Writer;
use prost::Message;
use std::collections::BTreeMap;

/// Intervals of ten seconds in a minute.
pub const BUCKETS: u64 = 6;
/// They last 1 to 100 ms, and every twentieth fails.
pub const REQUESTS_PER_BUCKET: u64 = 100;

fn fails(request: u64) -> bool {
    request.is_multiple_of(20)
}

fn map(writer: &mut Writer, texts: &[(&str, &str)], numbers: &[(&str, u64)]) {
    writer.map(texts.len() + numbers.len());
    for (key, value) in texts {
        writer.text(key);
        writer.text(value);
    }
    for (key, value) in numbers {
        writer.text(key);
        writer.uint(*value);
    }
}

/// A tenth of the requests of a minute, each with the query it made.
pub fn sampled_spans(version: &str, start_ns: u64) -> Vec<u8> {
    let mut writer = Writer::default();
    let requests = (0..BUCKETS * REQUESTS_PER_BUCKET).step_by(10);
    writer.array(requests.clone().count());
    for number in requests {
        let request = number % REQUESTS_PER_BUCKET + 1;
        let start_ns = start_ns + number * 100 * MILLISECOND;
        let trace_id = start_ns | 1;
        writer.array(2);
        for (kind, span_id, parent_id) in [("server", 1, 0), ("client", 2, 1)] {
            let is_server = kind == "server";
            let duration_ns = if is_server { request * MILLISECOND } else { MILLISECOND / 2 };
            writer.map(12);
            for (key, value) in [
                ("service", if is_server { "shop" } else { "postgres" }),
                ("name", if is_server { "flask.request" } else { "postgres.query" }),
                ("resource", if is_server { ROUTE } else { QUERY }),
                ("type", if is_server { "web" } else { "sql" }),
            ] {
                writer.text(key);
                writer.text(value);
            }
            for (key, value) in [
                ("trace_id", trace_id),
                ("span_id", trace_id + span_id),
                ("parent_id", if parent_id == 0 { 0 } else { trace_id + parent_id }),
                ("start", start_ns),
                ("duration", duration_ns),
                ("error", u64::from(is_server && fails(request))),
            ] {
                writer.text(key);
                writer.uint(value);
            }
            let of_server = [("http.method", "GET"), ("http.route", "/orders/{number}")];
            let of_client = [
                ("db.system", "postgresql"),
                ("db.name", "shop"),
                ("out.host", "db-1"),
                ("_dd.base_service", "shop"),
            ];
            let own: &[(&str, &str)] = if is_server { &of_server } else { &of_client };
            let shared = [("span.kind", kind), ("env", "production"), ("version", version)];
            writer.text("meta");
            map(&mut writer, &[&shared, own].concat(), &[]);
            writer.text("metrics");
            map(&mut writer, &[], &[("_dd.top_level", 1), ("_sampling_priority_v1", 1)]);
        }
    }
    writer.into_bytes()
}

const ROUTE: &str = "GET /orders/{number}";
const QUERY: &str = "SELECT * FROM orders WHERE number = ?";

/// The statistics of all requests of a minute.
pub fn client_stats(version: &str, start_ns: u64) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(6);
    for (key, value) in
        [("Env", "production"), ("Version", version), ("Lang", "python"), ("Service", "shop")]
    {
        writer.text(key);
        writer.text(value);
    }
    writer.text("Sequence");
    writer.uint(1);
    writer.text("Stats");
    writer.array(BUCKETS as usize);
    for bucket in 0..BUCKETS {
        writer.map(3);
        writer.text("Start");
        writer.uint(start_ns + bucket * 10 * SECOND);
        writer.text("Duration");
        writer.uint(10 * SECOND);
        writer.text("Stats");
        writer.array(2);
        requests(&mut writer);
        queries(&mut writer);
    }
    writer.into_bytes()
}

fn requests(writer: &mut Writer) {
    let durations = |failed: bool| {
        let all = (1..=REQUESTS_PER_BUCKET).filter(move |request| fails(*request) == failed);
        all.map(|request| request * MILLISECOND).collect::<Vec<_>>()
    };
    let texts = [
        ("Service", "shop"),
        ("Name", "flask.request"),
        ("Resource", ROUTE),
        ("Type", "web"),
        ("SpanKind", "server"),
        ("HTTPMethod", "GET"),
        ("HTTPEndpoint", "/orders/{number}"),
    ];
    group(writer, &texts, &[], &durations(false), &durations(true));
}

fn queries(writer: &mut Writer) {
    let texts = [
        ("Service", "postgres"),
        ("Name", "postgres.query"),
        ("Resource", QUERY),
        ("Type", "sql"),
        ("SpanKind", "client"),
    ];
    let peer = ["db.system:postgresql", "db.name:shop", "out.host:db-1", "_dd.base_service:shop"];
    group(writer, &texts, &peer, &[MILLISECOND / 2; REQUESTS_PER_BUCKET as usize], &[]);
}

fn group(
    writer: &mut Writer,
    texts: &[(&str, &str)],
    peer_tags: &[&str],
    passed_ns: &[u64],
    failed_ns: &[u64],
) {
    let hits = (passed_ns.len() + failed_ns.len()) as u64;
    let is_root = u64::from(peer_tags.is_empty());
    let numbers = [
        ("Hits", hits),
        ("TopLevelHits", hits),
        ("Errors", failed_ns.len() as u64),
        ("Duration", passed_ns.iter().chain(failed_ns).sum()),
        ("IsTraceRoot", if is_root == 1 { 1 } else { 2 }),
    ];
    writer.map(texts.len() + numbers.len() + 3);
    for (key, value) in texts {
        writer.text(key);
        writer.text(value);
    }
    for (key, value) in numbers {
        writer.text(key);
        writer.uint(value);
    }
    writer.text("PeerTags");
    writer.array(peer_tags.len());
    peer_tags.iter().for_each(|tag| writer.text(tag));
    for (key, durations) in [("OkSummary", passed_ns), ("ErrorSummary", failed_ns)] {
        let sketch = sketch(durations);
        writer.text(key);
        // Bytes with a length of 32 bits.
        writer.append(&[0xc6]);
        writer.append(&u32::try_from(sketch.len()).unwrap().to_be_bytes());
        writer.append(&sketch);
    }
}

/// <https://github.com/DataDog/sketches-go/blob/master/ddsketch/pb/ddsketch.proto>
#[derive(Clone, PartialEq, Message)]
struct Sketch {
    #[prost(message, optional, tag = "1")]
    mapping: Option<Mapping>,
    #[prost(message, optional, tag = "2")]
    positive: Option<Bins>,
}

#[derive(Clone, PartialEq, Message)]
struct Mapping {
    #[prost(double, tag = "1")]
    gamma: f64,
    #[prost(double, tag = "2")]
    offset: f64,
}

#[derive(Clone, PartialEq, Message)]
struct Bins {
    #[prost(double, repeated, tag = "2")]
    counts: Vec<f64>,
    #[prost(sint32, tag = "3")]
    first: i32,
}

/// Bins in a row, as tracers make them.
fn sketch(durations_ns: &[u64]) -> Vec<u8> {
    const GAMMA: f64 = 1.015625;
    const OFFSET: f64 = 1338.5;
    let mut bins: BTreeMap<i32, f64> = BTreeMap::new();
    for duration in durations_ns {
        let bin = ((*duration as f64).ln() / GAMMA.ln() + OFFSET).floor() as i32;
        *bins.entry(bin).or_default() += 1.0;
    }
    let first = bins.keys().next().copied().unwrap_or(0);
    let last = bins.keys().next_back().copied().unwrap_or(-1);
    let counts = (first..=last).map(|bin| bins.get(&bin).copied().unwrap_or(0.0)).collect();
    let mapping = Some(Mapping { gamma: GAMMA, offset: OFFSET });
    Sketch { mapping, positive: Some(Bins { counts, first }) }.encode_to_vec()
}
