//! What a service is asked, and what of it takes the time.

use crate::requests::{Requests, previous, stats_of};
use hannun_api::figures::{FIGURES, Figures, FiguresRow, percent};
use hannun_api::range::Scope;
use hannun_digest::COLLAPSED_ENDPOINT;
use hannun_model::limits::LENS_ROWS_MAX;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// The endpoints of a service.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct EndpointsAnswer {
    /// Those with most time first.
    pub endpoints: Vec<EndpointRow>,
    /// Whether there are more.
    pub truncated: bool,
    /// Requests whose endpoint is not told because the service had too many names at once. They are
    /// counted under the endpoint `(other)`.
    pub collapsed_names: f64,
}

/// One endpoint: method and route, or the name of the spans without numbers and ids.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EndpointRow {
    pub endpoint: String,
    /// Kind of its spans; null when they have none.
    pub kind: Option<String>,
    pub figures: Figures,
    /// Of the time of all requests of the service.
    pub share_percent: f64,
    /// The same length of time just before; null when there were no requests then.
    pub previous: Option<Figures>,
}

#[derive(Debug, Deserialize)]
struct PresentRow {
    endpoint: String,
    kind: Option<String>,
    #[serde(flatten)]
    figures: FiguresRow,
    /// Nanoseconds of all endpoints.
    all_duration: Option<f64>,
    collapsed: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct PreviousRow {
    endpoint: String,
    kind: Option<String>,
    #[serde(flatten)]
    figures: FiguresRow,
}

/// Answers up to `limit` endpoints of a service.
pub async fn endpoints(
    engine: &Arc<Engine>,
    scope: &Scope,
    service: &str,
    limit: usize,
) -> Result<EndpointsAnswer, QueryError> {
    let requests = Requests::of(engine, scope, service).await?;
    let sql = present_sql(scope, service, requests);
    let limits = QueryLimits::asked(Some(limit), None);
    let present = engine.rows::<PresentRow>(&sql, limits).await?;
    let mut before = HashMap::new();
    if let Some(time) = previous(scope).filter(|_| !present.rows.is_empty()) {
        let sql = previous_sql(&time, service, requests, &present.rows);
        let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
        for row in engine.rows::<PreviousRow>(&sql, limits).await?.rows {
            let figures = row.figures.figures(time.seconds());
            before.insert((row.endpoint, row.kind), figures);
        }
    }
    Ok(answer(scope, present.rows, before, present.truncated))
}

fn present_sql(scope: &Scope, service: &str, requests: Requests) -> String {
    format!(
        "SELECT *, sum(duration_sum) OVER () AS all_duration, \
         sum(CASE WHEN endpoint = {} THEN requests END) OVER () AS collapsed FROM \
         (SELECT endpoint, kind, {FIGURES} FROM {} AS stats WHERE {} GROUP BY endpoint, kind) \
         ORDER BY duration_sum DESC, endpoint, kind",
        typed::text(COLLAPSED_ENDPOINT),
        stats_of(scope, service),
        requests.condition()
    )
}

fn previous_sql(
    scope: &Scope,
    service: &str,
    requests: Requests,
    present: &[PresentRow],
) -> String {
    let names: Vec<String> = present.iter().map(|row| typed::text(&row.endpoint)).collect();
    format!(
        "SELECT endpoint, kind, {FIGURES} FROM {} AS stats WHERE {} AND endpoint IN ({}) \
         GROUP BY endpoint, kind",
        stats_of(scope, service),
        requests.condition(),
        names.join(", ")
    )
}

fn answer(
    scope: &Scope,
    present: Vec<PresentRow>,
    mut before: HashMap<(String, Option<String>), Figures>,
    truncated: bool,
) -> EndpointsAnswer {
    let collapsed_names = present.first().and_then(|row| row.collapsed).unwrap_or(0.0);
    let row = |row: PresentRow| {
        let duration = row.figures.duration_sum.unwrap_or(0.0);
        EndpointRow {
            figures: row.figures.figures(scope.seconds()),
            share_percent: percent(duration, row.all_duration.unwrap_or(0.0)),
            previous: before.remove(&(row.endpoint.clone(), row.kind.clone())),
            endpoint: row.endpoint,
            kind: row.kind,
        }
    };
    let endpoints = present.into_iter().map(row).collect();
    EndpointsAnswer { endpoints, truncated, collapsed_names }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: Scope = Scope { from_ms: 0, to_ms: 60_000, environment: None };

    fn present(endpoint: &str, kind: &str, duration_sum: f64) -> PresentRow {
        PresentRow {
            endpoint: endpoint.to_owned(),
            kind: Some(kind.to_owned()),
            figures: FiguresRow {
                requests: Some(30.0),
                duration_sum: Some(duration_sum),
                ..FiguresRow::default()
            },
            all_duration: Some(4e9),
            collapsed: Some(12.0),
        }
    }

    #[test]
    fn an_endpoint_has_its_share_of_all_time_and_is_compared_with_itself() {
        let rows = vec![present("GET /a", "server", 3e9), present("GET /a", "consumer", 1e9)];
        let earlier = FiguresRow { requests: Some(6.0), ..FiguresRow::default() }.figures(60.0);
        let key = ("GET /a".to_owned(), Some("consumer".to_owned()));
        let answer = answer(&SCOPE, rows, HashMap::from([(key, earlier.clone())]), true);
        assert_eq!((answer.truncated, answer.collapsed_names), (true, 12.0));
        let [server, consumer] = answer.endpoints.as_slice() else { panic!("{answer:?}") };
        assert_eq!((server.share_percent, &server.previous), (75.0, &None));
        assert_eq!((consumer.share_percent, &consumer.previous), (25.0, &Some(earlier)));
        assert_eq!((server.figures.rate_per_second, server.figures.total_ms), (0.5, 3000.0));
    }

    #[test]
    fn endpoints_are_ranked_by_their_time() {
        insta::assert_snapshot!(present_sql(&SCOPE, "order", Requests::Entry));
        let rows = [present("GET /it's", "server", 1.0)];
        insta::assert_snapshot!(previous_sql(&SCOPE, "order", Requests::Entry, &rows));
    }
}
