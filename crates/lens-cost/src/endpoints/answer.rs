//! What pages show of the costs of endpoints and services.

use super::model::{Model, UnitTotal};
use crate::containers::answer::CostWeights;
use crate::costs::{Metric, Missing};
use hannun_allocation::endpoints::DriverKind;
use hannun_allocation::endpoints::interval::Interval;
use hannun_allocation::endpoints::sums::Unit;
use hannun_model::limits::COST_ENDPOINTS_MAX;
use hannun_model::money::Money;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What endpoints cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndpointCosts {
    pub currency: String,
    pub metric: Metric,
    /// The whole hours that the answer is about.
    pub from_ms: i64,
    pub to_ms: i64,
    /// Those of most direct cost first.
    pub rows: Vec<EndpointCost>,
    /// Endpoints that are not listed, and their direct cost.
    pub others: OtherEndpoints,
    /// Health checks, what services do by themselves, and work that no span tells of.
    #[schema(value_type = String)]
    pub non_request: Money,
    /// Reserved and not used, by services and by nobody.
    #[schema(value_type = String)]
    pub idle: Money,
    /// What cannot be charged to any service.
    #[schema(value_type = String)]
    pub unallocated: Money,
    /// Containers of no service, and control planes of clusters.
    #[schema(value_type = String)]
    pub overhead: Money,
    /// The bill of these hours; with one service asked for, what the service costs.
    #[schema(value_type = String)]
    pub total: Money,
    /// Whether the direct costs of all endpoints and these five come to the bill; an answer that does
    /// not is never given.
    pub sums_exactly: bool,
    pub missing: Vec<Missing>,
    pub method: CostMethod,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EndpointCost {
    pub service_name: String,
    pub endpoint: String,
    /// Of all that happened, also of those that senders did not send.
    pub requests: f64,
    /// What the service itself and its databases do for it.
    #[schema(value_type = String)]
    pub direct: Money,
    /// The same with what other services do for it. They are counted there as well.
    #[schema(value_type = String)]
    pub inclusive: Money,
    /// Null when there were no requests.
    #[schema(value_type = Option<String>)]
    pub per_request: Option<Money>,
    #[schema(value_type = Option<String>)]
    pub per_request_inclusive: Option<Money>,
    /// Within which `per_request` lies, for all usual weights and with the error of sampling at 95 %.
    #[schema(value_type = Option<String>)]
    pub low: Option<Money>,
    #[schema(value_type = Option<String>)]
    pub high: Option<Money>,
    /// Part of the work of the service that spans of requests explain, 0 to 1.
    pub explained: f64,
    pub drivers: Vec<DriverCost>,
}

#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct DriverCost {
    #[schema(value_type = String)]
    pub kind: DriverKind,
    #[schema(value_type = String)]
    pub cost: Money,
}

#[derive(Debug, Default, Serialize, ToSchema)]
pub struct OtherEndpoints {
    pub endpoints: usize,
    #[schema(value_type = String)]
    pub direct: Money,
}

