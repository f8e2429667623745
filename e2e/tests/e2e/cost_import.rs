//! Bills by the command line, the API, uploads and buckets, against sums that others computed.

use hannun_e2e::http::Client;
use hannun_e2e::server::{rows_of, run};
use hannun_e2e::stores::{Running, free_port};
use hannun_e2e::tools::{cost_python, output_of, test_data};
use hannun_e2e::{Server, ServerOptions, Session, eventually, text};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;

const BUCKET: &str = "bills";

fn finops(name: &str) -> Option<PathBuf> {
    test_data(&format!("finops/{name}"))
}

/// Runs `hannun cost import` and answers what it printed, or what it complained about.
fn import(data: &Path, path: &Path, more: &[&str]) -> Result<String, String> {
    let mut arguments = vec!["cost", "import", path.to_str().unwrap()];
    arguments.extend(["--data-dir", data.to_str().unwrap()]);
    arguments.extend(more);
    let output = run(&arguments);
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout).unwrap());
    }
    Err(String::from_utf8(output.stderr).unwrap())
}

/// Rows of a query over a folder that no server has open.
fn ask(data: &Path, query: &str) -> Vec<hannun_e2e::Row> {
    let output = run(&["sql", query, "--format", "json", "--data-dir", data.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    rows_of(serde_json::from_slice(&output.stdout).unwrap())
}

/// A decimal as 10⁻¹² of its unit, exactly.
fn units(decimal: &str) -> i128 {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    format!("{whole}{fraction:0<12}").parse().unwrap()
}

fn assert_near(found: &str, known: &str) {
    let difference = units(found) - units(known);
    assert!(difference.abs() < 100_000_000, "{found} is not {known} to 1e-4");
}

/// The effective cost of everything, exactly.
fn effective(data: &Path) -> String {
    let rows = ask(data, "SELECT CAST(sum(effective_cost) AS VARCHAR) AS total FROM cost");
    text(&rows[0], "total").to_owned()
}

#[test]
fn two_real_months_come_to_the_cent_without_a_server() {
    let Some(folder) = finops("aws_cur_wa_labs") else { return };
    let data = tempfile::tempdir().unwrap();
    for month in ["Oct2018", "Nov2018"] {
        let path = folder.join(format!("{month}-WorkshopCUR-00001.snappy.parquet"));
        let told = import(data.path(), &path, &["--source", "workshop"]).unwrap();
        assert!(told.contains("lines imported"), "{told}");
        let again = import(data.path(), &path, &["--source", "workshop"]).unwrap();
        assert!(again.contains("nothing has changed"), "{again}");
    }
    let rows = ask(
        data.path(),
        "SELECT to_char(billing_period_start, '%Y-%m') AS month, count(*) AS lines, \
         CAST(sum(billed_cost) AS VARCHAR) AS billed, \
         CAST(sum(effective_cost) AS VARCHAR) AS effective, \
         CAST(sum(list_cost) AS VARCHAR) AS list FROM cost GROUP BY 1 ORDER BY 1",
    );
    let known = [
        ("2018-10", 119_307, "4064.483132", "4195.957109", "4237.681735"),
        ("2018-11", 124_340, "3505.326968", "3632.559846", "3671.199306"),
    ];
    assert_eq!(rows.len(), known.len());
    for (row, (month, lines, billed, effective, list)) in rows.iter().zip(known) {
        assert_eq!((text(row, "month"), row["lines"].as_i64()), (month, Some(lines)));
        assert_near(text(row, "billed"), billed);
        assert_near(text(row, "effective"), effective);
        assert_near(text(row, "list"), list);
    }
    let same = "SELECT CAST(sum(billed_cost) AS VARCHAR) AS billed, \
                CAST(sum(effective_cost) AS VARCHAR) AS effective FROM";
    let (lines, days) = (
        ask(data.path(), &format!("{same} cost")),
        ask(data.path(), &format!("{same} cost_daily")),
    );
    assert_eq!(lines, days, "days come to exactly what lines come to");
    let daily = ask(
        data.path(),
        "SELECT CAST(sum(billed_cost) AS VARCHAR) AS billed FROM cost_daily \
         WHERE charge_period_start >= '2018-10-01' AND charge_period_start < '2018-10-02'",
    );
    assert!(text(&daily[0], "billed").starts_with("240.8823"), "{daily:?}");
    let tags = ask(
        data.path(),
        "SELECT DISTINCT tags['workload'] AS workload FROM cost_daily WHERE tags['workload'] IS NOT NULL",
    );
    assert!(!tags.is_empty());
    let doctor = run(&["doctor", "--data-dir", data.path().to_str().unwrap()]);
    assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&doctor.stdout));
}

