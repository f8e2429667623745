//! Asking, and what comes of it: sums by key and part of time, in one currency.

use super::error::CostError;
use super::period::Period;
use super::question::{Missing, Question};
use super::sql::{self, BEFORE};
use crate::currency::{Currencies, CurrencyError, Exchange};
use hannun_allocation::Rules;
use hannun_model::limits::{COST_CELLS_MAX, COST_ROWS_MAX};
use hannun_model::money::Money;
use hannun_query::{Engine, QueryLimits};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What costs came to.
#[derive(Debug)]
pub struct Answer {
    pub exchange: Exchange,
    /// When each part of the time begins; the first may begin before it.
    pub parts: Vec<i64>,
    pub total: Money,
    /// In each part.
    pub points: Vec<Money>,
    /// In which parts there are lines at all.
    pub has_lines_in: Vec<bool>,
    /// In the time to compare with; `None` when that was not asked, or a rate is missing for it.
    pub before: Option<Money>,
    /// The largest first.
    pub rows: Vec<Row>,
    /// All rows beyond the number that was asked for, as one.
    pub others: Option<Row>,
    /// How many those are.
    pub others_rows: usize,
    /// Whether any line was found, in this time or the one before.
    pub has_lines: bool,
    /// The query as a person would write it.
    pub sql: String,
    pub missing: Vec<Missing>,
}

/// What one combination of values came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub keys: Vec<Option<String>>,
    pub total: Money,
    pub before: Option<Money>,
    pub points: Vec<Money>,
}

impl Row {
    fn empty(keys: Vec<Option<String>>, parts: usize, compares: bool) -> Self {
        let before = compares.then_some(Money::ZERO);
        Self { keys, total: Money::ZERO, before, points: vec![Money::ZERO; parts] }
    }

    /// How much more it is than before.
    pub fn change(&self) -> Money {
        self.total - self.before.unwrap_or_default()
    }

    fn add(&mut self, other: &Self) {
        self.total += other.total;
        self.before = self.before.zip(other.before).map(|(one, other)| one + other);
        for (point, more) in self.points.iter_mut().zip(&other.points) {
            *point += *more;
        }
    }
}

/// One sum of the engine: one rate holds for it.
#[derive(Debug, Deserialize)]
struct Cell {
    #[serde(default)]
    k0: Option<String>,
    #[serde(default)]
    k1: Option<String>,
    #[serde(default)]
    k2: Option<String>,
    /// Of the largest rows, from one; `None` in the others.
    #[serde(default)]
    place: Option<u64>,
    /// How many rows there are in all.
    #[serde(default)]
    places: Option<u64>,
    part: i64,
    currency: Option<String>,
    segment: i64,
    amount: Option<Money>,
}

impl Cell {
    fn currency(&self) -> &str {
        self.currency.as_deref().unwrap_or_default()
    }

    fn keys(&self, count: usize) -> Vec<Option<String>> {
        [&self.k0, &self.k1, &self.k2].into_iter().take(count).cloned().collect()
    }
}

/// Sums of the engine, and whether it chose the largest rows itself.
#[derive(Debug)]
struct Cells {
    cells: Vec<Cell>,
    are_chosen: bool,
}

/// Answers a question, and about a time before it as well when one is given.
///
/// # Errors
/// When the question is wrong or beyond a limit, and when an exchange rate is missing.
pub async fn ask(
    engine: &Arc<Engine>,
    rules: &Rules,
    currencies: &Currencies,
    question: &Question,
    before: Option<Period>,
) -> Result<Answer, CostError> {
    question.check()?;
    let queries = sql::queries(question, before, rules, currencies)?;
    let found = cells(engine, question, &queries).await?;
    answer(question, before, currencies, found, queries.shown)
}

async fn cells(
    engine: &Arc<Engine>,
    question: &Question,
    queries: &sql::Queries,
) -> Result<Cells, CostError> {
    let limits = QueryLimits::asked(Some(COST_CELLS_MAX), None);
    let found = engine.rows::<Cell>(&queries.cells, limits).await?;
    if !found.truncated {
        return Ok(Cells { cells: found.rows, are_chosen: false });
    }
    drop(found);
    if !question.keys.is_empty() {
        let limits = QueryLimits::asked(Some(COST_CELLS_MAX * 10), None);
        let found = engine.rows::<Cell>(&queries.largest, limits).await?;
        if !found.truncated {
            return Ok(Cells { cells: found.rows, are_chosen: true });
        }
    }
    let message =
        "the answer has too many numbers: ask for fewer rows, a shorter time or longer parts";
    Err(CostError::Invalid(message.to_owned()))
}

