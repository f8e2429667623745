//! Redaction: what must not be kept is replaced before anything is written.

use super::detect::{Kind, is_password_key};
use crate::record::{ChangedRecord, RecordView};
use hannun_model::table::logs;
use hannun_model::typed_json;
use hannun_model::value::{self, BYTES, EMPTY, JSON, Value};
use regex::Regex;
use std::borrow::Cow;
use std::ops::Range;

/// How often a text is looked through.
const PASSES_MAX: usize = 8;

/// What a redact rule does.
#[derive(Debug)]
pub(crate) struct Redact {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) patterns: Vec<Regex>,
    /// Whether the message is looked at.
    pub(crate) message: bool,
    pub(crate) attributes: Attributes,
    pub(crate) replace: String,
}

/// Which attributes are looked at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Attributes {
    All,
    Named(Vec<String>),
}

impl Redact {
    /// Whether there is anything to replace.
    pub(crate) fn finds(&self, view: RecordView<'_>) -> bool {
        let mut ranges = Vec::new();
        let mut in_text = |key: Option<&str>, text: &str| {
            if key.is_some_and(|key| self.is_whole_secret(key, text)) {
                return true;
            }
            self.find(text, &mut ranges);
            !ranges.is_empty()
        };
        if self.message && view.text(logs::BODY).is_some_and(|body| in_text(None, body)) {
            return true;
        }
        let mut in_attribute =
            |key: &str, text: &str| self.is_meant(key) && in_text(Some(key), text);
        if let Some(changed) = view.changed {
            let mut attributes = changed.attributes().iter();
            return attributes.any(|(key, typed)| {
                value::plain_text(typed).is_some_and(|text| in_attribute(key, text))
            });
        }
        let (rows, row) = (view.rows, view.row);
        rows.map(row).any(|(key, typed)| {
            value::plain_text(typed).is_some_and(|text| in_attribute(key, text))
        }) || rows.hot_texts(row).any(|(key, text)| in_attribute(key, text))
            || rows.hot_ints(row).any(|(key, int)| in_attribute(key, &int.to_string()))
    }

    /// Replaces what must not be kept. Answers how often.
    pub(crate) fn write(&self, record: &mut ChangedRecord, view_body: Option<Body<'_>>) -> u64 {
        let mut count = 0;
        if self.message
            && let Some(body) = view_body
            && let Cow::Owned(redacted) = self.body(&body, &mut count)
        {
            record.set_text(logs::BODY, &redacted);
            // A number that was redacted is none.
            if matches!(body.body_type, Some("int" | "double" | "bytes")) {
                record.clear(logs::BODY_TYPE);
            }
        }
        for (key, typed) in record.attributes_mut() {
            if self.is_meant(key)
                && let Some(redacted) = self.typed(key, typed, &mut count)
            {
                *typed = redacted;
            }
        }
        count
    }

    fn is_meant(&self, key: &str) -> bool {
        match &self.attributes {
            Attributes::All => true,
            Attributes::Named(keys) => keys.iter().any(|known| known == key),
        }
    }

    /// Whether the whole value is a secret by its name.
    fn is_whole_secret(&self, key: &str, text: &str) -> bool {
        let is_secret = self.kinds.contains(&Kind::Password) && is_password_key(key);
        is_secret && !text.is_empty() && text != self.replace
    }

    fn find(&self, text: &str, ranges: &mut Vec<Range<usize>>) {
        for kind in &self.kinds {
            kind.find(text, ranges);
        }
        for pattern in &self.patterns {
            ranges.extend(pattern.find_iter(text).map(|found| found.range()));
        }
        // What stands there already instead of a secret is none.
        ranges.retain(|range| !range.is_empty() && text[range.clone()] != self.replace);
    }