#[test]
fn focus_files_of_each_version_come_to_what_another_engine_says() {
    let Some(folder) = finops("focus") else { return };
    for file in [
        "1.0_official/focus_sample_1000.csv.gz",
        "synthetic/focus_1_2_cost_and_usage_aws.csv.gz",
        "synthetic/focus_1_2_cost_and_usage_gcp.csv.gz",
        "synthetic/focus_1_3_cost_and_usage_aws.csv.gz",
        "synthetic/focus_1_3_cost_and_usage_gcp.csv.gz",
        "synthetic/focus_1_4_aws/synthetic_focus_1_4_cost_and_usage.csv.gz",
    ] {
        let path = folder.join(file);
        let Some(mut other) = cost_python() else { return };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/duckdb_totals.py");
        other.arg(script).arg(&path).args(["BilledCost", "EffectiveCost", "ListCost"]);
        let known: Value = serde_json::from_str(&output_of(&mut other)).unwrap();
        let data = tempfile::tempdir().unwrap();
        import(data.path(), &path, &[]).unwrap_or_else(|error| panic!("{file}: {error}"));
        let row = &ask(
            data.path(),
            "SELECT count(*) AS lines, CAST(sum(billed_cost) AS VARCHAR) AS \"BilledCost\", \
             CAST(sum(effective_cost) AS VARCHAR) AS \"EffectiveCost\", \
             CAST(sum(list_cost) AS VARCHAR) AS \"ListCost\" FROM cost",
        )[0];
        assert_eq!(row["lines"], known["rows"], "{file}");
        for column in ["BilledCost", "EffectiveCost", "ListCost"] {
            let wanted = known["sums"][column].as_str().unwrap();
            // Figures with more than twelve places are rounded half to even here, and away from zero
            // there: a half of the last place a line.
            let difference = units(text(row, column)) - units(wanted);
            assert!(difference.abs() < 10_000, "{file}: {column} differs by {difference} of 10⁻¹²");
        }
    }
}

#[test]
fn a_broken_bill_is_told_with_row_and_column_and_changes_nothing() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good.csv");
    std::fs::write(&good, focus(&["1.5", "2"])).unwrap();
    import(data.path(), &good, &[]).unwrap();
    for (name, bytes, wanted) in [
        ("words.csv", focus(&["1", "two"]).into_bytes(), "row 3, column BilledCost"),
        ("cut.csv.gz", cut(&hannun_e2e::otlp::gzip(focus(&["1"; 400]).as_bytes())), "cut.csv.gz"),
        ("other.csv", b"a,b\n1,2\n".to_vec(), "other.csv"),
        ("empty.csv", Vec::new(), "empty.csv"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let complaint = import(data.path(), &path, &[]).unwrap_err();
        assert!(complaint.contains(wanted), "{name}: {complaint}");
        assert_eq!(units(&effective(data.path())), units("3.5"), "{name}");
    }
    let snapshots = std::fs::read_dir(data.path().join("bills")).unwrap().count();
    assert_eq!(snapshots, 1, "nothing half-imported is left");
}

fn cut(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len() / 2].to_vec()
}

/// A bill of October in FOCUS whose lines have these costs; the third is on its last day.
fn focus(costs: &[&str]) -> String {
    let mut bill = "BilledCost,EffectiveCost,ListCost,ContractedCost,BillingAccountId,\
        BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,ChargePeriodStart,\
        ChargePeriodEnd,InvoiceIssuerName,ProviderName,PublisherName,ServiceCategory,ServiceName,\
        SubAccountId\n"
        .to_owned();
    for (index, cost) in costs.iter().enumerate() {
        let day = if index == 2 { "31" } else { "02" };
        bill.push_str(&format!(
            "{cost},{cost},{cost},{cost},pays,USD,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,\
             2026-10-{day}T00:00:00Z,2026-10-{day}T01:00:00Z,AWS,AWS,AWS,Compute,Amazon EC2,uses\n"
        ));
    }
    bill
}

/// Waits until an import has ended and answers how.
fn ended(server: &Server, job: &Value) -> Value {
    let path = format!("/cost/imports/{}", job["id"].as_str().unwrap());
    let mut last = Value::Null;
    eventually("the import ends", 60, || {
        last = server.get(&format!("/api/v1{path}")).unwrap().json();
        !matches!(last["state"].as_str(), Some("queued" | "running"))
    });
    last
}

fn upload(server: &Server, parameters: &str, body: &str) -> Value {
    let url = format!("{}/api/v1/cost/uploads?{parameters}", server.base_url("http"));
    let authorization = server.authorization();
    let headers = [("authorization", authorization.as_str())];
    let answer = Client::default().post(&url, &headers, body.as_bytes()).unwrap();
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()
}

