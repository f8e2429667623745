//! Seeded logs: skewed services, ids in a third of the lines, a tenth in Korean, some long.

use super::words::{ENGLISH, KOREAN, ROUTES, SERVICES, hex_id, int_attribute, resource, skewed};
use super::{DataSet, DataWriter, Period, SEED, Truth, hex};
use crate::rows;
use anyhow::Result;
use hannun_e2e::otlp::attribute;
use hannun_e2e::random::Random;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use prost::Message;
use std::collections::BTreeMap;
use std::path::Path;

const LOGS_PER_REQUEST: usize = 1_000;

/// Severity number and name.
fn severity(random: &mut Random) -> (i32, &'static str) {
    match random.below(100) {
        0..=1 => (17, "ERROR"),
        2..=7 => (13, "WARN"),
        8..=80 => (9, "INFO"),
        _ => (5, "DEBUG"),
    }
}

/// 80 to 400 bytes, one in a hundred some kilobytes.
fn body(random: &mut Random, service: usize) -> String {
    let message = if random.below(10) == 0 {
        KOREAN[skewed(random, KOREAN.len())]
    } else {
        ENGLISH[skewed(random, ENGLISH.len())]
    };
    let route = ROUTES[skewed(random, ROUTES.len())];
    let mut body = format!(
        "[{}] {message} route={route} duration_ms={} bytes={}",
        SERVICES[service],
        random.below(5_000),
        random.below(200_000)
    );
    if random.below(3) == 0 {
        body.push_str(&format!(
            " order_id={} request_id={}",
            random.below(90_000_000),
            hex_id(random)
        ));
    }
    let wanted =
        if random.below(100) == 0 { 2_000 + random.below(6_000) } else { 80 + random.below(320) };
    let mut frame = 0;
    while body.len() < wanted as usize {
        let class = ["OrderService", "HttpClient", "PaymentGateway", "RetryPolicy"][frame % 4];
        let line = random.below(900);
        body.push_str(&format!(" at com.shop.{class}.call({class}.java:{line})"));
        frame += 1;
    }
    body
}

fn record(random: &mut Random, service: usize, time_ns: u64) -> LogRecord {
    let (severity_number, severity_text) = severity(random);
    let mut record = LogRecord {
        time_unix_nano: time_ns,
        observed_time_unix_nano: time_ns + random.below(5_000_000),
        severity_number,
        severity_text: severity_text.to_owned(),
        body: Some(text(body(random, service))),
        attributes: vec![
            attribute("thread.name", &format!("http-{}", random.below(32))),
            int_attribute("code.line.number", random.below(900).cast_signed()),
        ],
        ..LogRecord::default()
    };
    // Half of the lines belong to a trace.
    if random.below(2) == 0 {
        record.trace_id = random.next_u64().to_be_bytes().to_vec();
        record.trace_id.extend_from_slice(&random.next_u64().to_be_bytes());
        record.span_id = random.next_u64().to_be_bytes().to_vec();
    }
    record
}

fn text(text: String) -> AnyValue {
    AnyValue { value: Some(any_value::Value::StringValue(text)) }
}

fn request(
    by_service: BTreeMap<usize, Vec<LogRecord>>,
    random: &mut Random,
) -> ExportLogsServiceRequest {
    let resource_logs = by_service
        .into_iter()
        .map(|(service, log_records)| {
            let scope = InstrumentationScope {
                name: format!("com.shop.{}", SERVICES[service]),
                ..InstrumentationScope::default()
            };
            ResourceLogs {
                resource: Some(resource(service, random.below(3))),
                scope_logs: vec![ScopeLogs {
                    scope: Some(scope),
                    log_records,
                    ..ScopeLogs::default()
                }],
                ..ResourceLogs::default()
            }
        })
        .collect();
    ExportLogsServiceRequest { resource_logs }
}

/// Exactly `logs` logs; one of them holds the needle.
pub fn build(folder: &Path, logs: u64, period: Period, with_rows: bool) -> Result<DataSet> {
    let mut random = Random::new(SEED + 1);
    let mut writer = DataWriter::create(folder, "logs", with_rows)?;
    let mut truth = Truth { rows: logs, ..Truth::default() };
    let mut waiting: BTreeMap<usize, Vec<LogRecord>> = BTreeMap::new();
    let mut count = 0;
    for index in 0..logs {
        let service = skewed(&mut random, SERVICES.len());
        let mut record = record(&mut random, service, period.at(index, logs));
        truth.errors += u64::from(record.severity_number >= 17);
        if index == logs / 2 {
            truth.needle = format!("needle{}", hex_id(&mut random));
            record.body = Some(text(format!("payment reference {} was not found", truth.needle)));
            record.trace_id =
                [random.next_u64().to_be_bytes(), random.next_u64().to_be_bytes()].concat();
            truth.trace_id = hex(&record.trace_id);
        }
        waiting.entry(service).or_default().push(record);
        count += 1;
        if count == LOGS_PER_REQUEST || index + 1 == logs {
            let request = request(std::mem::take(&mut waiting), &mut random);
            writer.add(&request.encode_to_vec(), count, |write| rows::logs(&request, write))?;
            count = 0;
        }
    }
    let (requests, rows_file) = writer.finish()?;
    Ok(DataSet { name: "logs", signal: "logs", table: "logs", requests, rows_file, truth })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_promised_shape() {
        let mut random = Random::new(1);
        let bodies: Vec<_> = (0..5_000).map(|_| body(&mut random, 3)).collect();
        let share = |holds: &dyn Fn(&String) -> bool| {
            bodies.iter().filter(|body| holds(body)).count() as f64 / bodies.len() as f64
        };
        let korean = share(&|body| KOREAN.iter().any(|phrase| body.contains(phrase)));
        let with_ids = share(&|body| body.contains("request_id="));
        let long = share(&|body| body.len() > 1_000);
        assert!((0.07..0.13).contains(&korean), "{korean}");
        assert!((0.28..0.38).contains(&with_ids), "{with_ids}");
        assert!((0.004..0.02).contains(&long), "{long}");
        assert!(bodies.iter().all(|body| body.len() >= 80));
    }

    #[test]
    fn the_needle_stands_in_one_line_only() {
        let folder = tempfile::tempdir().unwrap();
        let period = Period { start_ns: 0, end_ns: 1_000_000 };
        let logs = build(folder.path(), 2_500, period, true).unwrap();
        let rows = std::fs::read_to_string(logs.rows_file.unwrap()).unwrap();
        assert_eq!(rows.lines().count(), 2_500);
        assert_eq!(rows.matches(&logs.truth.needle).count(), 1);
        assert_eq!(rows.matches("\"ERROR\"").count() as u64, logs.truth.errors);
    }
}
