//! Which attributes have a column of their own, under their present and their former names.

use crate::column::ColumnType;
use crate::table::{Table, logs, metric_points, spans};
use std::collections::HashMap;
use std::sync::LazyLock;

/// When an alias means this column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    Always,
    /// On spans of kind client or producer only.
    ToClients,
    /// On spans of kind server or consumer only.
    ToServers,
}

/// An attribute that has a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HotAttribute {
    /// Position in the table's columns.
    pub column: usize,
    pub column_type: ColumnType,
    /// False for a former name. Its key is kept in the map beside the column, so that the row
    /// reads back as it was sent.
    pub canonical: bool,
    pub applies: Applies,
}

/// The attributes of one place (resource, span, log record) that have columns.
#[derive(Debug, Default)]
pub struct HotAttributes {
    by_key: HashMap<&'static str, HotAttribute, foldhash::fast::FixedState>,
}

impl HotAttributes {
    /// The column of this attribute key.
    #[inline]
    pub fn get(&self, key: &str) -> Option<HotAttribute> {
        self.by_key.get(key).copied()
    }

    /// The canonical key of a column.
    pub fn canonical_key(&self, column: usize) -> Option<&'static str> {
        self.by_key
            .iter()
            .find(|(_, hot)| hot.column == column && hot.canonical)
            .map(|(key, _)| *key)
    }

    /// Every key with its column.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, HotAttribute)> {
        self.by_key.iter().map(|(key, hot)| (*key, *hot))
    }

    fn build(
        table: Table,
        keys: &[&'static str],
        aliases: &[(&'static str, &str, Applies)],
    ) -> Self {
        let mut by_key = HashMap::default();
        let mut insert = |key: &'static str, canonical_key: &str, applies| {
            let name = canonical_key.replace('.', "_");
            // A table keeps only the columns that its signal uses.
            let Some(column) = table.column_index(&name) else { return };
            by_key.insert(
                key,
                HotAttribute {
                    column,
                    column_type: table.columns()[column].column_type,
                    canonical: key == canonical_key,
                    applies,
                },
            );
        };
        for key in keys {
            insert(key, key, Applies::Always);
        }
        for (alias, key, applies) in aliases {
            insert(alias, key, *applies);
        }
        Self { by_key }
    }
}

const RESOURCE_KEYS: &[&str] = &[
    "service.name",
    "service.version",
    "service.namespace",
    "service.instance.id",
    "deployment.environment.name",
    "host.name",
    "host.id",
    "container.id",
    "container.name",
    "container.image.name",
    "k8s.cluster.name",
    "k8s.namespace.name",
    "k8s.node.name",
    "k8s.pod.name",
    "k8s.deployment.name",
    "cloud.provider",
    "cloud.account.id",
    "cloud.region",
    "cloud.availability_zone",
    "telemetry.sdk.language",
];

const RESOURCE_ALIASES: &[(&str, &str, Applies)] =
    &[("deployment.environment", "deployment.environment.name", Applies::Always)];

const ITEM_KEYS: &[&str] = &[
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "url.full",
    "url.path",
    "url.query",
    "url.scheme",
    "server.address",
    "server.port",
    "client.address",
    "network.peer.address",
    "network.peer.port",
    "network.protocol.name",
    "user_agent.original",
    "rpc.system",
    "rpc.service",
    "rpc.method",
    "rpc.grpc.status_code",
    "db.system.name",
    "db.namespace",
    "db.collection.name",
    "db.operation.name",
    "db.query.text",
    "messaging.system",
    "messaging.destination.name",
    "messaging.operation.name",
    "messaging.operation.type",
    "peer.service",
    "error.type",
    "user.id",
    "session.id",
    "thread.name",
    "code.function.name",
    "code.file.path",
    "code.line.number",
    "exception.type",
    "exception.message",
    "exception.stacktrace",
];

const ITEM_ALIASES: &[(&str, &str, Applies)] = &[
    ("http.method", "http.request.method", Applies::Always),
    ("http.status_code", "http.response.status_code", Applies::Always),
    ("http.url", "url.full", Applies::Always),
    ("http.scheme", "url.scheme", Applies::Always),
    ("net.peer.name", "server.address", Applies::ToClients),
    ("net.host.name", "server.address", Applies::ToServers),
    ("net.peer.port", "server.port", Applies::ToClients),
    ("net.host.port", "server.port", Applies::ToServers),
    ("http.client_ip", "client.address", Applies::Always),
    ("net.sock.peer.addr", "network.peer.address", Applies::Always),
    ("net.sock.peer.port", "network.peer.port", Applies::Always),
    ("http.user_agent", "user_agent.original", Applies::Always),
    ("rpc.system.name", "rpc.system", Applies::Always),
    ("db.system", "db.system.name", Applies::Always),
    ("db.name", "db.namespace", Applies::Always),
    ("db.sql.table", "db.collection.name", Applies::Always),
    ("db.operation", "db.operation.name", Applies::Always),
    ("db.statement", "db.query.text", Applies::Always),
    ("messaging.destination", "messaging.destination.name", Applies::Always),
    ("messaging.operation", "messaging.operation.name", Applies::Always),
    ("service.peer.name", "peer.service", Applies::Always),
    ("enduser.id", "user.id", Applies::Always),
    ("code.function", "code.function.name", Applies::Always),
    ("code.filepath", "code.file.path", Applies::Always),
    ("code.lineno", "code.line.number", Applies::Always),
];

static SPAN: LazyLock<HotAttributes> =
    LazyLock::new(|| HotAttributes::build(Table::Spans, ITEM_KEYS, ITEM_ALIASES));
static LOG: LazyLock<HotAttributes> =
    LazyLock::new(|| HotAttributes::build(Table::Logs, ITEM_KEYS, ITEM_ALIASES));
static NONE: LazyLock<HotAttributes> = LazyLock::new(HotAttributes::default);
static SPAN_RESOURCE: LazyLock<HotAttributes> =
    LazyLock::new(|| HotAttributes::build(Table::Spans, RESOURCE_KEYS, RESOURCE_ALIASES));
static LOG_RESOURCE: LazyLock<HotAttributes> =
    LazyLock::new(|| HotAttributes::build(Table::Logs, RESOURCE_KEYS, RESOURCE_ALIASES));
static POINT_RESOURCE: LazyLock<HotAttributes> =
    LazyLock::new(|| HotAttributes::build(Table::MetricPoints, RESOURCE_KEYS, RESOURCE_ALIASES));
static PROFILE_RESOURCE: LazyLock<HotAttributes> =
    LazyLock::new(|| HotAttributes::build(Table::Profiles, RESOURCE_KEYS, RESOURCE_ALIASES));

/// The resource attributes with columns in `table`.
pub fn resource_attributes(table: Table) -> &'static HotAttributes {
    match table {
        Table::Spans => &SPAN_RESOURCE,
        Table::Logs => &LOG_RESOURCE,
        Table::MetricPoints => &POINT_RESOURCE,
        Table::Profiles => &PROFILE_RESOURCE,
        Table::TraceIndex | Table::SpanStats | Table::SpanErrors | Table::ClientStats => &NONE,
    }
}

