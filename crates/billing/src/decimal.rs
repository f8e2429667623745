//! Decimal numbers of a bill, read fast.

use hannun_model::money::{Money, NoAmount, SCALE};

/// Powers of ten up to the scale of an amount.
const POWERS: [i128; SCALE as usize + 1] = {
    let mut powers = [1; SCALE as usize + 1];
    let mut place = 1;
    while place < powers.len() {
        powers[place] = powers[place - 1] * 10;
        place += 1;
    }
    powers
};
/// Digits that fit a 64-bit number whatever they are.
const DIGITS_MAX: usize = 18;

/// [`Money::parse`], for the hundred million cells of a large bill: plain numbers of up to eighteen
/// digits and twelve places, which nearly all cells hold, take a tenth of the time.
///
/// # Errors
/// As [`Money::parse`].
#[inline]
pub fn parse(text: &str) -> Result<Money, NoAmount> {
    match parse_plain(text.as_bytes()) {
        Some(amount) => Ok(amount),
        // Some tools pad their cells.
        None => Money::parse(text.trim()),
    }
}

fn parse_plain(bytes: &[u8]) -> Option<Money> {
    let (negative, digits) = match bytes.first()? {
        b'-' => (true, &bytes[1..]),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > DIGITS_MAX + 1 {
        return None;
    }
    let mut number: u64 = 0;
    let mut places = None;
    for (index, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        } else if *byte == b'.' && places.is_none() {
            places = Some(digits.len() - index - 1);
        } else {
            return None;
        }
    }
    let count = digits.len() - usize::from(places.is_some());
    if count == 0 || count > DIGITS_MAX {
        return None;
    }
    // More digits before the point than an amount holds: the slow way says so.
    if count - places.unwrap_or(0) > 16 {
        return None;
    }
    let power = POWERS.get(usize::try_from(SCALE).ok()?.checked_sub(places.unwrap_or(0))?)?;
    let units = i128::from(number) * power;
    Some(Money::from_units(if negative { -units } else { units }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nearly_all_cells_of_bills_are_read_the_short_way() {
        for text in ["0", "0.0", "0.0000000000", "1.0", "-12.5", ".5", "5.", "0.000000000001"] {
            assert_eq!(parse_plain(text.as_bytes()), Money::parse(text).ok(), "{text}");
            assert!(parse_plain(text.as_bytes()).is_some(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn both_ways_read_the_same(text in "[-+]?[0-9]{0,20}\\.?[0-9]{0,16}([eE]-?[0-9]{1,2})?") {
            prop_assert_eq!(parse(&text), Money::parse(text.trim()));
        }

        #[test]
        fn whatever_is_no_number_is_refused_alike(text in "\\PC{0,12}") {
            prop_assert_eq!(parse(&text), Money::parse(text.trim()));
        }
    }
}
