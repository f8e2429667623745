//! Log records to rows of `logs`.

use super::super::wire::{Slice, WireError};
use super::attributes::{AnyValue, ItemAttributes, cut, write_json};
use super::resource::SharedRow;
use super::{ItemError, ItemMapper, Rows, in_range};
use hannun_model::limits::ATTRIBUTE_VALUE_BYTES_MAX;
use hannun_model::semconv::{Applies, item_attributes};
use hannun_model::table::{Table, logs};
use hannun_model::{typed_json, value};

/// Maps log records; keeps its buffers between them.
#[derive(Debug)]
pub struct LogMapper<'a> {
    attributes: ItemAttributes,
    text: String,
    record: Record<'a>,
}

/// A log record whose parts are still on the wire.
#[derive(Debug, Default)]
struct Record<'a> {
    time: u64,
    observed_time: u64,
    severity_number: i32,
    severity_text: Slice<'a>,
    body: Option<Slice<'a>>,
    dropped_attributes: u32,
    flags: u32,
    trace_id: Slice<'a>,
    span_id: Slice<'a>,
    event_name: Slice<'a>,
    attributes: Vec<Slice<'a>>,
}

impl<'a> Record<'a> {
    /// Reads a record in place of the last one.
    fn read(&mut self, message: Slice<'a>) -> Result<(), WireError> {
        self.attributes.clear();
        *self = Self { attributes: std::mem::take(&mut self.attributes), ..Self::default() };
        let mut fields = message.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                1 => self.time = field.fixed64()?,
                2 => self.severity_number = field.int32()?,
                3 => self.severity_text = field.slice()?,
                5 => self.body = Some(field.slice()?),
                6 => self.attributes.push(field.slice()?),
                7 => self.dropped_attributes = field.uint32()?,
                8 => self.flags = field.fixed32()?,
                9 => self.trace_id = field.slice()?,
                10 => self.span_id = field.slice()?,
                11 => self.observed_time = field.fixed64()?,
                12 => self.event_name = field.slice()?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl Default for LogMapper<'_> {
    fn default() -> Self {
        let attributes = ItemAttributes::new(
            item_attributes(Table::Logs),
            logs::ATTRIBUTES,
            logs::COLUMNS.len(),
        );
        Self { attributes, text: String::new(), record: Record::default() }
    }
}

impl<'a> ItemMapper<'a> for LogMapper<'a> {
    fn map(
        &mut self,
        rows: &mut Rows,
        resource: &SharedRow,
        scope: &SharedRow,
        item: Slice<'a>,
    ) -> Result<(), WireError> {
        self.record.read(item)?;
        rows.add(|rows| {
            self.fill_times(rows)?;
            resource.apply(rows);
            scope.apply(rows);
            self.fill_head(rows);
            self.fill_body(rows)?;
            let past_limit =
                self.attributes.write(rows, &self.record.attributes, is_meant_for_logs)?;
            let dropped = u64::from(self.record.dropped_attributes) + past_limit;
            rows.set_nonzero(logs::DROPPED_ATTRIBUTES_COUNT, dropped);
            Ok(())
        })
    }
}

/// A log record has no kind that could tell which side an alias is about.
pub fn is_meant_for_logs(applies: Applies) -> bool {
    applies == Applies::Always
}

impl LogMapper<'_> {
    fn fill_times(&self, rows: &mut Rows) -> Result<(), ItemError> {
        let record = &self.record;
        let (time, source) = match (record.time, record.observed_time) {
            (0, 0) => (rows.clock.now_ns.unsigned_abs(), Some("arrival")),
            (0, observed) => (observed, Some("observed")),
            (time, _) => (time, None),
        };
        let time = rows.clock.accept(time).map_err(ItemError::Rejected)?;
        rows.builder.set_int(logs::TIME, time);
        if let Some(source) = source {
            rows.builder.set_text(logs::TIME_SOURCE, source);
        }
        if record.observed_time != 0 {
            let observed = in_range(record.observed_time).map_err(ItemError::Rejected)?;
            rows.builder.set_int(logs::OBSERVED_TIME, observed);
        }
        Ok(())
    }

    fn fill_head(&self, rows: &mut Rows) {
        let record = &self.record;
        rows.set_id(logs::TRACE_ID, record.trace_id);
        rows.set_id(logs::SPAN_ID, record.span_id);
        rows.set_nonzero(logs::FLAGS, u64::from(record.flags));
        if record.severity_number != 0 {
            rows.builder.set_int(logs::SEVERITY_NUMBER, i64::from(record.severity_number));
        }
        rows.set_text(logs::SEVERITY_TEXT, record.severity_text);
        rows.set_text(logs::EVENT_NAME, record.event_name);
    }

    fn fill_body(&mut self, rows: &mut Rows) -> Result<(), ItemError> {
        let Some(body) = self.record.body else { return Ok(()) };
        let text = &mut self.text;
        text.clear();
        let body_type = match AnyValue::read(body)? {
            AnyValue::Empty => {
                rows.builder.set_text(logs::BODY_TYPE, "empty");
                return Ok(());
            }
            AnyValue::Text(body) => {
                let body = body.text(&mut rows.tally.invalid_strings);
                rows.builder.set_text(logs::BODY, cut(&body, &mut rows.tally));
                return Ok(());
            }
            AnyValue::Bool(flag) => {
                text.push_str(if flag { "true" } else { "false" });
                "bool"
            }
            AnyValue::Int(int) => {
                typed_json::write_int(text, int);
                "int"
            }
            AnyValue::Double(double) => {
                value::write_double(text, double);
                "double"
            }
            AnyValue::Bytes(body) => {
                let kept = body.bytes.len().min(ATTRIBUTE_VALUE_BYTES_MAX);
                rows.tally.cut_values += u64::from(kept < body.bytes.len());
                value::write_hex(text, &body.bytes[..kept]);
                "bytes"
            }
            nested @ (AnyValue::Array(_) | AnyValue::Map(_) | AnyValue::Tree(_)) => {
                write_json(text, nested, 0, &mut rows.tally)?;
                "json"
            }
        };
        rows.builder.set_text(logs::BODY, text);
        rows.builder.set_text(logs::BODY_TYPE, body_type);
        Ok(())
    }
}
