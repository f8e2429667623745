//! Finding values in structured attributes by a path such as `a.b.c`.
//!
//! A key may have points itself, so every way to cut the path is tried; arrays stand for each of
//! their items.

use hannun_model::typed_json;
use hannun_model::value::{self, Value, plain_text};

/// Whether a value is structured.
pub(crate) fn is_structured(typed: &str) -> bool {
    typed.starts_with(value::JSON)
}

/// Whether `test` is true of any value that `path` leads to.
pub(crate) fn any_at(value: &Value, path: &str, test: &mut dyn FnMut(&Value) -> bool) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| any_at(item, path, test)),
        Value::Map(entries) => entries.iter().any(|(key, value)| {
            let Some(rest) = path.strip_prefix(key.as_str()) else { return false };
            match rest.strip_prefix('.') {
                Some(rest) => any_at(value, rest, test),
                None => rest.is_empty() && test(value),
            }
        }),
        _ => false,
    }
}

/// Whether `test` is true of any value that `key` leads to inside the values of a map, not counting
/// the value of the whole key. `find` gives the typed text of a key.
pub(crate) fn any_inside<'a>(
    key: &str,
    find: impl Fn(&str) -> Option<&'a str>,
    test: &mut dyn FnMut(&Value) -> bool,
) -> bool {
    let cuts =
        key.match_indices('.').filter_map(|(at, _)| Some((key.get(..at)?, key.get(at + 1..)?)));
    for (outer, rest) in cuts {
        let Some(typed) = find(outer).filter(|typed| is_structured(typed)) else { continue };
        let value = plain_text(typed).and_then(|text| typed_json::read(text).ok());
        if value.is_some_and(|value| any_at(&value, rest, test)) {
            return true;
        }
    }
    false
}

/// The first value under `key` in a map, as plain text.
pub fn first_in_map<'a>(key: &str, find: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    if let Some(text) = find(key).and_then(plain_text) {
        return Some(text.to_owned());
    }
    let mut first = None;
    any_inside(key, find, &mut |value| {
        first = text_of(value);
        first.is_some()
    });
    first
}

/// The first value under `key` in an object of typed JSON, as plain text.
pub fn first_in_json(json: &str, key: &str) -> Option<String> {
    let value = typed_json::read(json).ok()?;
    let mut first = None;
    any_at(&value, key, &mut |value| {
        first = text_of(value);
        first.is_some()
    });
    first
}

/// What people see of a value; `None` when it is empty.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    let mut typed = String::new();
    value.write_typed(&mut typed);
    plain_text(&typed).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_of_a_path_is_its_text() {
        let map = |key: &str| (key == "a").then_some("\u{6}{\"b\":[null,{\"c\":5}],\"d.e\":[1]}");
        assert_eq!(first_in_map("a.b.c", map).as_deref(), Some("5"));
        assert_eq!(first_in_map("a.d.e", map).as_deref(), Some("[1]"));
        assert_eq!(first_in_map("a.x", map), None);
        assert_eq!(
            first_in_json(r#"{"team":{"name":"pay"}}"#, "team.name").as_deref(),
            Some("pay")
        );
    }
}
