//! Two versions or times of a service, side by side, with a verdict.

use crate::blocking;
use crate::deploys::{self, OtherDeploy};
use crate::error_classes::{self, ErrorClassComparison};
use crate::sides::{self, Activity, Endpoint, Overview, Side};
use crate::verdict::{
    self, ERROR_POINTS_MIN, LATENCY_DIFFERENCE_MS_MIN, LATENCY_RATIO_MIN, LEVEL, REQUESTS_MIN,
    TestResult, Verdict,
};
use hannun_api::figures::{Figures, Sum};
use hannun_api::range::Scope;
use hannun_api::{ApiError, TimeRange};
use hannun_model::limits::COMPARED_ENDPOINTS_MAX;
use hannun_query::{Engine, QueryError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// What is compared with what. Each side is a version, a period, or both; a side without a period is
/// about the time of the page.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ComparisonQuery {
    pub service: String,
    pub base_version: Option<String>,
    /// Milliseconds since 1970.
    pub base_from_ms: Option<i64>,
    pub base_to_ms: Option<i64>,
    pub version: Option<String>,
    pub version_from_ms: Option<i64>,
    pub version_to_ms: Option<i64>,
}

/// What changed from the base to the other side.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comparison {
    pub service: String,
    pub base: ComparisonSide,
    pub other: ComparisonSide,
    /// `worse` when any endpoint is; else `better` when any is; `too_few` when none has enough
    /// requests on both sides.
    pub verdict: Verdict,
    /// Endpoints that got worse, the one with most requests first.
    pub guilty_endpoints: Vec<String>,
    /// Those that got worse first, then by requests.
    pub endpoints: Vec<EndpointComparison>,
    /// Whether there are more endpoints than are compared.
    pub truncated: bool,
    /// New ones first.
    pub error_classes: Vec<ErrorClassComparison>,
    /// Whether there are more classes than are listed.
    pub error_classes_truncated: bool,
    /// Deploys of other services in the time compared: what got worse since one of them may be its
    /// doing. The latest first.
    pub meanwhile: Vec<OtherDeploy>,
    pub methods: Methods,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ComparisonSide {
    /// Null when all versions of the period are meant.
    pub version: Option<String>,
    /// The time that is compared: of a version without a period, the minutes in which it was seen.
    pub from_ms: i64,
    pub to_ms: i64,
    pub figures: Figures,
    /// Stored spans that are requests. Fewer than the requests when the sender sampled.
    pub spans: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EndpointComparison {
    pub endpoint: String,
    pub kind: Option<String>,
    /// Null when the side had no requests.
    pub base: Option<Figures>,
    pub other: Option<Figures>,
    pub verdict: Verdict,
    /// When the other side of a worse endpoint became so; null when from its beginning.
    pub since_ms: Option<i64>,
    /// Durations as a whole; the effect is the ratio of medians.
    pub latency: Option<TestResult>,
    /// The slowest twentieth; the effect is the ratio of p95.
    pub tail: Option<TestResult>,
    pub errors: Option<TestResult>,
}

/// Which tests are used, why, and from where on a difference counts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Methods {
    pub latency: &'static str,
    pub tail: &'static str,
    pub errors: &'static str,
    pub correction: &'static str,
    pub sample: &'static str,
    /// Chance that a comparison of equal sides finds any difference.
    pub level: f64,
    /// Requests that each side of an endpoint needs.
    pub requests_min: f64,
    /// Latency counts as different from this ratio on …
    pub latency_ratio_min: f64,
    /// … and this difference.
    pub latency_difference_ms_min: f64,
    /// Error rates count as different from so many percentage points on.
    pub error_points_min: f64,
}

