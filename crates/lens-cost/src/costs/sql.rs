//! The SQL of a question.

use super::error::CostError;
use super::period::Period;
use super::question::{Filter, Key, Question};
use crate::currency::Currencies;
use chrono::DateTime;
use hannun_allocation::sql::{Source, expression, staged};
use hannun_allocation::{Dimension, RuleError, Rules};
use hannun_query::typed;
use std::collections::BTreeSet;

/// Column that says when a charge is for.
pub(crate) const TIME: &str = "charge_period_start";
/// The part that holds all of the time to compare with.
pub(super) const BEFORE: i64 = -1;

/// The queries that answer a question.
#[derive(Debug)]
pub(super) struct Queries {
    /// Every sum that the answer is made of.
    pub cells: String,
    /// The same of the largest rows, all others as one: for when there are too many.
    pub largest: String,
    /// What a person would write: the rows of the time itself.
    pub shown: String,
}

/// Writes the queries. `before` is the time to compare with, which ends before the question begins.
pub(super) fn queries(
    question: &Question,
    before: Option<Period>,
    rules: &Rules,
    currencies: &Currencies,
) -> Result<Queries, CostError> {
    let lines = lines(question, before, rules, currencies)?;
    let names: Vec<String> = (0..question.keys.len()).map(|index| format!("k{index}")).collect();
    let cells = cells(&lines, &names);
    let largest = largest(question, &lines, &names, currencies);
    // Rules that make too long an expression are shown as they are asked, in steps.
    let shown = shown(question, rules).unwrap_or_else(|_| cells.clone());
    Ok(Queries { cells, largest, shown })
}

/// The lines that are asked about, added up by what they are told apart by, in the columns `k0`…,
/// `part`, `currency`, `segment` and `amount`.
fn lines(
    question: &Question,
    before: Option<Period>,
    rules: &Rules,
    currencies: &Currencies,
) -> Result<String, CostError> {
    let dimensions: Vec<Dimension> = all_keys(question).filter_map(dimension).cloned().collect();
    let staged = staged(&dimensions, rules).map_err(invalid)?;
    let own: BTreeSet<&str> = all_keys(question).filter_map(own).collect();
    let own: Vec<String> =
        own.into_iter().map(|name| format!("CAST({name} AS VARCHAR) AS {name}")).collect();
    let Period { from_ms, to_ms } = question.period;
    let first_ms = before.map_or(from_ms, |before| before.from_ms);
    let part = format!("{} AS part", part_sql(question, before));
    let segment = currencies.segment_sql(TIME, first_ms, to_ms);
    let segment = format!("{} AS segment", segment.unwrap_or_else(|| first_ms.to_string()));
    let mut keys: Vec<&str> = vec![&part, "billing_currency AS currency", &segment];
    keys.extend(own.iter().map(String::as_str));
    let amount = format!("sum({}) AS amount", question.metric.column());
    let condition = match before {
        Some(before) if before.to_ms < from_ms => format!(
            "({} OR {})",
            time_condition(before.from_ms, before.to_ms),
            time_condition(from_ms, to_ms)
        ),
        _ => time_condition(first_ms, to_ms),
    };
    let source =
        Source { table: question.table(), condition: &condition, keys: &keys, sums: &[&amount] };
    let value = |key: &Key| match key {
        Key::Dimension(dimension) => staged.value(dimension),
        Key::Own(name) => name.clone(),
    };
    let mut sql = String::from("SELECT ");
    for (index, key) in question.keys.iter().enumerate() {
        sql.push_str(&format!("{} AS k{index}, ", value(key)));
    }
    sql.push_str(&format!("part, currency, segment, amount FROM ({})", staged.select(&source)));
    let filters: Vec<String> =
        question.filters.iter().map(|filter| filter_sql(filter, &value(&filter.key))).collect();
    if !filters.is_empty() {
        sql.push_str(&format!(" WHERE {}", filters.join(" AND ")));
    }
    Ok(sql)
}

fn all_keys(question: &Question) -> impl Iterator<Item = &Key> {
    question.keys.iter().chain(question.filters.iter().map(|filter| &filter.key))
}

fn dimension(key: &Key) -> Option<&Dimension> {
    match key {
        Key::Dimension(dimension) => Some(dimension),
        Key::Own(_) => None,
    }
}

