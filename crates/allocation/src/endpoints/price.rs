//! The costs of an hour, split over what was asked in it.
//!
//! How much of each load a request of an endpoint makes is known from the traces that were read;
//! how many requests there were and how long they took is known from counts of all of them. So the
//! load of an endpoint in an hour is its counted time multiplied by load per time of its traces (a
//! ratio estimator): sampling by senders and by this reading cancels out.

use super::drivers::{DriverKind, Drivers};
use super::sums::{Unit, UnitSums};
use hannun_model::money::Money;
use std::collections::{BTreeMap, HashMap};

const NS_PER_SECOND: f64 = 1e9;

/// What a service costs in an hour, idle apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServiceCosts {
    pub cpu: Money,
    pub memory: Money,
    pub network: Money,
    /// Of databases that are its own.
    pub database: Money,
    pub queue: Money,
    pub call: Money,
    /// Processor time of its containers; `None` when no metric tells.
    pub cpu_seconds: Option<f64>,
}

impl ServiceCosts {
    fn of(&self, kind: DriverKind) -> Money {
        match kind {
            DriverKind::Cpu => self.cpu,
            DriverKind::Memory => self.memory,
            DriverKind::Network => self.network,
            DriverKind::Queue => self.queue,
            DriverKind::Call => self.call,
            DriverKind::Database => self.database,
        }
    }

    /// The amount of one driver, to add to.
    pub fn of_mut(&mut self, kind: DriverKind) -> &mut Money {
        match kind {
            DriverKind::Cpu => &mut self.cpu,
            DriverKind::Memory => &mut self.memory,
            DriverKind::Network => &mut self.network,
            DriverKind::Database => &mut self.database,
            DriverKind::Queue => &mut self.queue,
            DriverKind::Call => &mut self.call,
        }
    }

    pub fn total(&self) -> Money {
        DriverKind::ALL.into_iter().map(|kind| self.of(kind)).sum()
    }
}

/// What a database costs in an hour.
#[derive(Debug, Clone, PartialEq)]
pub struct DatabaseCost {
    /// The numbers under which spans talk to it.
    pub databases: Vec<u32>,
    pub cost: Money,
}

/// Everything that may be charged to what was asked in an hour.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HourCosts {
    pub services: BTreeMap<u32, ServiceCosts>,
    pub databases: Vec<DatabaseCost>,
}

impl HourCosts {
    pub fn total(&self) -> Money {
        let services: Money = self.services.values().map(ServiceCosts::total).sum();
        services + self.databases.iter().map(|it| it.cost).sum()
    }
}

/// What was counted of a unit in an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitHour {
    pub unit: Unit,
    pub requests: f64,
    pub duration_ns: f64,
}

/// What a unit costs in an hour.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UnitCost {
    /// In the order of [`DriverKind::ALL`].
    pub drivers: [Money; 6],
    /// What others do for it.
    pub others: Money,
}

impl UnitCost {
    pub fn direct(&self) -> Money {
        self.drivers.iter().copied().sum()
    }
}

/// Costs of one unit of a load, in the currency: what a single span is charged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prices {
    /// By service, in the order of [`DriverKind::ALL`].
    pub services: BTreeMap<u32, [f64; 6]>,
    pub databases: BTreeMap<u32, f64>,
}

impl Prices {
    /// What a load of a service costs.
    pub fn of(&self, service: u32, load: &Drivers) -> f64 {
        let own = self.services.get(&service).map_or(0.0, |prices| {
            let of = |(kind, price): (DriverKind, &f64)| load.of(kind) * price;
            DriverKind::ALL.into_iter().zip(prices).map(of).sum()
        });
        let price = |database: &u32| self.databases.get(database).copied().unwrap_or(0.0);
        own + load.database_ns.iter().map(|(database, ns)| ns * price(database)).sum::<f64>()
    }
}

