//! Costs by any dimension, shares by metrics that were corrected, and look-up tables in SQL that nobody
//! asked about costs before.

use crate::cost_allocation::{Bill, Units, declare, money, rows};
use crate::cost_explorer::DAY_MS;
use hannun_e2e::Server;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[test]
fn costs_are_given_to_the_values_of_any_dimension() {
    let bill = Bill::imported();
    declare(&bill);
    let total = bill.sum(|_| true);
    let parts = |answer: &Value| -> Units {
        let of_rows: Units = rows(answer).values().map(|row| money(&row["total"])).sum();
        let rest = ["unallocated", "idle", "shared_pool"].map(|name| money(&answer[name]));
        of_rows + rest.iter().sum::<Units>()
    };
    let accounts = bill.allocation("sub_account_id");
    assert_eq!((money(&accounts["total"]), parts(&accounts)), (total, total));
    for (account, row) in rows(&accounts) {
        assert_eq!(money(&row["total"]), bill.sum(|line| line.account == account), "{account}");
    }
    assert_eq!((&accounts["coverage"], &accounts["shared"]), (&json!(1.0), &json!([])));
    let tags = bill.allocation("tag:team");
    assert_eq!(parts(&tags), total);
    assert_eq!(money(&rows(&tags)["cart"]["total"]), bill.sum(|line| line.team == "cart"));
    let untagged: Units =
        tags["worklist"].as_array().unwrap().iter().map(|it| money(&it["cost"])).sum();
    assert_eq!(untagged, bill.sum(|line| line.team.is_empty()));
    assert!(!bill.server.rows(tags["sql"].as_str().unwrap()).is_empty());
    // The page asks with the whole name, people with the bare one.
    assert_eq!(bill.allocation("virtual:team")["rows"], bill.allocation("team")["rows"]);
    assert_eq!(parts(&bill.allocation("network")), total);
    let path = format!("/cost/allocation?tag=virtual:nobody&{}", bill.time());
    let wrong = bill.owner.send("GET", &path, None);
    assert_eq!(wrong.status, 400, "{}", wrong.text());
    assert!(wrong.text().contains("no virtual tag `nobody`"), "{}", wrong.text());
}

#[test]
fn a_cost_is_shared_by_the_last_report_of_a_metric_however_it_spells_those_who_share() {
    let bill = Bill::imported();
    declare(&bill);
    let report = |team: &str, orders: f64| {
        let point = json!({"metric": "orders", "time_ms": bill.to_ms - DAY_MS, "value": orders,
            "dimensions": {"Team": team}});
        let answer =
            bill.owner.send("POST", "/business-metrics", Some(&json!({"points": [point]})));
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    // The first report was wrong.
    report("PLATFORM", 9000.0);
    report("cart", 10.0);
    report("PLATFORM", 30.0);
    let answer = bill.allocation("team");
    let nat = &answer["shared"][0];
    let part =
        |at: usize| (nat["parts"][at]["value"].as_str().unwrap(), money(&nat["parts"][at]["cost"]));
    let (cost, [first, second]) = (money(&nat["cost"]), [part(0), part(1)]);
    assert_eq!(
        (first.0, second.0, nat["parts"].as_array().unwrap().len()),
        ("platform", "cart", 2)
    );
    assert_eq!(first.1 + second.1, cost);
    assert!((first.1 - cost * 3 / 4).abs() < 1_000_000, "{nat}");
}

#[test]
fn look_up_tables_are_known_to_sql_after_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = hannun_e2e::Session::owner(&server, "owner");
    let body = json!({"name": "owners", "rows": {"111": "Platform"}});
    let body = json!({"body": body, "expected_revision": 0});
    let answer = owner.send("PUT", "/documents/cost-lookup-table/owners", Some(&body));
    assert!(answer.status < 300, "{}", answer.text());
    server.stop();
    let server = Server::start(&folder.path().join("data"));
    let started = Instant::now();
    let query = json!({"query": "SELECT lookup('owners', '111') AS owner"});
    while server.sql(&query).status != 200 {
        assert!(started.elapsed() < Duration::from_secs(20), "the table is not known");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(server.row(query["query"].as_str().unwrap())["owner"], "Platform");
}
