//! Comparing one value with what a search asks of it.

use crate::ast::{Bound, BoundValue, Range, Test};
use crate::cidr::{Network, address_of};
use crate::number::{Dimension, Number, Quantity};
use crate::path::{any_at, any_inside, is_structured, text_of};
use crate::phrase::PatternTooLong;
use hannun_model::limits::SEARCH_PATTERN_BYTES_MAX;
use hannun_model::typed_json;
use hannun_model::value::{Value, plain_text};
use regex::{Regex, RegexBuilder};
use std::cmp::Ordering;

/// A [`Test`] made ready for many values of one key.
///
/// Values are compared in their plain text, whatever their type: case matters, and numbers compare
/// as numbers. A structured value counts with its JSON text, and an array with each of its items.
#[derive(Debug, Clone)]
pub struct ValueTest {
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    Exists,
    /// One of these texts.
    OneOf(Vec<String>),
    Like(Regex),
    Texts {
        low: Option<(String, bool)>,
        high: Option<(String, bool)>,
    },
    Numbers(NumberRange),
    Networks(Vec<Network>),
    /// A pattern that could not be compiled lets nothing through.
    Nothing,
}

/// Numbers between two ends; `true` beside an end includes it.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberRange {
    low: Option<(Number, bool)>,
    high: Option<(Number, bool)>,
    /// The same ends for values that tell their unit.
    with_unit: Option<Box<NumberRange>>,
    dimension: Dimension,
}

/// The texts that a value under `key` may have to be this one: the text itself, and the spellings
/// of its number.
pub fn equal_texts(text: &str, key: &str) -> Vec<String> {
    let mut texts = vec![text.to_owned()];
    if let Some(quantity) = Quantity::read(text) {
        for spelling in quantity.in_unit_of(key).spellings() {
            if !texts.contains(&spelling) {
                texts.push(spelling);
            }
        }
    }
    texts
}

/// The integer that a value has to be to be this text, whatever unit it is written with.
pub fn equal_int(text: &str, key: &str) -> Option<i64> {
    Quantity::read(text)?.in_unit_of(key).as_int()
}

/// The expression that whole values have to match.
pub fn like_regex(pattern: &str) -> Result<Regex, PatternTooLong> {
    let mut source = String::from("(?s)^");
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => source.push_str(".*"),
            '?' => source.push('.'),
            '\\' => {
                let next = characters.next().unwrap_or('\\');
                source.push_str(&regex::escape(next.encode_utf8(&mut [0; 4])));
            }
            other => source.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    source.push('$');
    let mut builder = RegexBuilder::new(&source);
    builder.size_limit(SEARCH_PATTERN_BYTES_MAX).build().map_err(|_| PatternTooLong)
}

impl ValueTest {
    /// Makes a test ready for values under `key`.
    pub fn new(test: &Test, key: &str) -> Self {
        let form = match test {
            Test::Exists => Form::Exists,
            Test::Is(text) => Form::OneOf(equal_texts(text, key)),
            Test::Like(pattern) => like_regex(pattern).map_or(Form::Nothing, Form::Like),
            Test::Cidr(networks) => Form::Networks(networks.clone()),
            Test::Range(range) => match NumberRange::of(range, key) {
                Some(numbers) => Form::Numbers(numbers),
                None => Form::Texts {
                    low: range.low.as_ref().and_then(text_end),
                    high: range.high.as_ref().and_then(text_end),
                },
            },
        };
        Self { form }
    }

    /// Whether a value with this plain text is let through.
    pub fn matches_text(&self, text: &str) -> bool {
        match &self.form {
            Form::Exists => true,
            Form::OneOf(texts) => texts.iter().any(|one| one == text),
            Form::Like(regex) => regex.is_match(text),
            Form::Texts { low, high } => {
                let above = |(low, inclusive): &(String, bool)| match text.cmp(low) {
                    Ordering::Greater => true,
                    Ordering::Equal => *inclusive,
                    Ordering::Less => false,
                };
                let below = |(high, inclusive): &(String, bool)| match text.cmp(high) {
                    Ordering::Less => true,
                    Ordering::Equal => *inclusive,
                    Ordering::Greater => false,
                };
                low.as_ref().is_none_or(above) && high.as_ref().is_none_or(below)
            }
            Form::Numbers(range) => range.has_text(text),
            Form::Networks(networks) => address_of(text)
                .is_some_and(|address| networks.iter().any(|network| network.contains(address))),
            Form::Nothing => false,
        }
    }

