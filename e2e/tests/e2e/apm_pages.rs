//! The pages about services in a real browser, over a history in which the registry turns slow and a
//! deploy breaks an endpoint, in both languages.
//!
//! With `HANNUN_PICTURES` set to a folder, what the flows look at is left there as pictures.

use crate::shop::last_evening_seconds;
use hannun_e2e::{Server, ServerOptions, Session, tools};
use serde_json::{Value, json};

const HISTORY_DAYS: f64 = 0.5;
const FLOWS: usize = 6;

/// What SQL says about the calls to the registry, as a page writes it.
fn evidence(server: &Server, registry: &Value) -> Value {
    let row = server.row(
        "SELECT count(*) AS calls, count(*) FILTER (WHERE duration > 10000000000) AS over, \
         count(*) FILTER (WHERE duration > 10000000000 AND status_code IS NULL) AS succeeded, \
         min(duration) FILTER (WHERE duration > 10000000000 AND status_code IS NULL) AS fastest, \
         max(duration) FILTER (WHERE duration > 10000000000 AND status_code IS NULL) AS slowest, \
         min(CAST(attributes['shop.order.number'] AS BIGINT)) \
            FILTER (WHERE duration > 10000000000) AS first_order, \
         max(CAST(attributes['shop.order.number'] AS BIGINT)) \
            FILTER (WHERE duration > 10000000000) AS last_order \
         FROM spans WHERE server_address = 'registry.gov.example'",
    );
    assert_eq!(row["over"], registry["calls_over_ten_seconds"]);
    assert_eq!(row["succeeded"], registry["calls_over_ten_seconds_succeeded"]);
    let seconds = |name: &str| format!("{:.1}", row[name].as_f64().unwrap() / 1e9);
    json!({
        "calls": row["calls"].to_string(), "over": row["over"], "succeeded": row["succeeded"],
        "fastest": seconds("fastest"), "slowest": seconds("slowest"),
        "firstOrder": row["first_order"].to_string(), "lastOrder": row["last_order"].to_string(),
    })
}

#[test]
fn people_find_what_is_slow_and_what_broke_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let until = last_evening_seconds().to_string();
    let arguments = ["--scenario", "mixed", "--orders-per-day", "1500", "--until", &until];
    let options = ServerOptions::demo(HISTORY_DAYS, &arguments);
    let server = Server::start_with(&folder.path().join("data"), &options);
    let owner = Session::owner(&server, "지은");
    let truth = server.shop_truth();
    let milliseconds = |name: &str| truth[name].as_u64().unwrap() / 1_000_000;
    for language in ["en", "ko"] {
        let facts = json!({
            "cookie": owner.cookie, "language": language,
            "fromMs": milliseconds("from_nanos"), "toMs": milliseconds("until_nanos") + 120_000,
            "evidence": evidence(&server, &truth["registry"]),
            "endpoint": "GET /orders/{no}", "error": "order::TrackingMissing",
        });
        let Some(mut node) = tools::browser_script("apm-flows.mjs") else { return };
        node.arg(server.base_url("http")).arg(facts.to_string());
        let done: Value = serde_json::from_str(&tools::output_of(&mut node)).unwrap();
        assert_eq!(done["done"].as_array().unwrap().len(), FLOWS, "{done}");
    }
}
