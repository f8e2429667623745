//! The filter of a search as an SQL condition.
//!
//! A term that finds no value is false, not null, so that its opposite is true: `-service:web`
//! keeps rows without a service.

use super::Source;
use crate::typed::text as literal;
use hannun_model::column::ColumnType;
use hannun_model::table::Table;
use hannun_search::Filter;
use hannun_search::ast::{Bound, BoundValue, Expr, Field, Range, Test, Text, TextScope};
use hannun_search::phrase::Phrase;
use hannun_search::place::{
    self, CODES, Places, SEVERITY_MAX, StatusSet, full_text_columns, message_columns, places,
};
use hannun_search::value_test::{NumberRange, equal_int, equal_texts};

/// Operands of one level; more are put into halves, because the planner recurses into a chain.
const CHAIN_MAX: usize = 64;

/// SQL that is true for the rows that the filter lets through.
pub fn condition(filter: &Filter, source: Source) -> String {
    of_expr(source.table(), filter.expr(), true)
}

/// `bare` leaves out parentheses around a conjunction.
fn of_expr(table: Table, expr: &Expr, bare: bool) -> String {
    match expr {
        Expr::All => "true".to_owned(),
        Expr::And(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| of_expr(table, part, false)).collect();
            let joined = joined(&parts, " AND ");
            if bare { joined } else { format!("({joined})") }
        }
        Expr::Or(parts) => any(&alternatives(table, parts)),
        Expr::Not(inner) => match inner.as_ref() {
            Expr::Or(parts) => {
                format!("({}) IS NOT TRUE", joined(&alternatives(table, parts), " OR "))
            }
            inner => format!("({}) IS NOT TRUE", of_expr(table, inner, true)),
        },
        Expr::Text { scope, text } => of_text(table, *scope, text),
        Expr::Field { field, test } => of_field(table, field, test),
    }
}

/// The parts of a disjunction. Equalities of one text column become one list.
fn alternatives(table: Table, parts: &[Expr]) -> Vec<String> {
    let mut lists: Vec<(usize, Vec<String>)> = Vec::new();
    let mut others = Vec::new();
    for part in parts {
        match equality(table, part) {
            Some((column, text)) => match lists.iter_mut().find(|(listed, _)| *listed == column) {
                Some((_, texts)) => texts.push(literal(&text)),
                None => lists.push((column, vec![literal(&text)])),
            },
            None => others.push(of_expr(table, part, false)),
        }
    }
    let lists = lists.into_iter().map(|(column, texts)| {
        let name = table.columns()[column].name;
        match texts.as_slice() {
            [one] => format!("{name} = {one}"),
            many => format!("{name} IN ({})", many.join(", ")),
        }
    });
    lists.chain(others).collect()
}

/// The column and the text, when the term is an equality of a text column and nothing else.
fn equality(table: Table, expr: &Expr) -> Option<(usize, String)> {
    let Expr::Field { field, test } = expr else { return None };
    let Test::Is(text) = place::normal_test(field, test) else { return None };
    let Places::Values(values) = places(table, field) else { return None };
    let [column] = values.columns.as_slice() else { return None };
    let alone = values.attributes.is_empty() && values.resource.is_empty();
    let is_text = table.columns()[*column].column_type == ColumnType::Text;
    (alone && is_text).then_some((*column, text))
}

fn any(alternatives: &[String]) -> String {
    match alternatives {
        [] => "false".to_owned(),
        [one] => one.clone(),
        many => format!("({})", joined(many, " OR ")),
    }
}

fn joined(parts: &[String], operator: &str) -> String {
    if parts.len() <= CHAIN_MAX {
        return parts.join(operator);
    }
    let (left, right) = parts.split_at(parts.len() / 2);
    format!("({}){operator}({})", joined(left, operator), joined(right, operator))
}

fn of_text(table: Table, scope: TextScope, text: &Text) -> String {
    let (function, phrase) = match text {
        Text::Exact(phrase) => ("has_text", literal(phrase)),
        Text::Pattern(pattern) => ("has_text_like", literal(pattern)),
    };
    let columns = match scope {
        TextScope::Message => message_columns(table),
        TextScope::Everything => full_text_columns(table),
    };
    let calls: Vec<String> = columns
        .iter()
        .map(|index| {
            let column = &table.columns()[*index];
            match column.column_type {
                ColumnType::Int => {
                    format!("{function}(CAST({} AS VARCHAR), {phrase})", column.name)
                }
                _ => format!("{function}({}, {phrase})", column.name),
            }
        })
        .collect();
    any(&calls)
}

fn of_field(table: Table, field: &Field, test: &Test) -> String {
    let test = &place::normal_test(field, test);
    let values = match places(table, field) {
        Places::Status => return of_status(table, &StatusSet::of(test)),
        Places::Text(columns) => {
            let of_column = |column: &usize| of_column(table, *column, test, field.key());
            return any(&columns.iter().filter_map(of_column).collect::<Vec<_>>());
        }
        Places::Values(values) => values,
    };
    let columns = values.columns.iter().filter_map(|it| of_column(table, *it, test, field.key()));
    let resource = values.resource.iter().map(|key| of_key("resource_attributes", key, test));
    let attributes = values.attributes.iter().map(|key| of_key("attributes", key, test));
    any(&columns.chain(resource).chain(attributes).collect::<Vec<_>>())
}

