//! Attributes: into their columns, into the map as typed text, or into typed JSON.

use super::super::wire::{Slice, WireError};
use super::{ItemError, Reject, Rows, Tally};
use crate::records::json::Json;
use hannun_model::batch::BatchBuilder;
use hannun_model::column::ColumnType;
use hannun_model::limits::{
    ATTRIBUTE_KEY_BYTES_MAX, ATTRIBUTE_VALUE_BYTES_MAX, ATTRIBUTES_PER_ITEM_MAX, VALUE_DEPTH_MAX,
};
use hannun_model::semconv::{Applies, HotAttribute, HotAttributes};
use hannun_model::{typed_json, value};
use std::borrow::Cow;

/// A shallow `AnyValue`: arrays and maps are still on the wire.
#[derive(Debug, Clone, Copy)]
pub enum AnyValue<'a> {
    Empty,
    Text(Slice<'a>),
    Bool(bool),
    Int(i64),
    Double(f64),
    Bytes(Slice<'a>),
    Array(Slice<'a>),
    Map(Slice<'a>),
    /// An array or map of a protocol that is read into a tree.
    Tree(&'a Json<'a>),
}

impl<'a> AnyValue<'a> {
    /// Reads an `AnyValue`; of several values the last one counts.
    pub fn read(message: Slice<'a>) -> Result<Self, WireError> {
        let mut value = Self::Empty;
        let mut fields = message.fields();
        while let Some(field) = fields.next()? {
            value = match field.number {
                1 => Self::Text(field.slice()?),
                2 => Self::Bool(field.varint()? != 0),
                3 => Self::Int(field.varint()? as i64),
                4 => Self::Double(field.double()?),
                5 => Self::Array(field.slice()?),
                6 => Self::Map(field.slice()?),
                7 => Self::Bytes(field.slice()?),
                _ => value,
            };
        }
        Ok(value)
    }
}

/// Reads a `KeyValue`. A value that is not there is an empty one.
#[inline]
pub fn key_value(message: Slice<'_>) -> Result<(Slice<'_>, AnyValue<'_>), WireError> {
    let mut key = Slice::default();
    let mut value = AnyValue::Empty;
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => key = field.slice()?,
            2 => value = AnyValue::read(field.slice()?)?,
            _ => {}
        }
    }
    Ok((key, value))
}

/// The text, cut at a character when it is longer than a value may be.
#[inline]
pub fn cut<'t>(text: &'t str, tally: &mut Tally) -> &'t str {
    if text.len() <= ATTRIBUTE_VALUE_BYTES_MAX {
        return text;
    }
    tally.cut_values += 1;
    &text[..text.floor_char_boundary(ATTRIBUTE_VALUE_BYTES_MAX)]
}

fn cut_bytes<'a>(bytes: &'a [u8], tally: &mut Tally) -> &'a [u8] {
    if bytes.len() <= ATTRIBUTE_VALUE_BYTES_MAX {
        return bytes;
    }
    tally.cut_values += 1;
    &bytes[..ATTRIBUTE_VALUE_BYTES_MAX]
}

/// The key as text; `None` when it is too long, which drops the attribute.
#[inline]
fn accept_key<'a>(key: Slice<'a>, tally: &mut Tally) -> Option<Cow<'a, str>> {
    if key.bytes.len() > ATTRIBUTE_KEY_BYTES_MAX {
        tally.dropped_attributes += 1;
        return None;
    }
    Some(key.text(&mut tally.invalid_strings))
}