const METHODS: Methods = Methods {
    latency: "Mann-Whitney U test (normal approximation, corrected for ties): durations are not \
              normally distributed and a few slow ones must not decide; the interval is of the \
              ratio of medians, from order statistics",
    tail: "quantile test: shares of requests beyond the pooled p95, compared like errors, because \
           the U test is nearly blind to a slow end; the interval is of the ratio of p95, from \
           order statistics",
    errors: "two-proportion score test, Fisher's exact test where an expected count is under 5; the \
             interval is Newcombe's hybrid score interval of the difference",
    correction: "Holm over all tests of the comparison: the chance that anything at all is accused \
                 wrongly stays below the level",
    sample: "stored spans, fewer where requests of the same time resemble each other (design effect \
             of twenty blocks of time)",
    level: LEVEL,
    requests_min: REQUESTS_MIN,
    latency_ratio_min: LATENCY_RATIO_MIN,
    latency_difference_ms_min: LATENCY_DIFFERENCE_MS_MIN,
    error_points_min: ERROR_POINTS_MIN,
};

impl ComparisonQuery {
    /// Base and other side, checked.
    pub fn sides(&self, page: &TimeRange) -> Result<(Side, Side), ApiError> {
        let page = page.scope()?;
        let side = |version: &Option<String>, from_ms: Option<i64>, to_ms: Option<i64>| {
            let version = version.clone().filter(|version| !version.is_empty());
            let period_is_given = from_ms.is_some() || to_ms.is_some();
            if version.is_none() && !period_is_given {
                let message = "give base_version or base_from_ms and base_to_ms, and version or \
                               version_from_ms and version_to_ms: each side is a version, a \
                               period, or both";
                return Err(ApiError::invalid(message));
            }
            let range = TimeRange {
                from_ms: Some(from_ms.unwrap_or(page.from_ms)),
                to_ms: Some(to_ms.unwrap_or(page.to_ms)),
                environment: page.environment.clone(),
            };
            Ok(Side { version, scope: range.scope()?, period_is_given })
        };
        let base = side(&self.base_version, self.base_from_ms, self.base_to_ms)?;
        let other = side(&self.version, self.version_from_ms, self.version_to_ms)?;
        if base == other {
            return Err(ApiError::invalid("the sides are the same; give two versions or periods"));
        }
        Ok((base, other))
    }
}

/// Compares the sides of a service.
pub async fn compare(
    engine: &Arc<Engine>,
    service: &str,
    mut base: Side,
    mut other: Side,
) -> Result<Comparison, QueryError> {
    let seen = (base.overview(engine, service).await?, other.overview(engine, service).await?);
    base.narrow(&seen.0);
    other.narrow(&seen.1);
    let (requests, of): (&str, fn(&Overview) -> &_) =
        if seen.0.entries.is_empty() && seen.1.entries.is_empty() {
            ("root", |overview| &overview.roots)
        } else {
            ("kind IN ('server', 'consumer')", |overview| &overview.entries)
        };
    let (compared, truncated) = sides::busiest(of(&seen.0), of(&seen.1), COMPARED_ENDPOINTS_MAX);
    let before = base.activity(engine, service, requests, &compared).await?;
    let after = other.activity(engine, service, requests, &compared).await?;
    let (error_classes, error_classes_truncated) =
        error_classes::compare(engine, service, (&base, before.spans), (&other, after.spans))
            .await?;
    let whole = whole(&base.scope, &other.scope);
    let meanwhile = deploys::of_others(engine, &whole, service).await?;
    let (base, other, endpoints, before, after) = blocking(move || {
        let endpoints = endpoints(&compared, (&base, &before), (&other, &after));
        (base, other, endpoints, before, after)
    })
    .await?;
    let verdicts: Vec<Verdict> = endpoints.iter().map(|it| it.verdict).collect();
    let guilty = endpoints.iter().filter(|it| it.verdict == Verdict::Worse);
    Ok(Comparison {
        service: service.to_owned(),
        base: comparison_side(base, &before),
        other: comparison_side(other, &after),
        verdict: verdict::overall(&verdicts),
        guilty_endpoints: guilty.map(|it| it.endpoint.clone()).collect(),
        endpoints,
        truncated,
        error_classes,
        error_classes_truncated,
        meanwhile,
        methods: METHODS,
    })
}