/// How an answer was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct CostMethod {
    pub weights: CostWeights,
    pub sampling: CostSampling,
    pub freshness: CostFreshness,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CostSampling {
    /// Whether requests that were not stored, or not read here, are counted nevertheless.
    pub corrected: bool,
    /// Part of all requests that is stored, 0 to 1; null when there were none.
    pub ratio: Option<f64>,
    /// Spans that were read of those that are stored.
    pub spans_read: u64,
    pub spans_stored: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CostFreshness {
    /// How far the bill has come within the time; null when it has no line of it.
    pub bill_until_ms: Option<i64>,
}

/// What services cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceCostsAnswer {
    pub currency: String,
    pub metric: Metric,
    pub from_ms: i64,
    pub to_ms: i64,
    /// Those of most cost first.
    pub rows: Vec<ServiceCost>,
    pub missing: Vec<Missing>,
    pub method: CostMethod,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceCost {
    pub service_name: String,
    /// What it used itself, work that no request asked for included.
    #[schema(value_type = String)]
    pub direct: Money,
    /// The same with what others do for its requests. They are counted there as well.
    #[schema(value_type = String)]
    pub inclusive: Money,
    /// Reserved and not used.
    #[schema(value_type = String)]
    pub idle: Money,
    pub requests: f64,
    /// Direct cost by request; null when there were none.
    #[schema(value_type = Option<String>)]
    pub per_request: Option<Money>,
    #[schema(value_type = Option<String>)]
    pub low: Option<Money>,
    #[schema(value_type = Option<String>)]
    pub high: Option<Money>,
}

/// The costs of endpoints, of one service or of all.
pub fn endpoint_costs(model: &Model, metric: Metric, service: Option<&str>) -> EndpointCosts {
    let only = service.map(|name| model.vocabulary().services.find(name).unwrap_or(u32::MAX));
    let explained = explained(model);
    let units = model.units.iter().filter(|(unit, _)| only.is_none_or(|it| unit.service == it));
    let mut rows: Vec<EndpointCost> = units
        .map(|(unit, total)| {
            let explained = explained.get(&unit.service).copied().unwrap_or(0.0);
            endpoint_cost(model, *unit, total, explained)
        })
        .collect();
    rows.sort_by(|one, other| {
        let order =
            other.direct.cmp(&one.direct).then_with(|| one.service_name.cmp(&other.service_name));
        order.then_with(|| one.endpoint.cmp(&other.endpoint))
    });
    let direct: Money = rows.iter().map(|row| row.direct).sum();
    let rest = rows.split_off(rows.len().min(COST_ENDPOINTS_MAX));
    let of_services = model.services.iter().filter(|(it, _)| only.is_none_or(|only| **it == only));
    let (mut non_request, mut idle) = (Money::ZERO, Money::ZERO);
    for (_, service) in of_services {
        non_request += service.non_request;
        idle += service.idle;
    }
    let [unallocated, overhead, shared_idle] = match only {
        None => [model.unallocated, model.overhead, model.idle],
        Some(_) => [Money::ZERO; 3],
    };
    idle += shared_idle;
    let total = direct + non_request + idle + unallocated + overhead;
    EndpointCosts {
        currency: model.currency.clone(),
        metric,
        from_ms: model.hours.from_ms,
        to_ms: model.hours.to_ms(),
        others: OtherEndpoints {
            endpoints: rest.len(),
            direct: rest.iter().map(|row| row.direct).sum(),
        },
        rows,
        non_request,
        idle,
        unallocated,
        overhead,
        total,
        sums_exactly: only.is_some() || total == model.bill,
        missing: model.missing.clone(),
        method: method(model),
    }
}

/// How an answer from this model was made.
pub fn method(model: &Model) -> CostMethod {
    let ratio = model.counts.stored_share();
    let spans_read = model.sample.sums.spans;
    CostMethod {
        weights: CostWeights { cpu: model.weights.cpu, memory: model.weights.memory },
        sampling: CostSampling {
            corrected: ratio.is_some_and(|ratio| ratio < 1.0) || spans_read < model.choice.stored,
            ratio,
            spans_read,
            spans_stored: model.choice.stored,
        },
        freshness: CostFreshness { bill_until_ms: model.bill_until_ms },
    }
}

/// By service: the part of its used cost that is on its requests.
fn explained(model: &Model) -> BTreeMap<u32, f64> {
    let mut requests: BTreeMap<u32, Money> = BTreeMap::new();
    for (unit, total) in &model.units {
        *requests.entry(unit.service).or_default() += total.direct();
    }
    let part = |(service, direct): (u32, Money)| {
        let rest = model.services.get(&service).map_or(Money::ZERO, |it| it.non_request);
        let all = (direct + rest).to_f64();
        (service, if all > 0.0 { (direct.to_f64() / all).clamp(0.0, 1.0) } else { 0.0 })
    };
    requests.into_iter().map(part).collect()
}

/// An amount by request; none when there were none.
fn by_request(amount: f64, requests: f64) -> Option<Money> {
    (requests > 0.0).then(|| Money::from_f64(amount / requests)).flatten()
}

fn endpoint_cost(model: &Model, unit: Unit, total: &UnitTotal, explained: f64) -> EndpointCost {
    let vocabulary = model.vocabulary();
    let direct = total.direct();
    let inclusive = direct + total.others;
    let interval = Interval::of(direct.to_f64(), &total.alternatives, total.relative_error);
    let drivers = DriverKind::ALL.into_iter().zip(total.drivers);
    let by = |amount: f64| by_request(amount, total.requests);
    EndpointCost {
        service_name: vocabulary.services.name(unit.service).to_owned(),
        endpoint: vocabulary.endpoints.name(unit.endpoint).to_owned(),
        requests: total.requests,
        direct,
        inclusive,
        per_request: by(direct.to_f64()),
        per_request_inclusive: by(inclusive.to_f64()),
        low: by(interval.low),
        high: by(interval.high),
        explained,
        drivers: drivers
            .filter(|(_, cost)| !cost.is_zero())
            .map(|(kind, cost)| DriverCost { kind, cost })
            .collect(),
    }
}

/// The costs of services.
pub fn service_costs(model: &Model, metric: Metric) -> ServiceCostsAnswer {
    #[derive(Default)]
    struct Sum {
        direct: Money,
        others: Money,
        requests: f64,
        low: f64,
        high: f64,
    }
    let mut sums: BTreeMap<u32, Sum> = BTreeMap::new();
    for (unit, total) in &model.units {
        let direct = total.direct();
        let interval = Interval::of(direct.to_f64(), &total.alternatives, total.relative_error);
        let sum = sums.entry(unit.service).or_default();
        sum.direct += direct;
        sum.others += total.others;
        sum.requests += total.requests;
        sum.low += interval.low;
        sum.high += interval.high;
    }
    for service in model.services.keys() {
        sums.entry(*service).or_default();
    }
    let mut rows: Vec<ServiceCost> = sums
        .into_iter()
        .map(|(service, sum)| {
            let beside = model.services.get(&service).cloned().unwrap_or_default();
            let direct = sum.direct + beside.non_request;
            let rest = beside.non_request.to_f64();
            ServiceCost {
                service_name: model.vocabulary().services.name(service).to_owned(),
                direct,
                inclusive: direct + sum.others,
                idle: beside.idle,
                requests: sum.requests,
                per_request: by_request(direct.to_f64(), sum.requests),
                low: by_request(sum.low + rest, sum.requests),
                high: by_request(sum.high + rest, sum.requests),
            }
        })
        .collect();
    rows.sort_by(|one, other| {
        let cost = |row: &ServiceCost| row.direct + row.idle;
        cost(other).cmp(&cost(one)).then_with(|| one.service_name.cmp(&other.service_name))
    });
    ServiceCostsAnswer {
        currency: model.currency.clone(),
        metric,
        from_ms: model.hours.from_ms,
        to_ms: model.hours.to_ms(),
        rows,
        missing: model.missing.clone(),
        method: method(model),
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::{modelled, money};
    use super::*;

    #[test]
    fn all_endpoints_and_the_rest_come_to_the_bill() {
        let answer = endpoint_costs(&modelled(), Metric::Effective, None);
        let rows: Money = answer.rows.iter().map(|row| row.direct).sum();
        let parts = answer.non_request + answer.idle + answer.unallocated + answer.overhead;
        assert_eq!((rows + parts, answer.total), (money("12.29"), money("12.29")));
        assert!(answer.sums_exactly);
        assert_eq!(answer.rows[0].endpoint, "POST /orders");
        let kinds: Vec<_> = answer.rows[0].drivers.iter().map(|it| it.kind.name()).collect();
        assert_eq!(kinds, ["cpu", "memory", "network", "database"]);
        assert!(answer.method.sampling.corrected);
    }

    #[test]
    fn a_request_has_a_cost_with_an_interval_and_nothing_is_divided_by_zero() {
        let answer = endpoint_costs(&modelled(), Metric::Effective, Some("order"));
        let row = &answer.rows[1];
        let (low, high) = (row.low.unwrap(), row.high.unwrap());
        let per_request = row.per_request.unwrap();
        assert!(low < per_request && per_request < high, "{low} {per_request} {high}");
        let expected = row.direct.to_f64() / 600.0;
        assert!((per_request.to_f64() - expected).abs() < 1e-11);
        assert!((0.0..1.0).contains(&row.explained));
        assert_eq!((answer.unallocated, answer.overhead), (Money::ZERO, Money::ZERO));
        assert_eq!(by_request(1.0, 0.0), None);
    }

    #[test]
    fn a_service_that_nobody_knows_costs_nothing() {
        let answer = endpoint_costs(&modelled(), Metric::Effective, Some("nobody"));
        assert_eq!((answer.rows.len(), answer.total), (0, Money::ZERO));
    }

    #[test]
    fn services_bear_their_idle_and_what_nobody_asked_for() {
        let answer = service_costs(&modelled(), Metric::Effective);
        let row = |name: &str| answer.rows.iter().find(|row| row.service_name == name).unwrap();
        assert_eq!(row("legacy").direct, money("5"));
        assert_eq!((row("legacy").per_request, row("legacy").requests), (None, 0.0));
        assert_eq!(row("cart").idle, money("0.01125"));
        assert_eq!(row("order").requests, 1000.0);
        let endpoints = endpoint_costs(&modelled(), Metric::Effective, Some("order"));
        assert_eq!(row("order").direct + row("order").idle, endpoints.total);
    }
}
