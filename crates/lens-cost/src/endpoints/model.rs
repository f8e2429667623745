//! Every hour priced, and the hours added up.

use super::choice::Choice;
use super::counts::{self, Counts};
use super::sample::{self, Sample, Vocabulary};
use crate::CostState;
use crate::allocation::Asked;
use crate::containers::hours::Hours;
use crate::containers::load::{self, Loaded, Wanted};
use crate::containers::settings::CostSettings;
use crate::containers::shared::{HourShare, Lacks};
use crate::costs::{CostError, Missing};
use hannun_allocation::containers::Weights;
use hannun_allocation::endpoints::DriverKind;
use hannun_allocation::endpoints::price::{
    self, DatabaseCost, HourCosts, PricedHour, Prices, UnitHour,
};
use hannun_allocation::endpoints::sums::{Unit, UnitSums};
use hannun_model::money::Money;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a unit costs over all hours.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UnitTotal {
    pub requests: f64,
    /// In the order of [`DriverKind::ALL`].
    pub drivers: [Money; 6],
    /// What others do for it.
    pub others: Money,
    /// What it would cost with other weights.
    pub alternatives: Vec<f64>,
    /// Sampling error as a part of the cost.
    pub relative_error: f64,
}

impl UnitTotal {
    pub fn direct(&self) -> Money {
        self.drivers.iter().copied().sum()
    }
}

/// What a service costs over all hours beside its requests.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServiceTotal {
    /// Health checks, what it does by itself, and work that no span tells of.
    pub non_request: Money,
    pub idle: Money,
}

/// The bill of some hours, down to what was asked.
#[derive(Debug)]
pub struct Model {
    pub hours: Hours,
    pub currency: String,
    pub weights: Weights,
    pub bill: Money,
    /// Requests only.
    pub units: BTreeMap<Unit, UnitTotal>,
    pub services: BTreeMap<u32, ServiceTotal>,
    /// What no service reserved.
    pub idle: Money,
    pub overhead: Money,
    pub unallocated: Money,
    /// What a load costs, by hour, for each of the weights; those that are used come first.
    pub prices: Vec<Vec<Prices>>,
    pub sample: Sample,
    pub counts: Counts,
    pub choice: Choice,
    /// How far the bill has come.
    pub bill_until_ms: Option<i64>,
    pub missing: Vec<Missing>,
}

/// Reads and prices some hours.
pub async fn model(state: &CostState, asked: &Asked, hours: Hours) -> Result<Model, CostError> {
    let settings = CostSettings::load(&state.ledger).await?;
    let choice = if is_billed(state, &hours) {
        Choice::of(&state.engine, &hours).await?
    } else {
        Choice::nothing(&hours)
    };
    let mut sample = sample::read(&state.engine, &hours, &choice).await?;
    let counts = counts::counts(&state.engine, &hours, &mut sample.vocabulary).await?;
    let wanted = Wanted {
        chosen: choice.sql(),
        databases: sample.vocabulary.databases.all().iter().map(ToString::to_string).collect(),
        services: sample.vocabulary.services.all().iter().cloned().collect(),
    };
    let loaded = load::load(state, asked, hours, wanted).await?;
    let priced = tokio::task::spawn_blocking(move || {
        Pricing::new(loaded, sample, counts, settings).finish(choice)
    });
    priced.await.map_err(|error| CostError::Inexact(error.to_string()))?
}

/// Whether any bill is about these hours. Without one nothing costs anything, and lists of services
/// that ask for costs as well should not make spans be read for that.
fn is_billed(state: &CostState, hours: &Hours) -> bool {
    state
        .lake
        .bills
        .view()
        .current()
        .map(|bill| &bill.record)
        .any(|bill| bill.period_start_ms < hours.to_ms() && hours.from_ms < bill.period_end_ms)
}

