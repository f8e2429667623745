//! Lines for tests.

use arrow::array::{
    ArrayRef, Decimal128Array, RecordBatch, StringViewArray, TimestampNanosecondArray,
};
use arrow::datatypes::{Field, Schema};
use hannun_model::column::ColumnType;
use hannun_model::cost::{self, COLUMNS};
use hannun_model::money::{Money, PRECISION, SCALE};
use std::sync::Arc;

/// One line an hour with these effective costs.
pub fn lines(effective_costs: &[&str]) -> RecordBatch {
    let costs = effective_costs.iter().map(|cost| Money::parse(cost).unwrap().units());
    let costs = Decimal128Array::from_iter_values(costs)
        .with_precision_and_scale(PRECISION, SCALE as i8)
        .unwrap();
    let hours = (0..effective_costs.len() as i64).map(|hour| hour * 3_600_000_000_000);
    let hours = TimestampNanosecondArray::from_iter_values(hours).with_timezone("UTC");
    let schema = Schema::new(vec![
        COLUMNS[cost::CHARGE_PERIOD_START].field(),
        COLUMNS[cost::EFFECTIVE_COST].field(),
    ]);
    let columns: Vec<ArrayRef> = vec![Arc::new(hours), Arc::new(costs)];
    RecordBatch::try_new(Arc::new(schema), columns).unwrap()
}

/// The same lines with one more column of a text.
pub fn text_column(lines: &RecordBatch, name: &str, text: &str) -> RecordBatch {
    let mut fields: Vec<Field> =
        lines.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    fields.push(cost::own_column(name, ColumnType::Text));
    let texts = StringViewArray::from_iter_values(std::iter::repeat_n(text, lines.num_rows()));
    let mut columns = lines.columns().to_vec();
    columns.push(Arc::new(texts));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}
