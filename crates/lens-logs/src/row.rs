//! One record of a list, and how it is told from others.

use crate::field::Field;
use hannun_model::limits::LOGS_MESSAGE_BYTES_MAX;
use hannun_model::severity::status_of_number;
use hannun_model::table::{Table, logs};
use hannun_search::path;
use hannun_search::place::{Places, Values};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use utoipa::ToSchema;

/// A row as SQL answers it.
pub(crate) type Row = Map<String, Value>;

/// Columns that tell records apart, besides time and message: all that a sender filled. Left out is
/// what the server found out about a record, and when who saw it.
static IDENTITY: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    const OTHERS: [usize; 10] = [
        logs::TIME,
        logs::TIME_SOURCE,
        logs::OBSERVED_TIME,
        logs::BODY,
        logs::PATTERN_ID,
        logs::PATTERN,
        logs::RECORD_BYTES,
        logs::ADJUSTED_COUNT,
        logs::PIPELINE_ERROR,
        logs::RETENTION_DAYS,
    ];
    let columns = Table::Logs.columns().iter().enumerate();
    columns.filter(|(index, _)| !OTHERS.contains(index)).map(|(_, column)| column.name).collect()
});

/// SQL of what is read of a body: as many characters as it may have bytes, and its length.
pub(crate) const MESSAGE: &str =
    "left(body, 4096) AS message, coalesce(octet_length(body), 0) AS body_bytes";
const _: () = assert!(LOGS_MESSAGE_BYTES_MAX == 4096, "MESSAGE names it too");

/// A log record as a list shows it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LogEntry {
    /// Names this record in other routes.
    pub id: String,
    /// Nanoseconds since 1970.
    pub time_ns: String,
    pub time_ms: f64,
    /// `trace`, `debug`, `info`, `warn`, `error` or `fatal`.
    pub status: Option<String>,
    pub severity_text: Option<String>,
    pub service: Option<String>,
    pub host: Option<String>,
    pub environment: Option<String>,
    /// The body, at most 4096 bytes of it.
    pub message: String,
    /// Whether the message is longer.
    pub message_cut: bool,
    pub trace_id: Option<String>,
    pub span_id: Option<String>,
    pub pattern_id: Option<String>,
    /// Values of the columns that were asked for.
    pub columns: BTreeMap<String, Option<String>>,
}

/// SQL of the columns that [`LogEntry::read`] wants.
pub(crate) fn select(columns: &[Field]) -> String {
    let mut sql =
        format!("CAST(time AS BIGINT) AS time_ns, {MESSAGE}, pattern_id, {}", IDENTITY.join(", "));
    for (index, column) in columns.iter().enumerate() {
        sql.push_str(&format!(", {} AS column_{index}", column.sql()));
    }
    sql
}

/// In which order records are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    NewestFirst,
    OldestFirst,
}

impl Order {
    /// SQL of an order in which records of one time always stand in the same way. One is the exact
    /// reverse of the other.
    pub(crate) fn sql(self) -> String {
        let direction = match self {
            Self::NewestFirst => "DESC NULLS FIRST",
            Self::OldestFirst => "ASC NULLS LAST",
        };
        let mut keys = vec!["time", "service_name"];
        let is_scalar = |column: &&&str| !["service_name", "attributes"].contains(*column);
        keys.extend(IDENTITY.iter().filter(is_scalar));
        keys.extend(["message", "body_bytes", "map_keys(attributes)", "map_values(attributes)"]);
        let keys: Vec<String> = keys.iter().map(|key| format!("{key} {direction}")).collect();
        keys.join(", ")
    }
}

/// What names a record: its time, the length of its body, and a hash of what tells it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogId {
    pub time_ns: i64,
    pub body_bytes: u64,
    pub hash: u64,
}

impl std::fmt::Display for LogId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}-{}-{:016x}", self.time_ns, self.body_bytes, self.hash)
    }
}

impl std::str::FromStr for LogId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('-');
        let mut part = || parts.next().ok_or(());
        let id = Self {
            time_ns: part()?.parse().map_err(|_| ())?,
            body_bytes: part()?.parse().map_err(|_| ())?,
            hash: u64::from_str_radix(part()?, 16).map_err(|_| ())?,
        };
        if parts.next().is_some() { Err(()) } else { Ok(id) }
    }
}

