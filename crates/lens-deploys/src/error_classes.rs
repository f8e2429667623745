//! Which errors a version brought and which it took away.

use crate::blocking;
use crate::sides::Side;
use crate::statistics::correction::holm;
use crate::statistics::rates::conditional_p;
use crate::verdict::LEVEL;
use hannun_model::limits::{COMPARED_ERROR_CLASSES_MAX, LENS_ROWS_MAX};
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// A class is more or less frequent when its rate is this many times the other.
const RATE_RATIO_MIN: f64 = 1.1;

/// What became of a class of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClassStatus {
    /// Not seen in the base.
    New,
    /// Significantly more for each request.
    More,
    /// Not seen in the other side.
    Gone,
    /// Significantly fewer for each request.
    Fewer,
    /// No significant difference.
    Same,
}

/// One class of errors on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ErrorClassComparison {
    pub fingerprint: String,
    pub error_type: String,
    pub message_template: String,
    pub status: ErrorClassStatus,
    /// Errors, weighted as requests are.
    pub base_count: f64,
    pub other_count: f64,
    /// Conditional test of the rates by requests, after Holm's correction over all classes. Of a new
    /// or gone class it says how likely that is by chance. Null without requests on both sides.
    pub adjusted_p_value: Option<f64>,
}

#[derive(Debug, Clone, Deserialize)]
struct ClassRow {
    fingerprint: String,
    error_type: Option<String>,
    message_template: Option<String>,
    count: f64,
    stored: u64,
}

/// Classes of both sides, each given with its stored requests, and whether there are more.
pub async fn compare(
    engine: &Arc<Engine>,
    service: &str,
    base: (&Side, f64),
    other: (&Side, f64),
) -> Result<(Vec<ErrorClassComparison>, bool), QueryError> {
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let before = engine.rows::<ClassRow>(&classes_sql(base.0, service), limits).await?;
    let after = engine.rows::<ClassRow>(&classes_sql(other.0, service), limits).await?;
    let cut = before.truncated || after.truncated;
    let (base_requests, other_requests) = (base.1, other.1);
    let sides = ((before.rows, base_requests), (after.rows, other_requests));
    let mut classes = blocking(move || compared(sides.0, sides.1)).await?;
    let cut = cut || classes.len() > COMPARED_ERROR_CLASSES_MAX;
    classes.truncate(COMPARED_ERROR_CLASSES_MAX);
    Ok((classes, cut))
}

fn classes_sql(side: &Side, service: &str) -> String {
    format!(
        "SELECT fingerprint, max(error_type) AS error_type, \
         max(message_template) AS message_template, sum(count) AS count, count(*) AS stored \
         FROM span_errors WHERE {} AND {} AND fingerprint IS NOT NULL \
         GROUP BY fingerprint ORDER BY count DESC, fingerprint",
        side.scope.condition("time"),
        side.condition(service)
    )
}