/// The attributes of a span or log record with columns in `table`. Points keep theirs together:
/// they are the identity of a series.
pub fn item_attributes(table: Table) -> &'static HotAttributes {
    match table {
        Table::Spans => &SPAN,
        Table::Logs => &LOG,
        Table::MetricPoints
        | Table::TraceIndex
        | Table::SpanStats
        | Table::SpanErrors
        | Table::ClientStats
        | Table::Profiles => &NONE,
    }
}

/// Positions of the columns that a resource and its scope fill, the same set in each intake table.
#[derive(Debug, Clone, Copy)]
pub struct ResourceColumns {
    pub attributes: usize,
    pub dropped_attributes_count: usize,
    pub entity_refs: usize,
    pub schema_url: usize,
    pub absent: usize,
    pub scope_name: usize,
    pub scope_version: usize,
    pub scope_attributes: usize,
    pub scope_dropped_attributes_count: usize,
    pub scope_schema_url: usize,
    pub scope_absent: usize,
}

macro_rules! resource_columns {
    ($table:ident) => {
        ResourceColumns {
            attributes: $table::RESOURCE_ATTRIBUTES,
            dropped_attributes_count: $table::RESOURCE_DROPPED_ATTRIBUTES_COUNT,
            entity_refs: $table::RESOURCE_ENTITY_REFS,
            schema_url: $table::RESOURCE_SCHEMA_URL,
            absent: $table::RESOURCE_ABSENT,
            scope_name: $table::SCOPE_NAME,
            scope_version: $table::SCOPE_VERSION,
            scope_attributes: $table::SCOPE_ATTRIBUTES,
            scope_dropped_attributes_count: $table::SCOPE_DROPPED_ATTRIBUTES_COUNT,
            scope_schema_url: $table::SCOPE_SCHEMA_URL,
            scope_absent: $table::SCOPE_ABSENT,
        }
    };
}

/// The resource and scope columns of a table whose rows come with a resource; `None` for others.
pub fn resource_columns(table: Table) -> Option<ResourceColumns> {
    match table {
        Table::Spans => Some(resource_columns!(spans)),
        Table::Logs => Some(resource_columns!(logs)),
        Table::MetricPoints => Some(resource_columns!(metric_points)),
        Table::TraceIndex
        | Table::SpanStats
        | Table::SpanErrors
        | Table::ClientStats
        | Table::Profiles => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_new_environment_meet_in_one_column() {
        for table in [Table::Spans, Table::Logs, Table::MetricPoints] {
            let hot = resource_attributes(table);
            let old = hot.get("deployment.environment").map(|hot| hot.column);
            let new = hot.get("deployment.environment.name").map(|hot| hot.column);
            assert_eq!(old, new);
            assert!(new.is_some());
        }
    }

    #[test]
    fn every_resource_key_has_a_column_in_every_signal() {
        for table in [Table::Spans, Table::Logs, Table::MetricPoints] {
            for key in RESOURCE_KEYS {
                assert!(resource_attributes(table).get(key).is_some(), "{key} in {table:?}");
            }
        }
    }

    #[test]
    fn every_alias_has_a_canonical_key() {
        for (alias, key, _) in ITEM_ALIASES {
            assert!(ITEM_KEYS.contains(key), "{alias} → {key}");
        }
    }
}
