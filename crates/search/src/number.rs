//! Numbers as they are typed and as they are stored: integers stay exact, durations and sizes have
//! units.

use std::cmp::Ordering;

/// Every integer up to this is a double too.
const EXACT_MAX: i64 = 1 << 53;

/// A number, exact as long as it can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    Int(i64),
    /// Never NaN or infinite.
    Double(f64),
}

/// What a unit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    Plain,
    /// In nanoseconds.
    Duration,
    /// In bytes.
    Size,
}

/// A number with its unit: `400`, `1.5s`, `10MB`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// In the base unit of the dimension.
    pub number: Number,
    pub dimension: Dimension,
}

impl Number {
    /// Reads a decimal number with nothing around it but white space. `inf`, `nan` and hexadecimal
    /// are texts.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let first = text.as_bytes().first()?;
        // Most values are not numbers; most of those show it at once.
        if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) {
            return None;
        }
        if let Ok(int) = text.parse() {
            return Some(Self::Int(int));
        }
        let double: f64 = text.parse().ok()?;
        let written = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        (written && double.is_finite()).then_some(Self::Double(double))
    }

    pub fn as_f64(self) -> f64 {
        match self {
            Self::Int(int) => int as f64,
            Self::Double(double) => double,
        }
    }

    pub fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => left.cmp(&right),
            (Self::Int(int), Self::Double(double)) => compare_int(int, double),
            (Self::Double(double), Self::Int(int)) => compare_int(int, double).reverse(),
            (Self::Double(left), Self::Double(right)) => {
                left.partial_cmp(&right).unwrap_or(Ordering::Equal)
            }
        }
    }

    /// The integer that this is exactly.
    pub fn as_int(self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(int),
            Self::Double(double) => {
                let inside = double.abs() <= EXACT_MAX as f64;
                (inside && double.fract() == 0.0).then_some(double as i64)
            }
        }
    }

    /// Times `factor`, exact as long as it can be.
    fn times(self, factor: f64) -> Self {
        let product = self.as_f64() * factor;
        let exact = match self {
            Self::Int(int) if factor.fract() == 0.0 => int.checked_mul(factor as i64),
            _ => Self::Double(product).as_int(),
        };
        exact.map_or(Self::Double(product), Self::Int)
    }

    /// Every way in which this number is stored as text.
    pub fn spellings(self) -> Vec<String> {
        let mut spellings = Vec::new();
        if let Some(int) = self.as_int() {
            spellings.push(int.to_string());
            if int.abs() <= EXACT_MAX {
                spellings.push(format!("{:?}", int as f64));
            }
        }
        if let Self::Double(double) = self {
            spellings.push(format!("{double:?}"));
        }
        spellings.dedup();
        spellings
    }
}

/// As numbers, without rounding the integer.
fn compare_int(int: i64, double: f64) -> Ordering {
    // The first double past the largest integer.
    const PAST: f64 = 9_223_372_036_854_775_808.0;
    if double >= PAST {
        return Ordering::Less;
    }
    if double < -PAST {
        return Ordering::Greater;
    }
    let whole = double.trunc();
    int.cmp(&(whole as i64))
        .then_with(|| 0.0.partial_cmp(&(double - whole)).unwrap_or(Ordering::Equal))
}

const NANOSECONDS: [(&str, f64); 9] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3600e9),
    ("d", 86_400e9),
];

const BYTES: [(&str, f64); 11] = [
    ("b", 1.0),
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("tb", 1e12),
    ("pb", 1e15),
    ("kib", 1024.0),
    ("mib", 1_048_576.0),
    ("gib", 1_073_741_824.0),
    ("tib", 1_099_511_627_776.0),
    ("pib", 1_125_899_906_842_624.0),
];

impl Quantity {
    /// Reads a number, with a unit right behind it or without one. Units of time are in lower case;
    /// those of size in any.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(number) = Number::read(text) {
            return Some(Self { number, dimension: Dimension::Plain });
        }
        // The longest unit has three letters.
        let digits = text.trim_end_matches(|character: char| character.is_alphabetic());
        let unit = &text[digits.len()..];
        if unit.is_empty() || unit.len() > 4 || digits.ends_with(char::is_whitespace) {
            return None;
        }
        let number = Number::read(digits)?;
        let of = |units: &[(&str, f64)], unit: &str| {
            units.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor)
        };
        let (factor, dimension) = match of(&NANOSECONDS, unit) {
            Some(factor) => (factor, Dimension::Duration),
            None => (of(&BYTES, &unit.to_ascii_lowercase())?, Dimension::Size),
        };
        Some(Self { number: number.times(factor), dimension })
    }

    /// This quantity in the unit that plain numbers under `key` have. A key such as `elapsed_ms`
    /// tells its unit; a duration is in nanoseconds otherwise, a size in bytes.
    pub fn in_unit_of(self, key: &str) -> Number {
        match self.dimension {
            Dimension::Plain | Dimension::Size => self.number,
            Dimension::Duration => match nanoseconds_of_unit(key) {
                1.0 => self.number,
                unit => {
                    let quotient = self.number.as_f64() / unit;
                    Number::Double(quotient).as_int().map_or(Number::Double(quotient), Number::Int)
                }
            },
        }
    }
}

