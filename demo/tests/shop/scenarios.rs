//! Every scenario is visible in the telemetry, and equal to the truth.

use crate::played::{Played, Span, hours, play};
use hannun_demo::{EpisodeTruth, Scenario};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use std::collections::{BTreeMap, BTreeSet};

fn played(scenario: Scenario) -> Played {
    let played = play(scenario, 7, &hours(2.0));
    compare_with_truth(&played);
    played
}

/// What holds in every scenario.
fn compare_with_truth(Played { truth, received }: &Played) {
    let mut requests = BTreeMap::<String, BTreeMap<String, u64>>::new();
    let mut errors = BTreeMap::<String, u64>::new();
    let mut spans = BTreeMap::<String, u64>::new();
    let mut shards = BTreeMap::<String, u64>::new();
    for span in &received.spans {
        *spans.entry(span.service.clone()).or_default() += 1;
        if span.kind == SpanKind::Server as i32 {
            let service = requests.entry(span.service.clone()).or_default();
            *service.entry(span.name.clone()).or_default() += 1;
        }
        if span.is("order", SpanKind::Client, "INSERT orders") {
            *shards.entry(span.attribute("db.namespace").to_owned()).or_default() += 1;
        }
        for (name, _, attributes) in &span.events {
            assert_eq!(name, "exception");
            *errors.entry(attributes["exception.type"].clone()).or_default() += 1;
        }
    }
    assert_eq!(requests, truth.requests);
    assert_eq!(errors, truth.errors);
    assert_eq!(spans, truth.spans);
    assert_eq!(shards, truth.orders_per_shard);
    let lookups = |hit: &str| {
        let spans = received.spans_of("catalogue", SpanKind::Internal, "get menu_cache");
        spans.filter(|span| span.attribute("shop.cache.hit") == hit).count() as u64
    };
    assert_eq!([lookups("true"), lookups("false")], [truth.cache.hits, truth.cache.misses]);
    let accepted = received.logs.iter().filter(|log| log.body.starts_with("주문 접수")).count();
    assert_eq!(accepted as u64, truth.orders_accepted);
    let measured = |name: &str, attribute: &str| -> BTreeMap<String, u64> {
        let totals = received.totals(name, attribute);
        totals.into_iter().map(|(key, value)| (key, value as u64)).collect()
    };
    let restaurants: BTreeMap<String, u64> =
        truth.orders_per_restaurant.iter().map(|(id, count)| (id.to_string(), *count)).collect();
    assert_eq!(measured("shop.orders", "shop.restaurant.id"), restaurants);
    assert_eq!(measured("shop.revenue", "").values().sum::<u64>(), truth.revenue_won);
    let lookups = measured("shop.cache.lookups", "shop.cache.result");
    assert_eq!(lookups.get("miss"), Some(&truth.cache.misses));
    let answered: u64 = truth.requests.values().flat_map(BTreeMap::values).sum();
    assert_eq!(measured("http.server.request.duration", "").values().sum::<u64>(), answered);
}

fn during(episode: &EpisodeTruth, span: &Span) -> bool {
    episode.from_nanos <= span.start && span.start < episode.until_nanos
}

fn percentile(mut seconds: Vec<f64>, share: f64) -> f64 {
    assert!(seconds.len() >= 20, "only {} spans", seconds.len());
    seconds.sort_by(f64::total_cmp);
    seconds[(seconds.len() as f64 * share) as usize]
}

#[test]
fn a_calm_shop_has_no_slow_call_and_few_errors() {
    let Played { truth, received } = played(Scenario::Calm);
    assert!(truth.episodes.is_empty());
    assert!((200..600).contains(&truth.orders_accepted), "{} orders", truth.orders_accepted);
    assert_eq!(truth.registry.calls, truth.orders_accepted);
    assert_eq!(truth.registry.timeouts, 0);
    assert!(received.spans.iter().all(|span| span.seconds() < 5.0));
    let errors: u64 = truth.errors.values().sum();
    assert!(errors < truth.orders_accepted / 20, "{:?}", truth.errors);
    let stages: BTreeSet<&str> = received.logs.iter().map(|log| log.severity.as_str()).collect();
    assert!(stages.contains("INFO") && stages.contains("WARN"));
}

