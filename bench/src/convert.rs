//! Spans of OTLP as Datadog's tracers write them.

use hannun_e2e::msgpack::Writer;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use std::collections::HashMap;

/// A span with the attributes of its resource.
struct Told<'a> {
    resource: &'a [KeyValue],
    span: &'a Span,
}

/// What a tracer says of it.
struct DatadogSpan {
    service: String,
    name: &'static str,
    resource: String,
    kind: &'static str,
    meta: Vec<(String, String)>,
    metrics: Vec<(String, f64)>,
    trace_id: u64,
    span_id: u64,
    parent_id: u64,
    start: u64,
    duration: u64,
    error: bool,
}

/// `[[span]]` with maps.
pub fn v04(request: &ExportTraceServiceRequest) -> Vec<u8> {
    let traces = traces(request);
    let mut out = Writer::default();
    out.array(traces.len());
    for spans in traces {
        out.array(spans.len());
        for span in spans {
            write_map(&mut out, &span);
        }
    }
    out.into_bytes()
}

fn write_map(out: &mut Writer, span: &DatadogSpan) {
    out.map(12);
    let texts = [("service", &*span.service), ("name", span.name), ("resource", &*span.resource)];
    for (key, text) in texts {
        out.text(key);
        out.text(text);
    }
    let numbers = [
        ("trace_id", span.trace_id),
        ("span_id", span.span_id),
        ("parent_id", span.parent_id),
        ("start", span.start),
        ("duration", span.duration),
        ("error", u64::from(span.error)),
    ];
    for (key, number) in numbers {
        out.text(key);
        out.uint(number);
    }
    out.text("meta");
    out.map(span.meta.len());
    for (key, text) in &span.meta {
        out.text(key);
        out.text(text);
    }
    out.text("metrics");
    out.map(span.metrics.len());
    for (key, number) in &span.metrics {
        out.text(key);
        out.double(*number);
    }
    out.text("type");
    out.text(span.kind);
}

/// `[strings, traces]` with arrays of twelve.
pub fn v05(request: &ExportTraceServiceRequest) -> Vec<u8> {
    let traces = traces(request);
    let mut strings = Strings::default();
    let mut out = Writer::default();
    out.array(traces.len());
    for spans in &traces {
        out.array(spans.len());
        for span in spans {
            out.array(12);
            for text in [&*span.service, span.name, &*span.resource] {
                out.uint(strings.index(text));
            }
            let numbers = [span.trace_id, span.span_id, span.parent_id, span.start, span.duration];
            for number in numbers {
                out.uint(number);
            }
            out.uint(u64::from(span.error));
            out.map(span.meta.len());
            for (key, text) in &span.meta {
                out.uint(strings.index(key));
                out.uint(strings.index(text));
            }
            out.map(span.metrics.len());
            for (key, number) in &span.metrics {
                out.uint(strings.index(key));
                out.double(*number);
            }
            out.uint(strings.index(span.kind));
        }
    }
    let mut whole = Writer::default();
    whole.array(2);
    whole.array(strings.texts.len());
    for text in &strings.texts {
        whole.text(text);
    }
    whole.append(&out.into_bytes());
    whole.into_bytes()
}

/// The string table of a request; its first entry is the empty text.
struct Strings {
    texts: Vec<String>,
    indices: HashMap<String, u64>,
}

impl Default for Strings {
    fn default() -> Self {
        Self { texts: vec![String::new()], indices: HashMap::from([(String::new(), 0)]) }
    }
}

impl Strings {
    fn index(&mut self, text: &str) -> u64 {
        if let Some(index) = self.indices.get(text) {
            return *index;
        }
        let index = self.texts.len() as u64;
        self.texts.push(text.to_owned());
        self.indices.insert(text.to_owned(), index);
        index
    }
}

/// Spans by trace, each trace with its root or first span in front.
fn traces(request: &ExportTraceServiceRequest) -> Vec<Vec<DatadogSpan>> {
    let mut numbers: HashMap<&[u8], usize> = HashMap::new();
    let mut traces: Vec<Vec<Told<'_>>> = Vec::new();
    for resource_spans in &request.resource_spans {
        let resource = resource_spans.resource.as_ref();
        let resource = resource.map_or(&[][..], |resource| resource.attributes.as_slice());
        for span in resource_spans.scope_spans.iter().flat_map(|scope| &scope.spans) {
            let number = *numbers.entry(&span.trace_id).or_insert_with(|| {
                traces.push(Vec::new());
                traces.len() - 1
            });
            traces[number].push(Told { resource, span });
        }
    }
    traces.iter().map(|spans| spans.iter().enumerate().map(told).collect()).collect()
}

fn told((index, Told { resource, span }): (usize, &Told<'_>)) -> DatadogSpan {
    let (mut meta, mut metrics) = (Vec::new(), Vec::new());
    let mut service = String::new();
    // A tracer tells about its process in the first span of a chunk; only these are in every span.
    let is_in_every_span = |attribute: &&KeyValue| {
        ["service.name", "service.version", "deployment.environment.name"]
            .contains(&attribute.key.as_str())
    };
    let of_process = resource.iter().filter(|attribute| index == 0 || is_in_every_span(attribute));
    for attribute in of_process.chain(&span.attributes) {
        match attribute.value.as_ref().and_then(|any| any.value.as_ref()) {
            Some(Value::StringValue(text)) if attribute.key == "service.name" => {
                service.clone_from(text);
            }
            Some(Value::StringValue(text)) => {
                meta.push((datadog_key(&attribute.key), text.clone()))
            }
            Some(Value::IntValue(int)) => metrics.push((datadog_key(&attribute.key), *int as f64)),
            _ => {}
        }
    }
    let (kind, name, span_kind) = match span.kind {
        2 => ("web", "servlet.request", "server"),
        3 => ("http", "http.request", "client"),
        _ => ("", "internal", "internal"),
    };
    meta.push(("span.kind".to_owned(), span_kind.to_owned()));
    if index == 0 {
        meta.push(("_dd.p.tid".to_owned(), format!("{:016x}", number(&span.trace_id[..8]))));
        metrics.push(("_sampling_priority_v1".to_owned(), 1.0));
    }
    if let Some(status) = &span.status {
        meta.push(("error.message".to_owned(), status.message.clone()));
        meta.push(("error.type".to_owned(), "java.util.concurrent.TimeoutException".to_owned()));
    }
    DatadogSpan {
        service,
        name,
        resource: span.name.clone(),
        kind,
        meta,
        metrics,
        trace_id: number(&span.trace_id[8..]),
        span_id: number(&span.span_id),
        parent_id: number(&span.parent_span_id),
        start: span.start_time_unix_nano,
        duration: span.end_time_unix_nano - span.start_time_unix_nano,
        error: span.status.is_some(),
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The name that Datadog's tracers have for an attribute.
fn datadog_key(key: &str) -> String {
    let own = match key {
        "http.request.method" => "http.method",
        "http.response.status_code" => "http.status_code",
        "url.path" => "http.url",
        "service.version" => "version",
        "deployment.environment.name" => "env",
        "user_agent.original" => "http.useragent",
        "db.system.name" => "db.system",
        "db.namespace" => "db.name",
        other => other,
    };
    own.to_owned()
}
