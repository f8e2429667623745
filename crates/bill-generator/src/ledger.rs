//! What a month comes to, added up while it is made.
//!
//! Nothing here reads a file or knows a format: the truth is what the charges were meant to be.

use crate::calendar::{DAY, Month};
use crate::charge::{Charge, Details, Kind};
use crate::company::Company;
use crate::truth::{
    Amounts, AnomalyTruth, ByCharge, Cell, DriftTruth, NetworkTruth, PeriodTruth, ReservationTruth,
    Restated, SavingsPlanTruth, SplitTruth, TagTruth,
};
use hannun_model::money::Money;
use std::collections::BTreeMap;

/// Sums of one month.
#[derive(Debug)]
pub struct Ledger {
    month: Month,
    /// Names of services; each usage has its place among them.
    services: Vec<(&'static str, &'static str)>,
    service_of: Vec<usize>,
    accounts: usize,
    /// By day, account and service.
    cells: Vec<(u64, Amounts)>,
    /// What tax is due on, by account and service.
    taxed: Vec<Money>,
    by_charge: BTreeMap<Kind, (u64, Amounts)>,
    /// By place in `team_values`; the last is for what has no such tag.
    team_costs: Vec<(u64, Amounts)>,
    team_values: Vec<String>,
    team_of: Vec<usize>,
    network: BTreeMap<&'static str, (u64, Amounts)>,
    plans: Vec<SavingsPlanTruth>,
    reservations: Vec<ReservationTruth>,
    split: SplitTruth,
    node_costs: BTreeMap<String, Money>,
    unusual: Vec<Money>,
}

impl Ledger {
    pub fn new(company: &Company, month: Month) -> Self {
        let mut services = Vec::new();
        let mut service_of = Vec::new();
        for usage in &company.usages {
            let service = (usage.product.service_code, usage.product.service_name);
            let place = services.iter().position(|known| *known == service);
            service_of.push(place.unwrap_or_else(|| {
                services.push(service);
                services.len() - 1
            }));
        }
        let key = company.tag_keys.iter().position(|key| key == "team");
        let mut team_values: Vec<String> = Vec::new();
        let mut places = BTreeMap::new();
        let team_of = company.resources.iter().map(|resource| {
            let value = key.and_then(|key| resource.tag(key))?;
            Some(*places.entry(value.to_owned()).or_insert_with(|| {
                team_values.push(value.to_owned());
                team_values.len() - 1
            }))
        });
        let team_of: Vec<Option<usize>> = team_of.collect();
        let untagged = team_values.len();
        let accounts = company.accounts.len();
        Self {
            month,
            accounts,
            cells: vec![Default::default(); month.days() * accounts * services.len()],
            taxed: vec![Money::ZERO; accounts * services.len()],
            services,
            service_of,
            by_charge: BTreeMap::new(),
            team_costs: vec![Default::default(); untagged + 1],
            team_of: team_of.into_iter().map(|place| place.unwrap_or(untagged)).collect(),
            team_values,
            network: BTreeMap::new(),
            plans: company.savings_plans.iter().map(SavingsPlanTruth::of).collect(),
            reservations: company.reservations.iter().map(ReservationTruth::of).collect(),
            split: SplitTruth::default(),
            node_costs: BTreeMap::new(),
            unusual: vec![Money::ZERO; company.anomalies.len()],
        }
    }

    pub fn add(&mut self, company: &Company, charge: &Charge) {
        if let Details::Split(part) = &charge.details {
            self.split.lines += 1;
            self.split.cost += part.cost;
            self.split.unused += part.unused;
            return;
        }
        let amounts =
            Amounts { billed: charge.billed, effective: charge.effective, list: charge.list };
        let service = self.service_of[charge.usage];
        let day = ((charge.start - self.month.start()) / DAY) as usize;
        let cell = (day * self.accounts + charge.account) * self.services.len() + service;
        count(&mut self.cells[cell], amounts);
        count(self.by_charge.entry(charge.kind).or_default(), amounts);
        if charge.kind.is_taxed() {
            self.taxed[charge.account * self.services.len() + service] += charge.billed;
        }
        let team = charge.resource.map_or(self.team_values.len(), |place| self.team_of[place]);
        count(&mut self.team_costs[team], amounts);
        if charge.kind.is_usage()
            && let Some(kind) = network_kind(company.usages[charge.usage].product.key)
        {
            count(self.network.entry(kind).or_default(), amounts);
        }
        if let Some(node) = charge.resource.and_then(|place| company.resources[place].node) {
            let id = company.resources[company.nodes[node].resource].id.clone();
            *self.node_costs.entry(id).or_default() += charge.effective;
        }
        self.add_commitment(charge);
    }

