//! Resource and scope: converted once and set in each of their rows.

use super::super::wire::{Slice, WireError};
use super::attributes::{AnyValue, cut, key_value, plain_text, separate, write_json};
use super::{ItemError, Rows, Tally};
use hannun_model::batch::SharedText;
use hannun_model::limits::{ATTRIBUTE_KEY_BYTES_MAX, ATTRIBUTES_PER_RESOURCE_MAX};
use hannun_model::semconv::{
    HotAttributes, ResourceColumns, resource_attributes, resource_columns,
};
use hannun_model::table::Table;
use hannun_model::typed_json;
use std::borrow::Cow;
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64;

/// What a resource or a scope sets in each row.
#[derive(Debug, Default)]
pub struct SharedRow {
    texts: Vec<SharedText>,
    dropped_attributes: Option<(usize, i64)>,
    absent_column: Option<usize>,
    /// Equal for equal resources or scopes, whatever the order of their attributes. Points only.
    pub identity: u64,
}

impl SharedRow {
    /// Sets the columns of the current row.
    #[inline]
    pub fn apply(&self, rows: &mut Rows) {
        for text in &self.texts {
            rows.builder.set_shared(*text);
        }
        if let Some((column, count)) = self.dropped_attributes {
            rows.builder.set_int(column, count);
        }
        if let Some(column) = self.absent_column {
            rows.builder.set_bool(column, true);
        }
    }

    fn share(&mut self, rows: &mut Rows, column: usize, text: &str) {
        if !text.is_empty() {
            self.texts.push(rows.builder.share_text(column, text));
        }
    }

    /// Sets a text in each row besides the labels.
    pub fn share_text(&mut self, rows: &mut Rows, column: usize, text: &str) {
        self.share(rows, column, text);
    }

    fn share_slice(&mut self, rows: &mut Rows, column: usize, text: Slice<'_>) {
        let text = text.text(&mut rows.tally.invalid_strings);
        let text = cut(&text, &mut rows.tally);
        self.identity = self.identity.rotate_left(5) ^ xxh3_64(text.as_bytes());
        self.share(rows, column, text);
    }

    fn count_dropped(&mut self, column: usize, count: u64) {
        if count > 0 {
            self.dropped_attributes = Some((column, count as i64));
        }
    }
}

fn columns_of(rows: &Rows) -> Option<ResourceColumns> {
    resource_columns(rows.builder.table())
}

/// Converts a `Resource` and the schema URL beside it.
pub fn resource(
    rows: &mut Rows,
    message: Option<Slice<'_>>,
    schema_url: Slice<'_>,
) -> Result<SharedRow, WireError> {
    let mut row = SharedRow::default();
    let Some(columns) = columns_of(rows) else { return Ok(row) };
    row.share_slice(rows, columns.schema_url, schema_url);
    let Some(message) = message else {
        row.absent_column = Some(columns.absent);
        return Ok(row);
    };
    let mut attributes = AttributesObject::new(resource_attributes(rows.builder.table()), rows);
    let mut dropped = 0;
    let mut entity_refs = String::new();
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => attributes.add(field.slice()?, &mut rows.tally)?,
            2 => dropped = u64::from(field.uint32()?),
            3 => write_entity_ref(&mut entity_refs, field.slice()?, &mut rows.tally)?,
            _ => {}
        }
    }
    if !entity_refs.is_empty() {
        entity_refs.push(']');
    }
    row.share(rows, columns.entity_refs, &entity_refs);
    attributes.finish(rows, &mut row, columns.attributes);
    row.count_dropped(columns.dropped_attributes_count, dropped + attributes.dropped);
    Ok(row)
}

