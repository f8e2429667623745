//! A filter made ready to be asked about many rows.

use crate::ast::{Expr, Text, TextScope};
use crate::number::Number;
use crate::phrase::{PatternTooLong, Phrase};
use crate::place::{self, Places, StatusSet, Values};
use crate::record::{ColumnValue, Record};
use crate::value_test::ValueTest;
use hannun_model::column::ColumnType;
use hannun_model::semconv::resource_columns;
use hannun_model::table::{Table, logs, spans};
use hannun_model::value::plain_text;
use std::sync::Arc;

/// Which rows are meant. Patterns are compiled once; a clone shares them.
#[derive(Debug, Clone)]
pub struct Filter {
    expr: Expr,
    compiled: Arc<Compiled>,
}

#[derive(Debug)]
enum Compiled {
    All,
    And(Vec<Compiled>),
    Or(Vec<Compiled>),
    Not(Box<Compiled>),
    Text { scope: TextScope, phrase: Phrase },
    Status(StatusSet),
    Value { test: ValueTest, logs: Places, spans: Places },
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.expr == other.expr
    }
}

impl Default for Filter {
    /// Lets every row through.
    fn default() -> Self {
        Self { expr: Expr::All, compiled: Arc::new(Compiled::All) }
    }
}

impl Filter {
    /// Makes an expression ready.
    pub fn new(expr: Expr) -> Result<Self, PatternTooLong> {
        let compiled = Arc::new(compile(&expr)?);
        Ok(Self { expr, compiled })
    }

    /// What it means.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    /// Whether it lets every row through.
    pub fn is_all(&self) -> bool {
        self.expr == Expr::All
    }

    /// Whether it lets this row through.
    pub fn matches(&self, row: &dyn Record) -> bool {
        matches(&self.compiled, row)
    }
}

fn compile(expr: &Expr) -> Result<Compiled, PatternTooLong> {
    let all = |parts: &[Expr]| parts.iter().map(compile).collect::<Result<Vec<_>, _>>();
    Ok(match expr {
        Expr::All => Compiled::All,
        Expr::And(parts) => Compiled::And(all(parts)?),
        Expr::Or(parts) => Compiled::Or(all(parts)?),
        Expr::Not(inner) => Compiled::Not(Box::new(compile(inner)?)),
        Expr::Text { scope, text } => Compiled::Text { scope: *scope, phrase: phrase(text)? },
        Expr::Field { field, test } if place::is_status(field) => {
            Compiled::Status(StatusSet::of(test))
        }
        Expr::Field { field, test } => Compiled::Value {
            test: ValueTest::new(&place::normal_test(field, test), field.key()),
            logs: place::places(Table::Logs, field),
            spans: place::places(Table::Spans, field),
        },
    })
}

fn phrase(text: &Text) -> Result<Phrase, PatternTooLong> {
    match text {
        Text::Exact(text) => Phrase::literal(text),
        Text::Pattern(pattern) => Phrase::pattern(pattern),
    }
}

fn matches(compiled: &Compiled, row: &dyn Record) -> bool {
    match compiled {
        Compiled::All => true,
        Compiled::And(parts) => parts.iter().all(|part| matches(part, row)),
        Compiled::Or(parts) => parts.iter().any(|part| matches(part, row)),
        Compiled::Not(inner) => !matches(inner, row),
        Compiled::Text { scope: TextScope::Message, phrase } => place::message_columns(row.table())
            .iter()
            .any(|column| has_phrase(row, *column, phrase)),
        Compiled::Text { scope: TextScope::Everything, phrase } => {
            place::full_text_columns(row.table())
                .iter()
                .any(|column| has_phrase(row, *column, phrase))
        }
        Compiled::Status(statuses) => has_status(row, statuses),
        Compiled::Value { test, logs, spans } => {
            let places = if row.table() == Table::Spans { spans } else { logs };
            match places {
                Places::Values(values) => has_value(row, values, test),
                Places::Text(columns) => {
                    columns.iter().any(|column| column_matches(row, *column, test))
                }
                Places::Status => false,
            }
        }
    }
}