    fn add_commitment(&mut self, charge: &Charge) {
        match (&charge.details, charge.kind) {
            (Details::Covered { plan, .. }, Kind::SavingsPlanNegation) => {
                self.plans[*plan].negated += charge.billed;
            }
            (Details::Covered { plan, .. }, _) => {
                self.plans[*plan].covered_on_demand += charge.billed;
                self.plans[*plan].used += charge.effective;
            }
            (Details::PlanFee { plan, commitment, .. }, _) => {
                self.plans[*plan].commitment += *commitment;
                self.plans[*plan].unused += charge.effective;
            }
            (Details::Reserved { reservation, .. }, _) => {
                self.reservations[*reservation].used += charge.effective;
                self.reservations[*reservation].used_hours += 1;
            }
            (Details::ReservationFee(fee), _) => {
                let truth = &mut self.reservations[fee.reservation];
                truth.fee += charge.billed;
                truth.amortized_upfront += fee.amortized_upfront;
                truth.unused += charge.effective;
                truth.reserved_hours += fee.reserved_hours;
            }
            _ => {}
        }
    }

    /// Adds what an anomaly costs beyond the ordinary.
    pub fn add_unusual(&mut self, company: &Company, resource: usize, start: i64, extra: Money) {
        let found = company.anomalies.iter().position(|anomaly| {
            anomaly.resource == resource && (anomaly.from..anomaly.until).contains(&start)
        });
        if let Some(place) = found {
            self.unusual[place] += extra;
        }
    }

    /// What tax is due on: account, a usage of the service, and the amount.
    pub fn taxed(&self) -> Vec<(usize, usize, Money)> {
        let services = self.services.len();
        let usage = |service: usize| self.service_of.iter().position(|it| *it == service);
        let amounts = self.taxed.iter().enumerate().filter(|(_, amount)| !amount.is_zero());
        amounts
            .filter_map(|(place, amount)| {
                Some((place / services, usage(place % services)?, *amount))
            })
            .collect()
    }

    /// The truth of the month.
    pub fn truth(&self, company: &Company, invoice: Option<&str>) -> PeriodTruth {
        let (mut lines, mut totals) = (0, Amounts::default());
        for (number, amounts) in self.by_charge.values() {
            lines += number;
            totals += *amounts;
        }
        let lines_of = |kind| self.by_charge.get(&kind).map_or(0, |(number, _)| *number);
        PeriodTruth {
            period: self.month.to_string(),
            start_ms: self.month.start() * 1000,
            end_ms: self.month.end() * 1000,
            invoice_id: invoice.map(str::to_owned),
            lines,
            // FOCUS knows no negation, and tells what is unused on lines of its own.
            focus_lines: lines - lines_of(Kind::SavingsPlanNegation)
                + lines_of(Kind::SavingsPlanRecurringFee)
                + lines_of(Kind::RIFee),
            totals,
            by_charge: self
                .by_charge
                .iter()
                .map(|(kind, (lines, amounts))| ByCharge {
                    charge: kind.name().to_owned(),
                    lines: *lines,
                    amounts: *amounts,
                })
                .collect(),
            by_day_account_service: self.cells(company),
            savings_plans: self.plans.clone(),
            reservations: self.reservations.clone(),
            split: self.split.clone(),
            node_costs: self.node_costs.clone(),
            network: self.network(),
            team_tag: self.team_tag(),
        }
    }

