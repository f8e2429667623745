//! Amounts of money: decimals of twelve places, never floats.
//!
//! A bill states amounts of up to twelve decimal places, and its total has to be met to the cent
//! however its lines are added up. So an amount is a whole number of 10⁻¹² of its currency.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// Decimal places of an amount.
pub const SCALE: u32 = 12;
/// Digits of an amount in a column: ten quadrillion of a currency before the point.
pub const PRECISION: u8 = 28;
/// What one of a currency is in units of [`Money`].
const ONE: i128 = 1_000_000_000_000;
/// The largest amount that a column holds.
const UNITS_MAX: i128 = 9_999_999_999_999_999_999_999_999_999;

/// An amount in some currency, to 10⁻¹² of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i128);

/// Why a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAmount {
    #[error("`{0}` is not a decimal number, such as 12.5 or -3.1e-7")]
    NotDecimal(String),
    #[error("`{0}` has more than 16 digits before the point")]
    TooLarge(String),
}

impl Money {
    pub const ZERO: Self = Self(0);

    /// An amount of so many 10⁻¹².
    pub const fn from_units(units: i128) -> Self {
        Self(units)
    }

    /// The amount as a whole number of 10⁻¹².
    pub const fn units(self) -> i128 {
        self.0
    }

    /// The nearest amount to a float: for amounts that a source states as floats, and for measured
    /// shares. Infinite and absent numbers have none.
    pub fn from_f64(number: f64) -> Option<Self> {
        // The shortest text that means the same float, so that 0.1 stays 0.1.
        number.is_finite().then(|| Self::parse(&number.to_string()).ok()).flatten()
    }

    /// The amount as a float, for charts and ratios; never for totals.
    pub fn to_f64(self) -> f64 {
        let whole = self.0 / ONE;
        let rest = self.0 % ONE;
        whole as f64 + rest as f64 / ONE as f64
    }

    /// Reads a decimal number such as `-1234.5`, `.5` or `1.2E-7`. Places past the twelfth are
    /// rounded half to even.
    ///
    /// # Errors
    /// [`NoAmount`] tells what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, NoAmount> {
        let not_decimal = || NoAmount::NotDecimal(shortened(text));
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match digits.find(['e', 'E']) {
            Some(at) => {
                let exponent: i32 = digits[at + 1..].parse().map_err(|_| not_decimal())?;
                (&digits[..at], exponent)
            }
            None => (digits, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(not_decimal());
        }
        let mut reader = Digits {
            units: 0,
            places_left: i64::from(exponent) + i64::from(SCALE),
            rest: Rest::None,
        };
        reader.places_left += whole.len() as i64;
        for byte in whole.bytes().chain(fraction.bytes()) {
            if !byte.is_ascii_digit() {
                return Err(not_decimal());
            }
            reader.push(byte - b'0').ok_or_else(|| NoAmount::TooLarge(shortened(text)))?;
        }
        let units = reader.finish().ok_or_else(|| NoAmount::TooLarge(shortened(text)))?;
        Ok(Self(if negative { -units } else { units }))
    }

    /// `self × part ÷ whole`, rounded half to even; `None` when `whole` is zero or the product is
    /// beyond what is representable.
    pub fn times_ratio(self, part: Self, whole: Self) -> Option<Self> {
        if whole.0 == 0 {
            return None;
        }
        if let Some(product) = self.0.checked_mul(part.0) {
            return Some(Self(divide_half_even(product, whole.0)));
        }
        // Beyond 128 bits: the quotient first, the rest of it scaled down.
        let (quotient, rest) = (self.0 / whole.0, self.0 % whole.0);
        let first = quotient.checked_mul(part.0)?;
        let second = (rest as f64 / whole.0 as f64 * part.0 as f64).round() as i128;
        first.checked_add(second).map(Self)
    }

    /// The product of an amount and a number of things, or of an amount and an exchange rate: both
    /// are decimals of twelve places.
    pub fn times(self, factor: Self) -> Option<Self> {
        self.times_ratio(factor, Self(ONE))
    }

