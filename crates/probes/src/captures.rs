//! Captured variables, cut to what a row can hold.

use serde_json::{Value, json};

/// Depths at which values are cut, one after the other, until the rest is small enough.
const DEPTHS: [usize; 8] = [24, 18, 14, 11, 8, 6, 5, 4];

/// Cuts captures to so many bytes as JSON, the deepest values first. Answers whether anything was cut;
/// what is cut says so in the way of clients.
pub fn fit(captures: &mut Value, bytes_max: usize, depth_max: usize) -> bool {
    let mut is_cut = cut_below(captures, depth_max);
    for depth in DEPTHS.into_iter().filter(|depth| *depth < depth_max) {
        if bytes(captures) <= bytes_max {
            return is_cut;
        }
        is_cut |= cut_below(captures, depth);
    }
    if bytes(captures) > bytes_max {
        *captures = json!({"notCapturedReason": "tooLarge"});
        is_cut = true;
    }
    is_cut
}

fn bytes(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
            self.0 += part.len();
            Ok(part.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    match serde_json::to_writer(&mut count, value) {
        Ok(()) => count.0,
        Err(_) => usize::MAX,
    }
}

/// Cuts what is nested deeper than so many levels.
fn cut_below(value: &mut Value, depth: usize) -> bool {
    match value {
        Value::Array(items) if items.is_empty() => false,
        Value::Object(entries) if entries.is_empty() => false,
        Value::Array(_) if depth == 0 => {
            *value = json!([]);
            true
        }
        Value::Object(entries) if depth == 0 => {
            if entries.values().all(|it| !it.is_object() && !it.is_array()) && is_small(entries) {
                return false;
            }
            let kind = entries.remove("type").unwrap_or(Value::Null);
            *value = json!({"type": kind, "notCapturedReason": "depth"});
            true
        }
        Value::Array(items) => cut_each(items.iter_mut(), depth - 1),
        Value::Object(entries) => cut_each(entries.values_mut(), depth - 1),
        _ => false,
    }
}

fn cut_each<'v>(values: impl Iterator<Item = &'v mut Value>, depth: usize) -> bool {
    let mut is_cut = false;
    for value in values {
        is_cut |= cut_below(value, depth);
    }
    is_cut
}

/// Whether what is left of a value is as small as the note that it was cut.
fn is_small(entries: &serde_json::Map<String, Value>) -> bool {
    const BYTES_MAX: usize = 64;
    let text = |value: &Value| value.as_str().map_or(8, str::len);
    entries.iter().map(|(key, value)| key.len() + text(value)).sum::<usize>() <= BYTES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize, leaf: &str) -> Value {
        (0..depth).fold(
            json!({"type": "str", "value": leaf}),
            |inner, _| json!({"type": "Node", "fields": {"next": inner}}),
        )
    }

    #[test]
    fn what_fits_is_left_whole() {
        let mut captures = json!({"lines": {"7": {"locals": {"a": nested(3, "x")}}}});
        let before = captures.clone();
        assert!(!fit(&mut captures, 4096, 28));
        assert_eq!(captures, before);
    }

    #[test]
    fn the_deepest_values_go_first_and_say_so() {
        let long = "x".repeat(5000);
        let locals = json!({"deep": nested(6, &long), "shallow": {"type": "str", "value": "near"}});
        let mut captures = json!({"lines": {"7": {"locals": locals}}});
        assert!(fit(&mut captures, 2000, 28));
        let text = captures.to_string();
        assert!(text.len() <= 2000, "{text}");
        assert!(
            text.contains("near") && text.contains("\"notCapturedReason\":\"depth\""),
            "{text}"
        );
    }

    #[test]
    fn no_capture_is_too_large_or_too_deep() {
        let mut wide = json!({"lines": {"7": {"locals": {}}}});
        for n in 0..1000 {
            wide["lines"]["7"]["locals"][format!("v{n}")] = json!({"type": "str", "value": "x"});
        }
        assert!(fit(&mut wide, 1000, 28));
        assert_eq!(wide, json!({"notCapturedReason": "tooLarge"}));
        let mut deep = nested(60, "x");
        assert!(fit(&mut deep, 1 << 20, 10));
        fn depth(value: &Value) -> usize {
            let deepest = match value {
                Value::Array(items) => items.iter().map(depth).max(),
                Value::Object(entries) => entries.values().map(depth).max(),
                _ => return 0,
            };
            1 + deepest.unwrap_or(0)
        }
        assert!(depth(&deep) <= 11, "{}", depth(&deep));
    }
}
