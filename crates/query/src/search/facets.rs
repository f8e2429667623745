//! The most frequent values of fields, for pages that offer them beside a search.
//!
//! Fields that tell where a row comes from are counted in one pass by their combinations, all
//! others in another. Of very many rows a sample is counted there: those of some seconds, chosen by
//! a hash of the second, so that neither the start of a minute nor a resolution of seconds in the
//! timestamps bends it. Where rows stand in few seconds, it is those of some nanoseconds, or all.

use super::{Source, text_of};
use crate::engine::Engine;
use crate::error::{QueryError, QueryErrorKind};
use crate::rows::QueryLimits;
use hannun_model::limits::{ATTRIBUTE_KEY_BYTES_MAX, LENS_ROWS_MAX};
use hannun_model::table::Table;
use hannun_search::Field;
use hannun_search::place::{self, Places, Values};
use serde::Deserialize;
use std::sync::Arc;

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub struct FacetCount<'a> {
    pub source: Source,
    /// SQL that is true for the rows asked about.
    pub condition: &'a str,
    /// SQL of how many a row stands for.
    pub weight: &'a str,
    pub fields: &'a [Field],
    /// Values of each field.
    pub limit: usize,
    /// Rows from which on a sample is counted.
    pub rows_max: u64,
}

/// The answer.
#[derive(Debug, PartialEq)]
pub struct FacetCounts {
    /// In the order of the fields.
    pub fields: Vec<FieldCounts>,
    /// What all rows stand for.
    pub total: f64,
    /// Rows, when a sample of them was counted for some fields.
    pub sampled_from: Option<u64>,
}

/// The values of a field, the most frequent first.
#[derive(Debug, Default, PartialEq)]
pub struct FieldCounts {
    /// `None` counts the rows without the field.
    pub values: Vec<(Option<String>, f64)>,
    /// Whether there are more values.
    pub more: bool,
}