fn own(key: &Key) -> Option<&str> {
    match key {
        Key::Own(name) => Some(name),
        Key::Dimension(_) => None,
    }
}

fn invalid(error: RuleError) -> CostError {
    CostError::Invalid(error.to_string())
}

/// The milliseconds at which the part of a line begins.
fn part_sql(question: &Question, before: Option<Period>) -> String {
    let from_ms = question.period.from_ms;
    let part = match question.granularity.unit() {
        None => from_ms.to_string(),
        Some(unit) => format!("CAST(date_trunc('{unit}', {TIME}) AS BIGINT) / 1000000"),
    };
    match before {
        None => part,
        Some(_) => {
            let from = typed::timestamp_ms(from_ms);
            format!("CASE WHEN {TIME} < {from} THEN {BEFORE} ELSE {part} END")
        }
    }
}

pub(crate) fn time_condition(from_ms: i64, to_ms: i64) -> String {
    let (from, to) = (typed::timestamp_ms(from_ms), typed::timestamp_ms(to_ms));
    format!("{TIME} >= {from} AND {TIME} < {to}")
}

fn cells(lines: &str, names: &[String]) -> String {
    let by = joined(names, &["part", "currency", "segment"]);
    format!("SELECT {by}, CAST(sum(amount) AS VARCHAR) AS amount FROM ({lines}) GROUP BY {by}")
}

/// The rows are ranked by amounts at the last rates, which is all that choosing them needs.
fn largest(question: &Question, lines: &str, names: &[String], currencies: &Currencies) -> String {
    let rate = currencies.rank_sql("currency", question.period.to_ms - 1);
    let sum_where = |condition: &str| {
        format!("coalesce(sum(CAST(amount AS DOUBLE) * {rate}) FILTER (WHERE {condition}), 0)")
    };
    let now = sum_where(&format!("part <> {BEFORE}"));
    let weight = match question.by_change {
        false => now,
        true => format!("abs({now} - {})", sum_where(&format!("part = {BEFORE}"))),
    };
    let keys = names.join(", ");
    let on: Vec<String> = names
        .iter()
        .map(|name| format!("(chosen.{name} IS NOT DISTINCT FROM lines.{name})"))
        .collect();
    let of_chosen: Vec<String> = names.iter().map(|name| format!("chosen.{name}")).collect();
    let by = joined(&of_chosen, &["place", "part", "currency", "segment"]);
    format!(
        "WITH lines AS ({lines}), \
         chosen AS (SELECT {keys}, row_number() OVER (ORDER BY weight DESC, {keys}) AS place, \
         count(*) OVER () AS places FROM (SELECT {keys}, {weight} AS weight FROM lines GROUP BY \
         {keys}) ORDER BY place LIMIT {}) \
         SELECT {by}, max(places) AS places, CAST(sum(amount) AS VARCHAR) AS amount \
         FROM chosen RIGHT JOIN lines ON {} GROUP BY {by}",
        question.rows_max,
        on.join(" AND ")
    )
}

fn joined(names: &[String], more: &[&str]) -> String {
    let all: Vec<&str> = names.iter().map(String::as_str).chain(more.iter().copied()).collect();
    all.join(", ")
}

/// The query as a person would write it, to be copied and changed.
fn shown(question: &Question, rules: &Rules) -> Result<String, CostError> {
    let written = |key: &Key| match key {
        Key::Dimension(Dimension::Column(name)) => Ok((*name).to_owned()),
        Key::Dimension(dimension) => expression(dimension, rules).map_err(invalid),
        Key::Own(name) => Ok(name.clone()),
    };
    let mut select = Vec::new();
    for key in &question.keys {
        let (name, sql) = (key.to_string(), written(key)?);
        let alias = name.replace('"', "\"\"");
        select.push(if sql == name { name } else { format!("{sql} AS \"{alias}\"") });
    }
    if let Some(unit) = question.granularity.unit() {
        select.push(format!("date_trunc('{unit}', {TIME}) AS {unit}"));
    }
    select.push("billing_currency".to_owned());
    let by: Vec<String> = (1..=select.len()).map(|place| place.to_string()).collect();
    let (amount, table) = (question.metric.column(), question.table());
    let Period { from_ms, to_ms } = question.period;
    let mut sql = format!(
        "SELECT {},\n  sum({amount}) AS cost\nFROM {table}\nWHERE {TIME} >= {}\n  AND {TIME} < {}",
        select.join(",\n  "),
        timestamp(from_ms),
        timestamp(to_ms)
    );
    for filter in &question.filters {
        sql.push_str(&format!("\n  AND {}", filter_sql(filter, &written(&filter.key)?)));
    }
    sql.push_str(&format!("\nGROUP BY {}\nORDER BY cost DESC", by.join(", ")));
    Ok(sql)
}

