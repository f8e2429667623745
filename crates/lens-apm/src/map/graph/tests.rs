use super::*;
use crate::map::testing::{called, row, with_caller, with_peer};
use hannun_api::Figures;

/// A service that was asked so often.
fn service(name: &str, requests: f64) -> (String, OwnSpans) {
    let figures = FiguresRow { requests: Some(requests), ..FiguresRow::default() };
    let versions = vec!["1.0".to_owned()];
    (name.to_owned(), OwnSpans { figures: Some(figures), versions, last_seen_ms: 60_000 })
}

fn graph(services: &[(&str, f64)], rows: &[CallRow]) -> Graph {
    let services = services.iter().map(|(name, requests)| service(name, *requests)).collect();
    Graph::new(services, rows, &Resolver::new(rows))
}

fn map(graph: Graph) -> ServiceMap {
    let nodes = graph.map_nodes(10.0);
    graph.into_map(nodes, 10.0, false)
}

fn edges(map: &ServiceMap) -> Vec<(&str, f64, bool)> {
    let edges = map.edges.iter();
    edges.map(|edge| (edge.id.as_str(), edge.figures.requests, edge.asynchronous)).collect()
}

fn node_ids(map: &ServiceMap) -> Vec<&str> {
    map.nodes.iter().map(|node| node.id.as_str()).collect()
}

/// web → order → shop (database), order ~> orders (queue) ~> mail, order → legacy, which has no spans.
fn shop() -> Vec<CallRow> {
    let lb = || with_peer(row("web", "client", 4.0), "external", "http", "lb");
    vec![
        called(lb(), "order"),
        lb(),
        with_peer(row("order", "client", 30.0), "database", "sqlite", "shop"),
        with_peer(row("order", "producer", 8.0), "queue", "kafka", "orders"),
        with_peer(row("mail", "consumer", 7.0), "queue", "kafka", "orders"),
        called(row("order", "client", 2.0), "legacy"),
        row("order", "client", 5.0),
    ]
}

#[test]
fn nodes_and_edges_are_in_the_order_of_their_ids_whatever_the_order_of_rows() {
    let services = [("web", 8.0), ("order", 9.0), ("mail", 7.0)];
    let first = map(graph(&services, &shop()));
    assert_eq!(
        node_ids(&first),
        [
            "database:sqlite:shop",
            "queue:kafka:orders",
            "service:legacy",
            "service:mail",
            "service:order",
            "service:web"
        ]
    );
    assert_eq!(
        edges(&first),
        [
            ("queue:kafka:orders→service:mail", 7.0, true),
            ("service:order→database:sqlite:shop", 30.0, false),
            ("service:order→queue:kafka:orders", 8.0, true),
            ("service:order→service:legacy", 2.0, false),
            ("service:web→service:order", 8.0, false),
        ]
    );
    assert_eq!(first.unknown_peer_requests, 5.0);
    let mut rows = shop();
    rows.reverse();
    let mut services = services;
    services.reverse();
    assert_eq!(map(graph(&services, &rows)), first);
}

#[test]
fn a_service_tells_its_own_figures_and_what_is_behind_it_those_of_its_calls() {
    let mut rows = shop();
    rows.push(with_peer(row("mail", "client", 10.0), "database", "sqlite", "shop"));
    let map = map(graph(&[("order", 9.0)], &rows));
    let named = |id: &str| map.nodes.iter().find(|node| node.id == id).unwrap();
    let requests = |id: &str| named(id).figures.as_ref().map(|figures| figures.requests);
    assert_eq!(requests("service:order"), Some(9.0));
    assert_eq!(requests("database:sqlite:shop"), Some(40.0));
    assert_eq!(requests("queue:kafka:orders"), Some(8.0));
    // It is known by a call only.
    assert_eq!(requests("service:legacy"), None);
    let database = named("database:sqlite:shop");
    assert_eq!((database.kind.as_str(), database.name.as_str()), ("database", "shop"));
    assert_eq!((database.system.as_deref(), database.last_seen_ms), (Some("sqlite"), Some(60_000)));
    let Figures { p95_ms, total_ms, rate_per_second, .. } = database.figures.clone().unwrap();
    assert!((p95_ms.unwrap() - 10.0).abs() < 0.1, "{p95_ms:?}");
    assert_eq!((total_ms, rate_per_second), (400.0, 4.0));
    assert_eq!(map.edges[1].protocol.as_deref(), Some("sqlite"));
}

#[test]
fn a_message_that_both_sides_tell_of_is_counted_once() {
    let rows = [
        called(row("order", "producer", 8.0), "mail"),
        with_caller(row("mail", "consumer", 6.0), "order"),
    ];
    assert_eq!(edges(&map(graph(&[], &rows))), [("service:order→service:mail", 8.0, true)]);
    assert_eq!(edges(&map(graph(&[], &rows[1..]))), [("service:order→service:mail", 6.0, true)]);
    let both = [rows[0].clone(), with_caller(row("mail", "server", 3.0), "order")];
    assert_eq!(edges(&map(graph(&[], &both))), [("service:order→service:mail", 11.0, false)]);
}

#[test]
fn a_part_of_the_map_keeps_the_figures_of_the_whole() {
    let mut rows = shop();
    rows.push(with_peer(row("mail", "client", 10.0), "database", "sqlite", "shop"));
    let mut around = graph(&[("web", 8.0), ("order", 9.0), ("mail", 7.0)], &rows);
    let all = around.map_nodes(10.0);
    around.keep_around("web", 2);
    let part = around.into_map(all, 10.0, false);
    assert_eq!(
        node_ids(&part),
        [
            "database:sqlite:shop",
            "queue:kafka:orders",
            "service:legacy",
            "service:order",
            "service:web"
        ]
    );
    assert_eq!(part.nodes[0].figures.as_ref().unwrap().requests, 40.0);
    let mut nobody = graph(&[("web", 8.0)], &rows);
    nobody.keep_around("nobody", 3);
    let nobody = map(nobody);
    assert_eq!(node_ids(&nobody), Vec::<&str>::new());
    assert!(nobody.unknown_peer_requests.is_sign_positive(), "-0 would be shown");
}

#[test]
fn a_map_that_is_too_large_keeps_its_busiest_nodes() {
    let mut large = graph(&[("web", 8.0), ("order", 9.0), ("mail", 7.0)], &shop());
    assert!(!large.keep_busiest(6));
    assert!(large.keep_busiest(3));
    let large = map(large);
    assert_eq!(node_ids(&large), ["database:sqlite:shop", "queue:kafka:orders", "service:order"]);
    assert_eq!(large.edges.len(), 2);
}

#[test]
fn sampled_spans_are_said_to_be_sampled() {
    let exact = row("web", "client", 4.0);
    assert!(!graph(&[], std::slice::from_ref(&exact)).sampled);
    assert!(graph(&[], &[CallRow { spans: 2, ..exact }]).sampled);
}

#[test]
fn a_service_that_calls_itself_is_one_node() {
    let rows = [called(row("web", "client", 4.0), "web")];
    let map = map(graph(&[("web", 8.0)], &rows));
    assert_eq!(node_ids(&map), ["service:web"]);
    assert_eq!(edges(&map), [("service:web→service:web", 4.0, false)]);
}
