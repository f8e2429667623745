//! A real day of a real bill with the access log of the same workload: what a line of the log costs,
//! and what a request that somebody wanted does.

use super::{SECOND, amount, driver, import, number, put, request, row, started};
use flate2::read::MultiGzDecoder;
use hannun_e2e::tools::test_data;
use hannun_e2e::{Server, ServerOptions, otlp};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

fn finops_data(name: &str) -> Option<PathBuf> {
    test_data(&format!("finops/{name}"))
}

/// One request of the log: when, its endpoint, status and bytes.
fn log_line(line: &str) -> Option<(u64, String, i64, i64)> {
    let time = line.split_once('[')?.1.split_once(']')?.0;
    // All of one day, in UTC.
    let clock = time.strip_prefix("26/Nov/2019:")?.strip_suffix(" +0000")?;
    let mut parts = clock.split(':').map(|part| part.parse::<u64>().unwrap_or(0));
    let seconds = parts.next()? * 3600 + parts.next()? * 60 + parts.next()?;
    let mut quoted = line.split('"');
    let asked = quoted.nth(1)?;
    let mut numbers = quoted.next()?.split_whitespace();
    let (status, bytes) = (numbers.next()?, numbers.next()?);
    let path = asked.split(' ').nth(1).unwrap_or("-").split('?').next()?;
    let route = if path.starts_with("/image_file_") { "/image_file_{id}.txt" } else { path };
    let at_ns = (1_574_726_400 + seconds) * SECOND;
    Some((at_ns, route.to_owned(), status.parse().unwrap_or(0), bytes.parse().unwrap_or(0)))
}

/// Sends each line of the log as a server span of a millisecond; answers how many there are.
fn send_log(server: &Server, path: &Path) -> u64 {
    let reader = BufReader::new(MultiGzDecoder::new(std::fs::File::open(path).unwrap()));
    let (mut lines, mut spans) = (0, Vec::new());
    for line in reader.lines() {
        let Ok(line) = line else { continue };
        lines += 1;
        // Other verbs, broken lines and errors are requests too, of no use to anybody.
        let read = log_line(&line).filter(|(_, _, status, _)| *status == 200);
        let Some((at_ns, route, _, bytes)) = read else { continue };
        let mut span = request(lines, at_ns, &format!("GET {route}"), 0.001);
        span.attributes.push(number("http.response.body.size", bytes));
        spans.push(span);
        if spans.len() == 20_000 {
            server.send_ok("traces", &otlp::traces("ordering", std::mem::take(&mut spans)));
        }
    }
    server.send_ok("traces", &otlp::traces("ordering", spans));
    lines
}

#[test]
fn a_real_day_has_the_naive_figure_and_the_one_that_holds() {
    let Some(bill) = finops_data("aws_cur_wa_labs/workload_efficiency_CUR_20191126.ctrlA.gz")
    else {
        return;
    };
    let log = bill.with_file_name("workload_efficiency_apache_access_20191126.log.gz");
    let kept = "spans=9000d,span_stats=9000d,span_errors=9000d";
    let (_folder, server, owner) = started(&ServerOptions::with(&["--retention", kept]));
    let rule = json!({
        "when": [{ "dimension": "tag:application", "operator": "is", "values": ["ordering"] }],
        "then": { "set": "ordering" }
    });
    put(&owner, "cost-virtual-tag", "service", &json!({ "name": "service", "rules": [rule] }));
    import(&owner, &bill, "well-architected");
    let lines = send_log(&server, &log);
    // The last one has no end and is not counted by those who count ends.
    let lines = lines - 1;
    assert_eq!(lines, 237_791);

    let total = server.row(
        "SELECT CAST(sum(billed_cost) AS DOUBLE) AS cost FROM cost \
         WHERE tags['application'] = 'ordering'",
    )["cost"]
        .as_f64()
        .unwrap();
    assert!((total - 56.027166).abs() < 1e-4, "{total}");
    let naive = total / lines as f64;
    assert!((naive * 1000.0 - 0.2356).abs() < 1e-3, "{naive}");

    let day = "from_ms=1574726400000&to_ms=1574812800000&metric=billed";
    let answer = owner.get(&format!("/cost/endpoints?{day}"));
    assert_eq!(answer["sums_exactly"], true);
    let (image, index) = (
        row(&answer, "endpoint", "GET /image_file_{id}.txt"),
        row(&answer, "endpoint", "GET /index.html"),
    );
    let useful = image["requests"].as_f64().unwrap() + index["requests"].as_f64().unwrap();
    assert_eq!(useful, 107_828.0);
    // What a request that somebody wanted costs, twice what lines of the log say.
    let corrected = total / useful;
    assert!((corrected * 1000.0 - 0.5196).abs() < 1e-3, "{corrected}");

    // Health checks are half of the lines and no request.
    let rows = answer["rows"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["endpoint"] != "GET /health.html"), "{answer}");
    // Transfer between zones is a quarter of the cost, and images are all of the bytes.
    let network: BTreeMap<&str, f64> = rows
        .iter()
        .map(|row| (row["endpoint"].as_str().unwrap(), driver(row, "network")))
        .collect();
    let transfer: f64 = network.values().sum();
    assert!((0.2..0.35).contains(&(transfer / total)), "{transfer} of {total}");
    assert!(network["GET /image_file_{id}.txt"] / transfer > 0.999, "{network:?}");
    assert!(amount(&image["per_request"]) > 1.5 * amount(&index["per_request"]));
}
