//! What one trace cost: each span charged what its load costs in its hour.

use crate::CostState;
use crate::allocation::Asked;
use crate::containers::hours::Hours;
use crate::costs::{CostError, Metric, Missing};
use crate::endpoints::answer::{CostMethod, method};
use crate::endpoints::model::{Model, model};
use crate::endpoints::sample::{SpanRow, columns};
use foldhash::{HashMap, HashMapExt};
use hannun_allocation::endpoints::interval::Interval;
use hannun_allocation::endpoints::sums::Unit;
use hannun_allocation::endpoints::trace::{Place, Span, places};
use hannun_model::limits::COST_TRACE_SPANS_MAX;
use hannun_model::money::Money;
use hannun_query::{QueryLimits, typed};
use serde::Serialize;
use utoipa::ToSchema;

const NS_PER_MS: i64 = 1_000_000;
/// A trace that runs longer is priced by the hours of its first so many.
const HOURS_MAX: i64 = 24;

/// What a trace cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct TraceCost {
    pub currency: String,
    pub metric: Metric,
    #[schema(value_type = String)]
    pub total: Money,
    /// Within which the total lies, for all usual weights and with the error of sampling at 95 %.
    #[schema(value_type = String)]
    pub low: Money,
    #[schema(value_type = String)]
    pub high: Money,
    /// Only spans that cost something.
    pub spans: Vec<SpanCost>,
    /// Whether the trace has more spans than are looked at.
    pub truncated: bool,
    pub missing: Vec<Missing>,
    pub method: CostMethod,
}

#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct SpanCost {
    pub span_id: String,
    #[schema(value_type = String)]
    pub direct: Money,
    /// With all spans below it.
    #[schema(value_type = String)]
    pub inclusive: Money,
}

/// The cost of a trace; `None` when it has no spans.
pub async fn trace_cost(
    state: &CostState,
    asked: &Asked,
    trace_id: &str,
) -> Result<Option<TraceCost>, CostError> {
    let sql = format!(
        "SELECT {} FROM spans WHERE trace_id = {} ORDER BY b, s",
        columns(),
        typed::text(trace_id)
    );
    let limits = QueryLimits::asked(Some(COST_TRACE_SPANS_MAX), None);
    let found = state.engine.rows::<SpanRow>(&sql, limits).await?;
    let starts = || found.rows.iter().map(|row| row.start_ns / NS_PER_MS);
    let (Some(first_ms), Some(last_ms)) = (starts().min(), starts().max()) else { return Ok(None) };
    let last_ms = last_ms.min(first_ms + (HOURS_MAX - 1) * crate::containers::hours::HOUR_MS);
    let hours = Hours::around(first_ms.max(0), last_ms.max(0) + 1)?;
    let mut model = model(state, asked, hours).await?;
    Ok(Some(cost(&mut model, asked.metric, &found.rows, found.truncated)))
}

fn cost(model: &mut Model, metric: Metric, rows: &[SpanRow], truncated: bool) -> TraceCost {
    let spans: Vec<Span<'_>> = rows.iter().map(|row| model.sample.vocabulary.span(row)).collect();
    let places = places(&spans);
    let choices = model.prices.first().map_or(0, Vec::len);
    let totals: Vec<f64> =
        (0..choices).map(|choice| charged(model, &spans, &places, choice).iter().sum()).collect();
    let direct = charged(model, &spans, &places, 0);
    let error = relative_error(model, &spans, &places, &direct);
    let total = totals.first().copied().unwrap_or(0.0);
    let interval = Interval::of(total, totals.get(1..).unwrap_or_default(), error);
    let money = |amount: f64| Money::from_f64(amount).unwrap_or_default();
    let inclusive = inclusive(&places, &direct);
    let mut costs: HashMap<&str, (f64, f64)> = HashMap::new();
    for (span, (direct, inclusive)) in spans.iter().zip(direct.iter().zip(inclusive)) {
        // Both ends of a call may have one id: the caller's holds the other.
        let known = costs.entry(span.span_id).or_default();
        *known = (known.0 + direct, known.1.max(inclusive));
    }
    let mut seen: HashMap<&str, ()> = HashMap::new();
    let first = spans.iter().filter(|span| seen.insert(span.span_id, ()).is_none());
    let told = first.filter_map(|span| {
        let (direct, inclusive) = costs.get(span.span_id).copied()?;
        let span_id = span.span_id.to_owned();
        (inclusive != 0.0).then(|| SpanCost {
            span_id,
            direct: money(direct),
            inclusive: money(inclusive),
        })
    });
    TraceCost {
        currency: model.currency.clone(),
        metric,
        total: money(total),
        low: money(interval.low),
        high: money(interval.high),
        spans: told.collect(),
        truncated,
        missing: model.missing.clone(),
        method: method(model),
    }
}

