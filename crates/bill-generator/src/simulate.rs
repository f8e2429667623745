//! A month of charges, one after the other, in the order of time.

use crate::calendar::{DAY, HOUR, Month};
use crate::chance::Chance;
use crate::charge::{Charge, Details, Kind, ReservationFee};
use crate::company::{Company, Resource};
use crate::ledger::Ledger;
use crate::price::{Quantity, to_cents};
use crate::products::{Cadence, Commitment, SUPPORT};
use crate::{GenerateError, shape, split};
use hannun_model::money::Money;

/// Tax on what is used and paid for, in percent, and the share that support asks.
const TAX_PERCENT: i64 = 10;
const SUPPORT_PERCENT: i64 = 3;
/// Seconds before the end of a period that a first version of its bill does not know about one
/// account.
const LATE: i64 = 6 * HOUR;
/// Days of the month for which a first version has the wrong price of traffic to the internet.
const MISPRICED: std::ops::Range<i64> = 11..14;
const MISPRICED_FACTOR: f64 = 0.9;

/// Which version of a period's bill is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// Before the invoice: some of it is late, some of it wrong.
    Draft,
    Final,
}

/// What a month is made with.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    pub company: &'a Company,
    pub month: Month,
    /// When the first period of all begins.
    pub since: i64,
    /// Nothing after this is known yet.
    pub until: i64,
    pub version: Version,
}

/// Takes the charges of a month. What is refused ends the month.
pub trait Sink {
    fn take(&mut self, charge: Charge) -> Result<(), GenerateError>;
}

struct Simulation<'a, S> {
    run: Run<'a>,
    ledger: &'a mut Ledger,
    sink: &'a mut S,
    /// Seeds of the resources' noise.
    chances: Vec<Chance>,
    /// What each Savings Plan has left in this hour, and what it negates, by account and usage.
    left: Vec<Money>,
    negated: Vec<Money>,
    negated_list: Vec<(usize, usize, usize)>,
    reserved_hours: Vec<i64>,
    /// What each node costs in this hour.
    node_costs: Vec<Money>,
}

/// Makes a month.
///
/// # Errors
/// The sink's.
pub fn month<S: Sink>(
    run: Run<'_>,
    ledger: &mut Ledger,
    sink: &mut S,
) -> Result<(), GenerateError> {
    let company = run.company;
    let chance = company.chance().named("use");
    Simulation {
        run,
        ledger,
        sink,
        chances: (0..company.resources.len()).map(|place| chance.about(place as u64)).collect(),
        left: vec![Money::ZERO; company.savings_plans.len()],
        negated: vec![Money::ZERO; company.accounts.len() * company.usages.len()],
        negated_list: Vec::new(),
        reserved_hours: vec![0; company.reservations.len()],
        node_costs: vec![Money::ZERO; company.nodes.len()],
    }
    .play()
}