fn compared(
    (before, base_requests): (Vec<ClassRow>, f64),
    (after, other_requests): (Vec<ClassRow>, f64),
) -> Vec<ErrorClassComparison> {
    let mut pairs: HashMap<String, (Option<ClassRow>, Option<ClassRow>)> = HashMap::new();
    for row in before {
        let fingerprint = row.fingerprint.clone();
        pairs.entry(fingerprint).or_default().0 = Some(row);
    }
    for row in after {
        let fingerprint = row.fingerprint.clone();
        pairs.entry(fingerprint).or_default().1 = Some(row);
    }
    let pairs: Vec<_> = pairs.into_iter().collect();
    let stored = |row: &Option<ClassRow>| row.as_ref().map_or(0, |row| row.stored);
    let p_values: Vec<Option<f64>> = pairs
        .iter()
        .map(|(_, (base, other))| {
            conditional_p(stored(base), base_requests, stored(other), other_requests)
        })
        .collect();
    let mut adjusted = holm(&p_values.iter().copied().flatten().collect::<Vec<_>>()).into_iter();
    let mut classes: Vec<ErrorClassComparison> = pairs
        .into_iter()
        .zip(p_values)
        .map(|((fingerprint, (base, other)), p_value)| {
            let p_value = p_value.and_then(|_| adjusted.next());
            let rates =
                (stored(&base) as f64 / base_requests, stored(&other) as f64 / other_requests);
            let count = |row: &Option<ClassRow>| row.as_ref().map_or(0.0, |row| row.count);
            let status = status((stored(&base), stored(&other)), rates, p_value);
            let (base_count, other_count) = (count(&base), count(&other));
            let named = other.or(base);
            let text = |of: fn(&ClassRow) -> &Option<String>| {
                named.as_ref().and_then(|row| of(row).clone()).unwrap_or_default()
            };
            ErrorClassComparison {
                error_type: text(|row| &row.error_type),
                message_template: text(|row| &row.message_template),
                fingerprint,
                status,
                base_count,
                other_count,
                adjusted_p_value: p_value,
            }
        })
        .collect();
    classes.sort_by(|a, b| {
        let count = |it: &ErrorClassComparison| it.base_count + it.other_count;
        a.status
            .cmp(&b.status)
            .then_with(|| count(b).total_cmp(&count(a)))
            .then_with(|| a.fingerprint.cmp(&b.fingerprint))
    });
    classes
}

fn status(
    (base, other): (u64, u64),
    (base_rate, other_rate): (f64, f64),
    p_value: Option<f64>,
) -> ErrorClassStatus {
    match (base, other) {
        (0, _) => ErrorClassStatus::New,
        (_, 0) => ErrorClassStatus::Gone,
        _ if p_value.is_none_or(|p| p >= LEVEL) => ErrorClassStatus::Same,
        _ if other_rate >= base_rate * RATE_RATIO_MIN => ErrorClassStatus::More,
        _ if base_rate >= other_rate * RATE_RATIO_MIN => ErrorClassStatus::Fewer,
        _ => ErrorClassStatus::Same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(pairs: &[(&str, u64)]) -> Vec<ClassRow> {
        let row = |(fingerprint, stored): &(&str, u64)| ClassRow {
            fingerprint: (*fingerprint).to_owned(),
            error_type: Some(format!("Error{fingerprint}")),
            message_template: None,
            count: *stored as f64,
            stored: *stored,
        };
        pairs.iter().map(row).collect()
    }

    #[test]
    fn classes_are_compared_by_requests_and_new_ones_come_first() {
        let before = rows(&[("a", 50), ("b", 100), ("c", 3), ("d", 10)]);
        // With half of the requests, 60 are more, 45 are the same and 2 are fewer.
        let after = rows(&[("a", 60), ("b", 45), ("e", 1), ("d", 60)]);
        let found = compared((before, 10_000.0), (after, 5000.0));
        let statuses: Vec<_> =
            found.iter().map(|it| (it.fingerprint.as_str(), it.status)).collect();
        use ErrorClassStatus::{Gone, More, New, Same};
        assert_eq!(statuses, [("e", New), ("a", More), ("d", More), ("c", Gone), ("b", Same)]);
        assert_eq!((found[1].base_count, found[1].other_count), (50.0, 60.0));
        assert_eq!(found[0].error_type, "Errore");
        // One error may have been there before, unseen.
        assert_eq!(found[0].adjusted_p_value, Some(1.0));
    }

    #[test]
    fn without_requests_on_one_side_nothing_is_tested() {
        let found = compared((rows(&[("a", 5)]), 0.0), (rows(&[("a", 50)]), 100.0));
        assert_eq!((found[0].status, found[0].adjusted_p_value), (ErrorClassStatus::Same, None));
    }

    #[test]
    fn the_statement_asks_the_side() {
        let scope =
            hannun_api::range::Scope { from_ms: 1, to_ms: 2, environment: Some("e".into()) };
        let side = Side { version: Some("it's".into()), scope, period_is_given: true };
        insta::assert_snapshot!(classes_sql(&side, ""));
    }
}
