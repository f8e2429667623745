//! What is known of the bills themselves: which there are, how fresh, and what was changed later.

use super::answer::{RestatedMonth, SourceState};
use crate::costs::{CostError, Metric};
use crate::currency::Currencies;
use hannun_model::limits::{COST_OVERVIEW_ROWS_MAX, COST_ROWS_MAX, COST_STALE_HOURS};
use hannun_model::money::Money;
use hannun_query::{Engine, QueryLimits, typed};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

const HOUR_MS: i64 = 3_600_000;

/// The last month of a source.
#[derive(Debug, Clone, Deserialize)]
struct Current {
    source: String,
    provider: Option<String>,
    period_start_ms: i64,
    imported_ms: i64,
    rows: u64,
}

/// The last month of each source, and the last import of any month of it.
#[derive(Debug)]
pub(super) struct Bills {
    current: Vec<Current>,
}

#[derive(Debug, Deserialize)]
struct Last {
    last_ms: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Restated {
    source: String,
    period_start_ms: i64,
    imported_ms: i64,
    currency: Option<String>,
    before: Option<Money>,
    after: Option<Money>,
}

impl Bills {
    pub(super) async fn read(engine: &Arc<Engine>) -> Result<Self, CostError> {
        let limits = QueryLimits::asked(Some(COST_ROWS_MAX * 10), None);
        let current = engine.rows::<Current>(CURRENT, limits).await?.rows;
        Ok(Self { current })
    }

    /// When the last charge of the last months begins.
    pub(super) async fn last_charge_ms(
        &self,
        engine: &Arc<Engine>,
    ) -> Result<Option<i64>, CostError> {
        let Some(last) = self.current.iter().map(|month| month.period_start_ms).max() else {
            return Ok(None);
        };
        let since = typed::timestamp_ms(last);
        let sql = format!(
            "SELECT CAST(max(charge_period_start) AS BIGINT) / 1000000 AS last_ms FROM cost_daily \
             WHERE billing_period_start >= {since}"
        );
        let rows = engine.rows::<Last>(&sql, QueryLimits::default()).await?.rows;
        Ok(rows.into_iter().find_map(|row| row.last_ms))
    }

    /// Each source with its last month.
    pub(super) fn sources(&self, now_ms: i64) -> Vec<SourceState> {
        let mut sources: BTreeMap<&str, SourceState> = BTreeMap::new();
        let mut imported: BTreeMap<&str, i64> = BTreeMap::new();
        for month in &self.current {
            let last = imported.entry(&month.source).or_insert(month.imported_ms);
            *last = month.imported_ms.max(*last);
            let state = SourceState {
                source: month.source.clone(),
                provider: month.provider.clone().unwrap_or_default(),
                current_period_ms: month.period_start_ms,
                imported_ms: month.imported_ms,
                rows: month.rows,
                stale: false,
            };
            let known = sources.entry(&month.source).or_insert_with(|| state.clone());
            if known.current_period_ms < month.period_start_ms {
                *known = state;
            }
        }
        let told = |(name, state): (&str, SourceState)| {
            let imported_ms = imported.get(name).copied().unwrap_or(state.imported_ms);
            let stale = now_ms - imported_ms > COST_STALE_HOURS * HOUR_MS;
            SourceState { imported_ms, stale, ..state }
        };
        sources.into_iter().map(told).take(COST_OVERVIEW_ROWS_MAX).collect()
    }

    /// Months that a later delivery changed, the latest first. One that no rate leads from is told in
    /// the currency of its bill.
    pub(super) async fn restatements(
        &self,
        engine: &Arc<Engine>,
        metric: Metric,
        currencies: &Currencies,
    ) -> Result<Vec<RestatedMonth>, CostError> {
        let limits = QueryLimits::asked(Some(COST_OVERVIEW_ROWS_MAX), None);
        let rows = engine.rows::<Restated>(&restatements_sql(metric), limits).await?.rows;
        let told = |row: Restated| {
            let code = row.currency.unwrap_or_default();
            let amounts = [row.before, row.after].map(Option::unwrap_or_default);
            let converted =
                currencies.exchange([(code.as_str(), row.period_start_ms)]).and_then(|exchange| {
                    let convert = |amount| exchange.convert(amount, &code, row.period_start_ms);
                    let [before, after] = amounts.map(convert);
                    Ok((exchange.currency().to_owned(), [before?, after?]))
                });
            let (currency, [before, after]) = converted.unwrap_or((code.clone(), amounts));
            let (source, period_start_ms) = (row.source, row.period_start_ms);
            let imported_ms = row.imported_ms;
            RestatedMonth { source, period_start_ms, imported_ms, currency, before, after }
        };
        Ok(rows.into_iter().map(told).collect())
    }
}

const CURRENT: &str = "SELECT source, max(provider) AS provider, \
     CAST(billing_period_start AS BIGINT) / 1000000 AS period_start_ms, \
     CAST(max(imported) AS BIGINT) / 1000000 AS imported_ms, sum(rows) AS rows \
     FROM cost_snapshots WHERE current GROUP BY source, billing_period_start \
     ORDER BY billing_period_start DESC, source";

/// Deliveries say how the two views of cost changed that others follow from.
fn restatements_sql(metric: Metric) -> String {
    let view = match metric {
        Metric::Billed | Metric::NetBilled => "billed",
        Metric::Effective | Metric::List | Metric::Contracted | Metric::NetEffective => "effective",
    };
    format!(
        "SELECT source, CAST(billing_period_start AS BIGINT) / 1000000 AS period_start_ms, \
         CAST(imported AS BIGINT) / 1000000 AS imported_ms, billing_currency AS currency, \
         CAST(sum({view}_before) AS VARCHAR) AS before, CAST(sum({view}_after) AS VARCHAR) AS after \
         FROM cost_restatements GROUP BY source, billing_period_start, imported, billing_currency \
         ORDER BY imported DESC, source, billing_period_start LIMIT {COST_OVERVIEW_ROWS_MAX}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(source: &str, period_start_ms: i64, imported_ms: i64, rows: u64) -> Current {
        let provider = Some("AWS".to_owned());
        Current { source: source.to_owned(), provider, period_start_ms, imported_ms, rows }
    }

    #[test]
    fn a_source_is_as_fresh_as_its_last_import_of_any_month() {
        // The closed month was restated after the open one was imported.
        let current = vec![month("aws", 100, 5 * HOUR_MS, 9), month("aws", 50, 8 * HOUR_MS, 7)];
        let states = |now_ms| Bills { current: current.clone() }.sources(now_ms);
        let state = SourceState {
            source: "aws".to_owned(),
            provider: "AWS".to_owned(),
            current_period_ms: 100,
            imported_ms: 8 * HOUR_MS,
            rows: 9,
            stale: false,
        };
        assert_eq!(states(56 * HOUR_MS), std::slice::from_ref(&state));
        assert_eq!(states(56 * HOUR_MS + 1), [SourceState { stale: true, ..state }]);
    }
}
