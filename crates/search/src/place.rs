//! Where the values of a field are: columns, the attributes of the row, those of its resource.
//!
//! | Field | Values |
//! |---|---|
//! | `service`, `host`, … ([`RESERVED`]) | a column |
//! | name of a text, integer, float or boolean column | that column |
//! | `@key` | the attribute of the span or log record, in its own column or in the map |
//! | any other `key` (a tag) | the attribute of the resource, and the one of the row |
//!
//! `key` is looked up as it stands, and as a path into structured attributes: `@a.b` finds
//! `{"a":{"b":1}}` too, and every item of an array.

use crate::ast::{Bound, BoundValue, Field, Range, Test};
use crate::value_test::ValueTest;
use hannun_model::column::{ColumnType, Lookup};
use hannun_model::semconv::{item_attributes, resource_attributes};
use hannun_model::severity::{STATUSES, number_of_text, numbers_of_status, status_of_number};
use hannun_model::table::{Table, logs, spans};
use std::sync::LazyLock;

/// Reserved names and the columns they mean, in tables that have the column.
pub const RESERVED: [(&str, &str); 22] = [
    ("service", "service_name"),
    ("env", "deployment_environment_name"),
    ("version", "service_version"),
    ("host", "host_name"),
    ("container_name", "container_name"),
    ("container_id", "container_id"),
    ("image_name", "container_image_name"),
    ("kube_namespace", "k8s_namespace_name"),
    ("kube_cluster_name", "k8s_cluster_name"),
    ("kube_deployment", "k8s_deployment_name"),
    ("kube_node", "k8s_node_name"),
    ("pod_name", "k8s_pod_name"),
    ("trace_id", "trace_id"),
    ("span_id", "span_id"),
    ("parent_id", "parent_span_id"),
    ("pattern_id", "pattern_id"),
    ("operation_name", "name"),
    ("resource_name", "name"),
    ("name", "name"),
    ("kind", "kind"),
    ("span_kind", "kind"),
    ("duration", "duration"),
];

/// The tag that a log source is found under, beside its own name.
const SOURCE_TAG: &str = "ddsource";

/// Where the values of a field are in one table. All places count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Places {
    /// The status, which is a number of severity in logs and a code in spans.
    Status,
    /// Each of these columns.
    Text(Vec<usize>),
    Values(Values),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    pub columns: Vec<usize>,
    /// Keys in the map of the row.
    pub attributes: Vec<String>,
    /// Keys in the typed JSON of the resource.
    pub resource: Vec<String>,
}

/// Whether a field is the status.
pub fn is_status(field: &Field) -> bool {
    matches!(field, Field::Named(name) if name == "status")
}

/// The columns that words without a field are looked for in.
pub fn message_columns(table: Table) -> &'static [usize] {
    match table {
        Table::Logs => &[logs::BODY],
        Table::Spans => &[spans::NAME, spans::STATUS_MESSAGE],
        Table::MetricPoints
        | Table::TraceIndex
        | Table::SpanStats
        | Table::SpanErrors
        | Table::ClientStats
        | Table::Profiles => &[],
    }
}

/// The columns that `*:` looks in: those of the text index, where a table has one. Numbers count
/// with their digits.
pub fn full_text_columns(table: Table) -> &'static [usize] {
    match table {
        Table::Spans => &SPAN_TEXT_COLUMNS,
        other => other.text_columns(),
    }
}

static SPAN_TEXT_COLUMNS: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let is_text = |index: &usize| {
        let column = &Table::Spans.columns()[*index];
        let hot = item_attributes(Table::Spans).canonical_key(*index).is_some();
        let id = column.lookup == Lookup::Needle || column.name.ends_with("span_id");
        match column.column_type {
            ColumnType::Text | ColumnType::Json | ColumnType::Attributes => !id,
            ColumnType::Int => hot,
            _ => false,
        }
    };
    (0..Table::Spans.columns().len()).filter(is_text).collect()
});

/// Where the values of this field are.
pub fn places(table: Table, field: &Field) -> Places {
    match field {
        Field::Attribute(key) => Places::Values(of_attribute(table, key)),
        Field::Named(name) if name == "status" => Places::Status,
        Field::Named(name) if name == "message" => Places::Text(message_columns(table).to_vec()),
        Field::Named(name) => Places::Values(of_name(table, name)),
    }
}