/// What each span costs at the prices of its hour, with one of the choices of weights.
fn charged(model: &Model, spans: &[Span<'_>], places: &[Place], choice: usize) -> Vec<f64> {
    let cost = |(span, place): (&Span<'_>, &Place)| {
        let hour = model.hours.index(span.start_ns / NS_PER_MS);
        let hour = hour.unwrap_or(model.hours.count - 1);
        let prices = model.prices.get(hour).and_then(|prices| prices.get(choice));
        prices.map_or(0.0, |prices| prices.of(span.service, &place.own))
    };
    spans.iter().zip(places).map(cost).collect()
}

/// With everything below: a span stands after those that it was called by only when clocks agree, so
/// each adds itself to all above it.
fn inclusive(places: &[Place], direct: &[f64]) -> Vec<f64> {
    let mut inclusive = direct.to_vec();
    for (place, cost) in places.iter().zip(direct) {
        if *cost == 0.0 {
            continue;
        }
        let mut above = place.parent;
        while let Some(parent) = above {
            inclusive[parent] += cost;
            above = places[parent].parent;
        }
    }
    inclusive
}

/// The sampling error of the prices, by the part of the cost that they make.
fn relative_error(model: &Model, spans: &[Span<'_>], places: &[Place], direct: &[f64]) -> f64 {
    let total: f64 = direct.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    let mut squares = 0.0;
    for (place, cost) in places.iter().zip(direct) {
        let entry = &spans[place.entry];
        let unit = Unit {
            service: entry.service,
            endpoint: entry.endpoint,
            answers: entry.kind.is_entry(),
        };
        let error = model.units.get(&unit).map_or(0.0, |total| total.relative_error);
        squares += (cost * error / total).powi(2);
    }
    squares.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::model::tests::modelled;

    fn row(id: &str, parent: Option<&str>, kind: &str, seconds: i64) -> SpanRow {
        SpanRow {
            span_id: id.to_owned(),
            parent_span_id: parent.map(str::to_owned),
            service: Some("order".to_owned()),
            endpoint: (kind == "server").then(|| "GET /orders".to_owned()),
            kind: Some(kind.to_owned()),
            duration_ns: Some(seconds * 1_000_000_000),
            ..SpanRow::default()
        }
    }

    #[test]
    fn a_span_is_charged_its_load_and_a_parent_what_is_below_it() {
        let mut model = modelled();
        let rows = [
            row("a", None, "server", 36),
            row("b", Some("a"), "internal", 9),
            row("c", Some("b"), "client", 9),
        ];
        let cost = cost(&mut model, Metric::Effective, &rows, false);
        // Of 36 s, 27 are work; each of 1350 s of work costs 0.03375 / 1350, and 36 of 1260 s in
        // memory 0.0075.
        let expected = 27.0 * 0.03375 / 1350.0 + 36.0 * 0.0075 / 1260.0;
        assert!((cost.total.to_f64() - expected).abs() < 1e-11, "{}", cost.total);
        assert_eq!(cost.spans[0].inclusive, cost.total);
        assert!(cost.low < cost.total && cost.total < cost.high);
        let ids: Vec<&str> = cost.spans.iter().map(|span| span.span_id.as_str()).collect();
        assert_eq!(ids, ["a", "b", "c"]);
        assert_eq!(cost.spans[1].direct, Money::ZERO);
        assert_eq!(cost.spans[1].inclusive, cost.spans[2].direct);
    }

    #[test]
    fn a_trace_of_services_without_prices_costs_nothing() {
        let mut model = modelled();
        let rows = [SpanRow { service: Some("new".to_owned()), ..row("a", None, "server", 1) }];
        let cost = cost(&mut model, Metric::Effective, &rows, false);
        assert_eq!((cost.total, cost.spans.len()), (Money::ZERO, 0));
    }
}
