//! The service map and the neighbours of a service.

use super::{
    MILLISECOND, child_of, failed, float, near, resource, send_together, span, whole_minute_ns,
};
use hannun_e2e::{Server, Session, otlp};
use opentelemetry_proto::tonic::trace::v1::{Span, span::Link};
use serde_json::{Value, json};

const SERVER: i32 = 2;
const CLIENT: i32 = 3;
const PRODUCER: i32 = 4;
const CONSUMER: i32 = 5;
const ORDERS: u64 = 10;

/// The spans of one order: `web` asks `order`, which asks a database, a cache and a foreign host,
/// and sends a message that `mail` reads in a trace of its own.
#[derive(Default)]
struct Spans {
    web: Vec<Span>,
    order: Vec<Span>,
    mail: Vec<Span>,
}

type Attributes = [(&'static str, &'static str)];

const PAGE: &Attributes = &[("http.request.method", "GET"), ("http.route", "/shop")];
const CALL: &Attributes = &[("http.request.method", "POST"), ("server.address", "lb.internal")];
const ORDERED: &Attributes = &[("http.request.method", "POST"), ("http.route", "/orders")];
const QUERY: &Attributes =
    &[("db.system.name", "postgresql"), ("db.namespace", "shop"), ("server.address", "db-1")];
const MENU: &Attributes = &[("db.system", "redis"), ("server.address", "cache-1")];
const REGISTRY: &Attributes = &[
    ("url.full", "https://registry.gov.example/v1/permits?order=5032"),
    ("http.request.method", "POST"),
];
const MESSAGE: &Attributes =
    &[("messaging.system", "kafka"), ("messaging.destination.name", "orders")];

impl Spans {
    /// The queries of the orders take 1, 2, 3 … ms; every fifth call of the registry fails.
    fn order(&mut self, number: u64, at_ns: u64) {
        let id = |part: u64| number * 100 + part;
        let page = span(id(0), SERVER, "GET", at_ns, 50, PAGE);
        let call = child_of(&page, span(id(1), CLIENT, "POST", at_ns, 40, CALL));
        let ordered = child_of(&call, span(id(2), SERVER, "POST", at_ns, 30, ORDERED));
        let part = |span: Span| child_of(&ordered, span);
        let query = part(span(id(3), CLIENT, "INSERT orders", at_ns, number, QUERY));
        let menu = part(span(id(4), CLIENT, "GET", at_ns, 1, MENU));
        let registry = part(span(id(5), CLIENT, "POST", at_ns, 20, REGISTRY));
        let registry = if number.is_multiple_of(5) { failed(registry) } else { registry };
        let message = part(span(id(6), PRODUCER, "send orders", at_ns, 2, MESSAGE));
        let nobody = part(span(id(7), CLIENT, "lookup", at_ns, 1, &[]));
        let link = Link {
            trace_id: message.trace_id.clone(),
            span_id: message.span_id.clone(),
            ..Link::default()
        };
        let read = span(id(8), CONSUMER, "process orders", at_ns + MILLISECOND, 5, MESSAGE);
        self.mail.push(Span { links: vec![link], ..read });
        self.web.extend([page, call]);
        self.order.extend([ordered, query, menu, registry, message, nobody]);
    }
}

struct Shop {
    _folder: tempfile::TempDir,
    _server: Server,
    owner: Session,
    range: String,
}

/// A server with ten orders in production and one more call of `web` elsewhere.
fn shop() -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    let start_ns = whole_minute_ns();
    let mut spans = Spans::default();
    for number in 1..=ORDERS {
        spans.order(number, start_ns + number * 10 * MILLISECOND);
    }
    let production = [("deployment.environment.name", "production"), ("service.version", "1.0")];
    let of = |service| resource(service, &production);
    let services =
        vec![(of("web"), spans.web), (of("order"), spans.order), (of("mail"), spans.mail)];
    send_together(&server, services);
    let call = span(9001, CLIENT, "GET", start_ns, 3, &[("server.address", "old.example")]);
    let staging = [("deployment.environment.name", "staging")];
    server.send_ok("traces", &otlp::traces_of(resource("web", &staging), vec![call]));
    let from_ms = start_ns / MILLISECOND;
    let range = format!("from_ms={from_ms}&to_ms={}", from_ms + 600_000);
    Shop { _folder: folder, _server: server, owner, range }
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect()
}

fn by_id<'a>(list: &'a Value, id: &str) -> &'a Value {
    let found = list.as_array().unwrap().iter().find(|it| it["id"] == id);
    found.unwrap_or_else(|| panic!("{id} is not in {list}"))
}

