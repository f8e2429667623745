//! One record that a rule changes.

use crate::rows::{LogRows, is_attribute_column};
use arrow::error::ArrowError;
use hannun_model::batch::{Batch, BatchBuilder};
use hannun_model::column::ColumnType;
use hannun_model::limits::{
    ATTRIBUTE_KEY_BYTES_MAX, ATTRIBUTE_VALUE_BYTES_MAX, ATTRIBUTES_PER_ITEM_MAX,
};
use hannun_model::semconv::{Applies, HotAttribute, item_attributes};
use hannun_model::severity::status_of_number;
use hannun_model::table::{Table, logs};
use hannun_model::typed_json;
use hannun_model::value::{self, IN_COLUMN, JSON, Value};
use hannun_search::record::{ColumnValue, Record};
use std::borrow::Cow;

/// What replaces the value of a column.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Null,
    Text(String),
    Int(i64),
}

/// A record that differs from its row.
#[derive(Debug)]
pub(crate) struct ChangedRecord {
    replaced: Vec<(usize, Cell)>,
    attributes: Vec<(String, String)>,
    /// Attributes that were dropped since because there were too many.
    dropped: i64,
}

/// A record as a rule sees it: its row, or what earlier rules made of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordView<'a> {
    pub(crate) rows: &'a LogRows<'a>,
    pub(crate) row: usize,
    pub(crate) changed: Option<&'a ChangedRecord>,
}

/// Whether two keys mean the same attribute under its present and its former name.
pub(crate) fn is_same_attribute(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    let hot = item_attributes(Table::Logs);
    match (hot.get(left), hot.get(right)) {
        (Some(left), Some(right)) => left.column == right.column,
        _ => false,
    }
}

impl<'a> RecordView<'a> {
    pub(crate) fn text(&self, column: usize) -> Option<&'a str> {
        match self.changed.and_then(|changed| changed.cell(column)) {
            Some(Cell::Text(text)) => Some(text),
            Some(_) => None,
            None => self.rows.text(column, self.row),
        }
    }

    pub(crate) fn int(&self, column: usize) -> Option<i64> {
        match self.changed.and_then(|changed| changed.cell(column)) {
            Some(Cell::Int(int)) => Some(*int),
            Some(_) => None,
            None => self.rows.int(column, self.row),
        }
    }

    pub(crate) fn status(&self) -> Option<&'static str> {
        status_of_number(self.int(logs::SEVERITY_NUMBER)?)
    }

    /// An attribute as typed text: under its key, under its other name, or inside one that is JSON.
    pub(crate) fn attribute(&self, key: &str) -> Option<Cow<'a, str>> {
        self.flat_attribute(key).or_else(|| self.nested_attribute(key).map(Cow::Owned))
    }

    pub(crate) fn flat_attribute(&self, key: &str) -> Option<Cow<'a, str>> {
        if let Some(changed) = self.changed {
            let position = changed.position(key)?;
            return Some(Cow::Borrowed(&changed.attributes[position].1));
        }
        let hot = item_attributes(Table::Logs).get(key).map(|hot| hot.column);
        let entry = self.rows.map(self.row).find(|(entry, _)| *entry == key);
        if let Some((_, typed)) = entry
            && !typed.starts_with(IN_COLUMN)
        {
            return Some(Cow::Borrowed(typed));
        }
        self.rows.typed(hot?, self.row).map(Cow::Owned)
    }

    fn nested_attribute(&self, key: &str) -> Option<String> {
        key.rmatch_indices('.').find_map(|(dot, _)| {
            let outer = self.flat_attribute(&key[..dot])?;
            let json = outer.strip_prefix(JSON)?;
            let inner = find_nested(&typed_json::read(json).ok()?, &key[dot + 1..])?.clone();
            let mut typed = String::new();
            inner.write_typed(&mut typed);
            Some(typed)
        })
    }

    /// The text of an attribute as people see it; an empty value has none.
    pub(crate) fn plain_attribute(&self, key: &str) -> Option<Cow<'a, str>> {
        match self.attribute(key)? {
            Cow::Borrowed(typed) => value::plain_text(typed).map(Cow::Borrowed),
            Cow::Owned(typed) => value::plain_text(&typed).map(|text| Cow::Owned(text.to_owned())),
        }
    }

    /// Bytes of the body and of the keys and values of the attributes.
    pub(crate) fn bytes(&self) -> i64 {
        let rows = self.rows;
        let map: usize = rows.map(self.row).map(|(key, typed)| key.len() + plain_len(typed)).sum();
        let texts: usize = rows.hot_texts(self.row).map(|(key, text)| key.len() + text.len()).sum();
        let ints: usize = rows.hot_ints(self.row).map(|(key, int)| key.len() + digits(int)).sum();
        let body = rows.text(logs::BODY, self.row).map_or(0, str::len);
        i64::try_from(body + map + texts + ints).unwrap_or(i64::MAX)
    }
}