/// Appends a value as typed text.
fn write_typed(out: &mut String, any: AnyValue<'_>, tally: &mut Tally) -> Result<(), ItemError> {
    match any {
        AnyValue::Empty => out.push(value::EMPTY),
        AnyValue::Text(text) => {
            let text = text.text(&mut tally.invalid_strings);
            value::write_text(out, cut(&text, tally));
        }
        AnyValue::Bool(flag) => {
            out.push(value::BOOL);
            out.push_str(if flag { "true" } else { "false" });
        }
        AnyValue::Int(int) => {
            out.push(value::INT);
            typed_json::write_int(out, int);
        }
        AnyValue::Double(double) => {
            out.push(value::DOUBLE);
            value::write_double(out, double);
        }
        AnyValue::Bytes(bytes) => {
            out.push(value::BYTES);
            value::write_hex(out, cut_bytes(bytes.bytes, tally));
        }
        AnyValue::Array(_) | AnyValue::Map(_) | AnyValue::Tree(_) => {
            out.push(value::JSON);
            return write_json(out, any, 0, tally);
        }
    }
    Ok(())
}

/// Appends a value that stands in `depth` arrays and maps as typed JSON.
pub fn write_json(
    out: &mut String,
    any: AnyValue<'_>,
    depth: usize,
    tally: &mut Tally,
) -> Result<(), ItemError> {
    match any {
        AnyValue::Empty => out.push_str("null"),
        AnyValue::Text(text) => {
            let text = text.text(&mut tally.invalid_strings);
            typed_json::write_string(out, cut(&text, tally));
        }
        AnyValue::Bool(flag) => out.push_str(if flag { "true" } else { "false" }),
        AnyValue::Int(int) => typed_json::write_int(out, int),
        AnyValue::Double(double) => typed_json::write_number(out, double),
        AnyValue::Bytes(bytes) => typed_json::write_bytes(out, cut_bytes(bytes.bytes, tally)),
        AnyValue::Array(_) | AnyValue::Map(_) | AnyValue::Tree(_) if depth >= VALUE_DEPTH_MAX => {
            return Err(ItemError::Rejected(Reject::TooDeep));
        }
        AnyValue::Tree(tree) => return write_tree(out, tree, depth, tally),
        AnyValue::Array(items) => {
            out.push('[');
            let mut fields = items.fields();
            let mut first = true;
            while let Some(field) = fields.next()? {
                if field.number == 1 {
                    separate(out, &mut first);
                    write_json(out, AnyValue::read(field.slice()?)?, depth + 1, tally)?;
                }
            }
            out.push(']');
        }
        AnyValue::Map(entries) => {
            out.push('{');
            let mut fields = entries.fields();
            let mut first = true;
            while let Some(field) = fields.next()? {
                if field.number != 1 {
                    continue;
                }
                let (key, item) = key_value(field.slice()?)?;
                if let Some(key) = accept_key(key, tally) {
                    separate(out, &mut first);
                    typed_json::write_key(out, &key);
                    write_json(out, item, depth + 1, tally)?;
                }
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_tree(
    out: &mut String,
    tree: &Json<'_>,
    depth: usize,
    tally: &mut Tally,
) -> Result<(), ItemError> {
    let mut first = true;
    match tree {
        Json::Array(items) => {
            out.push('[');
            for item in items {
                separate(out, &mut first);
                write_json(out, item.any(), depth + 1, tally)?;
            }
            out.push(']');
        }
        Json::Object(entries) => {
            out.push('{');
            for (key, item) in entries {
                if let Some(key) = accept_key(Slice::whole(key.as_bytes()), tally) {
                    separate(out, &mut first);
                    typed_json::write_key(out, &key);
                    write_json(out, item.any(), depth + 1, tally)?;
                }
            }
            out.push('}');
        }
        scalar => write_json(out, scalar.any(), depth, tally)?,
    }
    Ok(())
}

/// Appends a comma between items.
#[inline]
pub fn separate(out: &mut String, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(',');
    }
}

/// Appends attributes as a typed JSON object. Answers how many a limit dropped.
pub fn write_json_object(
    out: &mut String,
    attributes: &[Slice<'_>],
    tally: &mut Tally,
) -> Result<u64, ItemError> {
    let kept = &attributes[..attributes.len().min(ATTRIBUTES_PER_ITEM_MAX)];
    let past_limit = (attributes.len() - kept.len()) as u64;
    let dropped_before = tally.dropped_attributes;
    tally.dropped_attributes += past_limit;
    out.push('{');
    let mut first = true;
    for attribute in kept {
        let (key, any) = key_value(*attribute)?;
        if let Some(key) = accept_key(key, tally) {
            separate(out, &mut first);
            typed_json::write_key(out, &key);
            write_json(out, any, 0, tally)?;
        }
    }
    out.push('}');
    Ok(tally.dropped_attributes - dropped_before)
}

/// How a value came into its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// The column says all there is to say.
    Same,
    /// The column holds the value in another type.
    Converted,
    /// The column cannot hold it.
    No,
}

/// Sets the column to this value when it fits.
fn set_column(
    builder: &mut BatchBuilder,
    hot: HotAttribute,
    any: AnyValue<'_>,
    tally: &mut Tally,
) -> Fit {
    match (hot.column_type, any) {
        (ColumnType::Text, AnyValue::Text(text)) => {
            let text = text.text(&mut tally.invalid_strings);
            builder.set_text(hot.column, cut(&text, tally));
            Fit::Same
        }
        (ColumnType::Int, AnyValue::Int(int)) => {
            builder.set_int(hot.column, int);
            Fit::Same
        }
        (ColumnType::Int, _) => match exact_int(any) {
            Some(int) => {
                builder.set_int(hot.column, int);
                Fit::Converted
            }
            None => Fit::No,
        },
        (ColumnType::Text, _) => match plain_text(any) {
            Some(text) => {
                builder.set_text(hot.column, &text);
                Fit::Converted
            }
            None => Fit::No,
        },
        _ => Fit::No,
    }
}

/// The integer that a text or double is exactly.
fn exact_int(any: AnyValue<'_>) -> Option<i64> {
    const EXACT_DOUBLE_MAX: f64 = 9_007_199_254_740_992.0;
    match any {
        AnyValue::Text(text) => {
            let text = std::str::from_utf8(text.bytes).ok()?;
            let int: i64 = text.parse().ok()?;
            // "+5" and "007" are not how an integer is written.
            (int.to_string() == text).then_some(int)
        }
        AnyValue::Double(double) if double.fract() == 0.0 && double.abs() <= EXACT_DOUBLE_MAX => {
            Some(double as i64)
        }
        _ => None,
    }
}

/// The text of a scalar.
pub fn plain_text(any: AnyValue<'_>) -> Option<String> {
    match any {
        AnyValue::Bool(flag) => Some(flag.to_string()),
        AnyValue::Int(int) => Some(int.to_string()),
        AnyValue::Double(double) => {
            let mut text = String::new();
            value::write_double(&mut text, double);
            Some(text)
        }
        _ => None,
    }
}

const FROM_CANONICAL: u8 = 1;
const IN_MAP: u8 = 2;

/// Puts the attributes of spans or log records where they belong.
///
/// For each key of a column's keys that stands in the map, [`value::IN_COLUMN`] means the column's
/// value and anything else is the value itself. When no key of a set column stands in the map, the
/// value came under the canonical key.
#[derive(Debug)]
pub struct ItemAttributes {
    hot: &'static HotAttributes,
    attributes_column: usize,
    /// By column: how the current row came to its value.
    origins: Vec<u8>,
    touched: Vec<usize>,
}

impl ItemAttributes {
    /// For the attributes of a table of so many columns.
    pub fn new(hot: &'static HotAttributes, attributes_column: usize, columns: usize) -> Self {
        Self { hot, attributes_column, origins: vec![0; columns], touched: Vec::new() }
    }

    /// Writes the attributes of the current row. `is_meant` says whether an alias applies to this
    /// row. Answers how many a limit dropped.
    pub fn write(
        &mut self,
        rows: &mut Rows,
        attributes: &[Slice<'_>],
        is_meant: impl Fn(Applies) -> bool,
    ) -> Result<u64, ItemError> {
        let kept = &attributes[..attributes.len().min(ATTRIBUTES_PER_ITEM_MAX)];
        let dropped_before = rows.tally.dropped_attributes;
        rows.tally.dropped_attributes += (attributes.len() - kept.len()) as u64;
        let written = kept.iter().try_for_each(|attribute| self.add(rows, *attribute, &is_meant));
        self.close_row(rows);
        written?;
        Ok(rows.tally.dropped_attributes - dropped_before)
    }

    /// As [`ItemAttributes::write`], of attributes that were read into trees.
    pub fn write_trees<'t>(
        &mut self,
        rows: &mut Rows,
        attributes: impl Iterator<Item = (&'t str, &'t Json<'t>)>,
        is_meant: impl Fn(Applies) -> bool,
    ) -> Result<u64, ItemError> {
        let dropped_before = rows.tally.dropped_attributes;
        let mut written = Ok(());
        for (index, (key, tree)) in attributes.enumerate() {
            if index >= ATTRIBUTES_PER_ITEM_MAX {
                rows.tally.dropped_attributes += 1;
                continue;
            }
            let key = Slice::whole(key.as_bytes());
            written = self.add_value(rows, key, tree.any(), &is_meant);
            if written.is_err() {
                break;
            }
        }
        self.close_row(rows);
        written?;
        Ok(rows.tally.dropped_attributes - dropped_before)
    }

    #[inline]
    fn add(
        &mut self,
        rows: &mut Rows,
        attribute: Slice<'_>,
        is_meant: impl Fn(Applies) -> bool,
    ) -> Result<(), ItemError> {
        let (key, any) = key_value(attribute)?;
        self.add_value(rows, key, any, is_meant)
    }

    #[inline]
    fn add_value(
        &mut self,
        rows: &mut Rows,
        key: Slice<'_>,
        any: AnyValue<'_>,
        is_meant: impl Fn(Applies) -> bool,
    ) -> Result<(), ItemError> {
        let Some(key) = accept_key(key, &mut rows.tally) else { return Ok(()) };
        let Some(hot) = self.hot.get(&key) else { return self.add_to_map(rows, &key, any) };
        let fit = if is_meant(hot.applies) && !rows.builder.is_set(hot.column) {
            set_column(&mut rows.builder, hot, any, &mut rows.tally)
        } else {
            Fit::No
        };
        match fit {
            Fit::Same if hot.canonical => self.touch(hot.column, FROM_CANONICAL),
            Fit::Same => self.add_marker(rows, &key),
            Fit::Converted | Fit::No => {
                self.touch(hot.column, IN_MAP);
                self.add_to_map(rows, &key, any)?;
            }
        }
        Ok(())
    }

    #[inline]
    fn touch(&mut self, column: usize, origin: u8) {
        if self.origins[column] == 0 {
            self.touched.push(column);
        }
        self.origins[column] |= origin;
    }

    #[inline]
    fn add_to_map(&self, rows: &mut Rows, key: &str, any: AnyValue<'_>) -> Result<(), ItemError> {
        let mut written = Ok(());
        let Rows { builder, tally, .. } = rows;
        builder.add_attribute(self.attributes_column, key, |out| {
            written = write_typed(out, any, tally);
        });
        written
    }

    fn add_marker(&self, rows: &mut Rows, key: &str) {
        rows.builder.add_attribute(self.attributes_column, key, |out| out.push(value::IN_COLUMN));
    }

    /// Marks canonical keys whose column a reader could not tell from an alias in the map.
    fn close_row(&mut self, rows: &mut Rows) {
        while let Some(column) = self.touched.pop() {
            let origin = std::mem::take(&mut self.origins[column]);
            if origin == FROM_CANONICAL | IN_MAP
                && let Some(key) = self.hot.canonical_key(column)
            {
                self.add_marker(rows, key);
            }
        }
    }
}