    /// The sum, when it is representable in a column.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let sum = self.0.checked_add(other.0)?;
        (sum.abs() <= UNITS_MAX).then_some(Self(sum))
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Splits the amount by weights so that the parts sum to exactly the amount: each part is rounded
    /// down, and what is left over goes to the largest remainders, the first of equals first. Negative
    /// and absent weights count as zero; when all are zero, the parts are even. No weights, no parts.
    ///
    /// ```
    /// use hannun_model::money::Money;
    /// let parts = Money::parse("0.000000000001").unwrap().split(&[1.0, 1.0, 1.0]);
    /// assert_eq!(parts.iter().copied().sum::<Money>().to_string(), "0.000000000001");
    /// ```
    pub fn split(self, weights: &[f64]) -> Vec<Self> {
        let usable: Vec<f64> = weights
            .iter()
            .map(|weight| if weight.is_finite() { weight.max(0.0) } else { 0.0 })
            .collect();
        let largest = usable.iter().copied().fold(0.0, f64::max);
        // Scaled to whole numbers of 48 bits relative to the largest: sums of a million of them, times
        // the remainder of an amount, stay within 128 bits.
        let scaled: Vec<i128> = if largest > 0.0 {
            usable
                .iter()
                .map(|weight| (weight / largest * (1u64 << 40) as f64).round() as i128)
                .collect()
        } else {
            vec![1; usable.len()]
        };
        self.split_exactly(&scaled)
    }

    /// As [`Money::split`], by whole numbers. Negative ones count as zero.
    pub fn split_exactly(self, weights: &[i128]) -> Vec<Self> {
        let total: i128 = weights.iter().map(|weight| (*weight).max(0)).sum();
        if weights.is_empty() {
            return Vec::new();
        }
        if total == 0 {
            return self.split_exactly(&vec![1; weights.len()]);
        }
        let (sign, amount) = (self.0.signum(), self.0.abs());
        let mut parts = Vec::with_capacity(weights.len());
        let mut remainders = Vec::with_capacity(weights.len());
        for (index, weight) in weights.iter().enumerate() {
            let weight = (*weight).max(0);
            // amount × weight ÷ total without leaving 128 bits.
            let (quotient, rest) = (amount / total, amount % total);
            let scaled = rest.saturating_mul(weight);
            parts.push(quotient * weight + scaled / total);
            remainders.push((scaled % total, index));
        }
        let mut left = amount - parts.iter().sum::<i128>();
        remainders.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        for (_, index) in remainders.iter().cycle() {
            if left <= 0 {
                break;
            }
            parts[*index] += 1;
            left -= 1;
        }
        parts.into_iter().map(|part| Self(part * sign)).collect()
    }
}

/// Collects digits up to the last place and what follows it.
struct Digits {
    units: i128,
    /// Digits still to come before the last place; negative past it.
    places_left: i64,
    rest: Rest,
}

/// What follows the last place, as far as rounding needs it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    None,
    BelowHalf,
    Half,
    AboveHalf,
}

impl Digits {
    fn push(&mut self, digit: u8) -> Option<()> {
        self.places_left -= 1;
        if self.places_left >= 0 {
            self.units = self.units.checked_mul(10)?.checked_add(i128::from(digit))?;
            return Some(());
        }
        self.rest = match (self.rest, digit, self.places_left) {
            (Rest::None, 0, -1) => Rest::BelowHalf,
            (Rest::None, 5, -1) => Rest::Half,
            (Rest::None, 1..=4, _) => Rest::BelowHalf,
            (Rest::None, 0, _) => Rest::None,
            (Rest::None, _, -1) => Rest::AboveHalf,
            (Rest::None, _, _) => Rest::BelowHalf,
            (Rest::Half, 1.., _) => Rest::AboveHalf,
            (rest, _, _) => rest,
        };
        Some(())
    }

    fn finish(mut self) -> Option<i128> {
        if self.units != 0 {
            for _ in 0..self.places_left.max(0) {
                self.units = self.units.checked_mul(10)?;
            }
        }
        let up = match self.rest {
            Rest::AboveHalf => true,
            Rest::Half => self.units % 2 == 1,
            Rest::None | Rest::BelowHalf => false,
        };
        self.units += i128::from(up);
        (self.units <= UNITS_MAX).then_some(self.units)
    }
}

