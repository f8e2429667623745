//! Where senders put what every record has: the names of time, severity, message and origin in
//! the formats of loggers, shippers and vendors.
//!
//! Keys are compared in lower case. A dotted key is found as written and as nested objects:
//! `host.name` is also `{"host": {"name": …}}`, which is how the Elastic Common Schema sends it.

use super::severity::Scale;
use hannun_model::semconv::{item_attributes, resource_attributes};
use hannun_model::table::Table;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What a value under a known key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Time,
    Severity(Scale),
    Message,
    /// Hex, or the decimal of Datadog.
    TraceId,
    SpanId,
    DatadogTraceId,
    DatadogSpanId,
    /// The header of W3C Trace Context: both ids.
    TraceParent,
    /// The name of the logger.
    Scope,
    /// A resource attribute with a column, by its canonical key.
    Resource(&'static str),
    /// An attribute of the record with a column.
    Attribute,
}

/// A role and how good this key is for it: the lowest rank counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub role: Role,
    pub rank: u8,
}

/// Longest key that is looked up.
pub const KEY_BYTES_MAX: usize = 64;

/// Keys of one role, the best first.
const ROLES: &[(Role, &[&str])] = &[
    (
        Role::Time,
        &[
            "@timestamp",
            "timestamp",
            "@t",
            "time",
            "ts",
            "eventtime",
            "event_time",
            "datetime",
            "date",
            "timestamp_ms",
            "time_ms",
            "timemillis",
            "epoch",
            "asctime",
            "created_at",
        ],
    ),
    (Role::Severity(Scale::OpenTelemetry), &["severity_number", "severitynumber"]),
    (
        Role::Severity(Scale::Guess),
        &[
            "level",
            "severity",
            "log.level",
            "severity_text",
            "severitytext",
            "loglevel",
            "log_level",
            "levelname",
            "lvl",
            "@l",
            "level_name",
            "syslog.severity",
            "priority",
        ],
    ),
    (Role::Severity(Scale::Words), &["status", "detected_level"]),
    (Role::Severity(Scale::Python), &["levelno"]),
    (
        Role::Message,
        &[
            "message",
            "msg",
            "@m",
            "log",
            "body",
            "event",
            "text",
            "line",
            "messagetemplate",
            "short_message",
            "@mt",
        ],
    ),
    (Role::TraceId, &["trace_id", "traceid", "trace.id", "otel.trace_id", "otelTraceID"]),
    (Role::SpanId, &["span_id", "spanid", "span.id", "otel.span_id", "otelSpanID"]),
    (Role::DatadogTraceId, &["dd.trace_id"]),
    (Role::DatadogSpanId, &["dd.span_id"]),
    (Role::TraceParent, &["traceparent"]),
    (Role::Scope, &["logger", "logger_name", "log.logger", "loggername", "logger.name"]),
    (
        Role::Resource("service.name"),
        &[
            "service.name",
            "service",
            "service_name",
            "dd.service",
            "servicename",
            "application",
            "app",
            "app_name",
            "appname",
            "otelServiceName",
            "kubernetes.labels.app.kubernetes.io/name",
            "kubernetes.labels.app_kubernetes_io/name",
            "kubernetes.pod_labels.app.kubernetes.io/name",
            "app_kubernetes_io_name",
            "app.kubernetes.io/name",
            "kubernetes.labels.app",
            "kubernetes.pod_labels.app",
            "k8s_app",
        ],
    ),
    (
        Role::Resource("service.version"),
        &[
            "service.version",
            "dd.version",
            "service_version",
            "kubernetes.labels.app.kubernetes.io/version",
        ],
    ),
    (
        Role::Resource("deployment.environment.name"),
        &[
            "deployment.environment.name",
            "deployment.environment",
            "deployment_environment",
            "environment",
            "env",
            "dd.env",
            "service.environment",
        ],
    ),
    (
        Role::Resource("host.name"),
        &["host.name", "host", "hostname", "host_name", "host.hostname", "agent.hostname"],
    ),
    (
        Role::Resource("k8s.pod.name"),
        &["k8s.pod.name", "kubernetes.pod_name", "kubernetes.pod.name", "pod_name", "pod"],
    ),
    (
        Role::Resource("k8s.namespace.name"),
        &[
            "k8s.namespace.name",
            "kubernetes.namespace_name",
            "kubernetes.pod_namespace",
            "kubernetes.namespace",
            "namespace_name",
            "kube_namespace",
            "namespace",
        ],
    ),
    (
        Role::Resource("k8s.node.name"),
        &[
            "k8s.node.name",
            "kubernetes.node.name",
            "kubernetes.pod_node_name",
            "kubernetes.host",
            "node_name",
        ],
    ),
    (Role::Resource("k8s.deployment.name"), &["k8s.deployment.name", "kubernetes.deployment.name"]),
    (
        Role::Resource("k8s.cluster.name"),
        &["k8s.cluster.name", "kube_cluster_name", "orchestrator.cluster.name", "cluster_name"],
    ),
    (
        Role::Resource("container.name"),
        &[
            "container.name",
            "kubernetes.container_name",
            "kubernetes.container.name",
            "container_name",
            "container",
        ],
    ),
    (
        Role::Resource("container.id"),
        &["container.id", "container_id", "kubernetes.docker_id", "kubernetes.container_id"],
    ),
    (
        Role::Resource("container.image.name"),
        &[
            "container.image.name",
            "container_image",
            "image_name",
            "kubernetes.container_image",
            "kubernetes.container.image",
        ],
    ),
];

