//! The overview: the month so far, who spends it, what changed, and how far to trust it.
//!
//! The month is the one of the last charge that any bill has, so that an old bill has an overview
//! too. It is compared with the same days of the month before.

mod answer;
mod bills;

pub use answer::*;

use crate::CostState;
use crate::costs::period::{month_earlier, now_ms};
use crate::costs::{
    Answer, CostError, Filter, Granularity, Key, Metric, Period, Question, Row, ask, metric_of,
};
use crate::currency::Currencies;
use crate::explorer::share;
use crate::rules;
use hannun_allocation::{Dimension, Rules};
use hannun_model::limits::COST_OVERVIEW_ROWS_MAX;
use hannun_model::money::Money;
use std::collections::BTreeMap;

const DAY_MS: i64 = 86_400_000;
/// Days of the chart.
const DAYS_SHOWN: i64 = 60;
/// The virtual tag, or tag, that says whose costs are.
const TEAM: &str = "team";
/// Virtual tags whose coverage is told.
const TAGS_TOLD_MAX: usize = 3;

/// The overview for a user.
///
/// # Errors
/// When a name is unknown, and when an exchange rate is missing.
pub async fn overview(
    state: &CostState,
    metric: Option<&str>,
    currency: Option<&str>,
    user: Option<&str>,
) -> Result<Overview, CostError> {
    let metric = metric_of(metric)?;
    let rules = rules::load(state).await?;
    let currencies = Currencies::load(&state.ledger, currency, user).await?;
    let bills = bills::Bills::read(&state.engine).await?;
    let until_ms = bills.last_charge_ms(&state.engine).await?;
    let Some(until_ms) = until_ms.map(|last_ms| last_ms - last_ms % DAY_MS + DAY_MS) else {
        return Ok(Overview::empty(metric, now_ms()));
    };
    let asking = Asking::new(state, rules, currencies, metric, until_ms);
    let (days, views) = tokio::try_join!(asking.days(), asking.views())?;
    let (teams, movers, coverage) =
        tokio::try_join!(asking.teams(), asking.movers(), asking.coverage())?;
    let (commitments, network) = tokio::try_join!(asking.commitments(), asking.network())?;
    let exchange = &days.exchange;
    let mut missing = days.missing.clone();
    missing.dedup();
    Ok(Overview {
        has_data: true,
        currency: exchange.currency().to_owned(),
        metric: metric.name(),
        month: asking.month(&days),
        days: asking.shown_days(&days),
        teams,
        movers,
        coverage,
        restatements: bills.restatements(&state.engine, metric, &asking.currencies).await?,
        sources: bills.sources(now_ms()),
        views,
        commitments,
        network,
        rates: exchange.rates(),
        missing,
    })
}

/// One overview in the making.
struct Asking<'a> {
    state: &'a CostState,
    rules: Rules,
    currencies: Currencies,
    metric: Metric,
    /// All of the month, and what of it has charges.
    month: Period,
    so_far: Period,
    /// The same days of the month before.
    same_days: Period,
    last_month: Period,
    /// What the chart shows.
    shown: Period,
}

impl<'a> Asking<'a> {
    fn new(
        state: &'a CostState,
        rules: Rules,
        currencies: Currencies,
        metric: Metric,
        until_ms: i64,
    ) -> Self {
        let month = Period::month(until_ms - 1);
        let so_far = Period { from_ms: month.from_ms, to_ms: until_ms };
        let last_month = month.before();
        // Of a month that is whole the one before is whole too, however long they are.
        let same_until = if until_ms == month.to_ms {
            last_month.to_ms
        } else {
            month_earlier(until_ms - DAY_MS) + DAY_MS
        };
        let same_days = Period { from_ms: last_month.from_ms, to_ms: same_until };
        let shown = Period { from_ms: until_ms - DAYS_SHOWN * DAY_MS, to_ms: until_ms };
        Self { state, rules, currencies, metric, month, so_far, same_days, last_month, shown }
    }

    async fn ask(&self, question: Question, compares: bool) -> Result<Answer, CostError> {
        let before = compares.then_some(self.same_days);
        ask(&self.state.engine, &self.rules, &self.currencies, &question, before).await
    }