fn of_attribute(table: Table, key: &str) -> Values {
    let mut columns: Vec<usize> =
        item_attributes(table).get(key).map(|hot| hot.column).into_iter().collect();
    if table == Table::Spans && key == "duration" {
        columns.push(spans::DURATION);
    }
    Values { columns, attributes: vec![key.to_owned()], resource: Vec::new() }
}

fn of_name(table: Table, name: &str) -> Values {
    let reserved = RESERVED.iter().find(|(reserved, _)| *reserved == name);
    let column_name = reserved.map_or(name, |(_, column)| column);
    if let Some(index) = table.column_index(column_name) {
        let comparable = matches!(
            table.columns()[index].column_type,
            ColumnType::Text | ColumnType::Int | ColumnType::Float | ColumnType::Bool
        );
        if comparable {
            return Values { columns: vec![index], ..Values::default() };
        }
    }
    let mut values = of_attribute(table, name);
    if let Some(hot) = resource_attributes(table).get(name) {
        values.columns.insert(0, hot.column);
    }
    if name == "source" {
        values.attributes.push(SOURCE_TAG.to_owned());
    }
    values.resource.clone_from(&values.attributes);
    values
}

/// The test as it is made of this field: ids are stored in lower case.
pub fn normal_test(field: &Field, test: &Test) -> Test {
    let is_id = matches!(field, Field::Named(name)
        if matches!(name.as_str(), "trace_id" | "span_id" | "parent_id" | "pattern_id"));
    match test {
        Test::Is(text) if is_id => Test::Is(text.to_ascii_lowercase()),
        other => other.clone(),
    }
}

/// What a status word means: a number of severity, or no status at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusWord {
    None,
    /// The numbers of severity of one status.
    Numbers(i64, i64),
}

/// What a word means as a status: a name, one of the spellings of loggers, or `none`.
pub fn status_word(word: &str) -> Option<StatusWord> {
    if word.eq_ignore_ascii_case("none") || word.eq_ignore_ascii_case("unset") {
        return Some(StatusWord::None);
    }
    let number = match word.parse() {
        Ok(number) => number,
        Err(_) => number_of_text(word)?,
    };
    let (first, last) = numbers_of_status(status_of_number(number)?)?;
    Some(StatusWord::Numbers(first, last))
}

/// The statuses that a test lets through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatusSet {
    /// Ranges of numbers of severity.
    pub numbers: Vec<(i64, i64)>,
    /// Rows without a status.
    pub none: bool,
}

/// A severity of a log record, 1 to 24.
pub const SEVERITY_MAX: i64 = 24;

impl StatusSet {
    /// The statuses that a test means.
    pub fn of(test: &Test) -> Self {
        let all = vec![(1, SEVERITY_MAX)];
        match test {
            Test::Exists => Self { numbers: all, none: false },
            Test::Is(word) => match status_word(word) {
                Some(StatusWord::None) => Self { numbers: Vec::new(), none: true },
                Some(StatusWord::Numbers(first, last)) => {
                    Self { numbers: vec![(first, last)], none: false }
                }
                None => Self::default(),
            },
            Test::Like(_) => {
                let like = ValueTest::new(test, "status");
                let numbers = STATUSES.into_iter().filter(|status| like.matches_text(status));
                Self { numbers: numbers.filter_map(numbers_of_status).collect(), none: false }
            }
            Test::Range(range) => Self::of_range(range),
            Test::Cidr(_) => Self::default(),
        }
    }

    /// An end stands for the whole status: above `warn` begins with `error`.
    fn of_range(range: &Range) -> Self {
        let low = range.low.as_ref().map_or(1, |bound| first_inside(bound).max(1));
        let high =
            range.high.as_ref().map_or(SEVERITY_MAX, |bound| last_inside(bound).min(SEVERITY_MAX));
        let numbers = if low <= high { vec![(low, high)] } else { Vec::new() };
        Self { numbers, none: false }
    }

    /// Whether a record with this number of severity is let through.
    pub fn has_number(&self, number: Option<i64>) -> bool {
        match number.filter(|number| (1..=SEVERITY_MAX).contains(number)) {
            None => self.none,
            Some(number) => self.has(number),
        }
    }