fn has_phrase(row: &dyn Record, column: usize, phrase: &Phrase) -> bool {
    if row.table().columns()[column].column_type == ColumnType::Attributes {
        return row.any_attribute(&mut |_, typed| {
            plain_text(typed).is_some_and(|text| phrase.is_in(text))
        });
    }
    match row.column(column) {
        Some(ColumnValue::Text(text)) => phrase.is_in(text),
        Some(ColumnValue::Int(number)) => phrase.is_in(&number.to_string()),
        _ => false,
    }
}

fn has_status(row: &dyn Record, statuses: &StatusSet) -> bool {
    match row.table() {
        Table::Spans => statuses.has_code(match row.column(spans::STATUS_CODE) {
            Some(ColumnValue::Text(code)) => Some(code),
            _ => None,
        }),
        _ => statuses.has_number(match row.column(logs::SEVERITY_NUMBER) {
            Some(ColumnValue::Int(number)) => Some(number),
            _ => None,
        }),
    }
}

fn has_value(row: &dyn Record, values: &Values, test: &ValueTest) -> bool {
    if values.columns.iter().any(|column| column_matches(row, *column, test)) {
        return true;
    }
    let in_row = |key: &String| test.matches_key(key, |key| row.attribute(key));
    if values.attributes.iter().any(in_row) {
        return true;
    }
    if values.resource.is_empty() {
        return false;
    }
    let resource = resource_columns(row.table()).and_then(|columns| row.column(columns.attributes));
    let Some(ColumnValue::Text(json)) = resource else { return false };
    values.resource.iter().any(|key| test.matches_json(json, key))
}

fn column_matches(row: &dyn Record, column: usize, test: &ValueTest) -> bool {
    match row.column(column) {
        None => false,
        Some(ColumnValue::Text(text)) => test.matches_column_text(text),
        Some(ColumnValue::Int(int)) => test.matches_number(Number::Int(int)),
        Some(ColumnValue::Float(float)) => test.matches_number(Number::Double(float)),
        Some(ColumnValue::Bool(bool)) => test.matches_text(if bool { "true" } else { "false" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::BatchRows;
    use hannun_model::batch::{Batch, BatchBuilder};
    use hannun_model::value::Value;

    fn rows() -> Batch {
        let mut builder = BatchBuilder::new(Table::Logs);
        builder.start_row();
        builder.set_text(logs::BODY, "Payment timed out");
        builder.set_int(logs::SEVERITY_NUMBER, 17);
        builder.set_text(logs::SERVICE_NAME, "pay");
        builder.set_int(logs::HTTP_RESPONSE_STATUS_CODE, 504);
        builder.set_text(logs::RESOURCE_ATTRIBUTES, r#"{"team":"core"}"#);
        builder.add_attribute(logs::ATTRIBUTES, "n", |out| Value::Int(5).write_typed(out));
        builder.start_row();
        builder.set_text(logs::BODY, "신용카드결제가 실패");
        builder.finish().unwrap()
    }

    fn matched(search: &str) -> Vec<usize> {
        let filter = crate::parse_filter(search).unwrap();
        let batch = rows();
        let rows = BatchRows::new(Table::Logs, batch.records());
        (0..batch.rows()).filter(|row| filter.matches(&rows.row(*row))).collect()
    }

    #[test]
    fn rows_of_a_batch_are_asked_whatever_columns_it_has() {
        assert_eq!(matched("*"), [0, 1]);
        assert_eq!(matched("timed payment"), [0]);
        assert_eq!(matched("결제"), [1]);
        assert_eq!(matched("service:pay @n:>4 team:core status:error"), [0]);
        assert_eq!(matched("@http.status_code:5*"), [0]);
        assert_eq!(matched("message:=\"Payment timed out\""), [0]);
        assert_eq!(
            matched("message:=\"payment timed out\" OR message:=\"timed out\""),
            Vec::<usize>::new()
        );
        assert_eq!(matched("-service:pay"), [1]);
        assert_eq!(matched("status:none"), [1]);
        assert_eq!(matched("*:504 OR *:core"), [0]);
        assert_eq!(matched("host:* OR trace_id:x OR @missing:*"), Vec::<usize>::new());
    }

    #[test]
    fn the_default_filter_lets_everything_through() {
        assert!(Filter::default().is_all());
        assert_eq!(Filter::default(), crate::parse_filter("").unwrap());
    }
}