fn of_status(table: Table, statuses: &StatusSet) -> String {
    let mut alternatives = Vec::new();
    if table == Table::Spans {
        let codes = CODES.iter().filter(|code| statuses.has_code(Some(code)));
        alternatives.extend(codes.map(|code| format!("status_code = {}", literal(code))));
        alternatives.extend(statuses.none.then(|| "status_code IS NULL".to_owned()));
        return any(&alternatives);
    }
    for (first, last) in &statuses.numbers {
        alternatives.push(format!("severity_number BETWEEN {first} AND {last}"));
    }
    if statuses.none {
        alternatives.push("severity_number IS NULL".to_owned());
        alternatives.push(format!("severity_number NOT BETWEEN 1 AND {SEVERITY_MAX}"));
    }
    any(&alternatives)
}

/// `None` when no value of the column can be let through.
fn of_column(table: Table, index: usize, test: &Test, key: &str) -> Option<String> {
    let column = &table.columns()[index];
    let name = column.name;
    let general = || format!("value_matches({name}, {})", literal(&test.to_string()));
    Some(match (column.column_type, test) {
        (_, Test::Exists) => format!("{name} IS NOT NULL"),
        (ColumnType::Text | ColumnType::Json, Test::Is(text)) => {
            format!("{name} = {}", literal(text))
        }
        (ColumnType::Text | ColumnType::Json, Test::Like(pattern)) => {
            format!("{name} LIKE {}", literal(&sql_pattern(pattern)))
        }
        (ColumnType::Text | ColumnType::Json, Test::Range(range)) => {
            text_range(name, range).unwrap_or_else(general)
        }
        (ColumnType::Text, Test::Cidr(networks)) => {
            let networks: Vec<String> =
                networks.iter().map(|network| literal(&network.to_string())).collect();
            format!("cidr_match({name}, {})", networks.join(", "))
        }
        (ColumnType::Int, Test::Is(text)) => format!("{name} = {}", equal_int(text, key)?),
        (ColumnType::Int, Test::Range(range)) => match NumberRange::of(range, key) {
            Some(numbers) => int_range(name, &numbers),
            None => general(),
        },
        _ => general(),
    })
}

/// A range whose ends are texts.
fn text_range(name: &str, range: &Range) -> Option<String> {
    let end = |bound: &Bound, operator: &str| match &bound.value {
        BoundValue::Text(text) => {
            let equal = if bound.inclusive { "=" } else { "" };
            Some(format!("{name} {operator}{equal} {}", literal(text)))
        }
        BoundValue::Quantity { .. } => None,
    };
    let low = range.low.as_ref().map(|bound| end(bound, ">"));
    let high = range.high.as_ref().map(|bound| end(bound, "<"));
    both(low, high)
}

fn int_range(name: &str, range: &NumberRange) -> String {
    let (low, high) = range.ints();
    let low = low.map(|low| Some(format!("{name} >= {low}")));
    let high = high.map(|high| Some(format!("{name} <= {high}")));
    both(low, high).unwrap_or_else(|| format!("{name} IS NOT NULL"))
}

fn both(low: Option<Option<String>>, high: Option<Option<String>>) -> Option<String> {
    match (low, high) {
        (Some(low), Some(high)) => Some(format!("({} AND {})", low?, high?)),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => None,
    }
}

/// A pattern in the syntax of LIKE.
fn sql_pattern(pattern: &str) -> String {
    let mut sql = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let plain = match character {
            '*' => {
                sql.push('%');
                continue;
            }
            '?' => {
                sql.push('_');
                continue;
            }
            '\\' => characters.next().unwrap_or('\\'),
            other => other,
        };
        if matches!(plain, '%' | '_' | '\\') {
            sql.push('\\');
        }
        sql.push(plain);
    }
    sql
}

/// The value of a key in a map or in typed JSON. The words that it must have come first, because
/// the text index knows them.
fn of_key(column: &str, key: &str, test: &Test) -> String {
    if *test == Test::Exists && !key.contains('.') {
        return format!("{column}[{}] IS NOT NULL", literal(key));
    }
    let term = literal(&test.to_string());
    let matches = format!("attr_matches({column}, {}, {term})", literal(key));
    match required_text(column, key, test) {
        Some(required) => format!("({required} AND {matches})"),
        None => matches,
    }
}

/// A search for words that every value has that the test lets through. It looks into structured
/// values as they are written, so it knows nothing of characters that JSON escapes.
fn required_text(column: &str, key: &str, test: &Test) -> Option<String> {
    let escaped = |text: &str| text.contains(|it: char| it.is_control() || it == '"' || it == '\\');
    match test {
        Test::Is(text) => {
            let texts = equal_texts(text, key);
            let required = texts.iter().rev().find(|text| {
                Phrase::literal(text).is_ok_and(|phrase| {
                    !phrase.required_tokens().is_empty()
                        && texts.iter().all(|other| phrase.is_in(other))
                })
            })?;
            let call = format!("has_text({column}, {})", literal(required));
            (!texts.iter().any(|text| escaped(text))).then_some(call)
        }
        Test::Like(pattern) => {
            let phrase = Phrase::pattern(pattern).ok()?;
            let known = !phrase.required_tokens().is_empty();
            let plain = !escaped(pattern) && !pattern.contains('?');
            (known && plain).then(|| format!("has_text_like({column}, {})", literal(pattern)))
        }
        Test::Exists | Test::Range(_) | Test::Cidr(_) => None,
    }
}
