//! The most frequent values of fields.
//!
//! Fields that tell where a record comes from are counted in one pass by their combinations, all
//! others in another. Of very many records a sample is counted there: those of some seconds, chosen
//! by a hash of the second, so that neither the start of a minute nor a resolution of seconds in the
//! timestamps bends it. Where records stand in few seconds, it is those of some nanoseconds, or all.

use crate::field::{Field, WEIGHT};
use crate::histogram::whole;
use crate::question::Question;
use hannun_model::limits::{LENS_ROWS_MAX, LOGS_FACET_RECORDS_MAX};
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Fields that are counted unless told otherwise.
pub const DEFAULT_FIELDS: &str = "status,service,env,host,container_name,kube_namespace";

/// The values of some fields.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Facets {
    /// In the order in which they were asked for.
    pub facets: Vec<Facet>,
    /// Records, counted as often as each stands for one.
    pub total: u64,
    /// Null when every record was counted; else how many there are, of which a sample was counted
    /// for attributes, tags and ids: their counts are then estimates for all records. Status,
    /// service, environment, host, container and the like are always counted in full.
    pub sampled_from: Option<u64>,
}

#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Facet {
    pub field: String,
    /// The most frequent first.
    pub values: Vec<FacetValue>,
    /// Whether there are more values.
    pub more: bool,
}

#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct FacetValue {
    /// Null counts the records without the field.
    pub value: Option<String>,
    pub count: u64,
}

#[derive(Debug, Deserialize)]
struct TotalRow {
    stored: u64,
    records: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct ValueRow {
    field: usize,
    value: Option<String>,
    records: f64,
    /// Records of all values of this field.
    counted: f64,
}

/// Counts up to `limit` values of each field.
pub async fn facets(
    engine: &Arc<Engine>,
    question: &Question,
    fields: &[Field],
    limit: usize,
) -> Result<Facets, QueryError> {
    let numbered = || fields.iter().enumerate();
    let sources: Vec<_> = numbered().filter(|(_, field)| field.is_source()).collect();
    let others: Vec<_> = numbered().filter(|(_, field)| !field.is_source()).collect();
    let mut values = Vec::new();
    if !sources.is_empty() {
        values.extend(ask(engine, &sql_of(question, &sources, limit, Counted::Together)).await?);
    }
    let mut sampled_from = None;
    let mut total = values.first().map_or(0.0, |row: &ValueRow| row.counted);
    if !others.is_empty() {
        let (stored, records) = count(engine, question).await?;
        total = records;
        let parts = stored.div_ceil(LOGS_FACET_RECORDS_MAX).max(1);
        let mut rows = Vec::new();
        let mut scale = 1.0;
        for of in [Some(Of::Second), Some(Of::Moment), None] {
            let sample = of.filter(|_| parts > 1).map(|of| (parts, of));
            rows =
                ask(engine, &sql_of(question, &others, limit, Counted::Apart { sample })).await?;
            let counted = rows.first().map_or(0.0, |row| row.counted);
            sampled_from = sample.map(|_| stored);
            scale = if sample.is_some() { total / counted.max(1.0) } else { 1.0 };
            if sample.is_none() || is_even(counted, total, parts) {
                break;
            }
        }
        values.extend(rows.into_iter().map(|row| ValueRow { records: row.records * scale, ..row }));
    }
    Ok(facets_of(fields, values, limit, total, sampled_from))
}

async fn ask(engine: &Arc<Engine>, sql: &str) -> Result<Vec<ValueRow>, QueryError> {
    Ok(engine.rows(sql, QueryLimits::asked(Some(LENS_ROWS_MAX), None)).await?.rows)
}

/// Records as stored, and what they stand for.
async fn count(engine: &Arc<Engine>, question: &Question) -> Result<(u64, f64), QueryError> {
    let sql = format!(
        "SELECT count(*) AS stored, sum({WEIGHT}) AS records FROM logs WHERE {}",
        question.condition()
    );
    let total = engine.rows::<TotalRow>(&sql, QueryLimits::default()).await?.rows.pop();
    Ok(total.map_or((0, 0.0), |total| (total.stored, total.records.unwrap_or(0.0))))
}

/// Whether about as much was counted as one part has. Where records stand in few seconds, a sample of
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
    /// All records of one nanosecond.
    Moment,
}

/// SQL that is true for the records of one nanosecond in so many.
fn sample_of_moments(parts: u64) -> String {
    // A prime number: times in whole milliseconds come to lie far apart too.
    format!("((CAST(time AS BIGINT) % 2147483647) * 2654435761 % 4294967296) % {parts} = 0")
}

/// SQL that is true for the records of one second in so many.
pub(crate) fn sample(parts: u64, seconds: u64) -> String {
    // Multiplicative hashing: neighbouring seconds come to lie far apart.
    let second = format!("CAST(time AS BIGINT) / {}", seconds * 1_000_000_000);
    format!("(({second}) * 2654435761 % 4294967296) % {parts} = 0")
}

