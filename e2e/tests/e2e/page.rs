//! The first page in a real browser: both languages, both themes, wide and narrow.
//!
//! With `HANNUN_PICTURES` set to a folder, each view is left there as a picture.

use hannun_e2e::{Server, now_ns, otlp, tools};
use serde_json::{Value, json};

const HOSTILE: &str = "<img src=x onerror=alert(1)><script>alert(2)</script>";
/// Two languages, two themes, three widths.
const VIEWS: u64 = 12;

/// What the browser script counted; `None` without a browser.
fn checked(server: &Server, expectations: &Value) -> Option<Value> {
    let mut node = tools::browser_script("page.mjs")?;
    node.arg(server.base_url("http")).arg(expectations.to_string());
    if let Some(folder) = std::env::var_os("HANNUN_PICTURES") {
        node.arg(folder);
    }
    let checked: Value = serde_json::from_str(&tools::output_of(&mut node)).unwrap();
    assert_eq!(checked["views"], json!(VIEWS));
    assert!(checked["requests"].as_u64().unwrap() >= 2 * VIEWS, "{checked}");
    Some(checked)
}

#[test]
fn the_page_shows_what_is_stored_answers_queries_and_treats_values_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let spans = (1..=3_u64).map(|id| {
        let mut span = otlp::span(id, now_ns() - id * 1_000_000_000);
        span.attributes = vec![
            otlp::attribute("hostile", HOSTILE),
            otlp::attribute("long", &format!("{HOSTILE}{}", "가나다라".repeat(500))),
        ];
        span
    });
    server.send_ok("traces", &otlp::traces("page", spans.collect()));
    server
        .send_ok("logs", &otlp::logs(HOSTILE, (1..=2).map(|id| otlp::log(id, now_ns())).collect()));
    // One more than a JavaScript number can tell apart.
    let expectations = json!({
        "stored": {"spans": 3, "logs": 2},
        "query": "SELECT service_name, count(*) AS spans, 9007199254740993 AS big, \
                  0.000125 AS small, null AS nothing, '' AS empty FROM spans GROUP BY service_name",
        "rows": [["page", "3", "9,007,199,254,740,993", "0.000125", "", ""]],
        "hostile": HOSTILE,
        "hostileQuery": "SELECT attributes['hostile'] AS hostile, attributes['long'] AS long, \
                         (SELECT max(service_name) FROM logs) AS service FROM spans",
    });
    let Some(checked) = checked(&server, &expectations) else { return };
    assert_eq!(checked["hostile_cells"], json!(9 * VIEWS));
    assert_eq!(checked["axe_runs"], json!(3 * VIEWS));
}

#[test]
fn the_page_of_an_empty_store_says_how_to_send_data() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let expectations = json!({"stored": {"spans": 0, "logs": 0}});
    let Some(checked) = checked(&server, &expectations) else { return };
    assert_eq!(checked["axe_runs"], json!(VIEWS));
}