#[derive(Debug, Deserialize)]
struct TotalRow {
    stored: u64,
    weight: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct ValueRow {
    field: usize,
    value: Option<String>,
    weight: f64,
    /// Of all values of this field.
    counted: f64,
}

/// A field by its name: a reserved one such as `service`, an attribute such as `@http.route`, or a
/// tag.
pub fn parse_field(name: &str) -> Result<Field, QueryError> {
    let name = name.trim();
    if name.is_empty() || name == "@" {
        return Err(invalid("the name of a field is empty".to_owned()));
    }
    if name.len() > ATTRIBUTE_KEY_BYTES_MAX {
        let message = format!("the name of a field is longer than {ATTRIBUTE_KEY_BYTES_MAX} bytes");
        return Err(invalid(message));
    }
    Ok(match name.strip_prefix('@') {
        Some(key) => Field::Attribute(key.to_owned()),
        None => Field::Named(name.to_owned()),
    })
}

fn invalid(message: String) -> QueryError {
    QueryError::new(QueryErrorKind::Invalid, message)
}

/// Whether a field tells where a row comes from, or a status or kind. Such fields have few values,
/// and few combinations of them occur.
pub fn has_few_values(table: Table, field: &Field) -> bool {
    const FEW: [&str; 12] = [
        "service_name",
        "service_version",
        "deployment_environment_name",
        "host_name",
        "container_name",
        "container_image_name",
        "k8s_cluster_name",
        "k8s_namespace_name",
        "k8s_node_name",
        "k8s_pod_name",
        "k8s_deployment_name",
        "kind",
    ];
    match place::places(table, field) {
        Places::Status => true,
        Places::Text(_) => false,
        Places::Values(Values { columns, attributes, resource }) => {
            let in_columns = attributes.is_empty() && resource.is_empty();
            let is_few = |column: &usize| FEW.contains(&table.columns()[*column].name);
            in_columns && columns.iter().all(is_few)
        }
    }
}

/// Counts the values of fields.
pub async fn count_facets(
    engine: &Arc<Engine>,
    asked: &FacetCount<'_>,
) -> Result<FacetCounts, QueryError> {
    let table = asked.source.table();
    let numbered = || asked.fields.iter().enumerate();
    let (few, many): (Vec<_>, Vec<_>) =
        numbered().partition(|(_, field)| has_few_values(table, field));
    let mut rows = Vec::new();
    if !few.is_empty() {
        rows.extend(ask(engine, &asked.sql(&few, Pass::Together)).await?);
    }
    let mut sampled_from = None;
    let mut total = rows.first().map_or(0.0, |row: &ValueRow| row.counted);
    if !many.is_empty() {
        let (stored, weight) = asked.count(engine).await?;
        total = weight;
        let parts = stored.div_ceil(asked.rows_max.max(1)).max(1);
        let mut found = Vec::new();
        let mut scale = 1.0;
        for of in [Some(Of::Second), Some(Of::Moment), None] {
            let sample = of.filter(|_| parts > 1).map(|of| (parts, of));
            found = ask(engine, &asked.sql(&many, Pass::Apart { sample })).await?;
            let counted = found.first().map_or(0.0, |row| row.counted);
            sampled_from = sample.map(|_| stored);
            scale = if sample.is_some() { total / counted.max(1.0) } else { 1.0 };
            if sample.is_none() || is_even(counted, total, parts) {
                break;
            }
        }
        rows.extend(found.into_iter().map(|row| ValueRow { weight: row.weight * scale, ..row }));
    }
    Ok(FacetCounts {
        fields: fields_of(asked.fields.len(), rows, asked.limit),
        total,
        sampled_from,
    })
}

async fn ask(engine: &Arc<Engine>, sql: &str) -> Result<Vec<ValueRow>, QueryError> {
    Ok(engine.rows(sql, QueryLimits::asked(Some(LENS_ROWS_MAX), None)).await?.rows)
}

/// Whether about as much was counted as one part has. Where rows stand in few seconds, a sample of
/// seconds has none of them or most.
fn is_even(counted: f64, total: f64, parts: u64) -> bool {
    let expected = total / parts as f64;
    (expected / 2.0..=expected * 2.0).contains(&counted)
}

/// What a sample consists of.
#[derive(Debug, Clone, Copy)]
enum Of {
    /// Whole seconds.
    Second,
    /// All rows of one nanosecond.
    Moment,
}

/// How fields are counted in one pass.
#[derive(Debug, Clone, Copy)]
enum Pass {
    /// By all their values at once first: few combinations of them occur.
    Together,
    /// Each row once for each field, of all or of one part in so many.
    Apart { sample: Option<(u64, Of)> },
}

impl FacetCount<'_> {
    /// Rows as stored, and what they stand for.
    async fn count(&self, engine: &Arc<Engine>) -> Result<(u64, f64), QueryError> {
        let sql = format!(
            "SELECT count(*) AS stored, sum({}) AS weight FROM {} WHERE {}",
            self.weight,
            self.source.name(),
            self.condition
        );
        let total = engine.rows::<TotalRow>(&sql, QueryLimits::default()).await?.rows.pop();
        Ok(total.map_or((0, 0.0), |total| (total.stored, total.weight.unwrap_or(0.0))))
    }

    /// Fields come with their numbers.
    fn sql(&self, fields: &[(usize, &Field)], pass: Pass) -> String {
        let each = |text: &dyn Fn(usize, &Field) -> String| -> Vec<String> {
            fields.iter().map(|(number, field)| text(*number, field)).collect()
        };
        let names = each(&|number, _| format!("f{number}")).join(", ");
        let sets = each(&|number, _| format!("(f{number})")).join(", ");
        let which =
            each(&|number, _| format!("WHEN grouping(f{number}) = 0 THEN {number}")).join(" ");
        let columns = each(&|number, field| {
            format!("CAST({} AS VARCHAR) AS f{number}", text_of(field, self.source))
        });
        let (weight, columns) = (self.weight, columns.join(", "));
        let (table, condition) = (self.source.name(), self.condition);
        let rows = match pass {
            Pass::Together => format!(
                "(SELECT {names}, sum(weight) AS weight FROM (SELECT {weight} AS weight, {columns} \
                 FROM {table} WHERE {condition}) GROUP BY {names})"
            ),
            Pass::Apart { sample } => {
                let sampled = sample.map_or_else(String::new, |it| self.sample(it));
                format!(
                    "(SELECT {weight} AS weight, {columns} FROM {table} WHERE {condition}{sampled})"
                )
            }
        };
        format!(
            "SELECT field, value, weight, counted FROM (SELECT *, \
             row_number() OVER (PARTITION BY field ORDER BY weight DESC, value) AS place, \
             sum(weight) OVER (PARTITION BY field) AS counted FROM \
             (SELECT CASE {which} END AS field, coalesce({names}) AS value, sum(weight) AS weight \
             FROM {rows} GROUP BY GROUPING SETS ({sets}))) WHERE place <= {} ORDER BY field, place",
            self.limit + 1
        )
    }