/// How fields are counted in one pass.
#[derive(Debug, Clone, Copy)]
enum Counted {
    /// By all their values at once first: few combinations of them occur.
    Together,
    /// Each record once for each field, of all or of one part in so many.
    Apart { sample: Option<(u64, Of)> },
}

/// Fields come with their numbers.
fn sql_of(
    question: &Question,
    fields: &[(usize, &Field)],
    limit: usize,
    counted: Counted,
) -> String {
    let each = |text: &dyn Fn(usize, &Field) -> String| -> Vec<String> {
        fields.iter().map(|(number, field)| text(*number, field)).collect()
    };
    let names = each(&|number, _| format!("f{number}")).join(", ");
    let sets = each(&|number, _| format!("(f{number})")).join(", ");
    let which = each(&|number, _| format!("WHEN grouping(f{number}) = 0 THEN {number}")).join(" ");
    let columns =
        each(&|number, field| format!("CAST({} AS VARCHAR) AS f{number}", field.sql())).join(", ");
    let condition = question.condition();
    let rows = match counted {
        Counted::Together => format!(
            "(SELECT {names}, sum(weight) AS weight FROM \
             (SELECT {WEIGHT} AS weight, {columns} FROM logs WHERE {condition}) GROUP BY {names})"
        ),
        Counted::Apart { sample: part } => {
            let sampled = match part {
                None => String::new(),
                Some((parts, Of::Second)) => format!(" AND {}", sample(parts, 1)),
                Some((parts, Of::Moment)) => format!(" AND {}", sample_of_moments(parts)),
            };
            format!("(SELECT {WEIGHT} AS weight, {columns} FROM logs WHERE {condition}{sampled})")
        }
    };
    format!(
        "SELECT field, value, records, counted FROM (SELECT *, \
         row_number() OVER (PARTITION BY field ORDER BY records DESC, value) AS place, \
         sum(records) OVER (PARTITION BY field) AS counted FROM \
         (SELECT CASE {which} END AS field, coalesce({names}) AS value, sum(weight) AS records \
         FROM {rows} GROUP BY GROUPING SETS ({sets}))) WHERE place <= {} ORDER BY field, place",
        limit + 1
    )
}

fn facets_of(
    fields: &[Field],
    rows: Vec<ValueRow>,
    limit: usize,
    total: f64,
    sampled_from: Option<u64>,
) -> Facets {
    let empty =
        |field: &Field| Facet { field: field.name.clone(), values: Vec::new(), more: false };
    let mut facets: Vec<Facet> = fields.iter().map(empty).collect();
    for row in rows {
        let Some(facet) = facets.get_mut(row.field) else { continue };
        if facet.values.len() == limit {
            facet.more = true;
            continue;
        }
        facet.values.push(FacetValue { value: row.value, count: whole(row.records) });
    }
    Facets { facets, total: whole(total), sampled_from }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(names: &str, counted: Counted) -> String {
        let fields = Field::parse_list(names).unwrap();
        let numbered: Vec<_> = fields.iter().enumerate().collect();
        sql_of(&Question::everything(0, 60_000), &numbered, 10, counted)
    }

    #[test]
    fn sources_are_counted_by_their_combinations() {
        insta::assert_snapshot!(sql("service,env", Counted::Together));
    }

    #[test]
    fn other_fields_are_counted_in_a_sample_of_whole_seconds() {
        insta::assert_snapshot!(sql(
            "trace_id,@http.route",
            Counted::Apart { sample: Some((7, Of::Second)) }
        ));
    }

    #[test]
    fn a_sample_that_missed_the_seconds_with_records_is_not_used() {
        assert!(is_even(100.0, 700.0, 7) && is_even(60.0, 700.0, 7) && is_even(190.0, 700.0, 7));
        assert!(!is_even(0.0, 700.0, 7) && !is_even(400.0, 700.0, 7));
        let moments = sql("@k", Counted::Apart { sample: Some((7, Of::Moment)) });
        assert!(moments.contains(&format!(" AND {}", sample_of_moments(7))), "{moments}");
        // The largest product that occurs is a number that fits.
        assert!(2_147_483_646_i64.checked_mul(2_654_435_761).is_some());
        let whole = sql("@k", Counted::Apart { sample: None });
        assert!(!whole.contains('%'), "{whole}");
    }

    #[test]
    fn one_value_too_many_says_that_there_are_more() {
        let row = |field, value: Option<&str>, records| ValueRow {
            field,
            value: value.map(str::to_owned),
            records,
            counted: 50.0,
        };
        let fields = Field::parse_list("service,@http.route").unwrap();
        let rows = vec![row(0, Some("a"), 40.0), row(0, None, 10.0), row(1, Some("/"), 50.0)];
        let facets = facets_of(&fields, rows, 1, 50.0, None).facets;
        let counts: Vec<_> =
            facets.iter().map(|it| (it.field.as_str(), it.values[0].count, it.more)).collect();
        assert_eq!(counts, [("service", 40, true), ("@http.route", 50, false)]);
    }
}
