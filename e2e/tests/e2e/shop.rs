//! The reference shop: what its scenarios do is seen in the data by SQL, and is what the shop itself
//! counted apart from its telemetry.

use hannun_e2e::{Row, Server, ServerOptions, int, now_ns, text};
use serde_json::Value;

/// A quarter of a day, long enough for each scenario to run its course.
const HISTORY_DAYS: f64 = 0.25;

/// A server with the history of one scenario, and the shop's own account of it.
fn played(scenario: &str) -> (tempfile::TempDir, Server, Value) {
    let folder = tempfile::tempdir().unwrap();
    let until = last_evening_seconds().to_string();
    let arguments = ["--scenario", scenario, "--orders-per-day", "1500", "--until", &until];
    let options = ServerOptions::demo(HISTORY_DAYS, &arguments);
    let server = Server::start_with(&folder.path().join("data"), &options);
    let truth = server.shop_truth();
    assert_eq!(truth["scenario"], scenario);
    // Nothing was lost on the way, whatever the scenario.
    for (service, spans) in truth["spans"].as_object().unwrap() {
        let stored = server
            .number(&format!("SELECT count(*) AS n FROM spans WHERE service_name = '{service}'"));
        assert_eq!(stored, spans.as_i64().unwrap(), "{scenario}: spans of {service}");
    }
    (folder, server, truth)
}

/// The last nine o'clock in the evening in Seoul: the hours before it have the dinner peak, at
/// whatever time the test runs.
pub fn last_evening_seconds() -> u64 {
    const DAY: u64 = 86_400;
    const NOON_UTC: u64 = DAY / 2;
    let now = now_ns() / 1_000_000_000;
    (now - NOON_UTC) / DAY * DAY + NOON_UTC
}

/// SQL that is true while the scenario lasts.
fn episode(truth: &Value, scenario: &str) -> String {
    let episodes = truth["episodes"].as_array().unwrap();
    let found = episodes.iter().find(|it| it["scenario"] == scenario).expect("an episode");
    let (from, until) = (&found["from_nanos"], &found["until_nanos"]);
    format!("CAST(start_time AS BIGINT) BETWEEN {from} AND {until}")
}

fn float(row: &Row, column: &str) -> f64 {
    row[column].as_f64().unwrap_or_else(|| panic!("{column} is no number in {row:?}"))
}

#[test]
fn in_a_calm_shop_every_request_is_accounted_for_and_nothing_is_unusual() {
    let (_folder, server, truth) = played("calm");
    assert_eq!(truth["episodes"].as_array().unwrap().len(), 0);
    for (service, routes) in truth["requests"].as_object().unwrap() {
        for (request, count) in routes.as_object().unwrap() {
            let seen = server.number(&format!(
                "SELECT count(*) AS n FROM spans WHERE service_name = '{service}' \
                 AND kind = 'server' AND name = '{request}'"
            ));
            assert_eq!(seen, count.as_i64().unwrap(), "{service}: {request}");
        }
    }
    assert_eq!(server.number("SELECT count(*) AS n FROM spans WHERE duration > 10000000000"), 0);
    assert_eq!(truth["registry"]["timeouts"], 0);
    // Every span has its parent, across services.
    let orphans = server.number(
        "SELECT count(*) AS n FROM spans AS child LEFT JOIN spans AS parent \
         ON child.parent_span_id = parent.span_id AND child.trace_id = parent.trace_id \
         WHERE child.parent_span_id IS NOT NULL AND parent.span_id IS NULL",
    );
    assert_eq!(orphans, 0);
    let logs = server.number("SELECT count(*) AS n FROM logs WHERE trace_id IS NOT NULL");
    assert!(logs > 0);
}

#[test]
fn the_timeouts_of_the_registry_are_counted_with_the_orders_that_they_hit() {
    let (_folder, server, truth) = played("registry-timeout");
    let registry = &truth["registry"];
    let row = server.row(
        "SELECT count(*) AS calls, count(*) FILTER (WHERE error_type IS NULL) AS succeeded, \
         count(*) FILTER (WHERE error_type = 'timeout') AS timeouts, \
         min(duration) FILTER (WHERE error_type IS NULL) / 1e9 AS fastest, \
         max(duration) FILTER (WHERE error_type IS NULL) / 1e9 AS slowest, \
         count(DISTINCT attr_int(attributes, 'shop.order.number')) AS orders \
         FROM spans WHERE service_name = 'dispatch' AND kind = 'client' \
         AND server_address = 'registry.gov.example' AND duration >= 10000000000",
    );
    let expected = |name: &str| registry[name].as_i64().unwrap();
    assert_eq!(int(&row, "calls"), expected("calls_over_ten_seconds"));
    assert_eq!(int(&row, "succeeded"), expected("calls_over_ten_seconds_succeeded"));
    assert_eq!(int(&row, "timeouts"), expected("timeouts"));
    assert!(int(&row, "calls") >= 20 && int(&row, "succeeded") >= 3, "{row:?}");
    let orders = registry["affected_orders"].as_array().unwrap().len() as i64;
    assert_eq!(int(&row, "orders"), orders);
    for (column, name) in
        [("fastest", "slow_success_seconds_min"), ("slowest", "slow_success_seconds_max")]
    {
        let told = registry[name].as_f64().unwrap();
        let seen = float(&row, column);
        assert!((seen - told).abs() < 0.2, "{column}: {seen} seen, {told} told");
        assert!((10.0..31.0).contains(&seen), "{column}: {seen}");
    }
}