/// Prices hour after hour.
pub(crate) struct Pricing {
    loaded: Loaded,
    sample: Sample,
    counts: Counts,
    settings: CostSettings,
    by_service: BTreeMap<u32, UnitSums>,
    lacks: Lacks,
    /// What could not be split for lack of a load.
    lacking: BTreeSet<DriverKind>,
}

impl Pricing {
    pub(crate) fn new(
        loaded: Loaded,
        sample: Sample,
        counts: Counts,
        settings: CostSettings,
    ) -> Self {
        let by_service = price::by_service(&sample.sums.units);
        let (lacks, lacking) = (Lacks::default(), BTreeSet::new());
        Self { loaded, sample, counts, settings, by_service, lacks, lacking }
    }

    pub(crate) fn finish(mut self, choice: Choice) -> Result<Model, CostError> {
        let weights = self.settings.cpu_memory_weights;
        let charges = &self.loaded.inputs.charges;
        let mut model = Model {
            hours: self.loaded.inputs.hours,
            currency: charges.exchange.currency().to_owned(),
            weights,
            bill: Money::ZERO,
            units: BTreeMap::new(),
            services: BTreeMap::new(),
            idle: Money::ZERO,
            overhead: Money::ZERO,
            unallocated: Money::ZERO,
            prices: Vec::new(),
            sample: Sample::default(),
            counts: Counts::default(),
            choice,
            bill_until_ms: charges.until_ms,
            missing: Vec::new(),
        };
        for hour in 0..model.hours.count {
            self.add_hour(hour, weights, &mut model)?;
        }
        let others = Weights::ALTERNATIVES.into_iter().filter(|other| *other != weights);
        for other in others {
            self.add_alternative(other, &mut model)?;
        }
        for (unit, total) in &mut model.units {
            let counted = self.counts.requests.get(unit).copied().unwrap_or(0.0);
            let sums = self.sample.sums.units.get(unit);
            total.relative_error = sums.map_or(1.0, |sums| sums.relative_error(counted));
        }
        let parts = model.parts();
        if parts != model.bill {
            let message =
                format!("endpoints and the rest sum to {parts}, the bill to {}", model.bill);
            return Err(CostError::Inexact(message));
        }
        model.missing = self.missing();
        (model.sample, model.counts) = (self.sample, self.counts);
        Ok(model)
    }

    fn add_hour(
        &mut self,
        hour: usize,
        weights: Weights,
        model: &mut Model,
    ) -> Result<(), CostError> {
        let share = self.loaded.inputs.share_hour(hour, weights)?;
        let priced = self.price(hour, &share);
        self.lacks.join(share.lacks);
        self.lacking.extend(priced.unallocated.keys());
        model.bill += share.bill;
        model.idle += share.idle;
        model.overhead += share.overhead;
        model.unallocated += share.unallocated + priced.unallocated.values().copied().sum();
        for (service, idle) in &share.service_idle {
            let number = self.sample.vocabulary.services.number(service);
            model.services.entry(number).or_default().idle += *idle;
        }
        for (service, amount) in &priced.unexplained {
            model.services.entry(*service).or_default().non_request += *amount;
        }
        for (counted, cost) in self.counts.hours[hour].iter().zip(&priced.units) {
            if !self.is_request(counted) {
                let service = model.services.entry(counted.unit.service).or_default();
                service.non_request += cost.direct();
                continue;
            }
            let total = model.units.entry(counted.unit).or_default();
            total.requests += counted.requests;
            total.others += cost.others;
            for (sum, part) in total.drivers.iter_mut().zip(cost.drivers) {
                *sum += part;
            }
        }
        model.prices.push(vec![priced.prices]);
        Ok(())
    }