/// Converts the labels of a stream to a resource. `known_as` names the attribute that a label means
/// besides itself; of several that mean one attribute the first counts.
pub fn of_labels<'l>(
    rows: &mut Rows,
    labels: impl Iterator<Item = (&'l str, &'l str)>,
    known_as: impl Fn(&str) -> Option<&'static str>,
) -> SharedRow {
    let mut row = SharedRow::default();
    let Some(columns) = columns_of(rows) else { return row };
    let mut attributes = AttributesObject::new(resource_attributes(rows.builder.table()), rows);
    for (key, text) in labels {
        let value = AnyValue::Text(Slice::whole(text.as_bytes()));
        let key = Slice::whole(key.as_bytes());
        // Text cannot be malformed, nor nested too deeply.
        let _ = attributes.add_value(key, value, &known_as, &mut rows.tally);
    }
    attributes.finish(rows, &mut row, columns.attributes);
    row.count_dropped(columns.dropped_attributes_count, attributes.dropped);
    row
}

/// Converts an `InstrumentationScope` and the schema URL beside it.
pub fn scope(
    rows: &mut Rows,
    message: Option<Slice<'_>>,
    schema_url: Slice<'_>,
) -> Result<SharedRow, WireError> {
    static NONE: std::sync::LazyLock<HotAttributes> = std::sync::LazyLock::new(Default::default);
    let mut row = SharedRow::default();
    let Some(columns) = columns_of(rows) else { return Ok(row) };
    row.share_slice(rows, columns.scope_schema_url, schema_url);
    let Some(message) = message else {
        row.absent_column = Some(columns.scope_absent);
        return Ok(row);
    };
    let mut attributes = AttributesObject::new(&NONE, rows);
    let (mut name, mut version) = (Slice::default(), Slice::default());
    let mut dropped = 0;
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => name = field.slice()?,
            2 => version = field.slice()?,
            3 => attributes.add(field.slice()?, &mut rows.tally)?,
            4 => dropped = u64::from(field.uint32()?),
            _ => {}
        }
    }
    row.share_slice(rows, columns.scope_name, name);
    row.share_slice(rows, columns.scope_version, version);
    attributes.finish(rows, &mut row, columns.scope_attributes);
    row.count_dropped(columns.scope_dropped_attributes_count, dropped + attributes.dropped);
    Ok(row)
}

/// Appends one `EntityRef`, after a bracket or a comma.
fn write_entity_ref(
    out: &mut String,
    message: Slice<'_>,
    tally: &mut Tally,
) -> Result<(), WireError> {
    const NAMES: [&str; 4] = ["schema_url", "type", "id_keys", "description_keys"];
    let mut texts: [Vec<Cow<'_, str>>; 4] = Default::default();
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        if let Some(list) = (field.number as usize).checked_sub(1).and_then(|at| texts.get_mut(at))
        {
            list.push(field.slice()?.text(&mut tally.invalid_strings));
        }
    }
    out.push(if out.is_empty() { '[' } else { ',' });
    out.push('{');
    let mut first = true;
    for (index, (name, list)) in NAMES.iter().zip(&texts).enumerate() {
        let Some(last) = list.last() else { continue };
        separate(out, &mut first);
        typed_json::write_key(out, name);
        if index < 2 {
            typed_json::write_string(out, last);
            continue;
        }
        out.push('[');
        let mut first_key = true;
        for key in list {
            separate(out, &mut first_key);
            typed_json::write_string(out, key);
        }
        out.push(']');
    }
    out.push('}');
    Ok(())
}

/// A hot attribute of the resource being read.
#[derive(Debug, Default)]
struct HotText {
    /// What the column is set to.
    text: Option<String>,
    /// The key of a value that stands in the column only.
    canonical_key: Option<String>,
    /// Whether the object has a key of this column.
    in_object: bool,
}

/// Attributes of a resource or scope on their way to columns and one typed JSON object.
///
/// The object is complete for each column it has a key of: a reader takes the column under its
/// canonical key only when no key of that column stands in the object.
struct AttributesObject {
    hot: &'static HotAttributes,
    by_column: BTreeMap<usize, HotText>,
    json: String,
    first: bool,
    kept: usize,
    dropped: u64,
    /// Sum of the hashes of the attributes, for points.
    identity: Option<u64>,
    scratch: String,
}