    /// Whether a value of a text column is let through: such a value is never a number, so that
    /// `version:1.0` is not version 1.
    pub fn matches_column_text(&self, text: &str) -> bool {
        match &self.form {
            Form::OneOf(texts) => texts.first().is_some_and(|one| one == text),
            _ => self.matches_text(text),
        }
    }

    /// Whether this number is let through.
    pub fn matches_number(&self, number: Number) -> bool {
        match &self.form {
            Form::Exists => true,
            Form::Numbers(range) => range.has(number),
            _ => match number {
                Number::Int(int) => self.matches_text(&int.to_string()),
                Number::Double(double) => self.matches_text(&format!("{double:?}")),
            },
        }
    }

    /// Whether a value in typed text, or one of its items, is let through.
    pub fn matches_typed(&self, typed: &str) -> bool {
        let Some(text) = plain_text(typed) else { return false };
        if self.matches_text(text) {
            return true;
        }
        is_structured(typed)
            && typed_json::read(text).is_ok_and(
                |value| matches!(&value, Value::Array(items) if self.matches_an_item(items)),
            )
    }

    /// Whether the value under `key` is let through, given how values of the map are found.
    pub fn matches_key<'a>(&self, key: &str, find: impl Fn(&str) -> Option<&'a str>) -> bool {
        find(key).is_some_and(|typed| self.matches_typed(typed))
            || any_inside(key, find, &mut |value| self.matches_value(value))
    }

    /// Whether the value under `key` in an object of typed JSON is let through.
    pub fn matches_json(&self, json: &str, key: &str) -> bool {
        typed_json::read(json)
            .is_ok_and(|value| any_at(&value, key, &mut |value| self.matches_value(value)))
    }

    fn matches_value(&self, value: &Value) -> bool {
        text_of(value).is_some_and(|text| self.matches_text(&text))
            || matches!(value, Value::Array(items) if self.matches_an_item(items))
    }

    fn matches_an_item(&self, items: &[Value]) -> bool {
        items.iter().any(|item| match item {
            Value::Array(items) => self.matches_an_item(items),
            Value::Map(_) => false,
            scalar => self.matches_value(scalar),
        })
    }
}

fn text_end(bound: &Bound) -> Option<(String, bool)> {
    match &bound.value {
        BoundValue::Text(text) => Some((text.clone(), bound.inclusive)),
        BoundValue::Quantity { .. } => None,
    }
}

impl NumberRange {
    /// The numbers that a range means under `key`; `None` when its ends are texts.
    pub fn of(range: &Range, key: &str) -> Option<Self> {
        let quantity = |bound: &Bound| match bound.value {
            BoundValue::Quantity { quantity, .. } => Some((quantity, bound.inclusive)),
            BoundValue::Text(_) => None,
        };
        let low = range.low.as_ref().map(quantity);
        let high = range.high.as_ref().map(quantity);
        let (low, high) = match (low, high) {
            (Some(None), _) | (_, Some(None)) | (None, None) => return None,
            (low, high) => (low.flatten(), high.flatten()),
        };
        let dimension = low.or(high).map_or(Dimension::Plain, |(end, _)| end.dimension);
        let here = |end: Option<(Quantity, bool)>| {
            end.map(|(quantity, inclusive)| (quantity.in_unit_of(key), inclusive))
        };
        let base = |end: Option<(Quantity, bool)>| {
            end.map(|(quantity, inclusive)| (quantity.number, inclusive))
        };
        let with_unit = (dimension != Dimension::Plain).then(|| {
            Box::new(Self { low: base(low), high: base(high), with_unit: None, dimension })
        });
        Some(Self { low: here(low), high: here(high), with_unit, dimension })
    }

    fn has(&self, number: Number) -> bool {
        let above = |(low, inclusive): (Number, bool)| match number.compare(low) {
            Ordering::Greater => true,
            Ordering::Equal => inclusive,
            Ordering::Less => false,
        };
        let below = |(high, inclusive): (Number, bool)| match number.compare(high) {
            Ordering::Less => true,
            Ordering::Equal => inclusive,
            Ordering::Greater => false,
        };
        self.low.is_none_or(above) && self.high.is_none_or(below)
    }

    fn has_text(&self, text: &str) -> bool {
        match &self.with_unit {
            None => Number::read(text).is_some_and(|number| self.has(number)),
            Some(with_unit) => match Quantity::read(text) {
                Some(Quantity { number, dimension: Dimension::Plain }) => self.has(number),
                Some(quantity) if quantity.dimension == self.dimension => {
                    with_unit.has(quantity.number)
                }
                _ => false,
            },
        }
    }