    fn cells(&self, company: &Company) -> Vec<Cell> {
        let services = self.services.len();
        let filled = self.cells.iter().enumerate().filter(|(_, (lines, _))| *lines > 0);
        filled
            .map(|(place, (lines, amounts))| {
                let (row, service) = (place / services, place % services);
                let (day, account) = (row / self.accounts, row % self.accounts);
                Cell {
                    day_ms: (self.month.start() + day as i64 * DAY) * 1000,
                    sub_account_id: company.accounts[account].id.clone(),
                    service_code: self.services[service].0.to_owned(),
                    service_name: self.services[service].1.to_owned(),
                    lines: *lines,
                    amounts: *amounts,
                }
            })
            .collect()
    }

    fn network(&self) -> Vec<NetworkTruth> {
        let kinds = self.network.iter();
        kinds
            .map(|(kind, (lines, amounts))| NetworkTruth {
                kind: (*kind).to_owned(),
                lines: *lines,
                amounts: *amounts,
            })
            .collect()
    }

    fn team_tag(&self) -> Vec<TagTruth> {
        let values = self.team_values.iter().map(|value| Some(value.clone())).chain([None]);
        let mut rows: Vec<TagTruth> = values
            .zip(&self.team_costs)
            .map(|(value, (lines, amounts))| TagTruth { value, lines: *lines, amounts: *amounts })
            .collect();
        rows.sort_by(|one, other| one.value.cmp(&other.value));
        rows
    }

    pub fn anomalies(&self, company: &Company) -> Vec<AnomalyTruth> {
        let extras = company.anomalies.iter().zip(&self.unusual);
        extras
            .filter(|(_, extra)| !extra.is_zero())
            .map(|(anomaly, extra)| {
                let resource = &company.resources[anomaly.resource];
                let usage = &company.usages[resource.usage];
                AnomalyTruth {
                    name: anomaly.name.to_owned(),
                    sub_account_id: company.accounts[resource.account].id.clone(),
                    service_name: usage.product.service_name.to_owned(),
                    usage_type: usage.usage_type.clone(),
                    resource_id: resource.id.clone(),
                    from_ms: anomaly.from * 1000,
                    until_ms: anomaly.until * 1000,
                    extra_cost: *extra,
                }
            })
            .collect()
    }

    /// What each wrong way to write a tag costs in the month.
    pub fn drift(&self, company: &Company) -> Vec<DriftTruth> {
        let cost = |value: &str| {
            let place = self.team_values.iter().position(|known| known == value);
            place.map_or_else(Amounts::default, |place| self.team_costs[place].1)
        };
        let drifts = company.drift.iter();
        drifts
            .map(|drift| DriftTruth {
                key: drift.key.clone(),
                value: drift.value.clone(),
                canonical: drift.canonical.clone(),
                amounts: cost(&drift.value),
            })
            .collect()
    }

    /// Where this version of the month differs from an earlier one.
    pub fn restated(&self, earlier: &Self, company: &Company) -> Vec<Restated> {
        let services = self.services.len();
        let pairs = earlier.cells.iter().zip(&self.cells).enumerate();
        pairs
            .filter(|(_, ((_, before), (_, after)))| {
                (before.billed, before.effective) != (after.billed, after.effective)
            })
            .map(|(place, ((_, before), (_, after)))| {
                let (row, service) = (place / services, place % services);
                let (day, account) = (row / self.accounts, row % self.accounts);
                Restated {
                    day_ms: (self.month.start() + day as i64 * DAY) * 1000,
                    sub_account_id: company.accounts[account].id.clone(),
                    service_name: self.services[service].1.to_owned(),
                    billed_before: before.billed,
                    billed_after: after.billed,
                    effective_before: before.effective,
                    effective_after: after.effective,
                }
            })
            .collect()
    }
}

fn count(sum: &mut (u64, Amounts), amounts: Amounts) {
    sum.0 += 1;
    sum.1 += amounts;
}

/// What kind of network cost a product is.
fn network_kind(key: &str) -> Option<&'static str> {
    Some(match key {
        "nat.hours" => "nat_hours",
        "nat.bytes" => "nat_bytes",
        "transfer.regional" => "cross_zone",
        "transfer.out" => "internet",
        "transfer.region" => "cross_region",
        "endpoint.hours" | "endpoint.bytes" => "vpc_endpoint",
        "transit.hours" | "transit.bytes" => "transit_gateway",
        _ => return None,
    })
}