#[test]
fn an_upload_is_imported_and_a_restated_month_is_told() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let first = focus(&["1.5", "2", "4"]);
    let job = ended(&server, &upload(&server, "source=web&file_name=october.csv", &first));
    assert_eq!((&job["state"], &job["rows"]), (&json!("done"), &json!(3)), "{job}");
    assert_eq!(job["snapshots"][0]["currency_totals"][0]["effective"], "7.5");
    let again = ended(&server, &upload(&server, "source=web&file_name=october.csv", &first));
    assert_eq!(again["state"], "unchanged");
    let restated = focus(&["1.5", "2.25", "4"]);
    let job = ended(&server, &upload(&server, "source=web&file_name=october.csv", &restated));
    assert_eq!(job["state"], "done", "{job}");
    let answer = server.get("/api/v1/cost/restatements?source=web").unwrap().json();
    let row = &answer["rows"][0];
    assert_eq!(
        (&row["effective_before"], &row["effective_after"]),
        (&json!("3.5"), &json!("3.75"))
    );
    assert_eq!((&row["service_name"], &answer["truncated"]), (&json!("Amazon EC2"), &json!(false)));
    let snapshots = server.get("/api/v1/cost/snapshots?source=web").unwrap().json();
    let current: Vec<bool> = snapshots["snapshots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|snapshot| snapshot["current"].as_bool().unwrap())
        .collect();
    assert_eq!(current, [true, false]);
    assert_eq!(snapshots["snapshots"][0]["restated"]["billed_after"], "3.75");
    let bad = ended(&server, &upload(&server, "source=web&file_name=bad.csv", "x,y\n1,2\n"));
    assert_eq!((&bad["state"], &bad["problem"]["file"]), (&json!("failed"), &json!("bad.csv")));
    assert_eq!(std::fs::read_dir(data.path().join("imports")).unwrap().count(), 0);
    let sum = server.row("SELECT CAST(sum(effective_cost) AS VARCHAR) AS total FROM cost");
    assert_eq!(units(text(&sum, "total")), units("7.75"));
}

#[test]
fn a_path_of_the_server_is_for_owners_and_the_command_line() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("october.csv");
    std::fs::write(&path, focus(&["7"])).unwrap();
    let server = Server::start(data.path());
    let owner = Session::owner(&server, "owner");
    let wanted = json!({"location": path, "source": "files"});
    let editor = owner.invite("editor", "editor");
    assert_eq!(editor.send("POST", "/cost/imports", Some(&wanted)).status, 403);
    for (location, status) in [("s3://bills/cur", 403), ("s3://127.0.0.1:9?/x", 400)] {
        let bucket = json!({"location": location, "source": "files"});
        assert_eq!(
            editor.send("POST", "/cost/imports", Some(&bucket)).status,
            status,
            "{location}"
        );
    }
    let viewer = owner.invite("viewer", "viewer");
    let bucket = json!({"location": "s3://bills/cur", "source": "files"});
    assert_eq!(viewer.send("POST", "/cost/imports", Some(&bucket)).status, 403);
    let told = import(data.path(), &path, &["--source", "files"]).unwrap();
    assert!(told.contains("1 lines imported") && told.contains("effective 7"), "{told}");
    let dry = import(data.path(), &path, &["--source", "others", "--dry-run"]).unwrap();
    assert!(dry.contains("would be imported"), "{dry}");
    assert_eq!(server.count("cost"), 1);
}

/// An S3 server that others wrote, with two deliveries' worth of files in its bucket.
fn s3(folder: &Path) -> Option<(Running, String)> {
    let mut command = cost_python()?;
    let port = free_port();
    command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let server = Running::new(command.spawn().unwrap(), port).ready("the S3 server listens");
    let endpoint = format!("http://127.0.0.1:{port}");
    put(&endpoint, folder)?;
    Some((server, endpoint))
}

fn put(endpoint: &str, folder: &Path) -> Option<()> {
    let mut client = cost_python()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/s3_bills.py");
    client.arg(script).args([endpoint, BUCKET]).arg(folder);
    output_of(&mut client);
    Some(())
}