    fn body<'b>(&self, body: &Body<'b>, count: &mut u64) -> Cow<'b, str> {
        if body.body_type == Some("json")
            && let Ok(mut json) = typed_json::read(body.text)
        {
            let before = *count;
            self.value(None, &mut json, count);
            let mut written = String::new();
            if *count == before {
                return Cow::Borrowed(body.text);
            }
            typed_json::write(&mut written, &json);
            return Cow::Owned(written);
        }
        self.text(body.text, count)
    }

    /// The typed text without what must not be kept; `None` when there is nothing.
    fn typed(&self, key: &str, typed: &str, count: &mut u64) -> Option<String> {
        let before = *count;
        match typed.chars().next() {
            Some(EMPTY | BYTES) => return None,
            Some(JSON) => {}
            // Most values are texts without anything to hide.
            _ => {
                let plain = value::plain_text(typed)?;
                if self.is_whole_secret(key, plain) {
                    *count += 1;
                    return Some(self.replace.clone());
                }
                let Cow::Owned(redacted) = self.text(plain, count) else { return None };
                let mut typed = String::new();
                value::write_text(&mut typed, &redacted);
                return Some(typed);
            }
        }
        let mut json = Value::read_typed(typed)?;
        self.value(Some(key), &mut json, count);
        if *count == before {
            return None;
        }
        let mut typed = String::new();
        json.write_typed(&mut typed);
        Some(typed)
    }

    fn value(&self, key: Option<&str>, value: &mut Value, count: &mut u64) {
        match value {
            Value::Array(items) => {
                items.iter_mut().for_each(|item| self.value(key, item, count));
            }
            Value::Map(entries) => {
                entries.iter_mut().for_each(|(key, item)| self.value(Some(key), item, count));
            }
            Value::Empty | Value::Bool(_) | Value::Bytes(_) => {}
            Value::Text(_) | Value::Int(_) | Value::Double(_) => {
                let plain = match value {
                    Value::Text(text) => Cow::Borrowed(text.as_str()),
                    Value::Int(int) => Cow::Owned(int.to_string()),
                    Value::Double(double) => Cow::Owned(double.to_string()),
                    _ => return,
                };
                if key.is_some_and(|key| self.is_whole_secret(key, &plain)) {
                    *count += 1;
                    *value = Value::Text(self.replace.clone());
                } else if let Cow::Owned(redacted) = self.text(&plain, count) {
                    *value = Value::Text(redacted);
                }
            }
        }
    }

    fn text<'t>(&self, text: &'t str, count: &mut u64) -> Cow<'t, str> {
        let mut redacted = Cow::Borrowed(text);
        // What was replaced may have kept its neighbour from being seen.
        for _ in 0..PASSES_MAX {
            let mut ranges = Vec::new();
            self.find(&redacted, &mut ranges);
            if ranges.is_empty() {
                break;
            }
            redacted = Cow::Owned(self.replaced(&redacted, ranges, count));
        }
        redacted
    }

    fn replaced(&self, text: &str, mut ranges: Vec<Range<usize>>, count: &mut u64) -> String {
        // Where two kinds overlap, one replacement stands for both.
        ranges.sort_unstable_by_key(|range| (range.start, range.end));
        let mut redacted = String::with_capacity(text.len());
        let mut copied = 0;
        for range in ranges {
            if range.start >= copied {
                redacted.push_str(&text[copied..range.start]);
                redacted.push_str(&self.replace);
                *count += 1;
            }
            copied = copied.max(range.end);
        }
        redacted.push_str(&text[copied..]);
        redacted
    }
}

/// The message of a record and how it is written.
#[derive(Debug)]
pub(crate) struct Body<'a> {
    pub(crate) text: &'a str,
    pub(crate) body_type: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::super::detect::KINDS;
    use super::*;
    use proptest::prelude::*;

    fn redact() -> Redact {
        Redact {
            kinds: KINDS.iter().map(|(_, kind)| *kind).collect(),
            patterns: vec![Regex::new("order-[0-9]+").unwrap()],
            message: true,
            attributes: Attributes::All,
            replace: "[redacted]".to_owned(),
        }
    }

    fn text(text: &str) -> (String, u64) {
        let mut count = 0;
        let redacted = redact().text(text, &mut count).into_owned();
        (redacted, count)
    }

    #[test]
    fn every_secret_is_replaced_and_counted() {
        let line = "kim@example.com paid order-77 with 4111 1111 1111 1111, password=a \
                    Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP 900101-1234568";
        assert_eq!(
            text(line),
            (
                "[redacted] paid [redacted] with [redacted], password=[redacted] \
                 Authorization: Bearer [redacted] [redacted]"
                    .to_owned(),
                6
            )
        );
    }

    #[test]
    fn json_stays_json_and_keeps_what_is_no_secret() {
        let mut count = 0;
        let typed = "\u{6}{\"password\":7,\"a\":[\"x@example.com\",4111111111111111,1],\"b\":2}";
        let redacted = redact().typed("k", typed, &mut count).unwrap();
        assert_eq!(
            redacted,
            "\u{6}{\"password\":\"[redacted]\",\"a\":[\"[redacted]\",\"[redacted]\",1],\"b\":2}"
        );
        assert_eq!(count, 3);
        assert_eq!(redact().typed("k", "\u{6}[1]", &mut count), None);
        assert_eq!(
            redact().typed("card", "\u{2}4111111111111111", &mut count).unwrap(),
            "[redacted]"
        );
        assert_eq!(redact().typed("db.password", "p", &mut count).unwrap(), "[redacted]");
        assert_eq!(redact().typed("db.password", "[redacted]", &mut count), None);
    }

    proptest! {
        #[test]
        fn what_was_redacted_has_nothing_left_to_redact(
            parts in prop::collection::vec(prop_oneof![
                Just("4111 1111 1111 1111".to_owned()),
                Just("5555-5555-5555-4444".to_owned()),
                Just("900101-1234568".to_owned()),
                Just("kim.ah@example.co.kr".to_owned()),
                Just("password=hunter2".to_owned()),
                Just("\"secret\": \"a b\"".to_owned()),
                Just("Bearer abcdefgh12345".to_owned()),
                Just("AKIAIOSFODNN7EXAMPLE".to_owned()),
                Just("eyJh.eyJz.sig".to_owned()),
                Just("order-1".to_owned()),
                "[ 0-9a-z@.:=\"'가-힣-]{0,12}",
            ], 0..8),
        ) {
            let line = parts.concat();
            let (once, _) = text(&line);
            let (twice, again) = text(&once);
            prop_assert_eq!(&once, &twice, "of {:?}", line);
            prop_assert_eq!(again, 0);
        }
    }
}