/// From the beginning of one side to the end of the other.
fn whole(base: &Scope, other: &Scope) -> Scope {
    Scope {
        from_ms: base.from_ms.min(other.from_ms),
        to_ms: base.to_ms.max(other.to_ms),
        environment: other.environment.clone(),
    }
}

fn comparison_side(side: Side, activity: &Activity) -> ComparisonSide {
    ComparisonSide {
        version: side.version,
        from_ms: side.scope.from_ms,
        to_ms: side.scope.to_ms,
        figures: activity.all.figures(side.scope.seconds()),
        spans: activity.spans,
    }
}

/// Endpoints with what the tests say, those that got worse first, else in the order of requests.
fn endpoints(
    compared: &[Endpoint],
    (base, before): (&Side, &Activity),
    (other, after): (&Side, &Activity),
) -> Vec<EndpointComparison> {
    let sample = |activity: &Activity, endpoint: &Endpoint| {
        activity.endpoints.get(endpoint).map(|it| it.sample.clone())
    };
    let samples: Vec<_> =
        compared.iter().map(|it| (sample(before, it), sample(after, it))).collect();
    let figures = |side: &Side, activity: &Activity, endpoint: &Endpoint| {
        let sum: Option<&Sum> = activity.endpoints.get(endpoint).map(|it| &it.sum);
        sum.map(|sum| sum.figures(side.scope.seconds()))
    };
    let mut endpoints: Vec<EndpointComparison> = compared
        .iter()
        .zip(&samples)
        .zip(verdict::compare(&samples))
        .map(|((endpoint, sides), found)| EndpointComparison {
            since_ms: match sides {
                (Some(base), Some(other)) => verdict::worse_since(base, other, &found),
                _ => None,
            },
            endpoint: endpoint.0.clone(),
            kind: endpoint.1.clone(),
            base: figures(base, before, endpoint),
            other: figures(other, after, endpoint),
            verdict: found.verdict,
            latency: found.latency,
            tail: found.tail,
            errors: found.errors,
        })
        .collect();
    endpoints.sort_by_key(|it| it.verdict != Verdict::Worse);
    endpoints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> TimeRange {
        TimeRange { from_ms: Some(1000), to_ms: Some(9000), environment: Some("e".to_owned()) }
    }

    fn query(base_version: &str, version: &str) -> ComparisonQuery {
        ComparisonQuery {
            service: "order".to_owned(),
            base_version: Some(base_version.to_owned()),
            version: Some(version.to_owned()),
            ..ComparisonQuery::default()
        }
    }

    #[test]
    fn a_side_without_a_period_is_about_the_time_of_the_page() {
        let asked = ComparisonQuery { version_to_ms: Some(5000), ..query("1", "2") };
        let (base, other) = asked.sides(&page()).unwrap();
        assert_eq!(
            (base.scope.from_ms, base.scope.to_ms, base.period_is_given),
            (1000, 9000, false)
        );
        assert_eq!(
            (other.scope.from_ms, other.scope.to_ms, other.period_is_given),
            (1000, 5000, true)
        );
        assert_eq!(other.scope.environment.as_deref(), Some("e"));
    }

    #[test]
    fn sides_must_be_told_and_differ() {
        assert!(query("1", "1").sides(&page()).is_err());
        assert!(query("1", "").sides(&page()).is_err());
        let periods = ComparisonQuery {
            base_to_ms: Some(5000),
            version_from_ms: Some(5000),
            ..query("", "")
        };
        assert!(periods.sides(&page()).is_ok());
        let backwards = ComparisonQuery { version_from_ms: Some(9000), ..query("1", "2") };
        assert!(backwards.sides(&page()).is_err());
        // The same version at two times is a comparison.
        let times = ComparisonQuery { base_to_ms: Some(5000), ..query("1", "1") };
        assert!(times.sides(&page()).is_ok());
    }
}