impl LogId {
    /// The id of a row that has the columns of [`select`].
    pub(crate) fn of(row: &Row) -> Self {
        let mut identity = String::new();
        for column in IDENTITY.iter().copied().chain(["message"]) {
            match row.get(column) {
                None | Some(Value::Null) => {}
                // A record without attributes has an empty map, or none where nothing was sent.
                Some(Value::Object(map)) if map.is_empty() => {}
                Some(value) => identity.push_str(&value.to_string()),
            }
            identity.push('\u{1f}');
        }
        Self {
            time_ns: integer(row, "time_ns").unwrap_or(0),
            body_bytes: integer(row, "body_bytes").and_then(|it| it.try_into().ok()).unwrap_or(0),
            hash: xxhash_rust::xxh3::xxh3_64(identity.as_bytes()),
        }
    }
}

impl LogEntry {
    /// Reads a row of [`select`] with these columns.
    pub(crate) fn read(mut row: Row, columns: &[Field]) -> Self {
        let id = LogId::of(&row);
        let (message, cut) = cut(text(&mut row, "message").unwrap_or_default());
        let columns = columns.iter().enumerate().map(|(index, column)| {
            let value = row.remove(&format!("column_{index}")).and_then(plain_text);
            (column.name.clone(), value)
        });
        Self {
            columns: columns.collect(),
            id: id.to_string(),
            time_ns: id.time_ns.to_string(),
            time_ms: id.time_ns as f64 / 1e6,
            status: status(&row),
            message_cut: cut || id.body_bytes > message.len() as u64,
            message,
            severity_text: text(&mut row, "severity_text"),
            service: text(&mut row, "service_name"),
            host: text(&mut row, "host_name"),
            environment: text(&mut row, "deployment_environment_name"),
            trace_id: text(&mut row, "trace_id"),
            span_id: text(&mut row, "span_id"),
            pattern_id: text(&mut row, "pattern_id"),
        }
    }

    /// Reads a row that has all columns of the table, as it arrives live.
    pub(crate) fn read_live(mut row: Row, time_ns: i64, columns: &[Field]) -> Self {
        let body = text(&mut row, "body");
        let bytes = body.as_ref().map(String::len);
        let start = |body: String| body.chars().take(LOGS_MESSAGE_BYTES_MAX).collect::<String>();
        for (index, column) in columns.iter().enumerate() {
            if let Some(value) = live_value(&row, column, body.as_deref()) {
                row.insert(format!("column_{index}"), Value::from(value));
            }
        }
        row.insert("time_ns".to_owned(), Value::from(time_ns));
        row.insert("message".to_owned(), body.map(start).into());
        row.insert("body_bytes".to_owned(), bytes.into());
        Self::read(row, columns)
    }
}

/// The value of a field in a row with all columns.
fn live_value(row: &Row, field: &Field, body: Option<&str>) -> Option<String> {
    let plain = |value: Option<&Value>| value.cloned().and_then(plain_text);
    let Values { columns, attributes, resource } = match field.places() {
        Places::Status => return status(row),
        Places::Text(_) => return body.map(str::to_owned),
        Places::Values(values) => values,
    };
    let member = |place: &str, key: &String| {
        let object = row.get(place)?;
        // A path into a structured value is looked up as SQL does.
        plain(object.get(key)).or_else(|| path::first_in_json(&object.to_string(), key))
    };
    let in_column = columns.iter().find_map(|at| plain(row.get(Table::Logs.columns()[*at].name)));
    in_column
        .or_else(|| resource.iter().find_map(|key| member("resource_attributes", key)))
        .or_else(|| attributes.iter().find_map(|key| member("attributes", key)))
}

/// The status of a row.
pub(crate) fn status(row: &Row) -> Option<String> {
    integer(row, "severity_number").and_then(status_of_number).map(str::to_owned)
}

