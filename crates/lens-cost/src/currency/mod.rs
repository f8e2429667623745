//! In which currency amounts are shown, and how those of a bill become it.
//!
//! Rates are documents ([`rates`]). The rate of an amount is the one in force when its charge began,
//! in UTC as bills are. Without a rate nothing is converted and nothing is assumed: the answer is an
//! error that names the two currencies, or, when all amounts are in one currency and nobody asked
//! for another in this very question, that one.
//!
//! An answer is made in three steps: [`Currencies::load`] knows the rates and what is wanted; the
//! bill is then asked by currency and by [`Currencies::boundaries`], so that one rate holds for a sum
//! ([`Currencies::segment_sql`] is that key in SQL); [`Currencies::exchange`] settles on a currency
//! for what was found, and [`Exchange::convert`] converts, exactly.

pub mod rates;

pub use rates::{EXCHANGE_RATE, ExchangeRate, Rates};

use hannun_ledger::{DISPLAY_SETTINGS, Ledger, LedgerError};
use hannun_model::money::Money;
use hannun_query::typed;
use std::collections::BTreeSet;

/// What amounts are shown in when nobody says anything else and a rate is known.
pub const DEFAULT_CURRENCY: &str = "KRW";
/// The document of display settings that is everybody's.
const ORGANIZATION: &str = "organization";
const ONE: Money = Money::from_units(1_000_000_000_000);

/// Why amounts cannot be shown in one currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CurrencyError {
    #[error(
        "no exchange rate from {from} to {to} is known for {day}: add a document of kind \
         `exchange-rate` that is valid from then or earlier, or ask for one billing currency only"
    )]
    NoRate { from: String, to: String, day: String },
    #[error("the bill names no currency: import it again and say which one it is in")]
    NoCurrency,
    #[error("{0} is not a currency code of ISO 4217, such as KRW or USD")]
    NotACode(String),
    #[error("{amount} {from} is too much to be shown in {to}")]
    TooLarge { amount: Money, from: String, to: String },
}

/// Which currency is wanted, and how much so.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    /// In the question itself: without a rate there is no answer.
    Asked(String),
    /// In the settings of whoever asks, or of everybody.
    Set(String),
    Default,
}

impl Wanted {
    fn code(&self) -> &str {
        match self {
            Self::Asked(code) | Self::Set(code) => code,
            Self::Default => DEFAULT_CURRENCY,
        }
    }
}

/// The rates that are known, and the currency that is wanted.
#[derive(Debug, Clone)]
pub struct Currencies {
    rates: Rates,
    wanted: Wanted,
}

/// The currency of an answer, and the rates it is made with.
#[derive(Debug, Clone)]
pub struct Exchange {
    rates: Rates,
    currency: String,
    used: BTreeSet<ExchangeRate>,
    /// A currency that the settings ask for and no rate leads to, and the one it would lead from.
    unmet: Option<CurrencyError>,
}