#[test]
fn thirty_calls_to_the_registry_take_over_ten_seconds_and_seven_of_them_succeed() {
    let Played { truth, received } = played(Scenario::RegistryTimeout);
    let calls: Vec<&Span> = received
        .spans_of("dispatch", SpanKind::Client, "GET /v1/licences/{licence}")
        .filter(|span| span.seconds() > 10.0)
        .collect();
    assert_eq!(calls.len(), 30);
    let succeeded: Vec<f64> =
        calls.iter().filter(|span| !span.is_error).map(|span| span.seconds()).collect();
    assert_eq!(succeeded.len(), 7);
    let fastest = succeeded.iter().copied().fold(f64::MAX, f64::min);
    let slowest = succeeded.iter().copied().fold(0.0, f64::max);
    assert!((12.0..12.1).contains(&fastest) && (30.5..30.7).contains(&slowest));
    assert!(calls.iter().all(|span| span.is_error == (span.attribute("error.type") == "timeout")));
    let affected: BTreeSet<u64> =
        calls.iter().map(|span| span.attribute("shop.order.number").parse().unwrap()).collect();
    assert_eq!(affected.into_iter().collect::<Vec<_>>(), truth.registry.affected_orders);
    assert_eq!(truth.registry.affected_orders.len(), 15);
    assert_eq!(truth.registry.failed_orders.len(), 8);
    assert_eq!(truth.registry.calls_over_ten_seconds, 30);
    assert_eq!(truth.registry.calls_over_ten_seconds_succeeded, 7);
    assert_eq!(truth.errors["dispatch::RegistryTimeout"], 8);
    let services: BTreeSet<&str> =
        received.spans.iter().map(|span| span.service.as_str()).collect();
    assert!(!services.contains("registry"), "the registry is somebody else's");
}

#[test]
fn the_bad_deploy_is_slow_in_one_endpoint_and_has_one_new_error() {
    let Played { truth, received } = played(Scenario::BadDeploy);
    let durations = |version: &str, name: &str| -> Vec<f64> {
        let spans = received.spans_of("order", SpanKind::Server, name);
        spans.filter(|span| span.version == version).map(Span::seconds).collect()
    };
    let ratio = |name: &str| {
        percentile(durations("1.5.0", name), 0.5) / percentile(durations("1.4.0", name), 0.5)
    };
    assert!(ratio("GET /orders/{no}") > 4.0, "{}", ratio("GET /orders/{no}"));
    for name in ["POST /orders", "GET /internal/orders/{no}", "PUT /internal/orders/{no}/rider"] {
        assert!((0.6..1.6).contains(&ratio(name)), "{name}: {}", ratio(name));
    }
    assert!(truth.errors["order::TrackingMissing"] > 0);
    for span in &received.spans {
        for (_, _, attributes) in &span.events {
            if attributes["exception.type"] == "order::TrackingMissing" {
                assert_eq!(
                    (span.version.as_str(), span.name.as_str()),
                    ("1.5.0", "GET /orders/{no}")
                );
            }
        }
    }
}

#[test]
fn the_cache_stampede_multiplies_misses_and_slows_the_menu() {
    let Played { truth, received } = played(Scenario::CacheStampede);
    let episode = &truth.episodes[0];
    let share = |hits: u64, misses: u64| misses as f64 / (hits + misses) as f64;
    let during_it = truth.cache_in_stampede;
    let besides = [truth.cache.hits - during_it.hits, truth.cache.misses - during_it.misses];
    assert!(during_it.misses > 300, "{during_it:?}");
    assert!(share(during_it.hits, during_it.misses) > 1.5 * share(besides[0], besides[1]));
    let menus = |inside: bool| -> Vec<f64> {
        let spans = received.spans_of("gateway", SpanKind::Server, "GET /menu");
        spans.filter(|span| during(episode, span) == inside).map(Span::seconds).collect()
    };
    let (calm, stampede) = (percentile(menus(false), 0.95), percentile(menus(true), 0.95));
    assert!(stampede > 5.0 * calm, "{stampede} s against {calm} s");
}

#[test]
fn the_shard_skew_fills_and_slows_one_shard() {
    let Played { truth, received } = played(Scenario::ShardSkew);
    let episode = &truth.episodes[0];
    let total: u64 = truth.orders_per_shard_in_skew.values().sum();
    let hot = truth.orders_per_shard_in_skew["orders_shard_3"];
    assert!(hot as f64 > 0.8 * total as f64, "{:?}", truth.orders_per_shard_in_skew);
    let inserts = |inside: bool| -> Vec<f64> {
        let spans = received.spans_of("order", SpanKind::Client, "INSERT orders");
        spans
            .filter(|span| during(episode, span) == inside)
            .filter(|span| span.attribute("db.namespace") == "orders_shard_3")
            .map(Span::seconds)
            .collect()
    };
    let (calm, skewed) = (percentile(inserts(false), 0.5), percentile(inserts(true), 0.5));
    assert!(skewed > 2.5 * calm, "{skewed} s against {calm} s");
}

#[test]
fn a_mixed_history_has_a_slow_registry_and_a_bad_deploy_that_is_repaired() {
    let Played { truth, .. } = played(Scenario::Mixed);
    let episodes: Vec<Scenario> = truth.episodes.iter().map(|episode| episode.scenario).collect();
    assert_eq!(episodes, [Scenario::RegistryTimeout, Scenario::BadDeploy]);
    assert_eq!(truth.registry.calls_over_ten_seconds, 30);
    let versions: Vec<&str> = truth
        .deploys
        .iter()
        .filter(|deploy| deploy.service == "order")
        .map(|deploy| deploy.version.as_str())
        .collect();
    assert_eq!(versions, ["1.3.2", "1.4.0", "1.5.0", "1.5.1"]);
    assert_eq!(truth.deploys[6..].len(), 8, "every service is deployed at least once");
}
