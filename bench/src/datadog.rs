//! The same spans as Datadog's tracers send them and over OTLP: what each costs until it is stored.

use crate::generate::{Period, SECOND_NS, traces};
use crate::load::send_all_as;
use crate::measure::{cpu_seconds, disk_bytes, median};
use crate::requests::{RequestFile, RequestWriter};
use crate::{Arguments, convert};
use anyhow::{Result, ensure};
use hannun_e2e::{Server, ServerOptions, now_ns};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::{Value, json};
use std::path::Path;

/// Each format is measured so many times, in turn: the machine is not the same every minute.
const ROUNDS: usize = 3;
const SETTLE_SECONDS_MAX: u64 = 600;

/// A format with its requests and where they go.
struct Format {
    name: &'static str,
    listener: &'static str,
    path: &'static str,
    content_type: &'static str,
    requests: RequestFile,
    /// Spans a CPU-second until acknowledged, and until published, by round.
    until_acknowledged: Vec<f64>,
    until_settled: Vec<f64>,
}

/// Sends `--spans` spans in every format.
pub fn run(arguments: &Arguments) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let end_ns = now_ns() - 60 * SECOND_NS;
    let period = Period { start_ns: end_ns - 3_600 * SECOND_NS, end_ns };
    let data = traces::build(folder.path(), arguments.spans, period, false)?;
    let spans = data.truth.rows;
    let v04 = converted(&data.requests, &folder.path().join("v04"), convert::v04)?;
    let v05 = converted(&data.requests, &folder.path().join("v05"), convert::v05)?;
    let msgpack = "application/msgpack";
    let mut formats = [
        format("OTLP", "otlp_http", "/v1/traces", "application/x-protobuf", data.requests),
        format("v0.4", "datadog", "/v0.4/traces", msgpack, v04),
        format("v0.5", "datadog", "/v0.5/traces", msgpack, v05),
    ];
    for round in 0..ROUNDS {
        for format in &mut formats {
            eprintln!("round {} of {ROUNDS}: {} …", round + 1, format.name);
            measure(arguments, format, spans)?;
        }
    }
    Ok(report(&mut formats, spans))
}

fn format(
    name: &'static str,
    listener: &'static str,
    path: &'static str,
    content_type: &'static str,
    requests: RequestFile,
) -> Format {
    let (until_acknowledged, until_settled) = (Vec::new(), Vec::new());
    Format { name, listener, path, content_type, requests, until_acknowledged, until_settled }
}

fn converted(
    requests: &RequestFile,
    path: &Path,
    convert: fn(&ExportTraceServiceRequest) -> Vec<u8>,
) -> Result<RequestFile> {
    let mut writer = RequestWriter::create(path)?;
    for index in 0..requests.count() {
        let request = ExportTraceServiceRequest::decode(requests.body(index)?.as_slice())?;
        let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        let spans: usize = scopes.map(|scope| scope.spans.len()).sum();
        writer.add(&convert(&request), u32::try_from(spans)?)?;
    }
    writer.finish()
}

fn measure(arguments: &Arguments, format: &mut Format, spans: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let options = ServerOptions {
        memory_limit: arguments.memory_limit.clone(),
        binary: Some(arguments.binary.clone()),
        ..ServerOptions::default()
    };
    let server = Server::start_with(&folder.path().join("data"), &options);
    let before = cpu_seconds(server.process_id())?;
    let url = format!("{}{}", server.base_url(format.listener), format.path);
    send_all_as(&url, &format.requests, format.content_type)?;
    let acknowledged = cpu_seconds(server.process_id())? - before;
    server.settle(SETTLE_SECONDS_MAX);
    let settled = cpu_seconds(server.process_id())? - before;
    let stored = u64::try_from(server.count("spans"))?;
    ensure!(stored == spans, "{}: {stored} stored, {spans} sent", format.name);
    format.until_acknowledged.push(spans as f64 / acknowledged);
    format.until_settled.push(spans as f64 / settled);
    eprintln!(
        "  {:.0} spans a CPU-second until acknowledged, {:.0} until settled, {} MB of data",
        spans as f64 / acknowledged,
        spans as f64 / settled,
        disk_bytes(&folder.path().join("data")).parquet / 1_000_000
    );
    server.stop();
    Ok(())
}

fn report(formats: &mut [Format], spans: u64) -> Value {
    println!(
        "\n## {spans} spans in three formats\n\n\
         | format | bytes a span | spans a CPU-second, acknowledged | settled | against OTLP |\n\
         |---|--:|--:|--:|--:|"
    );
    let mut rows = Vec::new();
    let mut of_otlp = 0.0;
    for format in formats {
        let acknowledged = median(&mut format.until_acknowledged);
        let settled = median(&mut format.until_settled);
        if of_otlp == 0.0 {
            of_otlp = acknowledged;
        }
        let bytes = format.requests.raw_bytes() as f64 / spans as f64;
        let ratio = acknowledged / of_otlp;
        println!(
            "| {} | {bytes:.0} | {acknowledged:.0} | {settled:.0} | × {ratio:.2} |",
            format.name
        );
        rows.push(json!({
            "format": format.name, "bytes_a_span": bytes, "spans_a_cpu_second": acknowledged,
            "spans_a_cpu_second_settled": settled, "against_otlp": ratio,
        }));
    }
    json!(rows)
}
