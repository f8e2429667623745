//! Traces hang together and follow the semantic conventions.

use crate::played::{Played, Span, after_lunch, hours, play};
use hannun_demo::Scenario;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, UNIX_EPOCH};

const SERVICES: [&str; 6] =
    ["catalogue", "dispatch", "gateway", "order", "payment", "recommendation"];

fn played() -> Played {
    play(Scenario::Mixed, 7, &hours(1.0))
}

fn keys(span: &Span, wanted: &[&str]) {
    for key in wanted {
        assert!(span.attributes.contains_key(*key), "{} has no {key}: {span:?}", span.name);
    }
}

#[test]
fn every_parent_exists_in_the_trace_of_its_child_and_begins_before_it() {
    let Played { received, .. } = played();
    let by_id: BTreeMap<_, _> =
        received.spans.iter().map(|span| ((&span.trace, &span.id), span)).collect();
    assert_eq!(by_id.len(), received.spans.len(), "ids are unique");
    for span in &received.spans {
        assert!(span.start <= span.end);
        if span.parent.is_empty() {
            let is_relay = span.name == "relay order_events";
            assert!(is_relay || span.service == "gateway", "{} has no parent", span.name);
            continue;
        }
        let parent = by_id.get(&(&span.trace, &span.parent));
        assert!(parent.is_some_and(|parent| parent.start <= span.start), "{}", span.name);
    }
}

#[test]
fn an_order_is_one_trace_through_five_services() {
    let Played { received, truth } = played();
    let mut services = BTreeMap::<&[u8], BTreeSet<&str>>::new();
    for span in &received.spans {
        services.entry(&span.trace).or_default().insert(&span.service);
    }
    let whole = ["dispatch", "gateway", "order", "payment"].into();
    let orders = services.values().filter(|services| **services == whole).count();
    assert_eq!(orders as u64, truth.orders_accepted);
}

#[test]
fn consumers_are_linked_to_their_producers() {
    let Played { received, .. } = played();
    let producers: BTreeSet<_> = received
        .spans_of("order", SpanKind::Producer, "send order_events")
        .map(|span| (&span.trace, &span.id))
        .collect();
    let consumers: Vec<&Span> =
        received.spans.iter().filter(|span| span.kind == SpanKind::Consumer as i32).collect();
    assert_eq!(consumers.len(), producers.len());
    for consumer in consumers {
        let [(trace, id)] = consumer.links.as_slice() else { panic!("{consumer:?}") };
        assert!(producers.contains(&(trace, id)));
        assert_eq!(*trace, consumer.trace);
    }
}

#[test]
fn spans_have_the_attributes_of_the_semantic_conventions() {
    let Played { received, .. } = played();
    for span in &received.spans {
        let is_database = span.attributes.contains_key("db.system.name");
        match SpanKind::try_from(span.kind).unwrap() {
            SpanKind::Server => {
                keys(span, &["http.request.method", "http.route", "url.path", "url.scheme"]);
                keys(span, &["server.address", "server.port", "http.response.status_code"]);
                let route = span.attribute("http.route");
                assert_eq!(span.name, format!("{} {route}", span.attribute("http.request.method")));
                let failed = span.attribute("http.response.status_code").starts_with('5');
                assert_eq!(span.is_error, failed);
            }
            SpanKind::Client if is_database => {
                keys(span, &["db.namespace", "db.operation.name", "db.collection.name"]);
                let sql = span.attribute("db.query.text");
                assert!(
                    sql.contains('?') && !sql.contains(|char: char| char.is_ascii_digit()),
                    "{sql}"
                );
            }
            SpanKind::Client => {
                keys(span, &["http.request.method", "url.full", "server.address", "server.port"]);
                let answered = span.attributes.contains_key("http.response.status_code");
                assert!(answered || span.attributes.contains_key("error.type"));
            }
            SpanKind::Producer | SpanKind::Consumer => {
                keys(span, &["messaging.system", "messaging.destination.name"]);
                keys(span, &["messaging.operation.name", "messaging.operation.type"]);
            }
            SpanKind::Internal | SpanKind::Unspecified => {}
        }
        assert_eq!(span.is_error, span.attributes.contains_key("error.type"), "{span:?}");
    }
}

#[test]
fn errors_carry_an_exception_with_its_stack() {
    let Played { received, .. } = played();
    let exceptions: Vec<_> = received.spans.iter().flat_map(|span| &span.events).collect();
    assert!(!exceptions.is_empty());
    for (_, _, attributes) in exceptions {
        let stack = &attributes["exception.stacktrace"];
        assert!(stack.starts_with(&attributes["exception.type"]));
        assert!(stack.contains(&attributes["exception.message"]) && stack.contains(".rs:"));
    }
}

#[test]
fn every_service_shows_two_versions_and_every_time_is_in_the_history() {
    let Played { received, truth } = played();
    let until = after_lunch().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let from = until - Duration::from_secs(3600).as_nanos() as u64;
    // What was under way at the end could still finish.
    let last = until + Duration::from_secs(60).as_nanos() as u64;
    assert_eq!(truth.from_nanos, from);
    let mut starts = BTreeMap::<&str, BTreeSet<(&str, &str)>>::new();
    for span in &received.spans {
        starts.entry(&span.service).or_default().insert((&span.version, &span.instance));
        assert!(from <= span.start && span.end <= last);
    }
    assert_eq!(starts.keys().copied().collect::<Vec<_>>(), SERVICES);
    assert!(starts.values().all(|starts| starts.len() >= 2), "{starts:?}");
    assert!(received.logs.iter().all(|log| from <= log.time && log.time <= last));
    for point in &received.points {
        // The cluster and the business are no services.
        assert!(point.service.is_empty() || SERVICES.contains(&point.service.as_str()));
        assert!(from < point.time && point.time <= last, "{point:?}");
        assert!(point.start == 0 || (from <= point.start && point.start <= point.time));
    }
}

#[test]
fn logs_belong_to_spans_of_their_service() {
    let Played { received, .. } = played();
    let spans: BTreeMap<_, _> =
        received.spans.iter().map(|span| (&span.id, &span.service)).collect();
    assert!(!received.logs.is_empty());
    for log in &received.logs {
        assert_eq!(spans.get(&log.span), Some(&&log.service), "{log:?}");
    }
}