fn answer(
    question: &Question,
    before: Option<Period>,
    currencies: &Currencies,
    found: Cells,
    sql: String,
) -> Result<Answer, CostError> {
    let Cells { cells, are_chosen } = found;
    let exchange = settle(currencies, &cells)?;
    let parts = question.period.parts(question.granularity);
    let mut builder = Builder {
        places: parts.iter().enumerate().map(|(index, start)| (*start, index)).collect(),
        has_lines_in: vec![false; parts.len()],
        rows: BTreeMap::new(),
        others: Row::empty(Vec::new(), parts.len(), before.is_some()),
        before_unmet: None,
        exchange: &exchange,
    };
    let mut rows_in_all = 0;
    for cell in &cells {
        rows_in_all = rows_in_all.max(cell.places.unwrap_or(0));
        let is_other = are_chosen && cell.place.is_none();
        let keys = (!is_other).then(|| cell.keys(question.keys.len()));
        builder.add(cell, keys, before.is_some())?;
    }
    let Builder { rows, mut others, before_unmet, has_lines_in, .. } = builder;
    let mut rows: Vec<Row> = rows.into_values().collect();
    sort(&mut rows, question.by_change);
    let mut others_rows = usize::try_from(rows_in_all).unwrap_or(0).saturating_sub(rows.len());
    if !are_chosen {
        others_rows = rows.len().saturating_sub(question.rows_max.min(COST_ROWS_MAX));
        for row in rows.drain(rows.len() - others_rows..) {
            others.add(&row);
        }
    }
    let mut total = others.clone();
    rows.iter().for_each(|row| total.add(row));
    if before_unmet.is_some() {
        rows.iter_mut().chain([&mut total, &mut others]).for_each(|row| row.before = None);
    }
    let mut missing = Vec::new();
    for unmet in exchange.unmet().into_iter().chain(&before_unmet) {
        missing.push(Missing::new("exchange_rate", unmet.to_string()));
    }
    Ok(Answer {
        parts,
        total: total.total,
        points: total.points,
        has_lines_in,
        before: total.before,
        rows,
        others: (others_rows > 0).then_some(others),
        others_rows,
        has_lines: !cells.is_empty(),
        sql,
        missing,
        exchange,
    })
}

/// The currency is settled by the time itself; the one before is told only if it can be.
fn settle(currencies: &Currencies, cells: &[Cell]) -> Result<Exchange, CurrencyError> {
    let of = |cell: &Cell| (cell.currency().to_owned(), cell.segment);
    let now: BTreeSet<(String, i64)> =
        cells.iter().filter(|cell| cell.part != BEFORE).map(of).collect();
    let all = || cells.iter().map(of).collect();
    let amounts = if now.is_empty() { all() } else { now };
    currencies.exchange(amounts.iter().map(|(code, at_ms)| (code.as_str(), *at_ms)))
}

/// Adds cells to rows.
struct Builder<'a> {
    places: BTreeMap<i64, usize>,
    has_lines_in: Vec<bool>,
    rows: BTreeMap<Vec<Option<String>>, Row>,
    others: Row,
    /// The rate that is missing for the time before.
    before_unmet: Option<CurrencyError>,
    exchange: &'a Exchange,
}

impl Builder<'_> {
    fn add(
        &mut self,
        cell: &Cell,
        keys: Option<Vec<Option<String>>>,
        compares: bool,
    ) -> Result<(), CostError> {
        let parts = self.places.len();
        let row = match keys {
            None => &mut self.others,
            Some(keys) => self
                .rows
                .entry(keys)
                .or_insert_with_key(|keys| Row::empty(keys.clone(), parts, compares)),
        };
        let amount = cell.amount.unwrap_or_default();
        let converted = self.exchange.convert(amount, cell.currency(), cell.segment);
        if cell.part == BEFORE {
            match (converted, &mut row.before) {
                (Ok(amount), Some(before)) => *before += amount,
                (Ok(_), None) => {}
                (Err(error), _) => self.before_unmet = Some(error),
            }
            return Ok(());
        }
        let amount = converted?;
        let Some(place) = self.places.get(&cell.part) else {
            let message = format!("a sum is of a part at {} that was not asked for", cell.part);
            return Err(CostError::Inexact(message));
        };
        self.has_lines_in[*place] = true;
        row.total += amount;
        row.points[*place] += amount;
        Ok(())
    }
}