    /// SQL that goes on with the rows of one second, or nanosecond, in so many.
    fn sample(&self, (parts, of): (u64, Of)) -> String {
        let time = format!("CAST({} AS BIGINT)", self.source.time_column());
        // Multiplicative hashing: neighbours come to lie far apart. A prime number: so do times in
        // whole milliseconds.
        let number = match of {
            Of::Second => format!("({time} / 1000000000 % 2147483647)"),
            Of::Moment => format!("({time} % 2147483647)"),
        };
        format!(" AND ({number} * 2654435761 % 4294967296) % {parts} = 0")
    }
}

fn fields_of(count: usize, rows: Vec<ValueRow>, limit: usize) -> Vec<FieldCounts> {
    let mut fields: Vec<FieldCounts> = (0..count).map(|_| FieldCounts::default()).collect();
    for row in rows {
        let Some(field) = fields.get_mut(row.field) else { continue };
        if field.values.len() == limit {
            field.more = true;
            continue;
        }
        field.values.push((row.value, row.weight));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(names: &str, pass: Pass) -> String {
        let fields: Vec<Field> = names.split(',').map(|name| parse_field(name).unwrap()).collect();
        let numbered: Vec<_> = fields.iter().enumerate().collect();
        let asked = FacetCount {
            source: Source::Spans,
            condition: "true",
            weight: "1",
            fields: &fields,
            limit: 10,
            rows_max: 1,
        };
        asked.sql(&numbered, pass)
    }

    #[test]
    fn fields_with_few_values_are_counted_by_their_combinations() {
        let sql = sql("service,kind", Pass::Together);
        assert!(sql.contains("GROUP BY f0, f1) GROUP BY GROUPING SETS ((f0), (f1))"), "{sql}");
    }

    #[test]
    fn a_sample_is_of_whole_seconds_or_of_moments() {
        let second = sql("@http.route", Pass::Apart { sample: Some((7, Of::Second)) });
        let expected = "WHERE true AND ((CAST(start_time AS BIGINT) / 1000000000 % 2147483647) \
                        * 2654435761 % 4294967296) % 7 = 0";
        assert!(second.contains(expected), "{second}");
        // The largest product that occurs is a number that fits.
        assert!(2_147_483_646_i64.checked_mul(2_654_435_761).is_some());
        let whole = sql("@http.route", Pass::Apart { sample: None });
        assert!(!whole.contains('%'), "{whole}");
        assert!(is_even(100.0, 700.0, 7) && is_even(60.0, 700.0, 7));
        assert!(!is_even(0.0, 700.0, 7) && !is_even(400.0, 700.0, 7));
    }

    #[test]
    fn few_values_are_those_of_sources_statuses_and_kinds() {
        let few = |name: &str| has_few_values(Table::Spans, &parse_field(name).unwrap());
        assert!(["status", "service", "env", "version", "kind", "host"].into_iter().all(few));
        assert!(!["operation_name", "@http.route", "team", "trace_id"].into_iter().any(few));
        assert!(parse_field(" ").is_err() && parse_field("@").is_err());
    }

    #[test]
    fn one_value_too_many_says_that_there_are_more() {
        let row = |field, weight| ValueRow { field, value: None, weight, counted: 50.0 };
        let fields = fields_of(2, vec![row(0, 40.0), row(0, 10.0), row(1, 50.0)], 1);
        assert_eq!(fields[0], FieldCounts { values: vec![(None, 40.0)], more: true });
        assert_eq!(fields[1], FieldCounts { values: vec![(None, 50.0)], more: false });
    }
}
