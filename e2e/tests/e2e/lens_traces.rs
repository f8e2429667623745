//! The traces lens through the API: search, one trace, where time goes and what slow traces have in
//! common, on traces whose truth is known.

mod one;

use hannun_e2e::{Server, Session, now_ns, otlp};
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use serde_json::{Value, json};

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1000 * MILLISECOND;
const MINUTE: u64 = 60 * SECOND;

const INTERNAL: i32 = 1;
const SERVER: i32 = 2;
const CLIENT: i32 = 3;
const PRODUCER: i32 = 4;
const CONSUMER: i32 = 5;

struct Lens {
    _folder: tempfile::TempDir,
    server: Server,
    owner: Session,
    range: String,
    start_ns: u64,
}

impl Lens {
    /// A server without spans, and an hour that begins ten minutes before `start_ns`.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&folder.path().join("data"));
        let owner = Session::owner(&server, "owner");
        // A whole minute, so that histograms have known buckets.
        let start_ns = (now_ns() - 50 * MINUTE) / MINUTE * MINUTE;
        let from_ms = (start_ns - 10 * MINUTE) / MILLISECOND;
        let range = format!("from_ms={from_ms}&to_ms={}", from_ms + 3_600_000);
        Self { _folder: folder, server, owner, range, start_ns }
    }

    fn send(&self, service: &str, host: &str, spans: Vec<Span>) {
        let mut resource = otlp::resource(service);
        resource.as_mut().unwrap().attributes.push(otlp::attribute("host.name", host));
        self.server.send_ok("traces", &otlp::traces_of(resource, spans));
    }

    /// The answer about the hour.
    fn about(&self, route: &str, more: &str) -> Value {
        self.owner.get(&format!("/traces/{route}?{}&{more}", self.range))
    }

    /// The status and the code of a refusal.
    fn refused(&self, path: &str) -> (u16, String) {
        let answer = self.owner.send("GET", path, None);
        (answer.status, answer.error_code())
    }

    fn trace(&self, trace: u64) -> Shown {
        Shown(self.owner.get(&format!("/traces/{}", trace_id(trace))))
    }

    /// Span ids of all pages of a search.
    fn found(&self, more: &str, limit: usize) -> Vec<String> {
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.about("search", &format!("{more}&limit={limit}{cursor}"));
            ids.extend(list(&page["rows"]).iter().map(|row| text(&row["span_id"])));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return ids,
            }
        }
    }
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn trace_id(trace: u64) -> String {
    format!("{:016x}{trace:016x}", 0x5eed_u64)
}

fn span_id(span: u64) -> String {
    format!("{span:016x}")
}

/// A span of a trace; `parent` 0 is none.
fn span(trace: u64, id: u64, parent: u64, kind: i32, start_ns: u64, duration_ns: u64) -> Span {
    Span {
        span_id: id.to_be_bytes().to_vec(),
        parent_span_id: if parent == 0 { Vec::new() } else { parent.to_be_bytes().to_vec() },
        name: format!("step {id}"),
        kind,
        end_time_unix_nano: start_ns + duration_ns,
        ..otlp::span(trace, start_ns)
    }
}

fn failed(mut span: Span) -> Span {
    span.status = Some(Status { code: 2, message: "out of stock".to_owned() });
    span
}

fn with(mut span: Span, key: &str, value: &str) -> Span {
    span.attributes.push(otlp::attribute(key, value));
    span
}

fn named(mut span: Span, name: &str) -> Span {
    name.clone_into(&mut span.name);
    span
}

/// A trace as it was answered.
struct Shown(Value);

impl Shown {
    fn row(&self, id: u64) -> usize {
        let ids = list(&self.0["columns"]["span_id"]);
        ids.iter().position(|it| *it == json!(span_id(id))).unwrap()
    }

    /// A column's value of a span.
    fn of(&self, id: u64, column: &str) -> Value {
        self.0["columns"][column][self.row(id)].clone()
    }