fn plain_len(typed: &str) -> usize {
    value::plain_text(typed).map_or(0, str::len)
}

/// Length of an integer as text.
fn digits(int: i64) -> usize {
    let digits = int.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1;
    digits + usize::from(int < 0)
}

/// The value at a path of keys joined by dots, where a key may hold dots itself.
fn find_nested<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let Value::Map(entries) = value else { return None };
    entries.iter().find_map(|(key, inner)| {
        if key == path {
            return Some(inner);
        }
        find_nested(inner, path.strip_prefix(key.as_str())?.strip_prefix('.')?)
    })
}

fn remove_nested(value: &mut Value, path: &str) -> bool {
    let Value::Map(entries) = value else { return false };
    if let Some(position) = entries.iter().position(|(key, _)| key == path) {
        entries.remove(position);
        return true;
    }
    entries.iter_mut().any(|(key, inner)| {
        let rest = path.strip_prefix(key.as_str()).and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(|rest| remove_nested(inner, rest))
    })
}

impl ChangedRecord {
    /// The record of this row, still unchanged.
    pub(crate) fn of(rows: &LogRows<'_>, row: usize) -> Self {
        Self { replaced: Vec::new(), attributes: rows.attributes(row), dropped: 0 }
    }

    fn cell(&self, column: usize) -> Option<&Cell> {
        self.replaced.iter().find(|(replaced, _)| *replaced == column).map(|(_, cell)| cell)
    }

    fn replace(&mut self, column: usize, cell: Cell) {
        match self.replaced.iter_mut().find(|(replaced, _)| *replaced == column) {
            Some((_, old)) => *old = cell,
            None => self.replaced.push((column, cell)),
        }
    }