impl AttributesObject {
    fn new(hot: &'static HotAttributes, rows: &Rows) -> Self {
        Self {
            hot,
            by_column: BTreeMap::new(),
            json: String::new(),
            first: true,
            kept: 0,
            dropped: 0,
            identity: (rows.builder.table() == Table::MetricPoints).then_some(0),
            scratch: String::new(),
        }
    }

    fn add(&mut self, attribute: Slice<'_>, tally: &mut Tally) -> Result<(), WireError> {
        let (key, any) = key_value(attribute)?;
        self.add_value(key, any, |_| None, tally)
    }

    fn add_value(
        &mut self,
        key: Slice<'_>,
        any: AnyValue<'_>,
        known_as: impl Fn(&str) -> Option<&'static str>,
        tally: &mut Tally,
    ) -> Result<(), WireError> {
        if self.kept >= ATTRIBUTES_PER_RESOURCE_MAX || key.bytes.len() > ATTRIBUTE_KEY_BYTES_MAX {
            self.drop_one(tally);
            return Ok(());
        }
        let key = key.text(&mut tally.invalid_strings);
        self.scratch.clear();
        typed_json::write_key(&mut self.scratch, &key);
        match write_json(&mut self.scratch, any, 0, tally) {
            Ok(()) => {}
            // The items of a resource are not at fault for one value of it.
            Err(ItemError::Rejected(_)) => {
                self.drop_one(tally);
                return Ok(());
            }
            Err(ItemError::Wire(error)) => return Err(error),
        }
        self.kept += 1;
        if let Some(identity) = &mut self.identity {
            *identity = identity.wrapping_add(xxh3_64(self.scratch.as_bytes()));
        }
        if !self.keep_in_column(&key, known_as(&key), any) {
            separate(&mut self.json, &mut self.first);
            self.json.push_str(&self.scratch);
        }
        Ok(())
    }

    fn drop_one(&mut self, tally: &mut Tally) {
        self.dropped += 1;
        tally.dropped_attributes += 1;
    }

    /// Whether the column alone says all of it.
    fn keep_in_column(
        &mut self,
        key: &str,
        known_as: Option<&'static str>,
        any: AnyValue<'_>,
    ) -> bool {
        let Some(mut hot) = self.hot.get(known_as.unwrap_or(key)) else { return false };
        hot.canonical &= known_as.is_none_or(|name| name == key);
        let kept = self.by_column.entry(hot.column).or_default();
        if kept.text.is_some() {
            kept.in_object = true;
            return false;
        }
        let AnyValue::Text(text) = any else {
            kept.text = plain_text(any);
            kept.in_object = true;
            return false;
        };
        // What is wrong with the text was counted when it was written as JSON.
        let mut ignored = Tally::default();
        let text = text.text(&mut ignored.invalid_strings);
        kept.text = Some(cut(&text, &mut ignored).to_owned());
        if hot.canonical {
            kept.canonical_key = Some(key.to_owned());
        } else {
            kept.in_object = true;
        }
        hot.canonical
    }

    fn finish(&mut self, rows: &mut Rows, row: &mut SharedRow, column: usize) {
        for (column, hot) in &self.by_column {
            let Some(text) = &hot.text else { continue };
            row.texts.push(rows.builder.share_text(*column, text));
            if let Some(key) = hot.canonical_key.as_ref().filter(|_| hot.in_object) {
                separate(&mut self.json, &mut self.first);
                typed_json::write_key(&mut self.json, key);
                typed_json::write_string(&mut self.json, text);
            }
        }
        if !self.json.is_empty() {
            self.json.insert(0, '{');
            self.json.push('}');
            row.share(rows, column, &self.json);
        }
        if let Some(identity) = self.identity {
            row.identity = row.identity.rotate_left(5) ^ identity;
        }
    }
}