    fn name(&self, row: usize) -> Value {
        let number = self.0["columns"]["name"][row].as_u64().unwrap();
        self.0["names"][number as usize].clone()
    }

    fn parent(&self, id: u64) -> Option<u64> {
        let row = usize::try_from(self.of(id, "parent").as_i64().unwrap()).ok()?;
        u64::from_str_radix(self.0["columns"]["span_id"][row].as_str().unwrap(), 16).ok()
    }

    /// Which span was waited for from when to when, in milliseconds.
    fn path(&self) -> Vec<(u64, u64, u64)> {
        let path = &self.0["critical_path"];
        let milliseconds = |value: &Value| value.as_u64().unwrap() / MILLISECOND;
        let spans = list(&path["span"]).iter();
        spans
            .zip(list(&path["from_ns"]).iter().zip(list(&path["to_ns"])))
            .map(|(row, (from, to))| {
                let id = &self.0["columns"]["span_id"][row.as_u64().unwrap() as usize];
                let id = u64::from_str_radix(id.as_str().unwrap(), 16).unwrap();
                (id, milliseconds(from), milliseconds(to))
            })
            .collect()
    }
}

/// Sixty requests of `web`, one a second, each with a query of `order` on another host. Every sixth
/// request fails; request n takes n ms.
fn send_requests(lens: &Lens) {
    let at = |n: u64| lens.start_ns + n * SECOND;
    let requests = (1..=60_u64).map(|n| {
        let span = span(n, 1000 + n, 0, SERVER, at(n), n * MILLISECOND);
        let span = with(named(span, "GET /menus"), "http.route", "/menus");
        let span = with(span, "http.response.status_code", if n % 6 == 0 { "500" } else { "200" });
        if n % 6 == 0 { failed(span) } else { span }
    });
    lens.send("web", "h1", requests.collect());
    let queries = (1..=60_u64).map(|n| {
        let span = span(n, 2000 + n, 1000 + n, CLIENT, at(n), n * MILLISECOND / 2);
        with(named(span, "SELECT menus"), "db.system.name", "sqlite")
    });
    lens.send("order", "h2", queries.collect());
}