    /// What the column of an attribute will hold.
    fn hot_value(&self, column: usize) -> Option<ColumnValue<'_>> {
        let hot = item_attributes(Table::Logs);
        self.attributes.iter().find_map(|(key, typed)| {
            let attribute = hot.get(key).filter(|hot| hot.column == column)?;
            let text = value::plain_text(typed).filter(|_| !typed.starts_with(JSON))?;
            match attribute.column_type {
                ColumnType::Int => text.parse().ok().map(ColumnValue::Int),
                _ => Some(ColumnValue::Text(text)),
            }
        })
    }

    /// Sets a column of text that is not one of attributes. A longer text than is kept is cut.
    pub(crate) fn set_text(&mut self, column: usize, text: &str) {
        let end = text.floor_char_boundary(ATTRIBUTE_VALUE_BYTES_MAX);
        self.replace(column, Cell::Text(text[..end].to_owned()));
    }

    /// As [`Self::set_text`], for a text of which half would be none.
    pub(crate) fn set_whole_text(&mut self, column: usize, text: String) {
        self.replace(column, Cell::Text(text));
    }

    pub(crate) fn set_int(&mut self, column: usize, int: i64) {
        self.replace(column, Cell::Int(int));
    }

    pub(crate) fn clear(&mut self, column: usize) {
        self.replace(column, Cell::Null);
    }

    /// Makes this text the message.
    pub(crate) fn set_message(&mut self, text: &str) {
        self.set_text(logs::BODY, text);
        self.clear(logs::BODY_TYPE);
    }

    pub(crate) fn attributes(&self) -> &[(String, String)] {
        &self.attributes
    }

    pub(crate) fn attributes_mut(&mut self) -> impl Iterator<Item = (&str, &mut String)> {
        self.attributes.iter_mut().map(|(key, typed)| (key.as_str(), typed))
    }

    fn position(&self, key: &str) -> Option<usize> {
        let exact = self.attributes.iter().position(|(known, _)| known == key);
        exact.or_else(|| self.attributes.iter().position(|(it, _)| is_same_attribute(it, key)))
    }

    /// Sets an attribute to typed text. One past the limits is dropped and counted.
    pub(crate) fn set_attribute(&mut self, key: &str, mut typed: String) {
        if typed.len() > ATTRIBUTE_VALUE_BYTES_MAX {
            // Half of a JSON text is none.
            if typed.starts_with(JSON) {
                typed.remove(0);
            }
            typed.truncate(typed.floor_char_boundary(ATTRIBUTE_VALUE_BYTES_MAX));
        }
        match self.position(key) {
            Some(position) => self.attributes[position] = (key.to_owned(), typed),
            None if self.attributes.len() >= ATTRIBUTES_PER_ITEM_MAX
                || key.len() > ATTRIBUTE_KEY_BYTES_MAX =>
            {
                self.dropped += 1;
            }
            None => self.attributes.push((key.to_owned(), typed)),
        }
    }

    pub(crate) fn set_value(&mut self, key: &str, value: &Value) {
        let mut typed = String::new();
        value.write_typed(&mut typed);
        self.set_attribute(key, typed);
    }

    /// Removes an attribute, also inside one that is JSON. Answers its typed text.
    pub(crate) fn remove_attribute(&mut self, key: &str) -> Option<String> {
        if let Some(position) = self.position(key) {
            return Some(self.attributes.remove(position).1);
        }
        key.rmatch_indices('.').find_map(|(dot, _)| {
            let outer = self.position(&key[..dot])?;
            let mut json = typed_json::read(self.attributes[outer].1.strip_prefix(JSON)?).ok()?;
            let mut removed = String::new();
            find_nested(&json, &key[dot + 1..])?.write_typed(&mut removed);
            remove_nested(&mut json, &key[dot + 1..]);
            let typed = &mut self.attributes[outer].1;
            typed.clear();
            json.write_typed(typed);
            Some(removed)
        })
    }

    /// Writes the record as the current row.
    fn write(&self, builder: &mut BatchBuilder, rows: &LogRows<'_>, row: usize) {
        for (column, column_type) in rows.present() {
            let kept = !is_attribute_column(column) && self.cell(column).is_none();
            if kept && !(column == logs::DROPPED_ATTRIBUTES_COUNT && self.dropped > 0) {
                copy(builder, column, column_type, rows, row);
            }
        }
        for (column, cell) in &self.replaced {
            match cell {
                Cell::Null => {}
                Cell::Text(text) => builder.set_text(*column, text),
                Cell::Int(int) => builder.set_int(*column, *int),
            }
        }
        if self.dropped > 0 {
            let before = rows.int(logs::DROPPED_ATTRIBUTES_COUNT, row).unwrap_or(0);
            builder.set_int(logs::DROPPED_ATTRIBUTES_COUNT, before + self.dropped);
        }
        write_attributes(builder, &self.attributes);
    }
}

fn copy(
    builder: &mut BatchBuilder,
    column: usize,
    column_type: ColumnType,
    rows: &LogRows<'_>,
    row: usize,
) {
    match column_type {
        ColumnType::Text | ColumnType::Json => {
            if let Some(text) = rows.text(column, row) {
                builder.set_text(column, text);
            }
        }
        ColumnType::Int | ColumnType::Timestamp => {
            if let Some(int) = rows.int(column, row) {
                builder.set_int(column, int);
            }
        }
        ColumnType::Float => {
            if let Some(float) = rows.float(column, row) {
                builder.set_float(column, float);
            }
        }
        ColumnType::Bool => {
            if let Some(flag) = rows.bool(column, row) {
                builder.set_bool(column, flag);
            }
        }
        // The map is written with the attributes; a log record has no other columns.
        ColumnType::Attributes
        | ColumnType::UInt
        | ColumnType::Bytes
        | ColumnType::Decimal
        | ColumnType::UIntList
        | ColumnType::FloatList => {}
    }
}