fn divide_half_even(number: i128, by: i128) -> i128 {
    let (quotient, rest) = (number / by, number % by);
    let twice = rest.unsigned_abs().saturating_mul(2);
    let up = twice > by.unsigned_abs() || (twice == by.unsigned_abs() && quotient % 2 != 0);
    if up { quotient + number.signum() * by.signum() } else { quotient }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

impl fmt::Display for Money {
    /// The shortest text: `12.5`, never `12.500000000000`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) =
            (self.0.unsigned_abs() / ONE as u128, self.0.unsigned_abs() % ONE as u128);
        if rest == 0 {
            return write!(formatter, "{sign}{whole}");
        }
        let places = format!("{rest:012}");
        write!(formatter, "{sign}{whole}.{}", places.trim_end_matches('0'))
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> String {
        Money::parse(text).unwrap().to_string()
    }

    #[test]
    fn amounts_are_read_as_bills_write_them() {
        for (text, means) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("1", "1"),
            ("12.50", "12.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+3.25", "3.25"),
            ("-0.0000000001", "-0.0000000001"),
            ("1.2E-7", "0.00000012"),
            ("3e2", "300"),
            ("0e99", "0"),
            ("1e-40", "0"),
            ("123456789012345.123456789012", "123456789012345.123456789012"),
        ] {
            assert_eq!(read(text), means, "{text}");
        }
    }

    #[test]
    fn places_past_the_twelfth_are_rounded_half_to_even() {
        for (text, means) in [
            ("0.0000000000005", "0"),
            ("0.0000000000015", "0.000000000002"),
            ("0.0000000000025", "0.000000000002"),
            ("0.00000000000250001", "0.000000000003"),
            ("0.00000000000049", "0"),
            ("0.00000000000006", "0"),
            ("-0.0000000000019", "-0.000000000002"),
            ("0.00000000000051", "0.000000000001"),
            ("9e-13", "0.000000000001"),
        ] {
            assert_eq!(read(text), means, "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_said() {
        for text in ["", "-", ".", "NULL", "1,5", "1.2.3", "0x1", "1e", "e5", "١"] {
            assert!(matches!(Money::parse(text), Err(NoAmount::NotDecimal(_))), "{text}");
        }
        for text in ["1e17", "12345678901234567", "1e400"] {
            assert!(matches!(Money::parse(text), Err(NoAmount::TooLarge(_))), "{text}");
        }
    }

    #[test]
    fn ratios_round_half_to_even_and_never_divide_by_zero() {
        let money = |text: &str| Money::parse(text).unwrap();
        assert_eq!(
            money("10").times_ratio(money("1"), money("3")).unwrap().to_string(),
            "3.333333333333"
        );
        assert_eq!(
            money("-10").times_ratio(money("2"), money("3")).unwrap().to_string(),
            "-6.666666666667"
        );
        assert_eq!(money("10").times_ratio(money("1"), Money::ZERO), None);
        assert_eq!(money("1350.5").times(money("2")).unwrap().to_string(), "2701");
        let large = money("9000000000000000");
        assert_eq!(
            large.times_ratio(money("2"), money("4")).unwrap().to_string(),
            "4500000000000000"
        );
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(units in -UNITS_MAX..=UNITS_MAX) {
            let money = Money::from_units(units);
            prop_assert_eq!(Money::parse(&money.to_string()).unwrap(), money);
        }

        #[test]
        fn parts_sum_to_the_whole_and_follow_the_weights(
            units in -UNITS_MAX..=UNITS_MAX,
            weights in proptest::collection::vec(prop_oneof![Just(0.0), 0.0f64..1e12, Just(-1.0), Just(f64::NAN)], 1..40),
        ) {
            let money = Money::from_units(units);
            let parts = money.split(&weights);
            prop_assert_eq!(parts.len(), weights.len());
            prop_assert_eq!(parts.iter().copied().sum::<Money>(), money);
            let total: f64 = weights.iter().filter(|weight| **weight > 0.0).sum();
            if total > 0.0 {
                for (part, weight) in parts.iter().zip(&weights) {
                    let wanted = money.to_f64() * weight.max(0.0) / total;
                    prop_assert!((part.to_f64() - wanted).abs() <= money.to_f64().abs() * 1e-9 + 1e-9, "{part} is not {wanted}");
                }
            }
        }

        #[test]
        fn floats_keep_the_digits_that_they_show(number in -1e9f64..1e9) {
            let text = number.to_string();
            prop_assert_eq!(Money::from_f64(number), Money::parse(&text).ok());
        }
    }
}
