//! Exchange rates: documents that say what one currency is worth in another from a day on.

use chrono::{NaiveDate, NaiveTime};
use hannun_ledger::{Document, FieldError, Kind, Ledger, LedgerError, Role};
use hannun_model::money::Money;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What one currency is worth in another, from a day on.
pub const EXCHANGE_RATE: Kind = Kind {
    name: "exchange-rate",
    title: "Exchange rate",
    description: "What one currency is worth in another, from a day on.",
    schema: include_str!("../../kinds/exchange-rate.schema.json"),
    edit_role: Role::Editor,
    own_by_user: false,
    check: Some(faults),
};

/// A rate, as an answer names it that was made with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct ExchangeRate {
    pub from: String,
    pub to: String,
    /// How much of `to` one of `from` is, as a decimal.
    #[schema(value_type = String)]
    pub rate: Money,
    /// First day of the rate.
    pub valid_from: String,
}

/// All rates that are known.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    /// By currency and currency, then by the first moment of the rate.
    by_pair: BTreeMap<(String, String), BTreeMap<i64, Money>>,
}

/// A rate that converts an amount at some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub rate: ExchangeRate,
    /// Whether the amount is divided by the rate: it is stated for the other direction.
    pub inverse: bool,
}

impl Rates {
    /// Reads the documents.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn load(ledger: &Ledger) -> Result<Self, LedgerError> {
        Ok(Self::of(ledger.documents(Some(EXCHANGE_RATE.name), false).await?))
    }

    /// The rates that documents state; of two about the same day the later document counts.
    pub fn of(mut documents: Vec<Document>) -> Self {
        documents.sort_by_key(|document| document.time_ms);
        let mut rates = Self::default();
        for document in documents {
            let text = |name: &str| document.body[name].as_str().unwrap_or_default();
            let rate = Money::parse(text("rate")).ok().filter(|rate| *rate > Money::ZERO);
            if let (Some(rate), Some(from_ms)) = (rate, day_ms(text("valid_from"))) {
                let pair = (text("from").to_owned(), text("to").to_owned());
                rates.by_pair.entry(pair).or_default().insert(from_ms, rate);
            }
        }
        rates
    }

    /// The rate in force at a moment. One for the other direction serves when there is none for
    /// this one.
    pub(super) fn find(&self, from: &str, to: &str, at_ms: i64) -> Option<Found> {
        let of = |from: &str, to: &str, inverse: bool| {
            let of_pair = self.by_pair.get(&(from.to_owned(), to.to_owned()))?;
            let (valid_from_ms, rate) = of_pair.range(..=at_ms).next_back()?;
            let (from, to, valid_from) = (from.to_owned(), to.to_owned(), day(*valid_from_ms));
            Some(Found { rate: ExchangeRate { from, to, rate: *rate, valid_from }, inverse })
        };
        of(from, to, false).or_else(|| of(to, from, true))
    }

    /// About how much of this currency one of each other is, where it is known at all: at the moment,
    /// or at the nearest one after it.
    pub(super) fn near<'a>(&'a self, to: &'a str, at_ms: i64) -> Vec<(&'a str, f64)> {
        let rate = |rates: &BTreeMap<i64, Money>| {
            let found = rates.range(..=at_ms).next_back().or_else(|| rates.iter().next());
            found.map_or(1.0, |(_, rate)| rate.to_f64())
        };
        let mut near: BTreeMap<&str, f64> = BTreeMap::new();
        for ((one, other), rates) in &self.by_pair {
            if other == to {
                near.insert(one, rate(rates));
            } else if one == to {
                near.entry(other).or_insert(1.0 / rate(rates));
            }
        }
        near.into_iter().collect()
    }

    /// The moments, after the first and before the last, at which a rate from or to this currency
    /// begins.
    pub(super) fn changes(&self, currency: &str, after_ms: i64, before_ms: i64) -> Vec<i64> {
        let about = |(pair, _): &(&(String, String), _)| pair.0 == currency || pair.1 == currency;
        let mut changes: Vec<i64> = self
            .by_pair
            .iter()
            .filter(about)
            .flat_map(|(_, rates)| rates.keys().copied())
            .filter(|from_ms| (after_ms + 1..before_ms).contains(from_ms))
            .collect();
        changes.sort_unstable();
        changes.dedup();
        changes
    }
}

/// The first moment of a day in UTC.
fn day_ms(text: &str) -> Option<i64> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
}