impl<S: Sink> Simulation<'_, S> {
    fn play(&mut self) -> Result<(), GenerateError> {
        let end = self.run.month.end().min(self.run.until);
        let mut start = self.run.month.start();
        while start + HOUR <= end {
            self.hour(start)?;
            start += HOUR;
        }
        if start > self.run.month.start() {
            self.reservation_fees(start)?;
            self.taxes_and_fees()?;
        }
        Ok(())
    }

    fn emit(&mut self, charge: Charge) -> Result<(), GenerateError> {
        self.ledger.add(self.run.company, &charge);
        self.sink.take(charge)
    }

    fn hour(&mut self, start: i64) -> Result<(), GenerateError> {
        let company = self.run.company;
        for (left, plan) in self.left.iter_mut().zip(&company.savings_plans) {
            *left = plan.hourly.money();
        }
        for (place, resource) in company.resources.iter().enumerate() {
            let cadence = company.usages[resource.usage].product.cadence;
            let is_due = cadence == Cadence::Hourly || start.rem_euclid(DAY) == 0;
            if is_due && !self.is_late(resource, start) {
                self.use_resource(place, resource, start)?;
            }
        }
        self.negate(start)?;
        for place in 0..company.savings_plans.len() {
            self.plan_fee(place, start)?;
        }
        for place in 0..company.nodes.len() {
            let cost = std::mem::take(&mut self.node_costs[place]);
            for charge in split::charges(company, place, start, cost) {
                self.emit(charge)?;
            }
        }
        Ok(())
    }

    /// The last hours of one account come late: a draft does not have them.
    fn is_late(&self, resource: &Resource, start: i64) -> bool {
        self.run.version == Version::Draft
            && resource.account + 1 == self.run.company.accounts.len()
            && start >= self.run.month.end() - LATE
    }

    fn use_resource(
        &mut self,
        place: usize,
        resource: &Resource,
        start: i64,
    ) -> Result<(), GenerateError> {
        let company = self.run.company;
        let usage = &company.usages[resource.usage];
        let ordinary = shape::used(&resource.used, self.chances[place], start, self.run.since);
        let quantity = self.unusual(place, start, ordinary);
        if quantity.0 == 0 {
            return Ok(());
        }
        let mut price = usage.on_demand;
        let day = (start - self.run.month.start()) / DAY;
        if self.run.version == Version::Draft
            && usage.product.key == "transfer.out"
            && MISPRICED.contains(&day)
        {
            price = price.times(MISPRICED_FACTOR);
        }
        let list = price.cost(quantity);
        let length = if usage.product.cadence == Cadence::Daily { DAY } else { HOUR };
        let mut charge = Charge {
            kind: Kind::Usage,
            account: resource.account,
            usage: resource.usage,
            resource: Some(place),
            start,
            end: start + length,
            quantity: quantity.money(),
            rate: price.money(),
            billed: list,
            effective: list,
            list,
            details: Details::None,
        };
        self.discount(&mut charge, resource, quantity);
        if let Some(node) = resource.node {
            self.node_costs[node] += charge.effective;
        }
        if quantity != ordinary {
            let extra = list - price.cost(ordinary);
            self.ledger.add_unusual(company, place, start, extra);
        }
        self.emit(charge)
    }

    fn unusual(&self, place: usize, start: i64, ordinary: Quantity) -> Quantity {
        let found = self.run.company.anomalies.iter().find(|anomaly| {
            anomaly.resource == place && (anomaly.from..anomaly.until).contains(&start)
        });
        match found {
            None => ordinary,
            Some(anomaly) if ordinary.0 == 0 => Quantity::ONE.times(anomaly.factor),
            Some(anomaly) => ordinary.times(anomaly.factor),
        }
    }

    /// Lets a reservation or a Savings Plan take the charge, where one has room for it.
    fn discount(&mut self, charge: &mut Charge, resource: &Resource, quantity: Quantity) {
        let usage = &self.run.company.usages[resource.usage];
        if let Some(reservation) = resource.reservation {
            let terms = &self.run.company.reservations[reservation];
            let (upfront, recurring) =
                (terms.upfront.cost(quantity), terms.recurring.cost(quantity));
            self.reserved_hours[reservation] += 1;
            charge.kind = Kind::DiscountedUsage;
            charge.billed = Money::ZERO;
            charge.effective = upfront + recurring;
            charge.details = Details::Reserved { reservation, upfront, recurring };
            return;
        }
        if usage.product.commitment != Commitment::SavingsPlan {
            return;
        }
        let effective = usage.committed.cost(quantity);
        let Some(plan) = self.left.iter().position(|left| *left >= effective) else { return };
        self.left[plan] -= effective;
        charge.kind = Kind::SavingsPlanCoveredUsage;
        charge.effective = effective;
        charge.details = Details::Covered { plan, rate: usage.committed.money() };
        let slot = charge.account * self.run.company.usages.len() + charge.usage;
        if self.negated[slot].is_zero() {
            self.negated_list.push((charge.account, charge.usage, plan));
        }
        self.negated[slot] += charge.billed;
    }

    /// What Savings Plans cover is billed and taken back, once an hour for each account and usage.
    fn negate(&mut self, start: i64) -> Result<(), GenerateError> {
        for (account, usage, plan) in std::mem::take(&mut self.negated_list) {
            let slot = account * self.run.company.usages.len() + usage;
            let amount = std::mem::take(&mut self.negated[slot]);
            self.emit(Charge {
                kind: Kind::SavingsPlanNegation,
                account,
                usage,
                resource: None,
                start,
                end: start + HOUR,
                quantity: Quantity::ONE.money(),
                rate: -amount,
                billed: -amount,
                effective: Money::ZERO,
                list: Money::ZERO,
                details: Details::Covered { plan, rate: Money::ZERO },
            })?;
        }
        Ok(())
    }

    fn plan_fee(&mut self, place: usize, start: i64) -> Result<(), GenerateError> {
        let plan = &self.run.company.savings_plans[place];
        let commitment = plan.hourly.money();
        let used = commitment - self.left[place];
        self.emit(Charge {
            kind: Kind::SavingsPlanRecurringFee,
            account: plan.account,
            usage: plan.usage,
            resource: None,
            start,
            end: start + HOUR,
            quantity: Quantity::ONE.money(),
            rate: commitment,
            billed: commitment,
            effective: self.left[place],
            list: Money::ZERO,
            details: Details::PlanFee { plan: place, commitment, used },
        })
    }

    /// The fees of the month, on its first day, though what was not used is known at its end only.
    fn reservation_fees(&mut self, known_until: i64) -> Result<(), GenerateError> {
        let company = self.run.company;
        let (start, end) = (self.run.month.start(), self.run.month.end());
        for (place, terms) in company.reservations.iter().enumerate() {
            let reserved_hours = (known_until - start) / HOUR * terms.count as i64;
            let unused_hours = reserved_hours - self.reserved_hours[place];
            let hours = |number: i64| Quantity(number * Quantity::ONE.0);
            let unused_recurring = terms.recurring.cost(hours(unused_hours));
            let unused_upfront = terms.upfront.cost(hours(unused_hours));
            let fee = terms.recurring.cost(hours(reserved_hours));
            self.emit(Charge {
                kind: Kind::RIFee,
                account: terms.account,
                usage: terms.usage,
                resource: None,
                start,
                end,
                quantity: hours(reserved_hours).money(),
                rate: terms.recurring.money(),
                billed: fee,
                effective: unused_recurring + unused_upfront,
                list: Money::ZERO,
                details: Details::ReservationFee(Box::new(ReservationFee {
                    reservation: place,
                    reserved_hours,
                    unused_hours,
                    unused_recurring,
                    unused_upfront,
                    amortized_upfront: terms.upfront.cost(hours(reserved_hours)),
                })),
            })?;
        }
        Ok(())
    }

    /// Support, tax by account and service, a credit and a refund.
    fn taxes_and_fees(&mut self) -> Result<(), GenerateError> {
        let company = self.run.company;
        let due = self.ledger.taxed();
        let whole: Money = due.iter().map(|(_, _, amount)| *amount).sum();
        let support = percent(whole, SUPPORT_PERCENT);
        let flat = |kind, account, usage, amount, details| (kind, account, usage, amount, details);
        let mut rows = Vec::new();
        if let Some(usage) = company.usages.iter().position(|it| it.product.key == SUPPORT.key) {
            rows.push(flat(Kind::Fee, 0, usage, support, Details::None));
        }
        for (account, usage, amount) in due {
            rows.push(flat(Kind::Tax, account, usage, percent(amount, TAX_PERCENT), Details::None));
        }
        let compute = company.usages.iter().position(|it| it.product.key == "ec2.m6i.large");
        if let (Some(usage), true) = (compute, company.accounts.len() > 5) {
            let credit = -percent(whole, 2);
            let because = Details::Because("Credit for taking part in a programme of migration");
            rows.push(flat(Kind::Credit, 0, usage, credit, because));
            let refund = -to_cents(company.dollars(37.21).money());
            let because = Details::Because("Refund after a disturbance of the service");
            rows.push(flat(Kind::Refund, 5, usage, refund, because));
        }
        for (kind, account, usage, amount, details) in rows {
            if amount.is_zero() {
                continue;
            }
            self.emit(Charge {
                kind,
                account,
                usage,
                resource: None,
                start: self.run.month.start(),
                end: self.run.month.end(),
                quantity: Quantity::ONE.money(),
                rate: amount,
                billed: amount,
                effective: amount,
                list: Money::ZERO,
                details,
            })?;
        }
        Ok(())
    }
}

fn percent(amount: Money, percent: i64) -> Money {
    to_cents(Money::from_units(amount.units() * i128::from(percent) / 100))
}