/// Puts attributes into their columns and the map, in the way of the intakes: a value that its
/// column holds as it is stands there alone under the canonical key, and behind a mark in the map
/// under any other.
pub(crate) fn write_attributes(builder: &mut BatchBuilder, attributes: &[(String, String)]) {
    let hot = item_attributes(Table::Logs);
    let mut from_canonical: Vec<usize> = Vec::new();
    let mut in_map: Vec<usize> = Vec::new();
    for (key, typed) in attributes {
        let attribute = hot.get(key);
        let fit = attribute.map(|attribute| fit(builder, attribute, typed));
        match (attribute, fit) {
            (Some(attribute), Some(Fit::Same)) if attribute.canonical => {
                from_canonical.push(attribute.column);
            }
            (Some(_), Some(Fit::Same)) => add_marker(builder, key),
            _ => {
                in_map.extend(attribute.map(|attribute| attribute.column));
                builder.add_attribute(logs::ATTRIBUTES, key, |out| out.push_str(typed));
            }
        }
    }
    for column in from_canonical.into_iter().filter(|column| in_map.contains(column)) {
        if let Some(key) = hot.canonical_key(column) {
            add_marker(builder, key);
        }
    }
}

fn add_marker(builder: &mut BatchBuilder, key: &str) {
    builder.add_attribute(logs::ATTRIBUTES, key, |out| out.push(IN_COLUMN));
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Same,
    Converted,
    No,
}

/// Sets the column of an attribute when it can hold the value.
fn fit(builder: &mut BatchBuilder, hot: HotAttribute, typed: &str) -> Fit {
    if hot.applies != Applies::Always || builder.is_set(hot.column) {
        return Fit::No;
    }
    match (hot.column_type, Value::read_typed(typed)) {
        (ColumnType::Text, Some(Value::Text(text))) => {
            builder.set_text(hot.column, &text);
            Fit::Same
        }
        (ColumnType::Text, Some(Value::Bool(_) | Value::Int(_) | Value::Double(_))) => {
            builder.set_text(hot.column, value::plain_text(typed).unwrap_or_default());
            Fit::Converted
        }
        (ColumnType::Int, Some(Value::Int(int))) => {
            builder.set_int(hot.column, int);
            Fit::Same
        }
        (ColumnType::Int, Some(Value::Text(text))) => match exact_int(&text) {
            Some(int) => {
                builder.set_int(hot.column, int);
                Fit::Converted
            }
            None => Fit::No,
        },
        (ColumnType::Int, Some(Value::Double(double)))
            if double.fract() == 0.0 && double.abs() <= EXACT_DOUBLE_MAX =>
        {
            builder.set_int(hot.column, double as i64);
            Fit::Converted
        }
        _ => Fit::No,
    }
}

/// Whole doubles up to here are exact.
const EXACT_DOUBLE_MAX: f64 = 9_007_199_254_740_992.0;

/// The integer that is written exactly so.
pub(crate) fn exact_int(text: &str) -> Option<i64> {
    let int: i64 = text.parse().ok()?;
    (int.to_string() == text).then_some(int)
}

/// The changed records as a batch.
pub(crate) fn write_changed<'r>(
    rows: &LogRows<'_>,
    changed: impl Iterator<Item = (usize, &'r ChangedRecord)>,
) -> Result<Batch, ArrowError> {
    let mut builder = BatchBuilder::new(Table::Logs);
    for (row, record) in changed {
        builder.start_row();
        record.write(&mut builder, rows, row);
    }
    builder.finish()
}

impl Record for RecordView<'_> {
    fn table(&self) -> Table {
        Table::Logs
    }

    fn column(&self, column: usize) -> Option<ColumnValue<'_>> {
        if let Some(changed) = self.changed.filter(|_| is_attribute_column(column)) {
            return changed.hot_value(column);
        }
        if let Some(text) = self.text(column) {
            return Some(ColumnValue::Text(text));
        }
        if logs::COLUMNS[column].column_type == ColumnType::Timestamp {
            return None;
        }
        let float = || self.rows.float(column, self.row).map(ColumnValue::Float);
        let flag = || self.rows.bool(column, self.row).map(ColumnValue::Bool);
        self.int(column).map(ColumnValue::Int).or_else(float).or_else(flag)
    }

    fn attribute(&self, key: &str) -> Option<&str> {
        match self.changed {
            Some(changed) => {
                changed.attributes.iter().find(|(known, _)| known == key).map(|(_, typed)| &**typed)
            }
            None => self.rows.map(self.row).find(|(known, _)| *known == key).map(|it| it.1),
        }
    }

    fn any_attribute(&self, test: &mut dyn FnMut(&str, &str) -> bool) -> bool {
        match self.changed {
            Some(changed) => changed.attributes.iter().any(|(key, typed)| test(key, typed)),
            None => self.rows.map(self.row).any(|(key, typed)| test(key, typed)),
        }
    }
}