    /// Whether a span with this status code is let through. `ok` counts as info, `error` as error.
    pub fn has_code(&self, code: Option<&str>) -> bool {
        code.map_or(self.none, |code| severity_of_code(code).is_some_and(|number| self.has(number)))
    }

    fn has(&self, number: i64) -> bool {
        self.numbers.iter().any(|(first, last)| (*first..=*last).contains(&number))
    }
}

/// The smallest number of severity that a lower end lets through. Nothing is above no status.
fn first_inside(bound: &Bound) -> i64 {
    match &bound.value {
        BoundValue::Text(word) => match status_word(word) {
            Some(StatusWord::Numbers(first, _)) if bound.inclusive => first,
            Some(StatusWord::Numbers(_, last)) => last + 1,
            Some(StatusWord::None) | None => SEVERITY_MAX + 1,
        },
        BoundValue::Quantity { quantity, .. } => {
            let number = quantity.number.as_f64();
            if bound.inclusive {
                number.ceil() as i64
            } else {
                (number.floor() as i64).saturating_add(1)
            }
        }
    }
}

/// The largest number of severity that an upper end lets through.
fn last_inside(bound: &Bound) -> i64 {
    match &bound.value {
        BoundValue::Text(word) => match status_word(word) {
            Some(StatusWord::Numbers(_, last)) if bound.inclusive => last,
            Some(StatusWord::Numbers(first, _)) => first - 1,
            Some(StatusWord::None) | None => 0,
        },
        BoundValue::Quantity { quantity, .. } => {
            let number = quantity.number.as_f64();
            if bound.inclusive {
                number.floor() as i64
            } else {
                (number.ceil() as i64).saturating_sub(1)
            }
        }
    }
}

/// Codes of spans and where they stand among the numbers of severity.
pub const CODES: [&str; 2] = ["ok", "error"];

fn severity_of_code(code: &str) -> Option<i64> {
    CODES.contains(&code).then(|| number_of_text(code)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Field {
        Field::Named(name.to_owned())
    }

    #[test]
    fn every_reserved_name_has_a_column_in_logs_or_spans() {
        for (name, column) in RESERVED {
            let known = [Table::Logs, Table::Spans]
                .into_iter()
                .any(|table| table.column_index(column).is_some());
            assert!(known, "{name}");
        }
        let Places::Values(values) = places(Table::Logs, &named("service")) else { panic!() };
        assert_eq!(values.columns, [logs::SERVICE_NAME]);
        assert!(values.attributes.is_empty() && values.resource.is_empty());
    }

    #[test]
    fn tags_are_looked_for_in_the_resource_and_in_the_row() {
        let Places::Values(values) = places(Table::Logs, &named("team")) else { panic!() };
        assert_eq!(
            (values.attributes, values.resource),
            (vec!["team".into()], vec!["team".into()])
        );
        let Places::Values(values) = places(Table::Logs, &named("k8s.node.name")) else { panic!() };
        assert_eq!(values.columns, [logs::K8S_NODE_NAME]);
        let old = Field::Attribute("http.status_code".to_owned());
        let Places::Values(values) = places(Table::Logs, &old) else { panic!() };
        assert_eq!(values.columns, [logs::HTTP_RESPONSE_STATUS_CODE]);
    }

    #[test]
    fn statuses_have_names_aliases_and_an_order() {
        let numbers = |text: &str| {
            let search = crate::parse(&format!("status:{text}")).unwrap();
            let crate::Expr::Field { test, .. } = search.filter.expr().clone() else { panic!() };
            StatusSet::of(&test).numbers
        };
        assert_eq!(numbers("ERR"), [(17, 20)]);
        assert_eq!(numbers("critical"), [(17, 20)]);
        assert_eq!(numbers(">=warn"), [(13, 24)]);
        assert_eq!(numbers("<info"), [(1, 8)]);
        assert_eq!(numbers("[debug TO warn}"), [(5, 12)]);
        assert_eq!(numbers(">14"), [(15, 24)]);
        assert_eq!(numbers("*"), [(1, 24)]);
        assert_eq!(numbers("*r*"), [(1, 4), (13, 16), (17, 20)]);
        assert!(StatusSet::of(&Test::Is("none".to_owned())).has_number(None));
        assert!(StatusSet::of(&Test::Is("ok".to_owned())).has_code(Some("ok")));
        assert!(!StatusSet::of(&Test::Is("ok".to_owned())).has_code(Some("error")));
    }
}