fn timestamp(at_ms: i64) -> String {
    let at = DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
    format!("TIMESTAMP '{}'", at.format("%Y-%m-%dT%H:%M:%SZ"))
}

/// SQL that is true for the lines that pass a filter. A line without a value passes a filter that
/// excludes other values.
fn filter_sql(filter: &Filter, key: &str) -> String {
    let values: Vec<String> = filter.values.iter().flatten().map(|it| typed::text(it)).collect();
    let list = values.join(", ");
    let has_none = filter.values.iter().any(Option::is_none);
    match (values.is_empty(), has_none, filter.exclude) {
        (true, _, false) => format!("({key}) IS NULL"),
        (true, _, true) => format!("({key}) IS NOT NULL"),
        (false, false, false) => format!("({key}) IN ({list})"),
        (false, true, false) => format!("(({key}) IN ({list}) OR ({key}) IS NULL)"),
        (false, false, true) => format!("(({key}) NOT IN ({list}) OR ({key}) IS NULL)"),
        (false, true, true) => format!("({key}) NOT IN ({list})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::costs::{Granularity, Metric};
    use crate::currency::rates::testing::rates;

    fn question() -> Question {
        // October 2026.
        let period = Period { from_ms: 1_790_812_800_000, to_ms: 1_793_491_200_000 };
        Question { granularity: Granularity::Day, ..Question::total(period, Metric::Effective) }
    }

    fn key(name: &str) -> Key {
        name.parse().unwrap()
    }

    fn written(question: &Question, lines: &[&str]) -> Queries {
        let before = Some(question.period.before());
        let currencies = Currencies::of(rates(lines), None);
        queries(question, before, &Rules::default(), &currencies).unwrap()
    }

    #[test]
    fn an_answer_is_one_pass_over_days() {
        let asked = question().by([key("service_name"), key("tag:team")]);
        let queries = written(&asked, &[]);
        insta::assert_snapshot!(queries.cells);
        insta::assert_snapshot!(queries.shown);
    }

    #[test]
    fn the_largest_rows_are_chosen_by_the_engine_when_there_are_too_many() {
        let rates = ["USD KRW 1350.5 2026-10-11", "JPY KRW 9.1 2026-01-01"];
        let asked =
            Question { by_change: true, rows_max: 3, ..question().by([key("resource_id")]) };
        insta::assert_snapshot!(written(&asked, &rates).largest);
    }

    #[test]
    fn hours_and_columns_of_a_source_are_asked_of_lines() {
        let filter = Filter {
            key: key("x_product_vcpu"),
            values: vec![Some("it's".to_owned()), None],
            exclude: true,
        };
        let asked = Question {
            granularity: Granularity::Hour,
            filters: vec![filter],
            ..question().by([key("x_product_instance_type")])
        };
        insta::assert_snapshot!(written(&asked, &[]).cells);
    }

    #[test]
    fn filters_know_lines_without_a_value() {
        let sql = |values: &[Option<&str>], exclude: bool| {
            let values = values.iter().map(|value| value.map(str::to_owned)).collect();
            filter_sql(&Filter { key: key("network"), values, exclude }, "n")
        };
        assert_eq!(sql(&[None], false), "(n) IS NULL");
        assert_eq!(sql(&[None], true), "(n) IS NOT NULL");
        assert_eq!(sql(&[Some("a"), Some("b'c")], false), "(n) IN ('a', 'b''c')");
        assert_eq!(sql(&[Some("a"), None], false), "((n) IN ('a') OR (n) IS NULL)");
        assert_eq!(sql(&[Some("a")], true), "((n) NOT IN ('a') OR (n) IS NULL)");
        assert_eq!(sql(&[Some("a"), None], true), "(n) NOT IN ('a')");
    }
}