/// Names of labels that mean a service where a stream of lines says nothing better, as Loki
/// discovers `service_name`. The best first.
const SERVICE_LABELS: &[&str] = &["container", "container_name", "component", "workload", "job"];

static KNOWN: LazyLock<HashMap<String, Known>> = LazyLock::new(|| {
    let mut known = HashMap::new();
    let hot = item_attributes(Table::Logs).iter().map(|(key, _)| (key, Role::Attribute));
    let resource = resource_attributes(Table::Logs);
    let columns = resource
        .iter()
        .filter_map(|(key, hot)| Some((key, Role::Resource(resource.canonical_key(hot.column)?))));
    for (key, role) in hot.chain(columns) {
        known.insert(key.to_owned(), Known { role, rank: 0 });
    }
    for (role, keys) in ROLES {
        for (rank, key) in keys.iter().enumerate() {
            let rank = first_rank(*role) + u8::try_from(rank).unwrap_or(u8::MAX / 4);
            known.insert(key.to_ascii_lowercase(), Known { role: *role, rank });
        }
    }
    known
});

/// Beginnings of dotted keys: objects under them are looked into.
static PARENTS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    KNOWN
        .keys()
        .flat_map(|key| key.match_indices('.').map(|(at, _)| key[..at].to_owned()))
        .collect()
});

/// Words say more than numbers, and a status may be about anything.
fn first_rank(role: Role) -> u8 {
    match role {
        Role::Severity(Scale::Words) => 64,
        Role::Severity(Scale::OpenTelemetry) => 96,
        Role::Severity(Scale::Python) => 128,
        Role::DatadogTraceId | Role::DatadogSpanId => 64,
        _ => 0,
    }
}

/// What this key means; `lower` is its lower-case form.
pub fn known(lower: &str) -> Option<Known> {
    KNOWN.get(lower).copied()
}

/// Whether objects under this key are looked into.
pub fn is_parent(lower: &str) -> bool {
    PARENTS.contains(lower)
}

/// The attribute that a label of a stream means besides itself, with its rank. Labels cannot have
/// dots, so `service_name` is `service.name` with the dot written otherwise.
pub fn of_label(name: &str) -> Option<(&'static str, u8)> {
    let lower = name.to_ascii_lowercase();
    match known(&lower).map(|known| (known.role, known.rank)) {
        Some((Role::Resource(attribute), rank)) => return Some((attribute, rank)),
        Some(_) => return None,
        None => {}
    }
    let resource = resource_attributes(Table::Logs);
    let column = Table::Logs.column_index(&lower)?;
    resource.canonical_key(column).map(|attribute| (attribute, 50))
}

/// Labels that mean a service when nothing else does, though they mean something else first.
pub fn service_rank(name: &str) -> Option<usize> {
    SERVICE_LABELS.iter().position(|label| label.eq_ignore_ascii_case(name))
}