/// A data export of FOCUS with its manifest.
fn deliver(folder: &Path, execution: &str, files: &[&str]) {
    let period = "BILLING_PERIOD=2026-10";
    let data = folder.join("cur/focus/data").join(period);
    let metadata = folder.join("cur/focus/metadata").join(period);
    std::fs::create_dir_all(&data).unwrap();
    std::fs::create_dir_all(&metadata).unwrap();
    let mut names = Vec::new();
    for (index, cost) in files.iter().enumerate() {
        let name = format!("focus-{index:05}.csv.gz");
        let bill = focus(&[cost]);
        std::fs::write(data.join(&name), hannun_e2e::otlp::gzip(bill.as_bytes())).unwrap();
        names.push(format!("s3://{BUCKET}/cur/focus/data/{period}/{name}"));
    }
    let manifest = json!({"executionId": execution, "dataFiles": names,
        "exportArn": "arn:aws:bcm-data-exports:us-east-1:111111111111:export/focus"});
    std::fs::write(metadata.join("focus-Manifest.json"), manifest.to_string()).unwrap();
}

#[test]
fn a_bucket_is_imported_and_access_that_is_revoked_in_the_middle_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    deliver(folder.path(), "e1", &["1", "2"]);
    let Some((_s3, endpoint)) = s3(folder.path()) else { return };
    let data = tempfile::tempdir().unwrap();
    let wanted = json!({
        "location": format!("s3://{BUCKET}/cur/focus"), "source": "aws", "endpoint": endpoint,
        "region": "us-east-1", "profile": "bills",
    });
    let import_by = |server: &Server| {
        let answer = server.post("/api/v1/cost/imports", &wanted).unwrap();
        assert_eq!(answer.status, 202, "{}", answer.text());
        ended(server, &answer.json())
    };
    let server = with_keys(data.path(), &folder.path().join("absent"));
    let job = import_by(&server);
    assert_eq!(job["state"], "failed");
    assert!(job["problem"]["message"].as_str().unwrap().contains("cannot read"), "{job}");
    server.stop();

    let keys = folder.path().join("credentials");
    std::fs::write(&keys, "[bills]\naws_access_key_id = a\naws_secret_access_key = b\n").unwrap();
    let server = with_keys(data.path(), &keys);
    let import = || import_by(&server);
    let job = import();
    assert_eq!((&job["state"], &job["files_done"]), (&json!("done"), &json!(2)), "{job}");
    assert_eq!(import()["state"], "unchanged");

    // A new delivery, of which the listing, the manifest and one file can be had: then no more.
    deliver(folder.path(), "e2", &["10", "20", "40"]);
    put(&endpoint, folder.path()).unwrap();
    let allowed = |requests: &str| {
        let url = format!("{endpoint}/moto-api/reset-auth");
        let answer = Client::default().post(&url, &[], requests.as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    allowed("3");
    let job = import();
    assert_eq!(job["state"], "failed", "{job}");
    assert_eq!(job["files_done"], 1, "{job}");
    assert!(job["problem"]["message"].as_str().unwrap().contains("focus-00001.csv.gz"), "{job}");
    let total = || {
        let row = server.row("SELECT CAST(sum(effective_cost) AS VARCHAR) AS total FROM cost");
        units(text(&row, "total"))
    };
    assert_eq!(total(), units("3"), "the old snapshot stays");
    allowed("1000000");
    assert_eq!(import()["state"], "done");
    assert_eq!(total(), units("70"));
}

/// A server that finds its keys in this file.
fn with_keys(data: &Path, keys: &Path) -> Server {
    let wrapper = keys.with_extension("sh");
    let binary = hannun_e2e::server::binary();
    let script = format!(
        "#!/bin/sh\nAWS_SHARED_CREDENTIALS_FILE='{}' exec '{}' \"$@\"\n",
        keys.display(),
        binary.display()
    );
    std::fs::write(&wrapper, script).unwrap();
    let executable: std::fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&wrapper, executable).unwrap();
    let options = ServerOptions { binary: Some(wrapper), ..ServerOptions::default() };
    Server::start_with(data, &options)
}

#[test]
fn a_scheduled_source_is_looked_at_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    deliver(folder.path(), "e1", &["1", "2"]);
    let Some((_s3, endpoint)) = s3(folder.path()) else { return };
    let data = tempfile::tempdir().unwrap();
    let keys = folder.path().join("credentials");
    std::fs::write(&keys, "[bills]\naws_access_key_id = a\naws_secret_access_key = b\n").unwrap();
    let server = with_keys(data.path(), &keys);
    let owner = Session::owner(&server, "owner");
    let source = json!({"expected_revision": 0, "body": {
        "name": "Main", "url": format!("s3://{BUCKET}/cur"), "every": "6h", "endpoint": endpoint,
        "region": "us-east-1", "credentials": {"profile": "bills"},
    }});
    let answer = owner.send("PUT", "/documents/cost-source/main", Some(&source));
    assert!(answer.status < 300, "{}", answer.text());
    eventually("the source is imported", 60, || server.count("cost") == 2);
    let jobs = server.get("/api/v1/cost/imports").unwrap().json();
    assert_eq!(jobs["jobs"][0]["source"], "main");
}
