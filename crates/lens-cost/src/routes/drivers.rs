//! What questions about containers, endpoints and traces have in common.

use crate::CostState;
use crate::allocation::Asked;
use crate::containers::hours::Hours;
use crate::costs::{CostError, Metric, Period};
use hannun_api::{ApiError, Caller, TimeRange};
use serde::Deserialize;
use utoipa::IntoParams;

/// A time in hours, and in which costs and currency the answer is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CostHours {
    /// Milliseconds since 1970; the hour in UTC that it lies in is the first.
    from_ms: Option<i64>,
    /// Milliseconds since 1970, exclusive; the hour that it lies in is the last.
    to_ms: Option<i64>,
    /// `effective` when not given.
    metric: Option<Metric>,
    /// Currency of the answer; that of the settings when not given.
    currency: Option<String>,
}

impl CostHours {
    pub(super) async fn asked(
        &self,
        state: &CostState,
        caller: &Caller,
    ) -> Result<(Hours, Asked), ApiError> {
        let time = TimeRange { from_ms: self.from_ms, to_ms: self.to_ms, environment: None };
        let scope = time.scope()?;
        let hours = Hours::around(scope.from_ms, scope.to_ms)?;
        let period = Period { from_ms: hours.from_ms, to_ms: hours.to_ms() };
        Ok((hours, asked(state, caller, period, self.metric, self.currency.as_deref()).await?))
    }
}

/// Rules, rates and settings for a question of this caller.
pub(super) async fn asked(
    state: &CostState,
    caller: &Caller,
    period: Period,
    metric: Option<Metric>,
    currency: Option<&str>,
) -> Result<Asked, CostError> {
    let user = caller.actor.user_id.as_deref();
    Asked::load(state, period, metric.unwrap_or_default(), currency, user).await
}