impl Currencies {
    /// Reads the rates and, unless the question asks for a currency, the display settings of the
    /// user and then of everybody.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn load(
        ledger: &Ledger,
        asked: Option<&str>,
        user: Option<&str>,
    ) -> Result<Self, LedgerError> {
        let rates = Rates::load(ledger).await?;
        if let Some(asked) = asked.filter(|asked| !asked.is_empty()) {
            return Ok(Self { rates, wanted: Wanted::Asked(asked.to_owned()) });
        }
        let settings = ledger.documents(Some(DISPLAY_SETTINGS.name), false).await?;
        let set_by = |id: &str| {
            let document = settings.iter().find(|document| document.id == id)?;
            document.body["currency"].as_str().map(str::to_owned)
        };
        let set = user.and_then(set_by).or_else(|| set_by(ORGANIZATION));
        Ok(Self { rates, wanted: set.map_or(Wanted::Default, Wanted::Set) })
    }

    /// These rates, and a currency that the question asks for.
    pub fn of(rates: Rates, asked: Option<&str>) -> Self {
        let wanted = asked.map_or(Wanted::Default, |asked| Wanted::Asked(asked.to_owned()));
        Self { rates, wanted }
    }

    /// The moments within a time, its first left out, at which another rate begins to hold: sums over
    /// what lies between two of them have one rate.
    pub fn boundaries(&self, from_ms: i64, to_ms: i64) -> Vec<i64> {
        self.rates.changes(self.wanted.code(), from_ms, to_ms)
    }

    /// SQL of the milliseconds at which the rate of a row began to hold, or those of the time itself,
    /// to group by; `None` when one rate holds for all of the time.
    pub fn segment_sql(&self, time_column: &str, from_ms: i64, to_ms: i64) -> Option<String> {
        let boundaries = self.boundaries(from_ms, to_ms);
        if boundaries.is_empty() {
            return None;
        }
        let mut sql = String::from("CASE");
        for boundary in boundaries.iter().rev() {
            let since = typed::timestamp_ms(*boundary);
            sql.push_str(&format!(" WHEN {time_column} >= {since} THEN {boundary}"));
        }
        sql.push_str(&format!(" ELSE {from_ms} END"));
        Some(sql)
    }

    /// SQL of about how much of the wanted currency one of a row's is, 1 where nobody knows: to rank
    /// rows by, never to add them up.
    pub(crate) fn rank_sql(&self, currency_column: &str, at_ms: i64) -> String {
        let mut cases = String::new();
        for (code, rate) in self.rates.near(self.wanted.code(), at_ms) {
            cases.push_str(&format!(" WHEN {} THEN {rate:e}", typed::text(code)));
        }
        if cases.is_empty() {
            return "1e0".to_owned();
        }
        format!("CASE {currency_column}{cases} ELSE 1e0 END")
    }

    /// Settles on the currency of an answer about amounts that a bill states in these currencies at
    /// these moments.
    ///
    /// # Errors
    /// [`CurrencyError::NoRate`] names the first currency that has no rate, unless all amounts are in
    /// it and the question leaves the currency open.
    pub fn exchange<'a>(
        &self,
        amounts: impl IntoIterator<Item = (&'a str, i64)>,
    ) -> Result<Exchange, CurrencyError> {
        let wanted = self.wanted.code();
        if !is_code(wanted) {
            return Err(CurrencyError::NotACode(wanted.chars().take(20).collect()));
        }
        let amounts: BTreeSet<(&str, i64)> = amounts.into_iter().collect();
        let codes: BTreeSet<&str> = amounts.iter().map(|(code, _)| *code).collect();
        if codes.contains("") {
            return Err(CurrencyError::NoCurrency);
        }
        let mut exchange = Exchange {
            rates: self.rates.clone(),
            currency: wanted.to_owned(),
            used: BTreeSet::new(),
            unmet: None,
        };
        for (code, at_ms) in &amounts {
            match exchange.rate(code, *at_ms) {
                Ok(Some(found)) => _ = exchange.used.insert(found.rate),
                Ok(None) => {}
                Err(error) if codes.len() > 1 || matches!(self.wanted, Wanted::Asked(_)) => {
                    return Err(error);
                }
                Err(error) => {
                    exchange.currency = (*code).to_owned();
                    exchange.used.clear();
                    exchange.unmet = matches!(self.wanted, Wanted::Set(_)).then_some(error);
                    break;
                }
            }
        }
        Ok(exchange)
    }
}

impl Exchange {
    /// The currency that amounts are shown in.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// The rates that lead to it.
    pub fn rates(&self) -> Vec<ExchangeRate> {
        self.used.iter().cloned().collect()
    }

    /// What keeps the answer from being in the currency that the settings ask for.
    pub fn unmet(&self) -> Option<&CurrencyError> {
        self.unmet.as_ref()
    }

    /// The amount in the currency of the answer, at the rate that held at a moment; rounded half to
    /// even at the twelfth place.
    ///
    /// # Errors
    /// When there is no rate, or the amount does not fit.
    pub fn convert(&self, amount: Money, from: &str, at_ms: i64) -> Result<Money, CurrencyError> {
        let Some(found) = self.rate(from, at_ms)? else { return Ok(amount) };
        let converted = match found.inverse {
            false => amount.times(found.rate.rate),
            true => amount.times_ratio(ONE, found.rate.rate),
        };
        converted.and_then(|converted| converted.checked_add(Money::ZERO)).ok_or_else(|| {
            CurrencyError::TooLarge { amount, from: from.to_owned(), to: self.currency.clone() }
        })
    }

    fn rate(&self, from: &str, at_ms: i64) -> Result<Option<rates::Found>, CurrencyError> {
        if from == self.currency {
            return Ok(None);
        }
        self.rates.find(from, &self.currency, at_ms).map(Some).ok_or_else(|| {
            let (from, to) = (from.to_owned(), self.currency.clone());
            CurrencyError::NoRate { from, to, day: rates::day(at_ms) }
        })
    }
}

fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|letter| letter.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::rates::testing::rates;
    use super::*;
    use proptest::prelude::*;

    const SEPTEMBER: i64 = 1_788_220_800_000;
    const DAY: i64 = 86_400_000;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    fn won() -> Rates {
        rates(&["USD KRW 1300 2026-09-01", "USD KRW 1350.5 2026-09-11"])
    }

    #[test]
    fn each_amount_is_converted_at_the_rate_of_its_day() {
        let currencies = Currencies::of(won(), None);
        let later = SEPTEMBER + 10 * DAY;
        let exchange = currencies.exchange([("USD", SEPTEMBER), ("USD", later)]).unwrap();
        assert_eq!(exchange.currency(), "KRW");
        let convert = |at_ms| exchange.convert(money("2.5"), "USD", at_ms).unwrap().to_string();
        assert_eq!(convert(SEPTEMBER), "3250");
        assert_eq!(convert(later - 1), "3250");
        assert_eq!(convert(later), "3376.25");
        assert_eq!(exchange.convert(money("7"), "KRW", 0).unwrap(), money("7"));
        let used: Vec<String> = exchange.rates().iter().map(|rate| rate.rate.to_string()).collect();
        assert_eq!(used, ["1300", "1350.5"]);
        assert_eq!(currencies.boundaries(SEPTEMBER, SEPTEMBER + 30 * DAY), [later]);
    }

    #[test]
    fn a_missing_rate_is_told_with_both_currencies_and_never_assumed() {
        let error = |asked: Option<&str>, amounts: &[(&str, i64)]| {
            let currencies = Currencies::of(won(), asked);
            currencies.exchange(amounts.iter().copied()).unwrap_err().to_string()
        };
        assert_eq!(
            error(Some("EUR"), &[("USD", SEPTEMBER)]),
            "no exchange rate from USD to EUR is known for 2026-09-01: add a document of kind \
             `exchange-rate` that is valid from then or earlier, or ask for one billing currency only"
        );
        let before = error(Some("KRW"), &[("USD", SEPTEMBER - 1)]);
        assert!(before.starts_with("no exchange rate from USD to KRW is known for 2026-08-31"));
        let mixed = error(None, &[("EUR", SEPTEMBER), ("USD", SEPTEMBER)]);
        assert!(mixed.starts_with("no exchange rate from EUR to KRW"), "{mixed}");
        assert!(error(None, &[("", SEPTEMBER)]).starts_with("the bill names no currency"));
        assert!(error(Some("won"), &[]).starts_with("won is not a currency code"));
    }

    #[test]
    fn a_bill_in_one_currency_is_shown_in_it_when_no_rate_is_known() {
        let open = Currencies::of(Rates::default(), None);
        let exchange = open.exchange([("USD", SEPTEMBER)]).unwrap();
        assert_eq!((exchange.currency(), exchange.unmet()), ("USD", None));
        assert_eq!(exchange.rates(), []);
        // Half of a time without a rate: all of it stays in the currency of the bill.
        let known = Currencies::of(won(), None);
        let exchange = known.exchange([("USD", SEPTEMBER - DAY), ("USD", SEPTEMBER)]).unwrap();
        assert_eq!(exchange.currency(), "USD");
        // Whoever set another one is told what is missing.
        let set = Currencies { wanted: Wanted::Set("EUR".to_owned()), ..open };
        let exchange = set.exchange([("USD", SEPTEMBER)]).unwrap();
        assert_eq!(exchange.currency(), "USD");
        assert!(exchange.unmet().unwrap().to_string().contains("from USD to EUR"));
        let both = set.exchange([("USD", SEPTEMBER), ("KRW", SEPTEMBER)]);
        assert!(matches!(both, Err(CurrencyError::NoRate { .. })));
    }

    #[test]
    fn a_rate_serves_both_directions() {
        let exchange = Currencies::of(rates(&["USD KRW 1250 2026-01-01"]), Some("USD"));
        let exchange = exchange.exchange([("KRW", SEPTEMBER)]).unwrap();
        assert_eq!(exchange.convert(money("1000"), "KRW", SEPTEMBER).unwrap(), money("0.8"));
    }

    #[test]
    fn an_amount_that_does_not_fit_is_an_error() {
        let exchange = Currencies::of(won(), None).exchange([("USD", SEPTEMBER)]).unwrap();
        let error = exchange.convert(money("9000000000000000"), "USD", SEPTEMBER);
        assert!(matches!(error, Err(CurrencyError::TooLarge { .. })));
    }

    #[test]
    fn rows_are_told_apart_by_the_rate_that_holds() {
        let currencies = Currencies::of(won(), None);
        let sql = currencies.segment_sql("charge_period_start", SEPTEMBER, SEPTEMBER + 30 * DAY);
        insta::assert_snapshot!(sql.unwrap());
        assert_eq!(currencies.segment_sql("charge_period_start", SEPTEMBER, SEPTEMBER + DAY), None);
    }

    proptest! {
        /// A rate of a few places times an amount of a few is exact, so that converting a sum and
        /// summing what was converted agree.
        #[test]
        fn converting_a_sum_is_summing_what_is_converted(
            amounts in proptest::collection::vec(-10_000_000_000_000_i64..10_000_000_000_000, 1..30),
            rate in 1_u32..100_000_000,
        ) {
            let line = format!("USD KRW {}.{:04} 2026-01-01", rate / 10_000, rate % 10_000);
            let exchange =
                Currencies::of(rates(&[&line]), None).exchange([("USD", SEPTEMBER)]).unwrap();
            // Amounts of eight places.
            let amounts: Vec<Money> =
                amounts.iter().map(|units| Money::from_units(i128::from(*units) * 10_000)).collect();
            let convert = |amount| exchange.convert(amount, "USD", SEPTEMBER).unwrap();
            let whole = convert(amounts.iter().copied().sum());
            prop_assert_eq!(whole, amounts.iter().map(|amount| convert(*amount)).sum());
        }
    }
}