/// The costs of an hour in parts that sum to them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PricedHour {
    /// One for each unit, in their order.
    pub units: Vec<UnitCost>,
    /// By service: what its work costs that no span tells of.
    pub unexplained: BTreeMap<u32, Money>,
    /// What cannot be split for lack of a load, by driver: bytes that no span tells, a database
    /// that no span names.
    pub unallocated: BTreeMap<DriverKind, Money>,
    pub prices: Prices,
}

impl PricedHour {
    pub fn total(&self) -> Money {
        let units: Money = self.units.iter().map(UnitCost::direct).sum();
        let unexplained: Money = self.unexplained.values().copied().sum();
        units + unexplained + self.unallocated.values().copied().sum()
    }
}

/// Splits the costs of an hour. What comes out sums to what went in exactly.
pub fn price_hour(
    costs: &HourCosts,
    units: &[UnitHour],
    sums: &HashMap<Unit, UnitSums>,
    services: &BTreeMap<u32, UnitSums>,
) -> PricedHour {
    let loads: Vec<Drivers> = units.iter().map(|it| load_of(it, sums, services)).collect();
    let mut priced =
        PricedHour { units: vec![UnitCost::default(); units.len()], ..PricedHour::default() };
    let mut by_service: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, unit) in units.iter().enumerate() {
        by_service.entry(unit.unit.service).or_default().push(index);
    }
    for (service, cost) in &costs.services {
        let members = by_service.get(service).map_or(&[][..], Vec::as_slice);
        split_service(*service, cost, members, &loads, &mut priced);
    }
    for database in &costs.databases {
        split_database(database, &loads, &mut priced);
    }
    for (index, unit) in units.iter().enumerate() {
        let Some((sums, factor)) = sums.get(&unit.unit).and_then(|it| scaled(unit, it)) else {
            continue;
        };
        let others: f64 = sums
            .reach
            .iter()
            .map(|(service, load)| priced.prices.of(*service, load) * factor)
            .sum();
        priced.units[index].others = Money::from_f64(others).unwrap_or_default();
    }
    priced
}

/// What all units of each service come to: stands in for those that no read trace tells of.
pub fn by_service(sums: &HashMap<Unit, UnitSums>) -> BTreeMap<u32, UnitSums> {
    let mut services: BTreeMap<u32, UnitSums> = BTreeMap::new();
    for (unit, sums) in sums {
        let all = services.entry(unit.service).or_default();
        all.spans += sums.spans;
        all.count += sums.count;
        all.duration_ns += sums.duration_ns;
        all.own += &sums.own;
    }
    services
}

/// Sums of read traces, and by what they are multiplied to stand for an hour of a unit.
fn scaled<'a>(unit: &UnitHour, sums: &'a UnitSums) -> Option<(&'a UnitSums, f64)> {
    let factor = if sums.duration_ns > 0.0 {
        unit.duration_ns / sums.duration_ns
    } else {
        unit.requests / sums.count
    };
    (factor.is_finite() && factor >= 0.0).then_some((sums, factor))
}

fn load_of(
    unit: &UnitHour,
    sums: &HashMap<Unit, UnitSums>,
    services: &BTreeMap<u32, UnitSums>,
) -> Drivers {
    let own = sums.get(&unit.unit).and_then(|it| scaled(unit, it));
    let found = own.or_else(|| services.get(&unit.unit.service).and_then(|it| scaled(unit, it)));
    let Some((sums, factor)) = found else {
        // Nothing of the service was read: all its time counts.
        let time = unit.duration_ns.max(0.0);
        return Drivers { cpu_ns: time, memory_ns: time, ..Drivers::default() };
    };
    let mut load = Drivers::default();
    load.add(&sums.own, factor);
    load
}