    fn so_far_by(&self, key: Key) -> Question {
        Question::total(self.so_far, self.metric).by([key])
    }

    /// Kinds of charges by day, since the month before or longer.
    async fn days(&self) -> Result<Answer, CostError> {
        let from_ms = self.last_month.from_ms.min(self.shown.from_ms);
        let period = Period { from_ms, to_ms: self.so_far.to_ms };
        let question = Question {
            granularity: Granularity::Day,
            ..Question::total(period, self.metric).by([Key::Dimension(Dimension::Charge)])
        };
        self.ask(question, false).await
    }

    fn month(&self, days: &Answer) -> Month {
        let of = |points: &[Money], period: Period| -> Money {
            let within = |at: &i64| (period.from_ms..period.to_ms).contains(at);
            let both = days.parts.iter().zip(points);
            both.filter(|(at, _)| within(at)).map(|(_, amount)| *amount).sum()
        };
        let charge = |row: &Row| ChargeTotal {
            charge: row.keys.first().cloned().flatten().unwrap_or_default(),
            total: of(&row.points, self.so_far),
        };
        Month {
            from_ms: self.month.from_ms,
            to_ms: self.month.to_ms,
            data_until_ms: self.so_far.to_ms,
            so_far: of(&days.points, self.so_far),
            same_days_last_month: of(&days.points, self.same_days),
            last_month: of(&days.points, self.last_month),
            charges: days.rows.iter().map(charge).filter(|it| !it.total.is_zero()).collect(),
        }
    }

    fn shown_days(&self, days: &Answer) -> Vec<DayTotal> {
        let of = |(day_ms, total): (&i64, &Money)| DayTotal { day_ms: *day_ms, total: *total };
        let all = days.parts.iter().zip(&days.points).map(of);
        all.filter(|day| day.day_ms >= self.shown.from_ms).collect()
    }

    fn team(&self) -> Dimension {
        match self.rules.tag(TEAM) {
            Some(_) => Dimension::Virtual(TEAM.to_owned()),
            None => Dimension::Tag(TEAM.to_owned()),
        }
    }

    async fn teams(&self) -> Result<Teams, CostError> {
        let tag = self.team();
        let question = Question {
            rows_max: COST_OVERVIEW_ROWS_MAX,
            ..self.so_far_by(Key::Dimension(tag.clone()))
        };
        let answer = self.ask(question, true).await?;
        let row = |row: Row| TeamTotal {
            value: row.keys.into_iter().next().flatten(),
            so_far: row.total,
            same_days_last_month: row.before,
        };
        let others = answer.others.map(|row| OtherTeams {
            teams: answer.others_rows,
            so_far: row.total,
            same_days_last_month: row.before,
        });
        let rows = answer.rows.into_iter().map(row).collect();
        Ok(Teams { tag: tag.to_string(), rows, others })
    }

    /// What changed most against the same days of the month before, by one thing at a time.
    async fn movers(&self) -> Result<Vec<Mover>, CostError> {
        let of = |dimension: Dimension| async move {
            let question = Question {
                rows_max: COST_OVERVIEW_ROWS_MAX,
                by_change: true,
                ..self.so_far_by(Key::Dimension(dimension.clone()))
            };
            let answer = self.ask(question, true).await?;
            let mover = |row: Row| {
                row.before.map(|before| Mover {
                    dimension: dimension.to_string(),
                    value: row.keys.first().cloned().flatten(),
                    before,
                    after: row.total,
                    change: row.total - before,
                })
            };
            let movers = answer.rows.into_iter().filter_map(mover);
            Ok::<_, CostError>(movers.filter(|it| !it.change.is_zero()).collect::<Vec<_>>())
        };
        let (teams, services, accounts) = tokio::try_join!(
            of(self.team()),
            of(Dimension::Column("service_name")),
            of(Dimension::Column("sub_account_id"))
        )?;
        let mut movers: Vec<Mover> = [teams, services, accounts].concat();
        movers.sort_by_key(|mover| std::cmp::Reverse(mover.change.abs()));
        movers.truncate(COST_OVERVIEW_ROWS_MAX);
        Ok(movers)
    }

