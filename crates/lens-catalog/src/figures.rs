//! Requests, errors and latency of services, as their pages show them.

use hannun_api::Figures;
use hannun_api::figures::{FIGURES, FiguresRow};
use hannun_api::range::Scope;
use hannun_model::limits::CATALOG_ROWS_MAX;
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
struct Row {
    service: String,
    #[serde(flatten)]
    figures: FiguresRow,
}

/// The figures of each service: of its server and consumer spans, or of its root spans when it has
/// neither.
pub(crate) async fn figures(
    engine: &Arc<Engine>,
    scope: &Scope,
) -> Result<HashMap<String, Figures>, QueryError> {
    let limits = QueryLimits::asked(Some(CATALOG_ROWS_MAX), None);
    let rows = engine.rows::<Row>(&sql(scope), limits).await?.rows;
    // Entries come last and take the place of roots.
    let named = rows.into_iter().map(|row| (row.service, row.figures.figures(scope.seconds())));
    Ok(named.collect())
}

fn sql(scope: &Scope) -> String {
    format!(
        "SELECT service, is_entry, {FIGURES} FROM \
         (SELECT coalesce(service_name, '') AS service, \
         coalesce(kind IN ('server', 'consumer'), false) AS is_entry, failed, count, \
         duration_sum, duration_max, histogram FROM {} AS stats \
         WHERE service_name <> '' AND (root OR kind IN ('server', 'consumer'))) \
         GROUP BY service, is_entry ORDER BY is_entry, service",
        scope.span_stats()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pass_counts_the_requests_of_all_services() {
        let scope = Scope { from_ms: 0, to_ms: 60_000, environment: Some("qa".to_owned()) };
        insta::assert_snapshot!(sql(&scope));
    }
}