#[test]
fn spans_are_found_by_any_of_them_or_by_roots_in_every_order_and_page_by_page() {
    let lens = Lens::new();
    assert_eq!(lens.about("search", ""), json!({"rows": [], "next_cursor": null}));
    send_requests(&lens);
    assert_eq!(lens.found("", 1000).len(), 120);
    let roots = lens.found("only=root", 1000);
    let newest: Vec<String> = (1..=60).rev().map(|n| span_id(1000 + n)).collect();
    assert_eq!(roots, newest);
    let slow_failures = "query=service:web%20status:error%20duration:%3E=40ms";
    assert_eq!(lens.found(slow_failures, 10), [1060, 1054, 1048, 1042].map(span_id));
    assert_eq!(lens.found("query=service:order&only=root", 10), Vec::<String>::new());
    assert_eq!(lens.found("query=@db.system:sqlite%20service:order", 1000).len(), 60);
    let longest = lens.found("sort=duration&only=any", 1000);
    assert_eq!(longest[..3], [1060, 1059, 1058].map(span_id));
    let mut with_failures_first = newest.clone();
    with_failures_first.sort_by_key(|id| u64::from_str_radix(id, 16).unwrap() % 6 != 1000 % 6);
    assert_eq!(lens.found("sort=errors&only=root", 1000), with_failures_first);
    for limit in [1, 7, 59, 60, 61] {
        assert_eq!(lens.found("only=root", limit), roots, "pages of {limit}");
        let failures = lens.found("sort=errors&only=root", limit);
        assert_eq!(failures, with_failures_first, "pages of {limit}");
    }
    assert_eq!(lens.found("sort=duration", 11), longest);

    let latest = &lens.about("search", "only=root&limit=1")["rows"][0];
    let expected = json!({
        "trace_id": trace_id(60), "span_id": span_id(1060),
        "time_ms": ((lens.start_ns + 60 * SECOND) / MILLISECOND) as f64,
        "service": "web", "operation": "GET /menus", "endpoint": latest["endpoint"],
        "duration_ms": 60.0, "failed": true, "kind": "server", "http_status": latest["http_status"],
        "trace": {
            "trace_id": trace_id(60), "start_ms": latest["time_ms"], "duration_ms": 60.0,
            "root_service": "web", "root_name": "GET /menus", "spans": 2, "errors": 1,
            "services": ["order", "web"]
        }
    });
    assert_eq!(*latest, expected);

    // The same after they moved from memory to files.
    let first = lens.about("search", "only=root&limit=40");
    lens.server.settle(120);
    let more = format!("only=root&limit=40&cursor={}", first["next_cursor"].as_str().unwrap());
    let rest = lens.about("search", &more);
    let both = list(&first["rows"]).iter().chain(list(&rest["rows"]));
    assert_eq!(both.map(|row| text(&row["span_id"])).collect::<Vec<_>>(), newest);
    assert_eq!(lens.found("sort=duration", 50), longest);

    for (more, code) in [
        ("query=service:", "invalid_search"),
        ("only=leaf", "invalid_request"),
        ("sort=name", "invalid_request"),
        ("limit=0", "invalid_request"),
        ("cursor=x", "invalid_request"),
    ] {
        let path = format!("/traces/search?{}&{more}", lens.range);
        assert_eq!(lens.refused(&path), (400, code.to_owned()), "{more}");
    }
}

#[test]
fn spans_are_counted_over_time_and_by_their_fields() {
    let lens = Lens::new();
    send_requests(&lens);
    let histogram = lens.about("histogram", "buckets=60&only=root");
    let from_ms = lens.start_ns / MILLISECOND - 600_000;
    assert_eq!((&histogram["from_ms"], &histogram["bucket_ms"]), (&json!(from_ms), &json!(60_000)));
    let counts = |name: &str| -> Vec<(usize, u64)> {
        let counts = list(&histogram[name]).iter().map(|it| it.as_u64().unwrap()).enumerate();
        counts.filter(|(_, count)| *count > 0).collect()
    };
    assert_eq!(counts("ok"), [(10, 50)]);
    assert_eq!(counts("failed"), [(10, 9), (11, 1)]);
    assert_eq!(histogram["total"], json!(60));

    let facets = lens.about("facets", "fields=service,status,kind,@http.route,operation_name");
    assert_eq!((&facets["total"], &facets["sampled_from"]), (&json!(120), &Value::Null));
    let values = |field: &str| -> Vec<(Value, u64)> {
        let facet = list(&facets["facets"]).iter().find(|facet| facet["field"] == field).unwrap();
        let values = list(&facet["values"]).iter();
        values.map(|it| (it["value"].clone(), it["count"].as_u64().unwrap())).collect()
    };
    assert_eq!(values("service"), [(json!("order"), 60), (json!("web"), 60)]);
    assert_eq!(values("status"), [(Value::Null, 110), (json!("error"), 10)]);
    assert_eq!(values("kind"), [(json!("client"), 60), (json!("server"), 60)]);
    assert_eq!(values("@http.route"), [(json!("/menus"), 60), (Value::Null, 60)]);
    assert_eq!(values("operation_name"), [(json!("GET /menus"), 60), (json!("SELECT menus"), 60)]);
    let some = lens.about("facets", "fields=service&limit=1&query=status:error");
    let only =
        json!({"field": "service", "values": [{"value": "web", "count": 10}], "more": false});
    assert_eq!(some["facets"], json!([only]));
    let usual = lens.about("facets", "");
    assert_eq!(list(&usual["facets"]).len(), 10);
    let path = format!("/traces/facets?{}&fields=@", lens.range);
    assert_eq!(lens.refused(&path).0, 400);
}

