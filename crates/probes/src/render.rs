//! A probe as clients of Datadog take it: a file of the product `LIVE_DEBUGGING`.
//!
//! Shapes: <https://github.com/DataDog/dd-trace-py/tree/main/ddtrace/debugging/_probe> and
//! <https://github.com/DataDog/dd-trace-js/tree/master/packages/dd-trace/src/debugger>.

use crate::expression::Expression;
use crate::probe::{Capture, EvaluateAt, Language, MetricKind, Place, Probe, ProbeKind, message};
use crate::wire_id::wire_id;
use hannun_model::limits::{PROBE_LOGS_PER_SECOND_DEFAULT, PROBE_SNAPSHOTS_PER_SECOND_DEFAULT};
use serde_json::{Value, json};

/// The path of the probe's file, and the file.
pub fn render(probe: &Probe) -> (String, Value) {
    let id = wire_id(probe);
    let path = format!("datadog/2/LIVE_DEBUGGING/{}Probe_{id}/config", probe.kind.name());
    let mut file = json!({
        "id": id,
        "version": probe.revision,
        "language": language(probe.language),
        "tags": probe.tags,
        "where": place(&probe.place),
    });
    if let Place::Method { .. } = probe.place {
        file["evaluateAt"] = json!(match probe.evaluate_at {
            Some(EvaluateAt::Entry) => "ENTRY",
            // Only then the return value and the duration are known.
            Some(EvaluateAt::Exit) | None => "EXIT",
        });
    }
    if let Some(condition) = &probe.condition {
        file["when"] = expression(condition);
    }
    match &probe.kind {
        ProbeKind::Log { template, capture, per_second } => {
            let message = message(template.as_ref(), &probe.place);
            file["type"] = json!("LOG_PROBE");
            file["template"] = json!(message.text());
            file["segments"] = message.to_json();
            file["captureSnapshot"] = json!(capture.is_some());
            file["capture"] = limits(capture.unwrap_or_default());
            let default = match capture {
                Some(_) => PROBE_SNAPSHOTS_PER_SECOND_DEFAULT,
                None => PROBE_LOGS_PER_SECOND_DEFAULT,
            };
            file["sampling"] = json!({"snapshotsPerSecond": per_second.unwrap_or(default)});
        }
        ProbeKind::Metric { name, kind, value } => {
            file["type"] = json!("METRIC_PROBE");
            file["metricName"] = json!(name);
            file["kind"] = json!(metric_kind(*kind));
            if let Some(value) = value {
                file["value"] = expression(value);
            }
        }
        ProbeKind::Span => file["type"] = json!("SPAN_PROBE"),
    }
    (path, file)
}

fn expression(expression: &Expression) -> Value {
    json!({"dsl": expression.to_string(), "json": expression.to_json()})
}

fn language(language: Language) -> &'static str {
    match language {
        Language::Python => "python",
        Language::NodeJs => "javascript",
        Language::Java => "java",
        Language::DotNet => "dotnet",
        Language::Ruby => "ruby",
        Language::Go => "go",
        Language::Php => "php",
    }
}

fn place(place: &Place) -> Value {
    match place {
        Place::Line { file, line } => json!({"sourceFile": file, "lines": [line.to_string()]}),
        Place::Method { of, method } => json!({"typeName": of, "methodName": method}),
    }
}

fn limits(capture: Capture) -> Value {
    json!({
        "maxReferenceDepth": capture.max_depth,
        "maxLength": capture.max_length,
        "maxCollectionSize": capture.max_collection_size,
        "maxFieldCount": capture.max_fields,
    })
}

fn metric_kind(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Count => "COUNT",
        MetricKind::Gauge => "GAUGE",
        MetricKind::Histogram => "HISTOGRAM",
        MetricKind::Distribution => "DISTRIBUTION",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::tests::body;
    use crate::wire_id::document_id;

    fn rendered(revision: i64, change: Value) -> (String, Value) {
        render(&Probe::read("slow-orders", revision, &body(change)).unwrap())
    }

    #[test]
    fn a_log_probe_on_a_line_says_all_that_clients_need() {
        let (path, file) = rendered(
            4,
            json!({
                "condition": "total > 5", "template": "total {total}", "snapshots_per_second": 2,
                "capture": {"max_depth": 2}, "tags": ["team:shop"],
            }),
        );
        let id = file["id"].as_str().unwrap().to_owned();
        assert_eq!(document_id(&id), "slow-orders");
        assert_eq!(path, format!("datadog/2/LIVE_DEBUGGING/logProbe_{id}/config"));
        assert_eq!(
            file,
            json!({
                "id": id, "version": 4, "language": "python", "type": "LOG_PROBE",
                "tags": ["team:shop"],
                "where": {"sourceFile": "orders.py", "lines": ["42"]},
                "when": {"dsl": "total > 5", "json": {"gt": [{"ref": "total"}, 5]}},
                "template": "total {total}",
                "segments": [{"str": "total "}, {"dsl": "total", "json": {"ref": "total"}}],
                "captureSnapshot": true,
                "capture": {"maxReferenceDepth": 2, "maxLength": 255, "maxCollectionSize": 100,
                    "maxFieldCount": 20},
                "sampling": {"snapshotsPerSecond": 2.0},
            })
        );
    }

    #[test]
    fn metric_and_span_probes_are_of_their_own_type() {
        let method = json!({"module": "shop.orders", "method": "total"});
        let (path, file) = rendered(
            1,
            json!({"type": "metric", "capture_snapshot": false,
            "where": method, "metric": {"name": "orders.total", "kind": "gauge", "value": "@return"}}),
        );
        assert!(path.contains("/metricProbe_slow-orders."), "{path}");
        assert_eq!(file["where"], json!({"typeName": "shop.orders", "methodName": "total"}));
        assert_eq!((&file["metricName"], &file["kind"]), (&json!("orders.total"), &json!("GAUGE")));
        assert_eq!(file["value"], json!({"dsl": "@return", "json": {"ref": "@return"}}));
        assert_eq!(file["evaluateAt"], "EXIT");
        let (path, file) =
            rendered(1, json!({"type": "span", "capture_snapshot": false, "where": method}));
        assert!(path.contains("/spanProbe_slow-orders."), "{path}");
        assert_eq!(file["type"], "SPAN_PROBE");
    }

    #[test]
    fn a_log_without_a_message_says_where_it_is() {
        let (_, file) = rendered(1, json!({}));
        assert_eq!(file["template"], "orders.py:42");
        assert_eq!(file["segments"], json!([{"str": "orders.py:42"}]));
    }

    #[test]
    fn a_probe_that_moves_is_another_one_to_clients() {
        let id = |revision, change| rendered(revision, change).1["id"].clone();
        let first = id(1, json!({}));
        assert_eq!(id(2, json!({"condition": "a"})), first);
        assert_ne!(id(2, json!({"where": {"file": "orders.py", "line": 43}})), first);
    }
}
