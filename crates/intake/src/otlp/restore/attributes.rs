//! Attributes, resource and scope of a row.

use super::RestoreError;
use super::row::Row;
use hannun_model::column::ColumnType;
use hannun_model::semconv::{HotAttribute, HotAttributes, resource_attributes, resource_columns};
use hannun_model::value::{IN_COLUMN, Value, read_hex};
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList, any_value,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use std::collections::HashSet;

/// A model value as an `AnyValue`.
pub fn any_value(value: Value) -> AnyValue {
    let value = match value {
        Value::Empty => None,
        Value::Text(text) => Some(any_value::Value::StringValue(text)),
        Value::Bool(flag) => Some(any_value::Value::BoolValue(flag)),
        Value::Int(int) => Some(any_value::Value::IntValue(int)),
        Value::Double(double) => Some(any_value::Value::DoubleValue(double)),
        Value::Bytes(bytes) => Some(any_value::Value::BytesValue(bytes)),
        Value::Array(items) => Some(any_value::Value::ArrayValue(ArrayValue {
            values: items.into_iter().map(any_value).collect(),
        })),
        Value::Map(entries) => {
            Some(any_value::Value::KvlistValue(KeyValueList { values: key_values(entries) }))
        }
    };
    AnyValue { value }
}

pub fn key_value(key: String, value: Value) -> KeyValue {
    KeyValue { key, value: Some(any_value(value)), ..KeyValue::default() }
}

pub fn key_values(entries: Vec<(String, Value)>) -> Vec<KeyValue> {
    entries.into_iter().map(|(key, value)| key_value(key, value)).collect()
}

impl Row<'_> {
    /// The value of a hot attribute's column.
    fn hot_value(self, hot: HotAttribute) -> Result<Option<Value>, RestoreError> {
        Ok(match hot.column_type {
            ColumnType::Int => self.int(hot.column)?.map(Value::Int),
            _ => self.text(hot.column)?.map(|text| Value::Text(text.to_owned())),
        })
    }

    /// Adds what stands in columns under their canonical keys, but for the columns in `told`.
    fn add_canonical(
        self,
        hot: &HotAttributes,
        told: &HashSet<usize>,
        attributes: &mut Vec<KeyValue>,
    ) -> Result<(), RestoreError> {
        for (key, hot) in hot.iter().filter(|(_, hot)| hot.canonical) {
            if !told.contains(&hot.column)
                && let Some(value) = self.hot_value(hot)?
            {
                attributes.push(key_value(key.to_owned(), value));
            }
        }
        Ok(())
    }

    /// The attributes of a span or log record.
    pub fn item_attributes(
        self,
        hot: &HotAttributes,
        column: usize,
    ) -> Result<Vec<KeyValue>, RestoreError> {
        let mut told = HashSet::new();
        let mut attributes = Vec::new();
        for (key, typed) in self.entries(column)? {
            let hot = hot.get(&key);
            told.extend(hot.map(|hot| hot.column));
            let value = match hot {
                Some(hot) if typed.starts_with(IN_COLUMN) => self.hot_value(hot)?,
                _ => Value::read_typed(&typed),
            };
            let value = value.ok_or_else(|| self.error(column, "typed text"))?;
            attributes.push(key_value(key, value));
        }
        self.add_canonical(hot, &told, &mut attributes)?;
        Ok(attributes)
    }

    /// The entries of a typed JSON object, none when it is null.
    pub fn object(self, column: usize) -> Result<Vec<(String, Value)>, RestoreError> {
        match self.json(column)? {
            None => Ok(Vec::new()),
            Some(Value::Map(entries)) => Ok(entries),
            Some(_) => Err(self.error(column, "a JSON object")),
        }
    }

    /// The objects of a typed JSON array, none when it is null.
    pub fn objects(self, column: usize) -> Result<Vec<Object>, RestoreError> {
        let Some(value) = self.json(column)? else { return Ok(Vec::new()) };
        let Value::Array(items) = value else { return Err(self.error(column, "a JSON array")) };
        items
            .into_iter()
            .map(|item| match item {
                Value::Map(entries) => Ok(Object { entries }),
                _ => Err(self.error(column, "an array of JSON objects")),
            })
            .collect()
    }

    /// The resource of the row and the schema URL beside it.
    pub fn resource(self) -> Result<(Option<Resource>, String), RestoreError> {
        let Some(columns) = resource_columns(self.table) else {
            return Ok((None, String::new()));
        };
        let schema_url = self.text_or_empty(columns.schema_url)?;
        if self.flag(columns.absent)? {
            return Ok((None, schema_url));
        }
        let hot = resource_attributes(self.table);
        let entries = self.object(columns.attributes)?;
        let told = entries.iter().filter_map(|(key, _)| Some(hot.get(key)?.column)).collect();
        let mut attributes = key_values(entries);
        self.add_canonical(hot, &told, &mut attributes)?;
        let entity_refs = self
            .objects(columns.entity_refs)?
            .into_iter()
            .map(|mut object| EntityRef {
                schema_url: object.text("schema_url"),
                r#type: object.text("type"),
                id_keys: object.texts("id_keys"),
                description_keys: object.texts("description_keys"),
            })
            .collect();
        let dropped_attributes_count = self.count(columns.dropped_attributes_count)?;
        Ok((Some(Resource { attributes, dropped_attributes_count, entity_refs }), schema_url))
    }

    /// The scope of the row and the schema URL beside it.
    pub fn scope(self) -> Result<(Option<InstrumentationScope>, String), RestoreError> {
        let Some(columns) = resource_columns(self.table) else {
            return Ok((None, String::new()));
        };
        let schema_url = self.text_or_empty(columns.scope_schema_url)?;
        if self.flag(columns.scope_absent)? {
            return Ok((None, schema_url));
        }
        let scope = InstrumentationScope {
            name: self.text_or_empty(columns.scope_name)?,
            version: self.text_or_empty(columns.scope_version)?,
            attributes: key_values(self.object(columns.scope_attributes)?),
            dropped_attributes_count: self.count(columns.scope_dropped_attributes_count)?,
        };
        Ok((Some(scope), schema_url))
    }
}

/// An object with fixed keys; each is taken out once.
#[derive(Debug)]
pub struct Object {
    entries: Vec<(String, Value)>,
}

impl Object {
    pub fn take(&mut self, key: &str) -> Option<Value> {
        let at = self.entries.iter().position(|(name, _)| name == key)?;
        Some(self.entries.swap_remove(at).1)
    }

    pub fn text(&mut self, key: &str) -> String {
        match self.take(key) {
            Some(Value::Text(text)) => text,
            _ => String::new(),
        }
    }

    pub fn texts(&mut self, key: &str) -> Vec<String> {
        let Some(Value::Array(items)) = self.take(key) else { return Vec::new() };
        items
            .into_iter()
            .filter_map(|item| match item {
                Value::Text(text) => Some(text),
                _ => None,
            })
            .collect()
    }

    pub fn id(&mut self, key: &str) -> Vec<u8> {
        read_hex(&self.text(key)).unwrap_or_default()
    }

    /// A time; see the writer for why it may be negative.
    pub fn time(&mut self, key: &str) -> u64 {
        match self.take(key) {
            Some(Value::Int(int)) => int as u64,
            _ => 0,
        }
    }

    pub fn count(&mut self, key: &str) -> u32 {
        self.time(key) as u32
    }

    pub fn attributes(&mut self) -> Vec<KeyValue> {
        match self.take("attributes") {
            Some(Value::Map(entries)) => key_values(entries),
            _ => Vec::new(),
        }
    }
}
