//! How many requests there really were, and how long they took: counted from all spans, also those
//! that senders did not send.

use super::sample::Vocabulary;
use crate::containers::hours::Hours;
use crate::costs::CostError;
use hannun_allocation::endpoints::price::UnitHour;
use hannun_allocation::endpoints::sums::Unit;
use hannun_model::limits::COST_ENDPOINT_HOURS_MAX;
use hannun_query::span_stats::COUNTED;
use hannun_query::{Engine, QueryLimits, typed};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What was counted.
#[derive(Debug, Default)]
pub struct Counts {
    /// By hour.
    pub hours: Vec<Vec<UnitHour>>,
    /// Services that answer somebody. Of the others, what they begin by themselves are requests.
    pub answering: BTreeSet<u32>,
    /// How many requests of each unit there were in all.
    pub requests: BTreeMap<Unit, f64>,
    /// Spans that are stored and spans that they and the counts of clients stand for.
    pub stored: f64,
    pub counted: f64,
}

#[derive(Debug, Deserialize)]
struct CountRow {
    hour_ms: i64,
    service: Option<String>,
    endpoint: Option<String>,
    answers: bool,
    requests: Option<f64>,
    duration_ns: Option<f64>,
    stored: Option<f64>,
}

/// Counts the requests of some hours, and roots of traces that are none.
pub async fn counts(
    engine: &Arc<Engine>,
    hours: &Hours,
    vocabulary: &mut Vocabulary,
) -> Result<Counts, CostError> {
    let limits = QueryLimits::asked(Some(COST_ENDPOINT_HOURS_MAX), None);
    let found = engine.rows::<CountRow>(&counts_sql(hours), limits).await?;
    if found.truncated {
        let message = "there were too many endpoints in this time: ask for a shorter one";
        return Err(CostError::Invalid(message.to_owned()));
    }
    Ok(added(hours, &found.rows, vocabulary))
}

fn counts_sql(hours: &Hours) -> String {
    format!(
        "SELECT CAST(date_trunc('hour', time) AS BIGINT) / 1000000 AS hour_ms, \
         service_name AS service, endpoint, coalesce(kind IN ('server', 'consumer'), false) AS \
         answers, sum(count) AS requests, sum(duration_sum) AS duration_ns, \
         CAST(sum(spans) AS DOUBLE) AS stored FROM {COUNTED} AS stats \
         WHERE time >= {} AND time < {} AND (root OR kind IN ('server', 'consumer')) \
         GROUP BY hour_ms, service, endpoint, answers",
        typed::timestamp_ms(hours.from_ms),
        typed::timestamp_ms(hours.to_ms())
    )
}

fn added(hours: &Hours, rows: &[CountRow], vocabulary: &mut Vocabulary) -> Counts {
    let mut counts = Counts { hours: vec![Vec::new(); hours.count], ..Counts::default() };
    for row in rows {
        let Some(hour) = hours.index(row.hour_ms) else { continue };
        let unit = Unit {
            service: vocabulary.services.number(row.service.as_deref().unwrap_or_default()),
            endpoint: vocabulary.endpoints.number(row.endpoint.as_deref().unwrap_or_default()),
            answers: row.answers,
        };
        let (requests, duration_ns) = (row.requests.unwrap_or(0.0), row.duration_ns.unwrap_or(0.0));
        counts.hours[hour].push(UnitHour { unit, requests, duration_ns });
        *counts.requests.entry(unit).or_default() += requests;
        counts.stored += row.stored.unwrap_or(0.0);
        counts.counted += requests;
        if row.answers {
            counts.answering.insert(unit.service);
        }
    }
    counts
}

impl Counts {
    /// Whether a unit is a request of its service, as the page of the service counts them.
    pub fn is_request(&self, unit: Unit) -> bool {
        unit.answers || !self.answering.contains(&unit.service)
    }

    /// Part of the requests that is stored: less than one when senders sampled.
    pub fn stored_share(&self) -> Option<f64> {
        (self.counted > 0.0).then(|| (self.stored / self.counted).min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS: Hours = Hours { from_ms: 0, count: 2 };

    fn row(service: &str, answers: bool, requests: f64) -> CountRow {
        CountRow {
            hour_ms: 3_600_000,
            service: Some(service.to_owned()),
            endpoint: Some("GET /".to_owned()),
            answers,
            requests: Some(requests),
            duration_ns: Some(5.0),
            stored: Some(1.0),
        }
    }

    #[test]
    fn what_a_service_begins_by_itself_is_a_request_only_when_it_answers_nobody() {
        let mut vocabulary = Vocabulary::default();
        let rows = [row("web", true, 8.0), row("web", false, 1.0), row("batch", false, 1.0)];
        let counts = added(&HOURS, &rows, &mut vocabulary);
        let is_request: Vec<bool> =
            counts.hours[1].iter().map(|it| counts.is_request(it.unit)).collect();
        assert_eq!(is_request, [true, false, true]);
        assert_eq!((counts.hours[0].len(), counts.stored_share()), (0, Some(0.3)));
        assert_eq!(Counts::default().stored_share(), None);
    }

    #[test]
    fn requests_are_counted_by_the_hour_with_those_that_clients_counted() {
        insta::assert_snapshot!(counts_sql(&HOURS));
    }
}