fn split_service(
    service: u32,
    cost: &ServiceCosts,
    members: &[usize],
    loads: &[Drivers],
    priced: &mut PricedHour,
) {
    let mut prices = [0.0; 6];
    for (at, kind) in DriverKind::ALL.into_iter().enumerate() {
        let amount = cost.of(kind);
        if amount.is_zero() {
            continue;
        }
        let mut weights: Vec<f64> = members.iter().map(|it| loads[*it].of(kind)).collect();
        let known: f64 = weights.iter().sum();
        let beyond = match (kind, cost.cpu_seconds) {
            (DriverKind::Cpu, Some(seconds)) => (seconds * NS_PER_SECOND - known).max(0.0),
            _ => 0.0,
        };
        if known <= 0.0 && !matches!(kind, DriverKind::Cpu | DriverKind::Memory) {
            *priced.unallocated.entry(kind).or_default() += amount;
            continue;
        }
        // A service that nobody asked anything still costs.
        weights.push(if known + beyond > 0.0 { beyond } else { 1.0 });
        let parts = amount.split(&weights);
        let mut explained = Money::ZERO;
        for (member, part) in members.iter().zip(&parts) {
            priced.units[*member].drivers[at] += *part;
            explained += *part;
        }
        *priced.unexplained.entry(service).or_default() += amount - explained;
        if known > 0.0 {
            prices[at] = explained.to_f64() / known;
        }
    }
    priced.prices.services.insert(service, prices);
}