/// The day of a moment, in UTC.
pub(crate) fn day(at_ms: i64) -> String {
    let at = chrono::DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
    at.format("%Y-%m-%d").to_string()
}

/// What the schema cannot say.
fn faults(body: &Value) -> Vec<FieldError> {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let mut faults = Vec::new();
    if text("from") == text("to") {
        faults.push(FieldError::new("/to", "must be another currency than `from`"));
    }
    if day_ms(text("valid_from")).is_none() {
        faults.push(FieldError::new("/valid_from", "no such day, write it as 2026-10-01"));
    }
    if !Money::parse(text("rate")).is_ok_and(|rate| rate > Money::ZERO) {
        faults.push(FieldError::new("/rate", "must be more than zero"));
    }
    faults
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use serde_json::json;

    /// Rates from texts such as `USD KRW 1350.5 2026-10-01`, each in a document later than those
    /// before it.
    pub(crate) fn rates(lines: &[&str]) -> Rates {
        let document = |(index, line): (usize, &&str)| {
            let words: Vec<&str> = line.split(' ').collect();
            let body = json!({
                "from": words[0], "to": words[1], "rate": words[2], "valid_from": words[3],
            });
            Document {
                kind: EXCHANGE_RATE.name.to_owned(),
                id: index.to_string(),
                revision: 1,
                author: "kim".to_owned(),
                time_ms: index as i64,
                message: None,
                source: None,
                deleted: false,
                body,
            }
        };
        Rates::of(lines.iter().enumerate().map(document).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::testing::rates;
    use super::*;
    use hannun_ledger::KindRegistry;
    use serde_json::json;

    fn ms(day: &str) -> i64 {
        day_ms(day).unwrap()
    }

    #[test]
    fn the_rate_of_a_day_is_the_last_that_began() {
        let rates = rates(&[
            "USD KRW 1300 2026-09-01",
            "USD KRW 1350.5 2026-10-01",
            "EUR USD 1.1 2026-09-15",
        ]);
        let rate = |from: &str, to: &str, at: i64| {
            rates.find(from, to, at).map(|found| (found.rate.rate.to_string(), found.inverse))
        };
        assert_eq!(rate("USD", "KRW", ms("2026-09-01")), Some(("1300".to_owned(), false)));
        assert_eq!(rate("USD", "KRW", ms("2026-10-01") - 1), Some(("1300".to_owned(), false)));
        assert_eq!(rate("USD", "KRW", ms("2026-10-01")), Some(("1350.5".to_owned(), false)));
        assert_eq!(rate("USD", "KRW", ms("2026-09-01") - 1), None);
        assert_eq!(rate("KRW", "USD", ms("2027-01-01")), Some(("1350.5".to_owned(), true)));
        // Never by way of a third currency: nobody said that the two are of the same market.
        assert_eq!(rate("EUR", "KRW", ms("2026-12-01")), None);
        assert_eq!(
            rates.changes("USD", ms("2026-09-01"), ms("2026-11-01")),
            [ms("2026-09-15"), ms("2026-10-01")]
        );
    }

    #[test]
    fn of_two_rates_of_a_day_the_later_document_counts() {
        let rates = rates(&["USD KRW 1300 2026-09-01", "USD KRW 1310 2026-09-01"]);
        let found = rates.find("USD", "KRW", ms("2026-09-01")).unwrap();
        assert_eq!(found.rate.rate.to_string(), "1310");
        assert_eq!(found.rate.valid_from, "2026-09-01");
    }

    #[test]
    fn a_rate_that_means_nothing_is_refused() {
        let kinds = KindRegistry::new([EXCHANGE_RATE]).unwrap();
        let faults = |rate: &str, to: &str, day: &str| -> Vec<String> {
            let body = json!({"from": "USD", "to": to, "rate": rate, "valid_from": day});
            let faults = kinds.get("exchange-rate").unwrap().faults(&body);
            faults.into_iter().map(|fault| fault.path).collect()
        };
        assert_eq!(faults("1350.5", "KRW", "2026-10-01"), [""; 0]);
        assert_eq!(faults("0.000", "KRW", "2026-10-01"), ["/rate"]);
        assert_eq!(faults("-3", "KRW", "2026-10-01"), ["/rate"]);
        assert_eq!(faults("1350", "USD", "2026-10-01"), ["/to"]);
        assert_eq!(faults("1350", "KRW", "2026-02-30"), ["/valid_from"]);
        assert_eq!(faults("1,350", "won", "tomorrow"), ["/rate", "/to", "/valid_from"]);
    }
}