/// Two hundred requests, of which those of one shard wait for a slow query.
fn send_slow_and_fast(lens: &Lens) {
    let ms = MILLISECOND;
    let at = |n: u64| lens.start_ns + n * SECOND;
    let is_slow = |n: u64| n.is_multiple_of(10);
    let requests = (1..=200_u64).map(|n| {
        let took = if is_slow(n) { 200 + n } else { 20 + n % 10 };
        let request = named(span(n, 1000 + n, 0, SERVER, at(n), took * ms), "POST /orders");
        let request = with(request, "http.route", "/orders");
        let request = with(request, "order.number", &format!("A-{n}"));
        let request = with(request, "browser", if n % 3 == 0 { "firefox" } else { "chrome" });
        with(request, "shard", if is_slow(n) { "3" } else { "1" })
    });
    lens.send("order", "h1", requests.collect());
    let queries = (1..=200_u64).map(|n| {
        let took = if is_slow(n) { 190 } else { 10 };
        let query = span(n, 2000 + n, 1000 + n, CLIENT, at(n), took * ms);
        with(named(query, "SELECT stock"), "pool", if is_slow(n) { "small" } else { "large" })
    });
    lens.send("order", "h1", queries.collect());
}

#[test]
fn a_comparison_names_what_slow_spans_have_in_common_and_where_they_lost_time() {
    let lens = Lens::new();
    let nothing = lens.about("compare", "");
    assert_eq!((&nothing["slow"]["spans"], &nothing["slow"]["over_ms"]), (&json!(0), &Value::Null));
    send_slow_and_fast(&lens);
    let answer = lens.about("compare", "only=root&slow_over_ms=150&fast_under_ms=100");
    assert_eq!(answer["slow"], json!({"spans": 20, "traces": 20, "over_ms": 150.0}));
    assert_eq!((&answer["fast"]["spans"], &answer["fast"]["traces"]), (&json!(180), &json!(100)));
    let attributes = list(&answer["attributes"]);
    let planted = attributes.iter().find(|it| it["value"] == "3").unwrap();
    assert!(attributes[0]["field"] == "@shard" && attributes[1]["field"] == "@shard");
    assert_eq!((&planted["slow_count"], &planted["fast_count"]), (&json!(20), &json!(0)));
    assert_eq!((&planted["slow_percent"], &planted["lift"]), (&json!(100.0), &Value::Null));
    assert_eq!(planted["significant"], json!(true));
    let significant = attributes.iter().filter(|it| it["significant"] == json!(true));
    let fields: Vec<_> =
        significant.map(|it| (text(&it["field"]), it["service"].as_str())).collect();
    let (own, around) = (("@shard".to_owned(), None), ("@pool".to_owned(), Some("order")));
    assert_eq!(fields, [own.clone(), own, around.clone(), around]);
    let pool = attributes.iter().find(|it| it["value"] == "small").unwrap();
    assert_eq!((&pool["slow_percent"], &pool["fast_count"]), (&json!(100.0), &json!(0)));
    let unlikely = planted["adjusted_p_value"].as_f64().unwrap();
    assert!(unlikely > 0.0 && unlikely < 1e-20, "{unlikely}");
    assert!(attributes.iter().all(|it| it["field"] != "@order.number"), "{answer}");
    let slowest = &answer["time"][0];
    assert_eq!(slowest["operation"], json!("SELECT stock"));
    assert_eq!((&slowest["slow_self_ms"], &slowest["fast_self_ms"]), (&json!(190.0), &json!(10.0)));
    assert_eq!(slowest["difference_ms"], json!(180.0));

    // Without limits the slowest twentieth is set against the faster half.
    let usual = lens.about("compare", "only=root");
    let over_ms = usual["slow"]["over_ms"].as_f64().unwrap();
    assert!((200.0..420.0).contains(&over_ms), "{over_ms}");
    let under_ms = usual["fast"]["under_ms"].as_f64().unwrap();
    assert!((22.0..29.0).contains(&under_ms), "{under_ms}");
    assert_eq!((&usual["slow"]["spans"], &usual["fast"]["spans"]), (&json!(11), &json!(100)));
    assert_eq!(usual["attributes"][0]["field"], json!("@shard"));
    let path = format!("/traces/compare?{}&slow_over_ms=1&fast_under_ms=2", lens.range);
    assert_eq!(lens.refused(&path), (400, "invalid_request".to_owned()));

    // A part of the traces is always the same part.
    let some = lens.about("time", "only=root&traces=20");
    assert_eq!((&some["traces"], &some["sampled"]), (&json!(20), &json!(true)));
    assert_eq!(lens.about("time", "only=root&traces=20"), some);
    let all = lens.about("time", "only=root&traces=1000");
    assert_eq!((&all["traces"], &all["spans"]), (&json!(200), &json!(400)));
}

