//! Which environments send spans.

use hannun_api::range::{NO_ENVIRONMENT, Scope};
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// An environment and how many spans name it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Environment {
    /// `none` when the telemetry names no environment.
    pub name: String,
    pub spans: u64,
}

/// The environments of a time, the one with most spans first.
pub async fn environments(
    engine: &Arc<Engine>,
    scope: &Scope,
) -> Result<Vec<Environment>, QueryError> {
    let everywhere = Scope { environment: None, ..scope.clone() };
    let sql = format!(
        "SELECT coalesce(deployment_environment_name, '{NO_ENVIRONMENT}') AS name, \
         sum(spans) AS spans FROM {} AS stats GROUP BY 1 ORDER BY spans DESC, name",
        everywhere.span_stats()
    );
    Ok(engine.rows(&sql, QueryLimits::default()).await?.rows)
}

/// The names of environments, `none` standing for no name, in order and without doubles.
pub(crate) fn named(names: Vec<Option<String>>) -> Vec<String> {
    let mut names: Vec<String> =
        names.into_iter().map(|name| name.unwrap_or_else(|| NO_ENVIRONMENT.to_owned())).collect();
    names.sort();
    names.dedup();
    names
}
