//! Generated bills: what their truth tells is what SQL says after an import, and the demo's shop has
//! a bill for the nodes that its containers run on.

use crate::shop::last_evening_seconds;
use hannun_e2e::server::run;
use hannun_e2e::{Row, Server, ServerOptions, eventually, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A bill of two months, with a first version of the first one.
fn generate(folder: &Path, formats: &[&str]) -> Value {
    let out = folder.join("bills").to_str().unwrap().to_owned();
    let mut arguments =
        vec!["cost", "generate", "--out", &out, "--months", "2", "--first-month", "2026-09"];
    arguments.extend(["--lines", "60000"]);
    for format in formats {
        arguments.extend(["--format", format]);
    }
    let made = run(&arguments);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let path = folder.join("bills/truth.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn import(folder: &Path, bill: &str, source: &str) {
    let (bill, data) = (folder.join("bills").join(bill), folder.join("data"));
    let arguments = [
        "cost",
        "import",
        bill.to_str().unwrap(),
        "--source",
        source,
        "--data-dir",
        data.to_str().unwrap(),
    ];
    let imported = run(&arguments);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
}

/// A decimal without the zeros at its end.
fn decimal(number: &str) -> String {
    match number.split_once('.') {
        Some(_) => number.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => number.to_owned(),
    }
}

fn told(amounts: &Value) -> [String; 2] {
    ["billed", "effective"].map(|name| amounts[name].as_str().unwrap().to_owned())
}

fn summed(row: &Row) -> [String; 2] {
    ["billed", "effective"].map(|name| decimal(text(row, name)))
}

const SUMS: &str = "CAST(sum(billed_cost) AS VARCHAR) AS billed, \
     CAST(sum(effective_cost) AS VARCHAR) AS effective";

/// Costs of a source by day, account and service.
fn cells(
    server: &Server,
    source: &str,
    from: &str,
) -> BTreeMap<(String, String, String), [String; 2]> {
    let rows = server.rows(&format!(
        "SELECT to_char(charge_period_start, '%Y-%m-%d') AS day, sub_account_id, service_name, {SUMS} \
         FROM {from} WHERE source = '{source}' GROUP BY 1, 2, 3"
    ));
    let key = |row: &Row| {
        ["day", "sub_account_id", "service_name"].map(|name| text(row, name).to_owned())
    };
    rows.iter().map(|row| (key(row).into(), summed(row))).collect()
}

fn day(milliseconds: &Value, server: &Server) -> String {
    let query = format!("SELECT to_char(to_timestamp_millis({milliseconds}), '%Y-%m-%d') AS day");
    text(&server.row(&query), "day").to_owned()
}

#[test]
fn every_day_account_and_service_of_a_generated_bill_is_what_its_truth_tells() {
    let folder = tempfile::tempdir().unwrap();
    let formats = ["cur2-csv", "cur-legacy", "focus12-parquet", "focus14-csv"];
    let truth = generate(folder.path(), &formats);
    for format in formats {
        import(folder.path(), format, format);
    }
    let server = Server::start(&folder.path().join("data"));
    let mut days = BTreeMap::new();
    let mut expected = BTreeMap::new();
    for period in truth["periods"].as_array().unwrap() {
        for cell in period["by_day_account_service"].as_array().unwrap() {
            let milliseconds = cell["day_ms"].as_i64().unwrap();
            let day =
                days.entry(milliseconds).or_insert_with(|| day(&cell["day_ms"], &server)).clone();
            let part = |name: &str| cell[name].as_str().unwrap().to_owned();
            let key = (day, part("sub_account_id"), part("service_name"));
            expected.insert(key, told(&cell["amounts"]));
        }
    }
    for format in formats {
        for table in ["cost", "cost_daily"] {
            let found = cells(&server, format, table);
            assert_eq!(found.len(), expected.len(), "{format} in {table}");
            for (key, amounts) in &expected {
                assert_eq!(found.get(key), Some(amounts), "{format} in {table}: {key:?}");
            }
        }
    }
    server.stop();
}

#[test]
fn what_a_generated_bill_hides_is_found_by_sql() {
    let folder = tempfile::tempdir().unwrap();
    let truth = generate(folder.path(), &["cur2-parquet"]);
    import(folder.path(), "cur2-parquet", "bill");
    let server = Server::start(&folder.path().join("data"));
    let sum = |list: &str, part: fn(&Value) -> [String; 2]| -> Vec<[String; 2]> {
        let periods = truth["periods"].as_array().unwrap();
        periods.iter().flat_map(|it| it[list].as_array().unwrap()).map(part).collect()
    };
    // The Savings Plan: what it covers is taken back to the last place.
    let plans = sum("savings_plans", |plan| {
        ["covered_on_demand", "negated"].map(|name| plan[name].as_str().unwrap().to_owned())
    });
    assert!(plans.iter().all(|[covered, negated]| *negated == format!("-{covered}")));
    let negation = server.row(
        "SELECT CAST(sum(billed_cost) AS VARCHAR) AS billed FROM cost \
         WHERE x_charge_type IN ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')",
    );
    assert_eq!(decimal(text(&negation, "billed")), "0");
    // Pods of split cost allocation data are kept apart.
    let split: i64 = truth["periods"]
        .as_array()
        .unwrap()
        .iter()
        .map(|period| period["split"]["lines"].as_i64().unwrap())
        .sum();
    assert_eq!(server.count("cost_split"), split);
    // Tags as people wrote them.
    for period in truth["periods"].as_array().unwrap() {
        let month = period["period"].as_str().unwrap();
        for tag in period["team_tag"].as_array().unwrap() {
            let condition = match tag["value"].as_str() {
                Some(value) => format!("tags['team'] = '{value}'"),
                None => "tags['team'] IS NULL".to_owned(),
            };
            let row = server.row(&format!(
                "SELECT {SUMS} FROM cost WHERE {condition} \
                 AND to_char(billing_period_start, '%Y-%m') = '{month}'"
            ));
            assert_eq!(summed(&row), told(&tag["amounts"]), "{month} {tag}");
        }
    }
    // An anomaly costs at least what it was made to cost.
    for anomaly in truth["anomalies"].as_array().unwrap() {
        let extra: f64 = anomaly["extra_cost"].as_str().unwrap().parse().unwrap();
        let row = server.row(&format!(
            "SELECT CAST(sum(list_cost) AS DOUBLE) AS list FROM cost WHERE resource_id = '{}' \
             AND x_usage_type = '{}' \
             AND charge_period_start >= to_timestamp_millis({}) \
             AND charge_period_start < to_timestamp_millis({})",
            anomaly["resource_id"].as_str().unwrap(),
            anomaly["usage_type"].as_str().unwrap(),
            anomaly["from_ms"],
            anomaly["until_ms"],
        ));
        assert!(row["list"].as_f64().unwrap() >= extra, "{anomaly}: {row:?}");
    }
    server.stop();
}

#[test]
fn the_second_version_of_a_month_restates_the_first_as_the_truth_tells() {
    let folder = tempfile::tempdir().unwrap();
    let truth = generate(folder.path(), &["cur2-csv"]);
    import(folder.path(), "draft/cur2-csv", "bill");
    import(folder.path(), "cur2-csv", "bill");
    let server = Server::start(&folder.path().join("data"));
    let told_rows = truth["restatement"]["rows"].as_array().unwrap();
    let rows = server.rows(
        "SELECT to_char(day, '%Y-%m-%d') AS day, sub_account_id, service_name, \
         CAST(billed_before AS VARCHAR) AS billed_before, \
         CAST(billed_after AS VARCHAR) AS billed_after FROM cost_restatements",
    );
    assert_eq!(rows.len(), told_rows.len());
    let found: BTreeMap<[String; 3], [String; 2]> = rows
        .iter()
        .map(|row| {
            let key = ["day", "sub_account_id", "service_name"].map(|it| text(row, it).to_owned());
            (key, ["billed_before", "billed_after"].map(|it| decimal(text(row, it))))
        })
        .collect();
    for row in told_rows {
        let part = |name: &str| row[name].as_str().unwrap().to_owned();
        let key = [day(&row["day_ms"], &server), part("sub_account_id"), part("service_name")];
        let amounts = [part("billed_before"), part("billed_after")];
        assert_eq!(found.get(&key), Some(&amounts), "{key:?}");
    }
    server.stop();
}

#[test]
fn a_folder_that_has_something_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.txt"), "mine").unwrap();
    let made = run(&["cost", "generate", "--out", folder.path().to_str().unwrap()]);
    assert!(!made.status.success());
    let message = String::from_utf8_lossy(&made.stderr);
    assert!(message.contains("is not empty; name a new folder"), "{message}");
}

#[test]
fn the_demo_has_a_bill_for_the_nodes_that_its_containers_run_on() {
    let folder = tempfile::tempdir().unwrap();
    let until = last_evening_seconds().to_string();
    let arguments = ["--scenario", "calm", "--orders-per-day", "1500", "--until", &until];
    let options = ServerOptions::demo(0.25, &arguments);
    let server = Server::start_with(&folder.path().join("data"), &options);
    let truth = server.shop_truth();
    let bill_path = folder.path().join("data/shop/bill/truth.json");
    eventually("the bill of the shop is imported", 120, || {
        bill_path.exists()
            && server.number(
                "SELECT count(*) AS n FROM cost_snapshots WHERE source = 'shop' AND current",
            ) == 2
    });
    let bill: Value = serde_json::from_slice(&std::fs::read(bill_path).unwrap()).unwrap();
    // The bill, whole and by node.
    for period in bill["periods"].as_array().unwrap() {
        let month = period["period"].as_str().unwrap();
        let in_month = format!("to_char(billing_period_start, '%Y-%m') = '{month}'");
        let row = server.row(&format!("SELECT {SUMS} FROM cost WHERE {in_month}"));
        assert_eq!(summed(&row), told(&period["totals"]), "{month}");
        for (instance, cost) in period["node_costs"].as_object().unwrap() {
            let row = server.row(&format!(
                "SELECT {SUMS} FROM cost WHERE {in_month} AND resource_id = '{instance}' \
                 AND x_usage_type LIKE '%BoxUsage%'"
            ));
            assert_eq!(summed(&row)[1], cost.as_str().unwrap(), "{month}: {instance}");
        }
    }
    // Containers, nodes and the bill meet in the instance's id, containers and spans in theirs.
    for node in truth["nodes"].as_array().unwrap() {
        let instance = node["instance_id"].as_str().unwrap();
        let lines = server
            .number(&format!("SELECT count(*) AS n FROM cost WHERE resource_id = '{instance}'"));
        let points = server.number(&format!(
            "SELECT count(*) AS n FROM metric_points WHERE host_id = '{instance}'"
        ));
        assert!(lines > 0 && points > 0, "{instance}: {lines} lines, {points} points");
    }
    for container in truth["containers"].as_array().unwrap() {
        let id = container["container_id"].as_str().unwrap();
        let row = server.row(&format!(
            "SELECT max(value) AS seconds FROM metric_points \
             WHERE metric_name = 'container.cpu.time' AND container_id = '{id}'"
        ));
        let (seen, used) =
            (row["seconds"].as_f64().unwrap(), container["cpu_seconds"].as_f64().unwrap());
        assert!((seen - used).abs() < 1e-6, "{container}: {seen}");
        if let Some(service) = container["service_name"].as_str() {
            let spans = server.number(&format!(
                "SELECT count(*) AS n FROM spans WHERE container_id = '{id}' \
                 AND service_name = '{service}'"
            ));
            assert!(spans > 0, "{service} has no spans in {id}");
        }
    }
    check_business(&server, &truth);
    let synthetic = server.number(
        "SELECT count(*) AS n FROM metric_points WHERE metric_name LIKE 'container.%' \
         AND resource_attributes['hannun.synthetic'] IS DISTINCT FROM 'true'",
    );
    assert_eq!(synthetic, 0);
    server.stop();
}

/// Business metrics: every order once.
fn check_business(server: &Server, truth: &Value) {
    for (metric, total) in [("orders", "orders_accepted"), ("revenue", "revenue_won")] {
        let sum = server.number(&format!(
            "SELECT CAST(sum(value_int) AS BIGINT) AS n FROM metric_points \
             WHERE metric_name = '{metric}' AND scope_name = 'hannun.business'"
        ));
        assert_eq!(sum, truth[total].as_i64().unwrap(), "{metric}");
    }
}
