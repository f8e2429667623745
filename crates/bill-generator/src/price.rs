//! Amounts: a quantity in millionths times a price in ten-billionths of the currency.
//!
//! AWS states costs to ten decimal places. Amounts are rounded there, so that they survive a
//! Parquet column of floats as well: below a hundred thousand, fifteen digits are all of them.

use hannun_model::money::Money;

/// A price of one unit, in 10⁻¹⁰ of the currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Price(pub i64);

/// A quantity of units, in 10⁻⁶ of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Quantity(pub i64);

const PER_UNIT: i128 = 1_000_000;

impl Quantity {
    pub const ONE: Self = Self(1_000_000);

    pub fn of(number: f64) -> Self {
        Self((number * 1e6).round() as i64)
    }

    pub fn times(self, factor: f64) -> Self {
        Self((self.0 as f64 * factor).round() as i64)
    }

    pub fn money(self) -> Money {
        Money::from_units(i128::from(self.0) * 1_000_000)
    }
}

impl Price {
    pub fn of(number: f64) -> Self {
        Self((number * 1e10).round() as i64)
    }

    pub fn times(self, factor: f64) -> Self {
        Self((self.0 as f64 * factor).round() as i64)
    }

    pub fn money(self) -> Money {
        Money::from_units(i128::from(self.0) * 100)
    }

    /// What so much costs, rounded half up at the tenth place.
    pub fn cost(self, quantity: Quantity) -> Money {
        let product = i128::from(self.0) * i128::from(quantity.0);
        Money::from_units((product + PER_UNIT / 2).div_euclid(PER_UNIT) * 100)
    }
}

/// Rounds to cents, as fees and taxes are billed.
pub fn to_cents(amount: Money) -> Money {
    const CENT: i128 = 10_000_000_000;
    Money::from_units((amount.units() + CENT / 2).div_euclid(CENT) * CENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_exact_to_the_tenth_place() {
        let cost = Price::of(0.045).cost(Quantity::of(1.234567));
        assert_eq!(cost.to_string(), "0.055555515");
        assert_eq!(Price(1).cost(Quantity(499_999)).to_string(), "0");
        assert_eq!(Price(1).cost(Quantity(500_000)).to_string(), "0.0000000001");
        assert_eq!(Price(-1).cost(Quantity(1_000_000)).to_string(), "-0.0000000001");
    }

    #[test]
    fn fees_are_whole_cents() {
        assert_eq!(to_cents(Money::parse("12.345").unwrap()).to_string(), "12.35");
        assert_eq!(to_cents(Money::parse("0.004").unwrap()).to_string(), "0");
    }
}