fn sort(rows: &mut [Row], by_change: bool) {
    rows.sort_by(|one, other| {
        let (first, second) = match by_change {
            false => (one.total, other.total),
            true => (one.change().abs(), other.change().abs()),
        };
        second.cmp(&first).then_with(|| one.keys.cmp(&other.keys))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::costs::{Granularity, Metric};
    use crate::currency::rates::testing::rates;

    const DAY: i64 = 86_400_000;
    const FROM: i64 = 1_790_812_800_000; // 2026-10-01

    fn cell(key: Option<&str>, part: i64, currency: &str, segment: i64, amount: &str) -> Cell {
        Cell {
            k0: key.map(str::to_owned),
            k1: None,
            k2: None,
            place: None,
            places: None,
            part,
            currency: Some(currency.to_owned()),
            segment,
            amount: Some(Money::parse(amount).unwrap()),
        }
    }

    fn question(rows_max: usize) -> Question {
        let period = Period { from_ms: FROM, to_ms: FROM + 2 * DAY };
        let question = Question::total(period, Metric::Effective);
        let question = question.by(["service_name".parse().unwrap()]);
        Question { granularity: Granularity::Day, rows_max, ..question }
    }

    fn answered(question: &Question, lines: &[&str], cells: Vec<Cell>) -> Answer {
        let currencies = Currencies::of(rates(lines), None);
        let found = Cells { cells, are_chosen: false };
        let before = Some(question.period.before());
        answer(question, before, &currencies, found, String::new()).unwrap()
    }

    fn told(rows: &[Row]) -> Vec<(Option<&str>, String, Option<String>)> {
        rows.iter()
            .map(|row| {
                let before = row.before.map(|before| before.to_string());
                (row.keys[0].as_deref(), row.total.to_string(), before)
            })
            .collect()
    }

    fn of_two_currencies() -> Vec<Cell> {
        vec![
            cell(Some("a"), FROM, "USD", FROM, "1.5"),
            cell(Some("a"), FROM + DAY, "USD", FROM + DAY, "1"),
            cell(Some("b"), FROM, "KRW", FROM, "900"),
            cell(None, FROM, "KRW", FROM, "-50"),
            cell(Some("c"), BEFORE, "KRW", FROM - DAY, "7"),
        ]
    }

    #[test]
    fn amounts_of_several_currencies_become_one_at_the_rate_of_their_day() {
        let rates = ["USD KRW 1000 2026-10-01", "USD KRW 1100 2026-10-02"];
        let answer = answered(&question(10), &rates, of_two_currencies());
        assert_eq!(answer.exchange.currency(), "KRW");
        let zero = || Some("0".to_owned());
        assert_eq!(
            told(&answer.rows),
            [
                (Some("a"), "2600".to_owned(), zero()),
                (Some("b"), "900".to_owned(), zero()),
                (Some("c"), "0".to_owned(), Some("7".to_owned())),
                // Credits that are larger than usage.
                (None, "-50".to_owned(), zero()),
            ]
        );
        assert_eq!(answer.total.to_string(), "3450");
        let points: Vec<String> = answer.points.iter().map(ToString::to_string).collect();
        assert_eq!(points, ["2350", "1100"]);
        assert_eq!(answer.has_lines_in, [true, true]);
        assert_eq!(answer.before.unwrap().to_string(), "7");
        assert_eq!((answer.others.is_none(), answer.missing.len()), (true, 0));
    }

    #[test]
    fn rows_beyond_the_number_are_one_row_and_nothing_is_lost() {
        let rates = ["USD KRW 1000 2026-10-01"];
        let answer = answered(&question(1), &rates, of_two_currencies());
        assert_eq!((answer.rows.len(), answer.others_rows), (1, 3));
        let others = answer.others.unwrap();
        assert_eq!(others.total.to_string(), "850");
        assert_eq!(answer.total, answer.rows[0].total + others.total);
        let by_change = Question { by_change: true, ..question(2) };
        let answer = answered(&by_change, &rates, of_two_currencies());
        assert_eq!(answer.rows[1].keys, [Some("b".to_owned())]);
        assert_eq!(answer.rows[1].change().to_string(), "900");
    }

    #[test]
    fn a_rate_that_is_missing_for_the_time_before_hides_that_time_only() {
        let mut cells = of_two_currencies();
        cells.push(cell(Some("a"), BEFORE, "USD", FROM - DAY, "2"));
        let answer = answered(&question(10), &["USD KRW 1000 2026-10-01"], cells);
        assert_eq!(answer.exchange.currency(), "KRW");
        assert_eq!((answer.before, answer.rows[0].before), (None, None));
        assert_eq!(answer.missing[0].what, "exchange_rate");
        assert!(answer.missing[0].how.contains("from USD to KRW is known for 2026-09-30"));
    }

    #[test]
    fn a_time_with_nothing_comes_to_zero() {
        let answer = answered(&question(10), &[], Vec::new());
        assert_eq!((answer.total, answer.rows.len(), answer.has_lines), (Money::ZERO, 0, false));
        assert_eq!(answer.points, [Money::ZERO; 2]);
        assert_eq!(answer.has_lines_in, [false, false]);
    }
}