    fn add_alternative(&mut self, weights: Weights, model: &mut Model) -> Result<(), CostError> {
        let mut direct: BTreeMap<Unit, Money> = BTreeMap::new();
        for hour in 0..model.hours.count {
            let share = self.loaded.inputs.share_hour(hour, weights)?;
            let priced = self.price(hour, &share);
            for (counted, cost) in self.counts.hours[hour].iter().zip(&priced.units) {
                *direct.entry(counted.unit).or_default() += cost.direct();
            }
            model.prices[hour].push(priced.prices);
        }
        for (unit, total) in &mut model.units {
            let cost = direct.get(unit).copied().unwrap_or_default();
            total.alternatives.push(cost.to_f64());
        }
        Ok(())
    }

    fn price(&mut self, hour: usize, share: &HourShare) -> PricedHour {
        let services = &mut self.sample.vocabulary.services;
        let costs = HourCosts {
            services: share
                .services
                .iter()
                .map(|(name, costs)| (services.number(name), costs.clone()))
                .collect(),
            databases: share
                .databases
                .iter()
                .map(|(resource, cost)| self.loaded.database(resource, *cost))
                .collect(),
        };
        let units = &self.counts.hours[hour];
        price::price_hour(&costs, units, &self.sample.sums.units, &self.by_service)
    }

    fn is_request(&self, counted: &UnitHour) -> bool {
        let endpoint = self.sample.vocabulary.endpoints.name(counted.unit.endpoint);
        self.counts.is_request(counted.unit) && !self.settings.is_health_check(endpoint)
    }

    fn missing(&self) -> Vec<Missing> {
        let mut missing = load::missing(&self.loaded, self.lacks);
        if self.counts.requests.is_empty() {
            missing.push(Missing::new("spans", SPANS));
        }
        for kind in &self.lacking {
            let how = match kind {
                DriverKind::Network => BYTES,
                DriverKind::Database => DATABASES,
                DriverKind::Queue => MESSAGES,
                DriverKind::Call => CALLS,
                DriverKind::Cpu | DriverKind::Memory => continue,
            };
            missing.push(Missing::new(format!("{}_load", kind.name()), how));
        }
        if self.sample.cut > 0 {
            missing.push(Missing::new("traces", CUT));
        }
        missing
    }
}

const SPANS: &str = "no service sent spans in this time: without them a service's cost cannot be \
    split over what it was asked";
const BYTES: &str = "some transfer cannot be split over requests: let server spans tell \
    http.response.body.size and http.request.body.size";
const DATABASES: &str = "some databases are not named by any span: let client spans tell \
    server.address as the database is called in the bill";
const MESSAGES: &str = "a queue of a service costs, and none of its spans sends or takes messages: \
    instrument the client of the queue";
const CALLS: &str = "what some services pay by the call is unallocated: none of their spans calls \
    anybody outside";
const CUT: &str =
    "some hours have more spans than may be read at once, so their ends were left out";

impl Loaded {
    fn database(&self, resource: &Arc<str>, cost: Money) -> DatabaseCost {
        let databases = self.numbers.get(resource).cloned().unwrap_or_default();
        DatabaseCost { databases, cost }
    }
}

impl Model {
    /// The sum of all parts.
    fn parts(&self) -> Money {
        let units: Money = self.units.values().map(UnitTotal::direct).sum();
        let services: Money = self.services.values().map(|it| it.non_request + it.idle).sum();
        units + services + self.idle + self.overhead + self.unallocated
    }