#[test]
fn many_spans_of_one_trace_prove_as_much_as_one() {
    let lens = Lens::new();
    let ms = MILLISECOND;
    // One trace with forty slow spans, and forty with a quick one each.
    let slow = (1..=40_u64).map(|n| span(1, n, 0, SERVER, lens.start_ns + n * ms, 500 * ms));
    let fast = (1..=40_u64).map(|n| span(1 + n, 100 + n, 0, SERVER, lens.start_ns, 5 * ms));
    let slow = slow.map(|span| with(span, "batch", "7"));
    lens.send("web", "h1", slow.chain(fast).collect());
    let answer = lens.about("compare", "slow_over_ms=100&fast_under_ms=50");
    assert_eq!((&answer["slow"]["spans"], &answer["fast"]["spans"]), (&json!(1), &json!(40)));
    let significant = list(&answer["attributes"]).iter().any(|it| it["significant"] == json!(true));
    assert!(!significant, "{answer}");
}

#[test]
fn hostile_texts_stay_texts() {
    const HOSTILE: &str =
        "'; DROP TABLE spans; -- <script>alert(1)</script> \"\\ \u{202e}\u{0}한눈";
    let lens = Lens::new();
    let root = named(span(7, 1, 0, SERVER, lens.start_ns, MILLISECOND), HOSTILE);
    let root = with(with(root, HOSTILE, HOSTILE), "http.route", HOSTILE);
    lens.send(HOSTILE, HOSTILE, vec![root]);
    let stored = &lens.about("search", "")["rows"][0];
    let service = text(&stored["service"]);
    assert!(service.contains("DROP TABLE spans; -- <script>"), "{service}");
    let trace = lens.trace(7);
    assert_eq!(trace.0["services"], json!([service]));
    assert_eq!(trace.name(0), stored["operation"]);
    let attributes = trace.0["details"][0]["attributes"].as_object().unwrap();
    assert!(attributes.iter().any(|(key, value)| key.contains("DROP") && value == &json!(service)));
    for route in ["facets", "time", "compare", "histogram"] {
        let answer = lens.about(route, "query=*:%22DROP%20TABLE%22");
        assert!(answer.is_object(), "{route}");
    }
    let quoted = "query=service:%22a'%20OR%20'1'='1%22";
    assert_eq!(lens.about("histogram", quoted)["total"], json!(0));
    let field = "fields=@a'%5D%20OR%20true%20--,%22%27";
    let facets = lens.about("facets", field);
    assert_eq!(facets["facets"][0]["values"], json!([{"value": null, "count": 1}]));
    for path in ["/traces/%27%20OR%201=1", "/traces/search?cursor=0.0.0.0.%27.b"] {
        assert_eq!(lens.refused(path).0, 400, "{path}");
    }
}
