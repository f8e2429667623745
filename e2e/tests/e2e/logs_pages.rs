//! The pages about logs in a real browser, over the running demo, in both languages.
//!
//! With `HANNUN_PICTURES` set to a folder, what the flows look at is left there as pictures.

use hannun_e2e::{Server, ServerOptions, Session, now_ns, otlp, tools};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

const HISTORY_DAYS: f64 = 0.05;
/// A service that repeats itself.
const CHATTY: &str = "chatty";
const INFO_RECORDS: u64 = 400;
const DEBUG_RECORDS: u64 = 300;
const DEBUG: (i32, &str) = (5, "DEBUG");
const INFO: (i32, &str) = (9, "INFO");
const HOSTILE: &str = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>";
const FLOWS: usize = 14;
const MILLISECOND: u64 = 1_000_000;

fn record(message: &str, severity: (i32, &str), time_ns: u64) -> LogRecord {
    let body = AnyValue { value: Some(any_value::Value::StringValue(message.to_owned())) };
    LogRecord {
        body: Some(body),
        severity_number: severity.0,
        severity_text: severity.1.to_owned(),
        attributes: vec![otlp::attribute("team", "seoul")],
        ..otlp::log(0, time_ns)
    }
}

fn send(server: &Server, service: &str, log_records: Vec<LogRecord>) {
    let attributes = vec![
        otlp::attribute("service.name", service),
        otlp::attribute("deployment.environment.name", "production"),
    ];
    let resource = Some(Resource { attributes, ..Resource::default() });
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    let resource_logs = vec![ResourceLogs { resource, scope_logs, ..ResourceLogs::default() }];
    server.send_ok("logs", &ExportLogsServiceRequest { resource_logs }.encode_to_vec());
}

fn send_known_records(server: &Server) {
    let now = now_ns();
    let infos = (0..INFO_RECORDS).map(|id| {
        let message = format!("cache miss for key {id} after {} ms", id % 90);
        record(&message, INFO, now - (id + 1) * 10 * MILLISECOND)
    });
    let debugs = (0..DEBUG_RECORDS).map(|id| {
        let message = format!("entering state {id} of the checkout machine");
        record(&message, DEBUG, now - (id + 1) * 11 * MILLISECOND)
    });
    send(server, CHATTY, infos.chain(debugs).collect());
    let mut hostile = record(HOSTILE, INFO, now);
    hostile.attributes.push(otlp::attribute(HOSTILE, HOSTILE));
    send(server, HOSTILE, vec![hostile]);
}

/// Runs the flows; each "send a record" is answered with the message of one that was sent.
fn flows(server: &Server, owner: &Session, language: &str) -> Option<Value> {
    let facts = json!({
        "cookie": owner.cookie, "language": language, "chatty": CHATTY, "hostile": HOSTILE,
        "debugRecords": DEBUG_RECORDS, "attribute": {"key": "team", "value": "seoul"},
    });
    let mut node = tools::browser_script("logs-flows.mjs")?;
    node.arg(server.base_url("http")).arg(facts.to_string());
    let mut child =
        node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut answers = child.stdin.take().unwrap();
    let mut last = String::new();
    let mut sent = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        last = line.unwrap();
        if last == "send a record" {
            sent += 1;
            let message = format!("arrived just now, {language} {sent}");
            send(server, CHATTY, vec![record(&message, INFO, now_ns())]);
            writeln!(answers, "{message}").unwrap();
        }
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{last}\n{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_str(&last).unwrap())
}

#[test]
fn people_find_follow_and_cut_logs_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    // Enough of them that something surrounds each record, also early in the morning in Seoul.
    let arguments = ["--scenario", "calm", "--orders-per-day", "12000"];
    let options = ServerOptions::demo(HISTORY_DAYS, &arguments);
    let server = Server::start_with(&folder.path().join("data"), &options);
    let owner = Session::owner(&server, "지은");
    server.shop_truth();
    send_known_records(&server);
    for language in ["en", "ko"] {
        let Some(done) = flows(&server, &owner, language) else { return };
        assert_eq!(done["done"].as_array().unwrap().len(), FLOWS, "{done}");
    }
}