fn split_database(database: &DatabaseCost, loads: &[Drivers], priced: &mut PricedHour) {
    let at = DriverKind::ALL.iter().position(|it| *it == DriverKind::Database).unwrap_or(0);
    let of = |load: &Drivers| {
        let ns = |it: &u32| load.database_ns.get(it).copied().unwrap_or(0.0);
        database.databases.iter().map(ns).sum::<f64>()
    };
    let weights: Vec<f64> = loads.iter().map(of).collect();
    let known: f64 = weights.iter().sum();
    if known <= 0.0 {
        *priced.unallocated.entry(DriverKind::Database).or_default() += database.cost;
        return;
    }
    for (unit, part) in priced.units.iter_mut().zip(database.cost.split(&weights)) {
        unit.drivers[at] += part;
    }
    for number in &database.databases {
        *priced.prices.databases.entry(*number).or_default() += database.cost.to_f64() / known;
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::tests::span;
    use super::super::trace::{Peer, SpanKind, places};
    use super::*;
    use crate::endpoints::sums::Sums;
    use proptest::prelude::*;

    const WEB: Unit = Unit { service: 0, endpoint: 0, answers: true };
    const API: Unit = Unit { service: 1, endpoint: 10, answers: true };

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    /// A request of 100 ns to the web service, which works 50 and waits 50 for another, which works
    /// 20 and asks a database for 10.
    fn sums() -> Sums {
        let mut query = span("d", Some("c"), (1, SpanKind::Client), (25, 10));
        query.peer = Some(Peer::Database(3));
        let spans = [
            span("a", None, (0, SpanKind::Server), (0, 100)),
            span("b", Some("a"), (0, SpanKind::Client), (10, 50)),
            span("c", Some("b"), (1, SpanKind::Server), (20, 30)),
            query,
        ];
        let mut sums = Sums::default();
        sums.add(&spans, &places(&spans), 0..1000);
        sums
    }

    fn hour(unit: Unit, requests: f64, duration_ns: f64) -> UnitHour {
        UnitHour { unit, requests, duration_ns }
    }

    fn priced(costs: &HourCosts, units: &[UnitHour]) -> PricedHour {
        let sums = sums();
        let priced = price_hour(costs, units, &sums.units, &by_service(&sums.units));
        assert_eq!(priced.total(), costs.total());
        priced
    }

    fn costs() -> HourCosts {
        let web = ServiceCosts { cpu: money("1"), memory: money("0.5"), ..ServiceCosts::default() };
        let api =
            ServiceCosts { cpu: money("2"), network: money("0.25"), ..ServiceCosts::default() };
        let database = DatabaseCost { databases: vec![3, 4], cost: money("8") };
        HourCosts { services: [(0, web), (1, api)].into(), databases: vec![database] }
    }

    #[test]
    fn an_endpoint_bears_its_service_and_reaches_the_others() {
        // Ten requests were counted where one was read; the database is asked by nobody else.
        let found = priced(&costs(), &[hour(WEB, 10.0, 1000.0), hour(API, 10.0, 300.0)]);
        let [cpu, memory, _, database, ..] = found.units[0].drivers;
        assert_eq!((cpu, memory, database), (money("1"), money("0.5"), Money::ZERO));
        assert_eq!(found.units[1].direct(), money("10"));
        assert_eq!(found.units[0].others, money("10"));
        assert_eq!(found.unallocated, [(DriverKind::Network, money("0.25"))].into());
        // One request costs a tenth of all.
        assert!((found.prices.of(0, &sums().units[&WEB].own) - 0.15).abs() < 1e-9);
    }

    #[test]
    fn processor_time_beyond_that_of_spans_is_work_that_nobody_asked_for() {
        let mut costs = costs();
        // The web service worked 2000 ns, of which spans tell 500.
        costs.services.get_mut(&0).unwrap().cpu_seconds = Some(2e-6);
        let found = priced(&costs, &[hour(WEB, 10.0, 1000.0), hour(API, 10.0, 300.0)]);
        assert_eq!(found.units[0].drivers[0], money("0.25"));
        assert_eq!(found.unexplained[&0], money("0.75"));
        // Spans that tell more than was measured waited part of their time: they share all of it.
        costs.services.get_mut(&0).unwrap().cpu_seconds = Some(1e-9);
        let found = priced(&costs, &[hour(WEB, 10.0, 1000.0)]);
        assert_eq!(found.units[0].drivers[0], money("1"));
    }

    #[test]
    fn a_service_that_is_asked_nothing_and_a_database_that_nobody_names_are_told_apart() {
        let found = priced(&costs(), &[]);
        assert_eq!(found.unexplained, [(0, money("1.5")), (1, money("2"))].into());
        let expected =
            [(DriverKind::Network, money("0.25")), (DriverKind::Database, money("8"))].into();
        assert_eq!(found.unallocated, expected);
    }

    #[test]
    fn an_endpoint_without_a_read_trace_is_like_the_others_of_its_service() {
        let rare = Unit { service: 0, endpoint: 99, answers: true };
        let found = priced(&costs(), &[hour(WEB, 10.0, 300.0), hour(rare, 1.0, 100.0)]);
        assert_eq!(found.units[0].drivers[0], money("0.75"));
        assert_eq!(found.units[1].drivers[0], money("0.25"));
    }

    proptest! {
        #[test]
        fn whatever_is_charged_sums_to_the_costs(
            amounts in proptest::collection::vec((0i128..1_000_000_000_000_000, 0i128..1_000_000_000, 0.0f64..1e-3), 2),
            database in 0i128..1_000_000_000_000_000,
            hours in proptest::collection::vec((0u32..3, 0u32..20, 0.0f64..100.0, -5.0f64..1e6), 0..12),
        ) {
            let service = |it: &(i128, i128, f64)| ServiceCosts {
                cpu: Money::from_units(it.0),
                memory: Money::from_units(it.1),
                network: Money::from_units(it.1),
                database: Money::from_units(it.1),
                queue: Money::from_units(1),
                call: Money::from_units(it.0),
                cpu_seconds: (it.2 > 5e-4).then_some(it.2),
            };
            let costs = HourCosts {
                services: amounts.iter().enumerate().map(|(at, it)| (at as u32, service(it))).collect(),
                databases: vec![DatabaseCost { databases: vec![3], cost: Money::from_units(database) }],
            };
            let units: Vec<_> = hours.into_iter().map(|it| hour(Unit { service: it.0, endpoint: it.1, answers: true }, it.2, it.3)).collect();
            priced(&costs, &units);
        }
    }
}