    /// How much of the cost each virtual tag says something of; of the team tag when there is none.
    async fn coverage(&self) -> Result<Vec<TagCoverage>, CostError> {
        let tags: Vec<Dimension> = self
            .rules
            .tags()
            .map(|tag| Dimension::Virtual(tag.name.clone()))
            .take(TAGS_TOLD_MAX)
            .collect();
        let tags = if tags.is_empty() { vec![self.team()] } else { tags };
        let mut coverage = Vec::new();
        for tag in tags {
            let default = match &tag {
                Dimension::Virtual(name) => self.rules.tag(name).and_then(|it| it.default.clone()),
                _ => None,
            };
            let answer = self.ask(self.so_far_by(Key::Dimension(tag.clone())), false).await?;
            let is_untagged = |row: &&Row| row.keys[0].is_none() || row.keys[0] == default;
            let untagged: Money = answer.rows.iter().filter(is_untagged).map(|row| row.total).sum();
            let covered = share(answer.total - untagged, answer.total);
            let tag = tag.to_string();
            coverage.push(TagCoverage { tag, coverage: covered, untagged_cost: untagged });
        }
        Ok(coverage)
    }

    async fn views(&self) -> Result<Views, CostError> {
        let of = |metric: Metric| async move {
            let answer = self.ask(Question::total(self.so_far, metric), false).await?;
            Ok::<_, CostError>(answer.total)
        };
        let (billed, effective, list, contracted, net_effective) = tokio::try_join!(
            of(Metric::Billed),
            of(Metric::Effective),
            of(Metric::List),
            of(Metric::Contracted),
            of(Metric::NetEffective)
        )?;
        Ok(Views { billed, effective, list, contracted, net_effective })
    }

    /// What commitments were used for and not, and how much of what they could cover they did:
    /// usage at list prices of the services that have any.
    async fn commitments(&self) -> Result<Commitments, CostError> {
        let status: Key = "commitment_discount_status".parse()?;
        let usage = Filter {
            key: "charge_category".parse()?,
            values: vec![Some("Usage".to_owned())],
            exclude: false,
        };
        let effective = Question::total(self.so_far, Metric::Effective).by([status]);
        let keys = ["service_name", "pricing_category"].map(str::parse);
        let list = Question::total(self.so_far, Metric::List)
            .by(keys.into_iter().collect::<Result<Vec<Key>, CostError>>()?);
        let list = Question { filters: vec![usage], ..list };
        let (effective, list) =
            tokio::try_join!(self.ask(effective, false), self.ask(list, false))?;
        let of_status = |status: &str| -> Money {
            let rows = effective.rows.iter().filter(|row| row.keys[0].as_deref() == Some(status));
            rows.map(|row| row.total).sum()
        };
        let mut by_service: BTreeMap<&Option<String>, (Money, Money)> = BTreeMap::new();
        for row in &list.rows {
            let (covered, all) = by_service.entry(&row.keys[0]).or_default();
            *all += row.total;
            if row.keys[1].as_deref() == Some("Committed") {
                *covered += row.total;
            }
        }
        by_service.retain(|_, (covered, _)| *covered > Money::ZERO);
        let covered: Money = by_service.values().map(|(covered, _)| *covered).sum();
        let all: Money = by_service.values().map(|(_, all)| *all).sum();
        let (used, unused) = (of_status("Used"), of_status("Unused"));
        Ok(Commitments { used, unused, covered_share: share(covered, all) })
    }

    async fn network(&self) -> Result<Vec<NetworkTotal>, CostError> {
        let answer = self.ask(self.so_far_by(Key::Dimension(Dimension::Network)), false).await?;
        let total = |row: Row| NetworkTotal {
            kind: row.keys.into_iter().next().flatten().unwrap_or_default(),
            total: row.total,
        };
        let rows = answer.rows.into_iter().map(total);
        Ok(rows.filter(|it| !it.kind.is_empty() && it.kind != "none").collect())
    }
}