    /// The integers inside: the smallest and the largest, where there is an end.
    pub fn ints(&self) -> (Option<i64>, Option<i64>) {
        let low = self.low.map(|(number, inclusive)| match number {
            Number::Int(int) if inclusive => int,
            Number::Int(int) => int.saturating_add(1),
            Number::Double(double) if inclusive => double.ceil() as i64,
            Number::Double(double) => (double.floor() as i64).saturating_add(1),
        });
        let high = self.high.map(|(number, inclusive)| match number {
            Number::Int(int) if inclusive => int,
            Number::Int(int) => int.saturating_sub(1),
            Number::Double(double) if inclusive => double.floor() as i64,
            Number::Double(double) => (double.ceil() as i64).saturating_sub(1),
        });
        (low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::{Expr, Field};

    fn test_of(term: &str, key: &str) -> ValueTest {
        let search = crate::parse(&format!("@{key}:{term}")).unwrap();
        let Expr::Field { test, field: Field::Attribute(key) } = search.filter.expr().clone()
        else {
            panic!("{term} is one comparison")
        };
        ValueTest::new(&test, &key)
    }

    fn matches(term: &str, typed: &str) -> bool {
        test_of(term, "k").matches_typed(typed)
    }

    #[test]
    fn values_compare_with_case_and_numbers_as_numbers() {
        assert!(matches("web", "web") && !matches("web", "Web") && !matches("web", "web1"));
        assert!(
            matches("400", "\u{2}400") && matches("400", "\u{3}400.0") && matches("400", "400")
        );
        assert!(matches("1.50", "\u{3}1.5") && !matches("400", "0400"));
        assert!(matches("true", "\u{4}true") && !matches("*", "\u{7}"));
        assert!(matches("we*", "web") && matches("w?b", "web") && !matches("e*", "web"));
        assert!(matches("w\\*b", "w*b") && !matches("w\\*b", "web"));
        assert!(matches(">=400", "\u{2}400") && !matches(">400", "\u{2}400"));
        assert!(matches("[1 TO 5}", "4.9") && !matches("[1 TO 5}", "\u{2}5"));
        assert!(!matches(">400", "many") && matches(">b", "c") && !matches(">b", "b"));
        assert!(matches("[a TO b]", "abc") && matches("\"*\"", "*"));
    }

    #[test]
    fn durations_and_sizes_know_units_on_both_sides() {
        assert!(matches(">1.5s", "\u{2}1500000001") && matches(">1.5s", "2s"));
        assert!(!matches(">1.5s", "1499ms") && !matches(">1.5s", "9MB"));
        assert!(test_of(">1.5s", "wait_ms").matches_typed("\u{2}1501"));
        assert!(matches(">10MB", "\u{2}10000001") && matches("<=10MB", "9.5MiB"));
    }

    #[test]
    fn arrays_and_nested_values_are_searched() {
        let array = "\u{6}[\"a\",[2],{\"b\":\"c\"}]";
        assert!(matches("a", array) && matches("2", array) && !matches("c", array));
        let map = |key: &str| (key == "a").then_some("\u{6}{\"b\":[{\"c\":5}],\"d.e\":\"x\"}");
        assert!(test_of("5", "a.b.c").matches_key("a.b.c", map));
        assert!(test_of("x", "a.d.e").matches_key("a.d.e", map));
        assert!(!test_of("x", "a.d").matches_key("a.d", map));
        assert!(test_of("*", "a.b").matches_key("a.b", map));
        assert!(test_of("payments", "team").matches_json(r#"{"team":"payments"}"#, "team"));
    }

    #[test]
    fn integers_inside_a_range_agree_with_comparing_each() {
        for term in [">1.5", ">=1.5", "<1.5", "<=1.5", ">=2", ">2", "[-3 TO 2.5}", "{-3 TO 2]"] {
            let search = crate::parse(&format!("@k:{term}")).unwrap();
            let Expr::Field { test: Test::Range(range), .. } = search.filter.expr().clone() else {
                panic!("{term} is a range")
            };
            let range = NumberRange::of(&range, "k").unwrap();
            let (low, high) = range.ints();
            for int in -5..5 {
                let inside =
                    low.is_none_or(|low| low <= int) && high.is_none_or(|high| int <= high);
                assert_eq!(inside, range.has(Number::Int(int)), "{term} {int}");
            }
        }
    }
}