/// At most [`LOGS_MESSAGE_BYTES_MAX`] bytes of a message, and whether it was longer.
fn cut(mut message: String) -> (String, bool) {
    if message.len() <= LOGS_MESSAGE_BYTES_MAX {
        return (message, false);
    }
    let mut end = LOGS_MESSAGE_BYTES_MAX;
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    message.truncate(end);
    (message, true)
}

fn plain_text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

pub(crate) fn integer(row: &Row, column: &str) -> Option<i64> {
    row.get(column).and_then(Value::as_i64)
}

pub(crate) fn text(row: &mut Row, column: &str) -> Option<String> {
    row.remove(column).and_then(plain_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: Value) -> Row {
        match json {
            Value::Object(row) => row,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn an_id_reads_back_and_nonsense_does_not() {
        let id = LogId { time_ns: 1_700_000_000_000_000_001, body_bytes: 7, hash: 0xab };
        assert_eq!(id.to_string(), "1700000000000000001-7-00000000000000ab");
        assert_eq!(id.to_string().parse(), Ok(id));
        for nonsense in ["", "1", "1-2", "1-2-zz", "1-2-3-4", "x-2-3", "1-2-11111111111111111"] {
            assert_eq!(nonsense.parse::<LogId>(), Err(()), "{nonsense}");
        }
    }

    #[test]
    fn records_that_differ_in_one_attribute_have_different_ids() {
        let of = |attributes: Value| {
            LogId::of(&row(serde_json::json!({
                "time_ns": 5, "message": "a", "body_bytes": 1, "attributes": attributes
            })))
        };
        assert_ne!(of(serde_json::json!({"port": 1})), of(serde_json::json!({"port": 2})));
        assert_eq!(of(serde_json::json!({})), of(Value::Null));
    }

    #[test]
    fn whatever_a_sender_says_tells_records_apart_and_orders_them() {
        let order = Order::NewestFirst.sql();
        for column in [
            "deployment_environment_name",
            "service_version",
            "service_namespace",
            "resource_attributes",
            "scope_name",
            "scope_attributes",
            "http_route",
            "exception_message",
        ] {
            let with =
                |value: &str| LogId::of(&row(serde_json::json!({"time_ns": 5, column: value})));
            assert_ne!(with("a"), with("b"), "{column}");
            assert!(order.contains(&format!(", {column} DESC NULLS FIRST")), "{column}");
        }
        assert!(order.contains("map_keys(attributes)") && !order.contains(" attributes DESC"));
        let with = |column: &str| LogId::of(&row(serde_json::json!({"time_ns": 5, column: "a"})));
        assert_eq!(with("pattern_id"), with("observed_time"));
    }

    #[test]
    fn a_live_row_has_the_id_that_it_has_when_stored() {
        let body = "가".repeat(5000);
        let live = row(serde_json::json!({
            "time": "ignored", "body": body, "service_name": "order", "severity_number": 17,
            "attributes": {"k": "v"}, "http_route": "/a",
        }));
        let columns = [Field { name: "@k".to_owned() }, Field { name: "@http.route".to_owned() }];
        let live = LogEntry::read_live(live, 9, &columns);
        let stored = row(serde_json::json!({
            "time_ns": 9, "message": "가".repeat(LOGS_MESSAGE_BYTES_MAX), "body_bytes": 15_000,
            "service_name": "order", "severity_number": 17, "attributes": {"k": "v"},
            "http_route": "/a", "column_0": "v", "column_1": "/a",
        }));
        let stored = LogEntry::read(stored, &columns);
        assert_eq!(live, stored);
        assert_eq!(live.message.len(), 4095);
        assert!(live.message_cut);
        assert_eq!(live.status.as_deref(), Some("error"));
        assert_eq!(live.columns["@http.route"].as_deref(), Some("/a"));
    }

    #[test]
    fn both_orders_are_each_others_reverse() {
        let newest = Order::NewestFirst.sql();
        let reversed = newest.replace("DESC NULLS FIRST", "ASC NULLS LAST");
        assert_eq!(Order::OldestFirst.sql(), reversed);
        assert!(newest.starts_with("time DESC NULLS FIRST, service_name DESC NULLS FIRST"));
    }
}
