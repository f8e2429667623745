//! Values of fields as SQL expressions.

use super::Source;
use crate::typed::text as literal;
use hannun_model::column::ColumnType;
use hannun_model::semconv::item_attributes;
use hannun_model::severity::{STATUSES, numbers_of_status};
use hannun_model::table::Table;
use hannun_search::ast::Field;
use hannun_search::place::{Places, Values, places};

/// The columns that a search shows when it names none: the name of each, and its SQL.
pub fn display_columns(source: Source) -> Vec<(&'static str, String)> {
    let mut columns = vec![("time", source.time_column().to_owned())];
    let field = |name: &str| text_of(&Field::Named(name.to_owned()), source);
    match source {
        Source::Logs => {
            for name in ["status", "service", "host", "message"] {
                columns.push((name, field(name)));
            }
        }
        Source::Spans => {
            for name in ["service", "name", "kind", "status"] {
                columns.push((name, field(name)));
            }
            columns.push(("duration", "duration".to_owned()));
        }
    }
    for name in ["trace_id", "span_id", "attributes"] {
        columns.push((name, name.to_owned()));
    }
    columns
}

/// The value of a field as text; a column that holds only this field as it is.
pub fn text_of(field: &Field, source: Source) -> String {
    let table = source.table();
    if is_time(field, source) {
        return source.time_column().to_owned();
    }
    match places(table, field) {
        Places::Status => status_text(table),
        Places::Text(columns) => {
            columns.first().map_or_else(|| "NULL".to_owned(), |it| table.columns()[*it].name.into())
        }
        Places::Values(values) => text_of_values(table, &values),
    }
}

/// The value of a field as a number; null when it is none.
pub fn number_of(field: &Field, source: Source) -> String {
    let table = source.table();
    if let Places::Values(values) = places(table, field) {
        let mut numeric = values
            .columns
            .iter()
            .map(|index| &table.columns()[*index])
            .filter(|column| matches!(column.column_type, ColumnType::Int | ColumnType::Float));
        if let Some(column) = numeric.next() {
            let alone = values.attributes.is_empty() && values.resource.is_empty();
            if alone {
                return column.name.to_owned();
            }
            let in_map = values
                .attributes
                .first()
                .map(|key| format!("as_number(attr(attributes, {}))", literal(key)));
            let parts: Vec<String> =
                [format!("CAST({} AS DOUBLE)", column.name)].into_iter().chain(in_map).collect();
            return format!("coalesce({})", parts.join(", "));
        }
    }
    if is_time(field, source) {
        return format!("CAST({} AS BIGINT)", source.time_column());
    }
    format!("as_number({})", text_of(field, source))
}

/// Whether the field is the time of the row.
fn is_time(field: &Field, source: Source) -> bool {
    matches!(field, Field::Named(name)
        if name == "time" || name == "timestamp" || name == source.time_column())
}

fn status_text(table: Table) -> String {
    if table == Table::Spans {
        return "status_code".to_owned();
    }
    let cases: Vec<String> = STATUSES
        .iter()
        .filter_map(|status| {
            let (first, last) = numbers_of_status(status)?;
            Some(format!(
                "WHEN severity_number BETWEEN {first} AND {last} THEN {}",
                literal(status)
            ))
        })
        .collect();
    format!("CASE {} END", cases.join(" "))
}

fn text_of_values(table: Table, values: &Values) -> String {
    let mut parts = Vec::new();
    let alone = values.attributes.is_empty() && values.resource.is_empty();
    for index in &values.columns {
        let column = &table.columns()[*index];
        // The subscript of a key looks into its column by itself.
        let by_subscript = values
            .attributes
            .iter()
            .any(|key| item_attributes(table).get(key).is_some_and(|hot| hot.column == *index));
        match column.column_type {
            _ if alone => return column.name.to_owned(),
            _ if by_subscript => {}
            ColumnType::Text => parts.push(column.name.to_owned()),
            _ => parts.push(format!("CAST({} AS VARCHAR)", column.name)),
        }
    }
    parts.extend(values.resource.iter().map(|key| of_key("resource_attributes", key, false)));
    parts.extend(
        values
            .attributes
            .iter()
            .map(|key| of_key("attributes", key, item_attributes(table).get(key).is_some())),
    );
    match parts.as_slice() {
        [] => "NULL".to_owned(),
        [one] => one.clone(),
        many => format!("coalesce({})", many.join(", ")),
    }
}

fn of_key(column: &str, key: &str, is_hot: bool) -> String {
    let key_text = literal(key);
    if key.contains('.') && !is_hot {
        return format!("attr_path({column}, {key_text})");
    }
    format!("{column}[{key_text}]")
}