/// The length of the unit that the end of a key names, in nanoseconds.
fn nanoseconds_of_unit(key: &str) -> f64 {
    let word = key.rsplit(['.', '_', '-']).next().unwrap_or(key);
    let lower = word.to_ascii_lowercase();
    let is_whole_key = word.len() == key.len();
    // `items` ends in `ms` and is no duration: a unit is a word of its own, or a hump.
    let ends = |names: &[&str]| {
        names.iter().any(|name| {
            let hump = |name: &str| {
                let start = word.len().checked_sub(name.len())?;
                let (before, unit) = (word.get(..start)?, word.get(start..)?);
                let capital = unit.starts_with(|first: char| first.is_ascii_uppercase());
                let small = before.ends_with(|last: char| last.is_ascii_lowercase());
                (unit.eq_ignore_ascii_case(name) && capital && small).then_some(())
            };
            (lower == *name && !is_whole_key) || hump(name).is_some()
        })
    };
    if ends(&["ms", "msec", "millis", "milliseconds"]) {
        1e6
    } else if ends(&["us", "usec", "micros", "microseconds"]) {
        1e3
    } else if ends(&["s", "sec", "secs", "seconds"]) {
        1e9
    } else if ends(&["min", "mins", "minutes"]) {
        60e9
    } else if ends(&["hours"]) {
        3600e9
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(f64, Dimension)> {
        Quantity::read(text).map(|quantity| (quantity.number.as_f64(), quantity.dimension))
    }

    #[test]
    fn units_are_read() {
        assert_eq!(read("400"), Some((400.0, Dimension::Plain)));
        assert_eq!(read("-1.5e3"), Some((-1500.0, Dimension::Plain)));
        assert_eq!(read("1.5s"), Some((1.5e9, Dimension::Duration)));
        assert_eq!(read("250µs"), Some((250e3, Dimension::Duration)));
        assert_eq!(read("2h"), Some((7200e9, Dimension::Duration)));
        assert_eq!(read("10MB"), Some((1e7, Dimension::Size)));
        assert_eq!(read("4KiB"), Some((4096.0, Dimension::Size)));
        for text in ["", "s", "1x", "0x10", "inf", "nan", "1.2.3", "5M", "1 s", "1e999", "--1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn integers_stay_exact() {
        let number = |text| Number::read(text).unwrap();
        let large = number("9007199254740993");
        assert_eq!(large.compare(number("9007199254740992")), Ordering::Greater);
        assert_eq!(large.compare(number("9007199254740992.0")), Ordering::Greater);
        assert_eq!(number("3").compare(number("2.5")), Ordering::Greater);
        assert_eq!(number("-3").compare(number("-2.5")), Ordering::Less);
        assert_eq!(number("-2").compare(number("-2.5")), Ordering::Greater);
        assert_eq!(number("1e30").compare(number("5")), Ordering::Greater);
        assert_eq!(number("1e3").compare(number("1000")), Ordering::Equal);
    }

    #[test]
    fn a_number_is_found_however_it_was_stored() {
        let spellings = |text| Number::read(text).unwrap().spellings();
        assert_eq!(spellings("400"), ["400", "400.0"]);
        assert_eq!(spellings("1e3"), ["1000", "1000.0"]);
        assert_eq!(spellings("1.50"), ["1.5"]);
        assert_eq!(spellings("9007199254740993"), ["9007199254740993"]);
    }

    #[test]
    fn a_key_tells_the_unit_of_its_numbers() {
        let second = Quantity::read("1.5s").unwrap();
        let under = |key| second.in_unit_of(key).as_f64();
        assert_eq!(under("duration"), 1.5e9);
        assert_eq!(under("elapsed_ms"), 1500.0);
        assert_eq!(under("http.durationMs"), 1500.0);
        assert_eq!(under("wait.seconds"), 1.5);
        assert_eq!(under("items"), 1.5e9);
        assert_eq!(under("s"), 1.5e9);
    }
}