#[test]
fn the_bad_deploy_is_slower_in_one_endpoint_and_brings_one_new_error() {
    let (_folder, server, truth) = played("bad-deploy");
    let rows = server.rows(&format!(
        "SELECT http_route AS route, \
         approx_percentile_cont(duration, 0.5) FILTER (WHERE service_version = '1.5.0') / 1e6 AS bad, \
         approx_percentile_cont(duration, 0.5) FILTER (WHERE service_version <> '1.5.0') / 1e6 AS good \
         FROM spans WHERE service_name = 'order' AND kind = 'server' \
         AND (service_version <> '1.5.0' OR {}) GROUP BY route",
        episode(&truth, "bad-deploy")
    ));
    let ratio = |route: &str| {
        let row = rows.iter().find(|row| text(row, "route") == route).expect(route);
        float(row, "bad") / float(row, "good")
    };
    assert!(ratio("/orders/{no}") > 5.0, "{rows:?}");
    for route in ["/orders", "/internal/orders/{no}/rider"] {
        assert!(ratio(route) < 2.0, "{route}: {rows:?}");
    }
    let errors = server.rows(
        "SELECT service_version AS version, error_type AS class, count(*) AS n FROM spans \
         WHERE service_name = 'order' AND kind = 'server' AND status_code = 'error' \
         GROUP BY version, class",
    );
    let new: Vec<_> =
        errors.iter().filter(|row| text(row, "class").contains("TrackingMissing")).collect();
    assert_eq!(new.len(), 1, "{errors:?}");
    assert_eq!(text(new[0], "version"), "1.5.0");
    assert_eq!(int(new[0], "n"), truth["errors"]["order::TrackingMissing"].as_i64().unwrap());
}

#[test]
fn the_cache_stampede_is_seen_in_the_calls_to_the_database() {
    let (_folder, server, truth) = played("cache-stampede");
    let stampede = &truth["cache_in_stampede"];
    let (hits, misses) = (stampede["hits"].as_i64().unwrap(), stampede["misses"].as_i64().unwrap());
    let during = episode(&truth, "cache-stampede");
    let count = |condition: &str| {
        server.number(&format!(
            "SELECT count(*) AS n FROM spans WHERE service_name = 'catalogue' AND {condition}"
        ))
    };
    assert_eq!(count(&format!("name = 'get menu_cache' AND {during}")), hits + misses);
    // A miss asks the database, usually many at once for the same entry.
    let all_misses = truth["cache"]["misses"].as_i64().unwrap();
    assert_eq!(count("name = 'SELECT dishes'"), all_misses);
    let lookups = hits + misses;
    let usual = (all_misses - misses) as f64
        / (truth["cache"]["hits"].as_i64().unwrap() + all_misses - lookups) as f64;
    assert!(misses as f64 / lookups as f64 > 2.0 * usual, "{truth}");
    let most_at_once = server.number(&format!(
        "SELECT max(n) AS n FROM (SELECT time_bucket(interval '1 second', start_time) AS second, \
         count(*) AS n FROM spans WHERE service_name = 'catalogue' AND name = 'SELECT dishes' \
         AND {during} GROUP BY second)"
    ));
    assert!(most_at_once >= 5, "{most_at_once} at once");
}

#[test]
fn the_skewed_shard_has_most_orders_and_the_longest_queue() {
    let (_folder, server, truth) = played("shard-skew");
    let during = episode(&truth, "shard-skew");
    let rows = server.rows(&format!(
        "SELECT db_namespace AS shard, count(*) AS orders, \
         approx_percentile_cont(duration, 0.95) / 1e6 AS p95_ms FROM spans \
         WHERE service_name = 'order' AND name = 'INSERT orders' AND {during} \
         GROUP BY shard ORDER BY orders DESC"
    ));
    let told = truth["orders_per_shard_in_skew"].as_object().unwrap();
    let sum: i64 = told.values().map(|it| it.as_i64().unwrap()).sum();
    assert_eq!(text(&rows[0], "shard"), "orders_shard_3");
    assert_eq!(int(&rows[0], "orders"), told["orders_shard_3"].as_i64().unwrap());
    assert!(int(&rows[0], "orders") * 2 > sum, "{rows:?}");
    let elsewhere: f64 = rows[1..].iter().map(|row| float(row, "p95_ms")).fold(0.0, f64::max);
    assert!(float(&rows[0], "p95_ms") > elsewhere, "{rows:?}");
}
