//! Redaction: what must not be kept is replaced before anything is written.

use super::detect::{Kind, is_password_key};
use crate::record::{ChangedRecord, RecordView, is_same_attribute};
use hannun_model::column::ColumnType;
use hannun_model::semconv::resource_attributes;
use hannun_model::table::{Table, logs};
use hannun_model::typed_json;
use hannun_model::value::{self, BYTES, EMPTY, JSON, Value};
use regex::Regex;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

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
    /// Whether there is anything to replace in the message or the attributes.
    pub(crate) fn finds(&self, view: RecordView<'_>) -> bool {
        let body_type = view.text(logs::BODY_TYPE);
        let body = view.text(logs::BODY).filter(|_| self.message);
        if body.is_some_and(|text| {
            matches!(self.body(&Body { text, body_type }, &mut 0), Cow::Owned(_))
        }) {
            return true;
        }
        let in_typed = |key: &str, typed: &str| self.typed(key, typed, &mut 0).is_some();
        if let Some(changed) = view.changed {
            return changed.attributes().iter().any(|(key, typed)| in_typed(key, typed));
        }
        let in_column =
            |key: &str, text: &str| self.is_meant(key) && self.plain(key, text, &mut 0).is_some();
        let (rows, row) = (view.rows, view.row);
        rows.map(row).any(|(key, typed)| in_typed(key, typed))
            || rows.hot_texts(row).any(|(key, text)| in_column(key, text))
            || rows.hot_ints(row).any(|(key, int)| in_column(key, &int.to_string()))
    }

    /// What replaces the columns of the resource and the scope in which something was found.
    pub(crate) fn in_resource(
        &self,
        view: RecordView<'_>,
        known: &mut KnownResource,
    ) -> Vec<ResourceColumn> {
        if self.attributes != Attributes::All {
            return Vec::new();
        }
        known.columns.resize_with(RESOURCE_COLUMNS.len(), Default::default);
        let mut found = Vec::new();
        for (column, known) in RESOURCE_COLUMNS.iter().zip(&mut known.columns) {
            let Some(text) = view.text(*column) else { continue };
            if known.text != text {
                let mut count = 0;
                let is_json = logs::COLUMNS[*column].column_type == ColumnType::Json;
                let body = Body { text, body_type: is_json.then_some("json") };
                let redacted = match self.body(&body, &mut count) {
                    Cow::Owned(text) => Some(ResourceColumn { column: *column, text, count }),
                    Cow::Borrowed(_) => None,
                };
                *known = KnownColumn { text: text.to_owned(), redacted };
            }
            found.extend(known.redacted.clone());
        }
        found
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
            if let Some(redacted) = self.typed(key, typed, &mut count) {
                *typed = redacted;
            }
        }
        count
    }

    fn is_meant(&self, path: &str) -> bool {
        match &self.attributes {
            Attributes::All => true,
            Attributes::Named(paths) => paths.iter().any(|known| is_same_attribute(known, path)),
        }
    }

    /// Whether a path that is meant leads into what stands at this one.
    fn leads_into(&self, path: &str) -> bool {
        let Attributes::Named(paths) = &self.attributes else { return false };
        paths.iter().filter_map(|known| known.strip_prefix(path)).any(|rest| rest.starts_with('.'))
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
        let is_meant = self.is_meant(key);
        if !is_meant && !self.leads_into(key) {
            return None;
        }
        let before = *count;
        match typed.chars().next() {
            Some(EMPTY | BYTES) => return None,
            Some(JSON) => {
                if let Some(mut json) = Value::read_typed(typed) {
                    match is_meant {
                        true => self.value(Some(key), &mut json, count),
                        false => self.named(key, &mut json, count),
                    }
                    if *count == before {
                        return None;
                    }
                    let mut typed = String::new();
                    json.write_typed(&mut typed);
                    return Some(typed);
                }
                // What cannot be read is looked through as a text.
            }
            _ if !is_meant => return None,
            _ => {}
        }
        let redacted = self.plain(key, value::plain_text(typed)?, count)?;
        let mut typed = String::new();
        value::write_text(&mut typed, &redacted);
        Some(typed)
    }

    /// The text of an attribute without what must not be kept; `None` when there is nothing.
    fn plain(&self, key: &str, text: &str, count: &mut u64) -> Option<String> {
        if self.is_whole_secret(key, text) {
            *count += 1;
            return Some(self.replace.clone());
        }
        match self.text(text, count) {
            Cow::Owned(redacted) => Some(redacted),
            Cow::Borrowed(_) => None,
        }
    }

    /// Redacts what is meant inside the value at this path.
    fn named(&self, path: &str, value: &mut Value, count: &mut u64) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.named(path, item, count)),
            Value::Map(entries) => {
                for (key, item) in entries {
                    let path = format!("{path}.{key}");
                    if self.is_meant(&path) {
                        self.value(Some(key), item, count);
                    } else if self.leads_into(&path) {
                        self.named(&path, item, count);
                    }
                }
            }
            _ => {}
        }
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
                if let Some(redacted) = self.plain(key.unwrap_or_default(), &plain, count) {
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

/// Columns of the resource and the scope that are looked at with all attributes. The id of a
/// container is not: now and then its digits look like a card number, and nobody chose them.
static RESOURCE_COLUMNS: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let resource = resource_attributes(Table::Logs).iter().map(|(_, hot)| hot.column);
    let mut columns: Vec<usize> = resource.filter(|it| *it != logs::CONTAINER_ID).collect();
    columns.extend([logs::RESOURCE_ATTRIBUTES, logs::SCOPE_ATTRIBUTES]);
    columns.sort_unstable();
    columns.dedup();
    columns
});

/// What was found in the resource of the record before: most records of a request share theirs.
#[derive(Debug, Default)]
pub(crate) struct KnownResource {
    columns: Vec<KnownColumn>,
}

#[derive(Debug, Default)]
struct KnownColumn {
    text: String,
    redacted: Option<ResourceColumn>,
}

/// What replaces a column of the resource.
#[derive(Debug, Clone)]
pub(crate) struct ResourceColumn {
    pub(crate) column: usize,
    pub(crate) text: String,
    pub(crate) count: u64,
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
