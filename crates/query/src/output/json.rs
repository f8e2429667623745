//! JSON: one array of row objects. Attributes appear as objects with typed values.

use super::is_attribute_map;
use arrow::array::{Array, ArrayRef, AsArray, MapArray, RecordBatch, StringArray, StringViewArray};
use arrow::datatypes::FieldRef;
use arrow::error::ArrowError;
use arrow::json::writer::{
    Encoder, EncoderFactory, EncoderOptions, LineDelimited, NullableEncoder, WriterBuilder,
    make_encoder,
};
use hannun_model::column::TYPED_METADATA_KEY;
use hannun_model::typed_json;
use hannun_model::value::{IN_COLUMN, Value};
use std::sync::Arc;

/// Writes rows as JSON objects, one after another.
#[derive(Debug, Default)]
pub struct JsonRows {
    any: bool,
}

impl JsonRows {
    /// The start of the answer.
    pub fn begin(&self) -> &'static [u8] {
        b"["
    }

    /// The rows of a batch, separated from those before.
    pub fn rows(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        let mut lines = Vec::new();
        let mut writer = WriterBuilder::new()
            .with_explicit_nulls(true)
            .with_encoder_factory(Arc::new(TypedEncoders))
            .build::<_, LineDelimited>(&mut lines);
        writer.write(batch)?;
        writer.finish()?;
        drop(writer);
        let mut out = Vec::with_capacity(lines.len() + 2);
        // A line never holds a raw line break: JSON escapes them.
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            out.extend_from_slice(if self.any { b",\n" } else { b"\n" });
            out.extend_from_slice(line);
            self.any = true;
        }
        Ok(out)
    }

    /// The end of the answer.
    pub fn end(&self) -> &'static [u8] {
        b"\n]\n"
    }
}

/// Each value of a column as JSON text, null staying null.
pub(super) fn cells(field: &FieldRef, array: &ArrayRef) -> Result<Vec<Option<String>>, ArrowError> {
    let options = EncoderOptions::default()
        .with_explicit_nulls(true)
        .with_encoder_factory(Arc::new(TypedEncoders));
    let mut encoder = make_encoder(field, array.as_ref(), &options)?;
    (0..array.len())
        .map(|row| {
            if encoder.is_null(row) {
                return Ok(None);
            }
            let mut out = Vec::new();
            encoder.encode(row, &mut out);
            String::from_utf8(out)
                .map(Some)
                .map_err(|error| ArrowError::JsonError(error.to_string()))
        })
        .collect()
}

#[derive(Debug)]
struct TypedEncoders;

impl EncoderFactory for TypedEncoders {
    fn make_default_encoder<'a>(
        &self,
        field: &'a FieldRef,
        array: &'a dyn Array,
        _options: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        let encoder: Box<dyn Encoder + 'a> = if is_attribute_map(array) {
            Box::new(AttributesEncoder::new(array.as_map()))
        } else if field.metadata().get(TYPED_METADATA_KEY).is_some_and(|kind| kind == "json")
            && let Some(texts) = array.as_string_view_opt()
        {
            Box::new(RawJsonEncoder { texts })
        } else {
            return Ok(None);
        };
        Ok(Some(NullableEncoder::new(encoder, array.nulls().cloned())))
    }
}

/// Typed JSON is JSON already.
struct RawJsonEncoder<'a> {
    texts: &'a StringViewArray,
}

impl Encoder for RawJsonEncoder<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(self.texts.value(row).as_bytes());
    }
}

struct AttributesEncoder<'a> {
    keys: &'a StringArray,
    values: &'a StringArray,
    offsets: &'a [i32],
    text: String,
}

impl<'a> AttributesEncoder<'a> {
    fn new(map: &'a MapArray) -> Self {
        Self {
            keys: map.keys().as_string::<i32>(),
            values: map.values().as_string::<i32>(),
            offsets: map.value_offsets(),
            text: String::new(),
        }
    }
}

impl Encoder for AttributesEncoder<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        self.text.clear();
        self.text.push('{');
        for entry in self.offsets[row] as usize..self.offsets[row + 1] as usize {
            let typed = self.values.value(entry);
            // The value stands in a column of its own.
            if typed.starts_with(IN_COLUMN) {
                continue;
            }
            if self.text.len() > 1 {
                self.text.push(',');
            }
            typed_json::write_key(&mut self.text, self.keys.value(entry));
            match Value::read_typed(typed) {
                Some(value) => typed_json::write(&mut self.text, &value),
                None => typed_json::write_string(&mut self.text, typed),
            }
        }
        self.text.push('}');
        out.extend_from_slice(self.text.as_bytes());
    }
}