    pub fn vocabulary(&self) -> &Vocabulary {
        &self.sample.vocabulary
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::containers::shared::tests::inputs;
    use crate::endpoints::sample::SpanRow;

    pub(crate) fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    fn row(id: &str, parent: Option<&str>, kind: &str, endpoint: &str) -> SpanRow {
        SpanRow {
            trace_id: id.to_owned(),
            span_id: id.to_owned(),
            parent_span_id: parent.map(str::to_owned),
            service: Some("order".to_owned()),
            endpoint: Some(endpoint.to_owned()),
            kind: Some(kind.to_owned()),
            start_ns: 5,
            duration_ns: Some(1_000_000_000),
            bytes: Some(100.0),
            ..SpanRow::default()
        }
    }

    /// The cluster of the containers' tests: `order` was asked 1200 times for 900 s of 1350 s that
    /// it worked, a fifth of it by health checks; one of two requests asks the database.
    pub(crate) fn modelled() -> Model {
        let mut query = row("q", Some("a"), "client", "");
        query.trace_id = "a".to_owned();
        query.peer_kind = Some("database".to_owned());
        query.address = Some("db".to_owned());
        query.duration_ns = Some(500_000_000);
        let rows = vec![
            row("a", None, "server", "POST /orders"),
            query,
            row("b", None, "server", "GET /orders"),
            row("c", None, "server", "GET /healthz"),
        ];
        let mut sample = Sample::default();
        sample.add(rows, &(0..1000));
        let vocabulary = &mut sample.vocabulary;
        let service = vocabulary.services.number("order");
        let mut counts = Counts { hours: vec![Vec::new(); 2], ..Counts::default() };
        counts.answering.insert(service);
        (counts.stored, counts.counted) = (3.0, 1200.0);
        for (endpoint, requests, seconds) in [
            ("POST /orders", 400.0, 720.0),
            ("GET /orders", 600.0, 360.0),
            ("GET /healthz", 200.0, 180.0),
        ] {
            let endpoint = vocabulary.endpoints.number(endpoint);
            let unit = Unit { service, endpoint, answers: true };
            counts.hours[0].push(UnitHour { unit, requests, duration_ns: seconds * 1e9 });
            counts.requests.insert(unit, requests);
        }
        let numbers = BTreeMap::from([(Arc::from("db"), vec![0])]);
        let loaded = Loaded { inputs: inputs(), numbers, left_out: 0 };
        let pricing = Pricing::new(loaded, sample, counts, CostSettings::default());
        pricing.finish(Choice::among(4, 2)).unwrap()
    }

    pub(crate) fn total<'a>(model: &'a Model, endpoint: &str) -> &'a UnitTotal {
        let number = model.vocabulary().endpoints.find(endpoint).unwrap();
        model.units.iter().find(|(unit, _)| unit.endpoint == number).unwrap().1
    }

    #[test]
    fn the_bill_is_split_over_what_was_asked_and_nothing_is_lost() {
        let model = modelled();
        assert_eq!((model.bill, model.parts()), (money("12.29"), money("12.29")));
        // Spans worked 360 + 360 + 180 of 1350 seconds; the processor cost 0.03375.
        let [cpu, memory, network, database, ..] = total(&model, "POST /orders").drivers;
        assert_eq!((cpu, database), (money("0.009"), money("7")));
        // Memory by the time in which a request is held: 720 of 1260 seconds of 0.0075.
        assert_eq!(memory.units() / 1_000_000, money("0.004285714285").units() / 1_000_000);
        // Bytes by request: 720, 360 and 180 times 100.
        assert_eq!(network.units() / 1_000_000, money("0.012857142857").units() / 1_000_000);
        assert_eq!(total(&model, "GET /orders").drivers[0], money("0.009"));
        let service = model.vocabulary().services.find("order").unwrap();
        // A third of the work left no span, and health checks are nobody's request.
        assert!(model.services[&service].non_request > money("0.01125") + money("0.0045"));
        assert!(
            !model
                .units
                .keys()
                .any(|unit| { model.vocabulary().endpoints.name(unit.endpoint) == "GET /healthz" })
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let model = modelled();
        let missing: Vec<&str> = model.missing.iter().map(|it| it.what.as_str()).collect();
        assert_eq!(
            missing,
            ["bill_end", "container_metrics", "host_usage", "network_load", "call_load"]
        );
    }

    #[test]
    fn other_weights_give_other_costs() {
        let model = modelled();
        let total = total(&model, "GET /orders");
        assert_eq!(total.alternatives.len(), 3);
        assert!(total.alternatives.iter().any(|cost| *cost < total.direct().to_f64()));
        assert_eq!(model.prices[0].len(), 4);
    }
}