#[test]
fn the_map_infers_what_stands_behind_services_and_who_called_whom() {
    let shop = shop();
    let map = shop.owner.get(&format!("/service-map?{}&environment=production", shop.range));
    assert_eq!(
        ids(&map["nodes"]),
        [
            "cache:redis:cache-1",
            "database:postgresql:shop@db-1",
            "external:http:registry.gov.example",
            "queue:kafka:orders",
            "service:mail",
            "service:order",
            "service:web",
        ]
    );
    assert_eq!(
        ids(&map["edges"]),
        [
            "queue:kafka:orders→service:mail",
            "service:order→cache:redis:cache-1",
            "service:order→database:postgresql:shop@db-1",
            "service:order→external:http:registry.gov.example",
            "service:order→queue:kafka:orders",
            "service:web→service:order",
        ]
    );
    for edge in map["edges"].as_array().unwrap() {
        assert_eq!(edge["figures"]["requests"], json!(10.0), "{edge}");
        let through_queue = edge["id"].as_str().unwrap().contains("queue:");
        assert_eq!(edge["asynchronous"], json!(through_queue), "{edge}");
    }
    let call = by_id(&map["edges"], "service:web→service:order");
    assert_eq!(call["protocol"], json!("http"));
    near(&call["figures"]["p95_ms"], 40.0, 0.4);
    let registry = &by_id(&map["edges"], "service:order→external:http:registry.gov.example");
    assert_eq!(registry["figures"]["errors"], json!(2.0));
    assert_eq!(registry["figures"]["error_percent"], json!(20.0));

    let database = by_id(&map["nodes"], "database:postgresql:shop@db-1");
    let told = (&database["kind"], &database["system"], &database["name"]);
    assert_eq!(told, (&json!("database"), &json!("postgresql"), &json!("shop@db-1")));
    let figures = &database["figures"];
    assert_eq!((float(&figures["max_ms"]), float(&figures["total_ms"])), (10.0, 55.0));
    near(&figures["p50_ms"], 5.0, 0.05);
    near(&figures["rate_per_second"], 10.0 / 600.0, 1e-9);
    let order = by_id(&map["nodes"], "service:order");
    assert_eq!((&order["kind"], &order["versions"]), (&json!("service"), &json!(["1.0"])));
    assert_eq!(order["figures"]["requests"], json!(10.0));
    assert_eq!(map["unknown_peer_requests"], json!(10.0));
    assert_eq!((&map["truncated"], &map["sampled"]), (&json!(false), &json!(false)));
}

#[test]
fn the_map_is_cut_to_an_environment_and_to_what_is_around_a_service() {
    let shop = shop();
    let nodes = |more: &str| {
        let map = shop.owner.get(&format!("/service-map?{}&{more}", shop.range));
        ids(&map["nodes"]).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(nodes("").len(), 8);
    assert_eq!(nodes("environment=staging"), ["external::old.example", "service:web"]);
    assert_eq!(nodes("environment=none"), Vec::<String>::new());
    assert_eq!(nodes("service=mail"), ["queue:kafka:orders", "service:mail"]);
    assert_eq!(
        nodes("service=mail&depth=2"),
        ["queue:kafka:orders", "service:mail", "service:order"]
    );
    assert_eq!(nodes("service=mail&depth=3").len(), 7);
    assert_eq!(nodes("service=nobody"), Vec::<String>::new());
    for depth in ["0", "4", "-1", "x"] {
        let path = format!("/service-map?{}&service=mail&depth={depth}", shop.range);
        assert_eq!(shop.owner.send("GET", &path, None).status, 400, "{depth}");
    }
}

#[test]
fn neighbours_of_a_service_are_ranked_and_name_their_endpoints() {
    let shop = shop();
    let told = |side: &Value| -> Vec<(String, f64, bool, Vec<String>)> {
        let dependency = |it: &Value| {
            let endpoints = it["endpoints"].as_array().unwrap().iter();
            (
                it["node"]["id"].as_str().unwrap().to_owned(),
                float(&it["figures"]["total_ms"]),
                it["asynchronous"].as_bool().unwrap(),
                endpoints.map(|it| it["endpoint"].as_str().unwrap().to_owned()).collect(),
            )
        };
        side.as_array().unwrap().iter().map(dependency).collect()
    };
    let row = |id: &str, total_ms: f64, asynchronous: bool, endpoint: &str| {
        (id.to_owned(), total_ms, asynchronous, vec![endpoint.to_owned()])
    };
    let of =
        |service: &str| shop.owner.get(&format!("/services/{service}/dependencies?{}", shop.range));
    let order = of("order");
    assert_eq!(told(&order["upstream"]), [row("service:web", 400.0, false, "POST")]);
    assert_eq!(
        told(&order["downstream"]),
        [
            row("external:http:registry.gov.example", 200.0, false, "POST"),
            row("database:postgresql:shop@db-1", 55.0, false, "INSERT orders"),
            row("queue:kafka:orders", 20.0, true, "send orders"),
            row("cache:redis:cache-1", 10.0, false, "GET"),
        ]
    );
    let mail = of("mail");
    let read = row("queue:kafka:orders", 50.0, true, "process orders");
    assert_eq!(told(&mail["upstream"]), [read]);
    assert_eq!(mail["downstream"], json!([]));
    let endpoint = &order["downstream"][1]["endpoints"][0]["figures"];
    assert_eq!((&endpoint["requests"], &endpoint["max_ms"]), (&json!(10.0), &json!(10.0)));
}
